//! What regular expressions find, as types: which groups there are and which of them always take part.

use std::rc::Rc;

use crate::types::Type;

/// A capturing group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Its name, if it has one.
    name: Option<String>,
    /// Whether it takes part in every match.
    is_certain: bool,
}

/// The capturing groups of a pattern that is known; `None`: they are not known.
pub(super) fn groups(pattern: Option<&str>, flags: Option<&str>) -> Option<Vec<Group>> {
    // In the extended form spaces and comments count for nothing, which this does not read.
    let plain = flags.is_some_and(|flags| !flags.contains('x'));
    pattern.filter(|_| plain).map(scan)
}

/// A bracket that is open: where its own group stands in the list, where those inside it begin, and
/// whether it holds alternatives.
#[derive(Default)]
struct Bracket {
    own: usize,
    inner: usize,
    has_alternatives: bool,
}

/// Finds the groups. A group takes part for certain unless it, or one around it, may be repeated zero
/// times or is one of several alternatives.
fn scan(pattern: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut open: Vec<Bracket> = vec![Bracket::default()];
    let mut letters = pattern.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let behind = pattern.get(at + letter.len_utf8()..).unwrap_or_default();
        match letter {
            '\\' => drop(letters.next()),
            '[' => {
                // A bracket right at the beginning belongs to the class.
                let mut is_first = true;
                while let Some((_, inner)) = letters.next() {
                    match inner {
                        '\\' => drop(letters.next()),
                        ']' if !is_first => break,
                        '^' if is_first => continue,
                        _ => {}
                    }
                    is_first = false;
                }
            }
            '(' => {
                let own = groups.len();
                let name = ["?<", "?P<"].iter().find_map(|mark| behind.strip_prefix(mark));
                let name = name.filter(|name| !name.starts_with(['=', '!']));
                let name = name.and_then(|name| name.split_once('>')).map(|(name, _)| name.to_owned());
                if name.is_some() || !behind.starts_with('?') {
                    groups.push(Group { name, is_certain: true });
                }
                open.push(Bracket { own, inner: groups.len(), has_alternatives: false });
            }
            '|' => {
                if let Some(bracket) = open.last_mut() {
                    bracket.has_alternatives = true;
                }
            }
            ')' => {
                let bracket = open.pop().unwrap_or_default();
                if bracket.has_alternatives {
                    doubt(&mut groups, bracket.inner);
                }
                if ["?", "*", "{0", "{,"].iter().any(|none| behind.starts_with(none)) {
                    doubt(&mut groups, bracket.own);
                }
            }
            _ => {}
        }
    }
    // What is never closed is no pattern; its groups are taken for certain no more than others.
    if open.iter().any(|bracket| bracket.has_alternatives) {
        doubt(&mut groups, 0);
    }
    groups
}

fn doubt(groups: &mut [Group], from: usize) {
    for group in groups.iter_mut().skip(from) {
        group.is_certain = false;
    }
}

/// What `match` gives.
pub(super) fn match_type<'a>() -> Type<'a> {
    let text_or_null = || Type::text().or_null();
    let capture = Type::record([
        (Rc::from("offset"), Type::integer()),
        (Rc::from("length"), Type::integer()),
        (Rc::from("string"), text_or_null()),
        (Rc::from("name"), text_or_null()),
    ]);
    Type::record([
        (Rc::from("offset"), Type::integer()),
        (Rc::from("length"), Type::integer()),
        (Rc::from("string"), Type::text()),
        (Rc::from("captures"), Type::array_of(capture)),
    ])
}

/// What `capture` gives: the named groups, null for those that took no part.
pub(super) fn capture_type<'a>(groups: Option<&Vec<Group>>) -> Type<'a> {
    let Some(groups) = groups else { return Type::map_of(Type::text().or_null()) };
    let named = groups.iter().filter_map(|group| {
        let text = if group.is_certain { Type::text() } else { Type::text().or_null() };
        group.name.as_deref().map(|name| (Rc::from(name), text))
    });
    Type::record(named)
}

/// What `scan` gives: the text found, or the texts of the groups where there are groups.
pub(super) fn scan_type<'a>(groups: Option<&Vec<Group>>) -> Type<'a> {
    let several = || Type::array_of(Type::text().or_null());
    match groups {
        None => Type::text().union(&several()),
        Some(groups) if groups.is_empty() => Type::text(),
        Some(groups) => Type::list(
            groups
                .iter()
                .map(|group| if group.is_certain { Type::text() } else { Type::text().or_null() })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expected: &str) {
        let words: Vec<String> = scan(pattern)
            .into_iter()
            .map(|group| {
                let name = group.name.unwrap_or_else(|| "-".to_owned());
                if group.is_certain { name } else { format!("{name}?") }
            })
            .collect();
        assert_eq!(words.join(" "), expected, "{pattern}");
    }

    #[test]
    fn groups_are_found_with_whether_they_always_take_part() {
        check(r"(?<year>\d{4})-(?<month>\d\d)", "year month");
        check("(a)(b)?", "- -?");
        check("(a(b)*)", "- -?");
        check("((a)(b))?c", "-? -? -?");
        check("(a)|(b)", "-? -?");
        check("(x)((a)|(b))(y)", "- - -? -? -");
        check(r"\((a)\)[(](b)[])](c)", "- - -");
        check("(?:a)(?=b)(?<!c)(?i)(d)", "-");
        check("(a){0,2}(b){1,2}", "-? -");
    }
}
