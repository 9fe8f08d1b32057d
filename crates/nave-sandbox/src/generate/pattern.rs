//! Texts that match a regular expression, made from its syntax tree. Bounded in size; expressions
//! with look-around or back-references, which no linear-time engine reads, give nothing.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

use crate::generate::rng::Rng;

/// Longer texts than this are not made.
const LONGEST: usize = 4096;

/// More steps than this are not taken for one text, however little they write.
const MOST_STEPS: usize = 20_000;

/// A compiled pattern.
pub(crate) struct Pattern {
    tree: Hir,
}

impl Pattern {
    /// Reads a pattern, or `None` where no linear-time engine can.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        // As the check reads it: what is written in ECMA 262 is not what the engine reads.
        let translated = nave_connector::check::translated_pattern(pattern);
        let parser = regex_syntax::ParserBuilder::new().nest_limit(64).build().parse(&translated);
        parser.ok().map(|tree| Pattern { tree })
    }

    /// A text of a length in characters between two bounds, by trying ever longer repetitions.
    pub(crate) fn text(&self, rng: &mut Rng, least: usize, most: usize) -> Option<String> {
        let wanted = u32::try_from(least).unwrap_or(u32::MAX).min(2048);
        for attempt in 0..24_u32 {
            let extra = match attempt % 4 {
                0 => 6,
                1 => 0,
                2 => wanted.saturating_add(2),
                _ => wanted / 2 + attempt,
            };
            let mut writer = Writer { rng, extra, text: String::new(), steps: MOST_STEPS };
            if writer.write(&self.tree).is_none() {
                continue;
            }
            let text = writer.text;
            if (least..=most).contains(&text.chars().count()) {
                return Some(text);
            }
        }
        None
    }
}

/// One text being written.
struct Writer<'r> {
    rng: &'r mut Rng,
    /// How often a repetition may go beyond its least count, which steers the length.
    extra: u32,
    text: String,
    steps: usize,
}

impl Writer<'_> {
    /// Nothing where the text would become too long, or nothing matches.
    fn write(&mut self, tree: &Hir) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        if self.text.len() > LONGEST {
            return None;
        }
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => Some(()),
            HirKind::Literal(literal) => {
                self.text.push_str(std::str::from_utf8(&literal.0).ok()?);
                Some(())
            }
            HirKind::Class(class) => {
                let character = character(class, self.rng)?;
                self.text.push(character);
                Some(())
            }
            HirKind::Repetition(repetition) => self.repeat(repetition),
            HirKind::Capture(capture) => self.write(&capture.sub),
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.write(part)),
            HirKind::Alternation(branches) => {
                let branch = self.rng.pick(branches)?;
                self.write(branch)
            }
        }
    }

    fn repeat(&mut self, repetition: &Repetition) -> Option<()> {
        let least = repetition.min;
        let ceiling = least.saturating_add(self.extra);
        let most = repetition.max.map_or(ceiling, |max| max.min(ceiling)).max(least);
        // Where a long text is wanted, the bound itself is tried more often than chance would.
        let steady = self.extra > 6 && self.rng.chance(50);
        let times =
            if steady { i64::from(most) } else { self.rng.between(i64::from(least), i64::from(most)) };
        (0..times).try_for_each(|_| self.write(&repetition.sub))
    }
}

/// What texts are made of where a class leaves the choice: letters and digits, else anything printable.
const PREFERRED: [&[(char, char)]; 2] = [&[('a', 'z'), ('A', 'Z'), ('0', '9')], &[(' ', '~')]];

fn character(class: &Class, rng: &mut Rng) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    let preferred = PREFERRED.iter().map(|wanted| overlap(&ranges, wanted)).find(|cut| !cut.is_empty());
    let (start, end) = *rng.pick(&preferred.unwrap_or(ranges))?;
    let code = rng.between(i64::from(u32::from(start)), i64::from(u32::from(end)));
    // A range may step over the surrogates, where there is no character.
    Some(u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(start))
}

fn overlap(ranges: &[(char, char)], wanted: &[(char, char)]) -> Vec<(char, char)> {
    let pairs = wanted
        .iter()
        .flat_map(|&(low, high)| ranges.iter().map(move |&(start, end)| (start.max(low), end.min(high))));
    pairs.filter(|(start, end)| start <= end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, least: usize, most: usize) {
        let made = Pattern::new(pattern).expect("the pattern is read");
        let matcher = regex::Regex::new(pattern).unwrap();
        for seed in 0..50 {
            let text = made.text(&mut Rng::new(seed), least, most).expect("a text is found");
            assert!(matcher.is_match(&text), "{text:?} does not match {pattern}");
            assert!((least..=most).contains(&text.chars().count()), "{text:?} is not {least}..={most}");
        }
    }

    #[test]
    fn texts_match_their_pattern_and_length() {
        check("^AC[0-9a-fA-F]{32}$", 34, 34);
        check("^(SM|MM)[0-9a-f]{4}$", 0, 100);
        check("^[A-Z_]+$", 3, 255);
        check("^[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$", 2, 10);
        check("^[^@]+@[^@]+$", 3, 64);
        check("(?i)^(pay|details)$", 3, 7);
        check("^\\S{1,50}$", 40, 50);
        check("^(http|https):\\/\\/[a-z]{3}$", 0, 99);
    }

    #[test]
    fn patterns_that_cannot_be_read_or_met_give_nothing() {
        assert!(Pattern::new("(").is_none());
        let impossible = Pattern::new("^a{5}$").unwrap();
        assert_eq!(impossible.text(&mut Rng::new(1), 6, 9), None);
        let bomb = Pattern::new("((a{60}){60}){60}").unwrap();
        assert_eq!(Pattern::new(r"((\b{900}){900}){900}").unwrap().text(&mut Rng::new(1), 1, 9), None);
        assert_eq!(bomb.text(&mut Rng::new(1), 0, 1_000_000), None);
    }
}
