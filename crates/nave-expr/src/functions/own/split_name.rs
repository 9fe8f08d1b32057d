//! `split_name`: the parts of a person's name. Names follow no rule; these are the ones kept to, in order,
//! and what they cannot know (two family names without a hyphen, names of other orders) they do not guess.

use indexmap::IndexMap;

use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::as_text;
use crate::functions::signature::{Call, Text as TEXT};
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::{Text, Value};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "split_name",
    arity: 0,
    parameters: &[],
    summary: "The parts of a person's name as `{given, middle, family, prefix, suffix}`, null where there is none. Titles in front (Dr., Ms.) are the prefix; Jr., III and degrees at the end the suffix. A comma puts the family name first. Otherwise the last word is the family name, with the particles before it (van, de la); the first word is the given name, and what lies between is the middle one. A single word is the given name, behind a title the family name.",
    is_jq: false,
    examples: &[
        Example {
            program: "split_name",
            input: r#""Dr. Maria Anna de la Cruz Jr.""#,
            output: r#"{"given": "Maria", "middle": "Anna", "family": "de la Cruz", "prefix": "Dr.", "suffix": "Jr."}"#,
        },
        Example {
            program: "split_name",
            input: r#""Beethoven, Ludwig van""#,
            output: r#"{"given": "Ludwig", "middle": null, "family": "van Beethoven", "prefix": null, "suffix": null}"#,
        },
        Example {
            program: "split_name",
            input: r#""Prof. Curie""#,
            output: r#"{"given": null, "middle": null, "family": "Curie", "prefix": "Prof.", "suffix": null}"#,
        },
        Example { program: "split_name", input: "7", output: "error: number (7) is no name" },
    ],
    run: |meter, input, _| {
        let name = as_text(input).ok_or_else(|| type_error(input, "is no name"))?;
        meter.bytes(name.len().saturating_mul(2))?;
        meter.items(5)?;
        Ok(split(name).value())
    },
    types: |input, arguments| {
        let parts = PARTS.map(|part| (part.into(), Type::text().or_null()));
        Call::new("split_name", input, arguments).input(&[TEXT])?.gives(Type::record(parts))
    },
}];

/// The names of the parts, in their order.
pub(super) const PARTS: [&str; 5] = ["given", "middle", "family", "prefix", "suffix"];

/// Words that stand in front of a name; compared without dots and in lower case.
const TITLES: [&str; 47] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "dame",
    "lord",
    "lady",
    "rev",
    "reverend",
    "fr",
    "hon",
    "capt",
    "captain",
    "col",
    "gen",
    "lt",
    "sgt",
    "herr",
    "frau",
    "hr",
    "dipl",
    "dring",
    "dipling",
    "ing",
    "mag",
    "monsieur",
    "madame",
    "mademoiselle",
    "mme",
    "mlle",
    "m",
    "sr",
    "sra",
    "srta",
    "señor",
    "señora",
    "don",
    "doña",
    "sig",
    "sigra",
    "dott",
    "pater",
];

/// Words that stand behind a name.
const SUFFIXES: [&str; 30] = [
    "jr", "junior", "sr", "senior", "ii", "iii", "iv", "vi", "vii", "phd", "md", "dds", "dmd", "dvm", "do",
    "esq", "esquire", "jd", "mba", "cpa", "rn", "ba", "bsc", "ma", "msc", "llm", "obe", "mbe", "cbe", "pe",
];

/// Words that belong to the family name behind them, in lower case.
const PARTICLES: [&str; 38] = [
    "van", "von", "vom", "de", "der", "den", "des", "del", "della", "di", "du", "da", "das", "do", "dos",
    "la", "las", "le", "les", "lo", "los", "ten", "ter", "te", "zu", "zum", "zur", "af", "av", "bin", "ibn",
    "al", "el", "d", "y", "e", "st", "san",
];

/// Particles that are written with a capital too, where that is no given name.
const CAPITAL_PARTICLES: [&str; 14] =
    ["Van", "Von", "De", "Der", "Den", "Del", "Della", "Di", "Du", "Ten", "Ter", "La", "Le", "St."];

#[derive(Debug, Default, PartialEq)]
struct Name {
    given: Vec<String>,
    middle: Vec<String>,
    family: Vec<String>,
    prefix: Vec<String>,
    suffix: Vec<String>,
}

impl Name {
    fn value<'a>(&self) -> Value<'a> {
        let parts = [&self.given, &self.middle, &self.family, &self.prefix, &self.suffix];
        let text =
            |words: &Vec<String>| if words.is_empty() { Value::Null } else { Value::text(words.join(" ")) };
        let members: IndexMap<Text<'a>, Value<'a>> =
            PARTS.into_iter().zip(parts).map(|(part, words)| (Text::Given(part), text(words))).collect();
        Value::object(members)
    }
}

fn split(name: &str) -> Name {
    let mut parts: Vec<Vec<String>> = name.split(',').map(words).filter(|words| !words.is_empty()).collect();
    let mut found = Name::default();
    // `Doe, Jr.` and `Doe, Jane, PhD` have the comma for the suffix alone.
    let is_suffix = |part: &[String]| part.iter().all(|word| is_among(word, &SUFFIXES));
    let mut position = 1;
    while let Some(part) = parts.get(position) {
        if is_suffix(part) {
            found.suffix.extend(parts.remove(position));
        } else {
            position += 1;
        }
    }
    let mut parts = parts.into_iter();
    let (Some(mut first), rest) = (parts.next(), parts.flatten().collect::<Vec<_>>()) else { return found };
    take_prefix(&mut first, &mut found);
    if rest.is_empty() {
        take_suffix(&mut first, &mut found);
        natural(first, &mut found);
        return found;
    }
    take_suffix(&mut first, &mut found);
    let mut given = rest;
    take_prefix(&mut given, &mut found);
    take_suffix(&mut given, &mut found);
    // `Beethoven, Ludwig van`: particles at the end belong in front of the family name.
    while given.len() > 1 && given.last().is_some_and(|word| is_particle(word)) {
        if let Some(particle) = given.pop() {
            first.insert(0, particle);
        }
    }
    found.family = first;
    found.middle = given.split_off(given.len().min(1));
    found.given = given;
    found
}

/// Given names first.
fn natural(mut words: Vec<String>, found: &mut Name) {
    if words.len() == 1 {
        let part = if found.prefix.is_empty() { &mut found.given } else { &mut found.family };
        *part = words;
        return;
    }
    let mut start = words.len().saturating_sub(1);
    while start > 1 && words.get(start - 1).is_some_and(|word| is_particle(word)) {
        start -= 1;
    }
    // `von Goethe` has no given name, and behind a title none is missed.
    if start == 1
        && words.first().is_some_and(|word| is_particle(word) && word.starts_with(char::is_lowercase))
    {
        start = 0;
    }
    found.family = words.split_off(start);
    found.middle = words.split_off(words.len().min(1));
    found.given = words;
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// At least one word is left for the name.
fn take_prefix(words: &mut Vec<String>, found: &mut Name) {
    let titles = words.iter().take_while(|word| is_among(word, &TITLES)).count();
    let rest = words.split_off(titles.min(words.len().saturating_sub(1)));
    found.prefix.append(words);
    *words = rest;
}

fn take_suffix(words: &mut Vec<String>, found: &mut Name) {
    let suffixes = words.iter().rev().take_while(|word| is_among(word, &SUFFIXES)).count();
    let kept = words.len() - suffixes.min(words.len().saturating_sub(1));
    let mut suffix = words.split_off(kept);
    suffix.append(&mut found.suffix);
    found.suffix = suffix;
}

/// Whether a word without its dots and hyphens is in a list.
fn is_among(word: &str, list: &[&str]) -> bool {
    let bare: String =
        word.chars().filter(|letter| !matches!(letter, '.' | '-')).flat_map(char::to_lowercase).collect();
    list.contains(&bare.as_str())
}

fn is_particle(word: &str) -> bool {
    let bare = word.trim_end_matches(['.', '\'', '’']);
    PARTICLES.contains(&bare) || CAPITAL_PARTICLES.contains(&word)
}

/// The text of a part, if it has one.
///
/// # Errors
/// It is neither a text nor null.
pub(super) fn part<'a>(name: &str, value: Option<Value<'a>>) -> Result<Option<String>, Error<'a>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Text(text)) => Ok(Some(words(text.as_str()).join(" ")).filter(|text| !text.is_empty())),
        Some(other) => Err(type_error(&other, &format!("is no text for the {name} of a name"))),
    }
}

/// Whether a suffix follows without a comma: Jr., III, but not a degree.
pub(super) fn follows_directly(suffix: &str) -> bool {
    suffix.split_whitespace().next().is_some_and(|first| {
        is_among(first, &["jr", "junior", "sr", "senior", "ii", "iii", "iv", "vi", "vii"])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Parts in their order, `-` for none.
    #[track_caller]
    fn check(name: &str, expected: [&str; 5]) {
        let found = split(name);
        let parts = [found.given, found.middle, found.family, found.prefix, found.suffix];
        let parts = parts.map(|words| if words.is_empty() { "-".to_owned() } else { words.join(" ") });
        assert_eq!(parts, expected, "{name}");
    }

    #[test]
    fn names_are_split_by_the_rules() {
        check("Jane Doe", ["Jane", "-", "Doe", "-", "-"]);
        check("  Jane  A.  Doe ", ["Jane", "A.", "Doe", "-", "-"]);
        check("Plato", ["Plato", "-", "-", "-", "-"]);
        check("Dr. Smith", ["-", "-", "Smith", "Dr.", "-"]);
        check("Doe, Jane A.", ["Jane", "A.", "Doe", "-", "-"]);
        check("Doe, Jane, Jr.", ["Jane", "-", "Doe", "-", "Jr."]);
        check("John Doe, PhD, MBA", ["John", "-", "Doe", "-", "PhD MBA"]);
        check("John Doe III", ["John", "-", "Doe", "-", "III"]);
        check("Müller, Dr. Hans", ["Hans", "-", "Müller", "Dr.", "-"]);
        check(
            "Prof. Dr.-Ing. Jan van der Berg",
            ["Jan", "-", "van der Berg", "Prof. Dr.-Ing.", "-"].map(|part| part),
        );
        check("Jan Van Damme", ["Jan", "-", "Van Damme", "-", "-"]);
        check("Van Morrison", ["Van", "-", "Morrison", "-", "-"]);
        check("María de los Ángeles García", ["María", "de los Ángeles", "García", "-", "-"]);
        check("Weird Al Yankovic", ["Weird", "Al", "Yankovic", "-", "-"]);
        check("Mr. von Goethe", ["-", "-", "von Goethe", "Mr.", "-"]);
        check("van Gogh, Vincent", ["Vincent", "-", "van Gogh", "-", "-"]);
        check("", ["-", "-", "-", "-", "-"]);
        check(",", ["-", "-", "-", "-", "-"]);
        check("Jr.", ["Jr.", "-", "-", "-", "-"]);
        check("Dr.", ["Dr.", "-", "-", "-", "-"]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost(words in prop::collection::vec("[A-Za-z.]{1,8}|,|van|Dr\\.|Jr\\.", 0..8)) {
            let name = words.join(" ");
            let found = split(&name);
            let mut kept = [found.given, found.middle, found.family, found.prefix, found.suffix].concat();
            let mut expected: Vec<String> = name.replace(',', " ").split_whitespace().map(str::to_owned).collect();
            kept.sort();
            expected.sort();
            prop_assert_eq!(kept, expected);
        }
    }
}
