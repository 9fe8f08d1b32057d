//! Types in a few plain words, for people: `string or null`, `list of stripe.charge`,
//! `one of "a", "b" or "c" (and 12 more)`.

use std::fmt;

use super::{Array, Lazy, Numbers, Object, Texts, Type};

/// The most constants, alternatives and field names that are listed.
const LISTED: usize = 4;
/// Longer texts are cut short.
const SHOWN: usize = 40;
/// Lists and maps inside each other that are spelt out.
const DEEPEST: usize = 3;

impl fmt::Display for Type<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words(self, 0))
    }
}

fn words(shown: &Type<'_>, depth: usize) -> String {
    if shown.is_unknown() {
        return "anything".to_owned();
    }
    let mut parts = Vec::new();
    if let Some(texts) = &shown.texts {
        parts.push(text_words(texts));
    }
    if let Some(numbers) = &shown.numbers {
        parts.push(number_words(numbers));
    }
    match (shown.booleans.yes, shown.booleans.no) {
        (true, true) => parts.push("boolean".to_owned()),
        (true, false) => parts.push("true".to_owned()),
        (false, true) => parts.push("false".to_owned()),
        (false, false) => {}
    }
    if let Some(array) = &shown.arrays {
        parts.push(array_words(array, depth));
    }
    let objects = shown.objects.iter().take(LISTED).map(|object| object_words(object, depth));
    parts.extend(objects);
    parts.dedup();
    let more = shown.objects.len().saturating_sub(LISTED);
    if more > 0 {
        parts.push(format!("{more} other objects"));
    }
    if shown.null {
        parts.push("null".to_owned());
    }
    match parts.is_empty() {
        true => "nothing".to_owned(),
        false => alternatives(&parts),
    }
}

fn text_words(texts: &Texts) -> String {
    match (&texts.constants, &texts.format) {
        (Some(constants), _) => {
            constant_words(constants.iter().map(|text| serde_json::Value::from(shorten(text)).to_string()))
        }
        (None, Some(format)) => format!("string ({format})"),
        (None, None) => "string".to_owned(),
    }
}

fn number_words(numbers: &Numbers) -> String {
    if let Some(constants) = &numbers.constants {
        return constant_words(constants.iter().cloned());
    }
    let name = if numbers.integer { "integer" } else { "number" };
    match (numbers.least, numbers.most) {
        (Some(least), Some(most)) => format!("{name} from {least} to {most}"),
        (Some(least), None) => format!("{name} of at least {least}"),
        (None, Some(most)) => format!("{name} of at most {most}"),
        (None, None) => name.to_owned(),
    }
}

fn constant_words(constants: impl ExactSizeIterator<Item = String>) -> String {
    let count = constants.len();
    let shown: Vec<String> = constants.take(LISTED).collect();
    match (count, count.saturating_sub(LISTED)) {
        (1, _) => shown.concat(),
        (_, 0) => format!("one of {}", alternatives(&shown)),
        (_, more) => format!("one of {} (and {more} more)", alternatives(&shown)),
    }
}

fn array_words(array: &Array<'_>, depth: usize) -> String {
    if array.most == Some(0) {
        return "empty list".to_owned();
    }
    let items = array.items();
    match inner(&items, depth) {
        Some(items) => format!("list of {items}"),
        None => "list".to_owned(),
    }
}

/// What is inside, in parentheses where it would read wrong without.
fn inner(lazy: &Lazy<'_>, depth: usize) -> Option<String> {
    if depth >= DEEPEST {
        return None;
    }
    let shown = lazy.get();
    let words = words(&shown, depth + 1);
    let is_plain = !words.contains(" or ") || words.starts_with("one of ") && !shown.null;
    Some(if is_plain { words } else { format!("({words})") })
}

fn object_words(object: &Object<'_>, depth: usize) -> String {
    if let Some(name) = &object.name {
        return name.to_string();
    }
    let names: Vec<&str> = object.fields.keys().take(LISTED).map(|name| &**name).collect();
    let more = object.fields.len().saturating_sub(LISTED);
    match (&object.rest, names.is_empty(), more) {
        (Some(rest), true, _) => match inner(rest, depth) {
            Some(values) if values != "anything" => format!("map of {values}"),
            _ => "object".to_owned(),
        },
        (None, true, _) => "empty object".to_owned(),
        (_, false, 0) => format!("object with {}", names.join(", ")),
        (_, false, more) => format!("object with {} and {more} more", names.join(", ")),
    }
}

fn shorten(text: &str) -> String {
    if text.chars().nth(SHOWN).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(SHOWN - 1).collect();
    short.push('…');
    short
}

/// Words as people list alternatives: `a, b or c`.
pub fn alternatives(words: &[String]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
