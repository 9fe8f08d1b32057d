//! Values and schemas in a few plain words, for messages.

use serde_json::Value;

use crate::schema::Schema;

/// The most characters of a given value that a message shows.
const SHOWN: usize = 40;
/// The most allowed values a message lists.
const LISTED: usize = 8;

/// Parts of names whose values are never shown.
const SENSITIVE: [&str; 9] =
    ["password", "passwd", "secret", "token", "apikey", "api_key", "private", "credential", "authorization"];

/// Whether values of a field of this name are kept out of messages.
pub(super) fn is_sensitive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("key") || name == "cvc" || SENSITIVE.iter().any(|part| name.contains(part))
}

/// A value in a few words, at most about 40 characters of it.
pub(super) fn show(value: &Value, sensitive: bool) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => value.to_string(),
        Value::Number(_) if sensitive => "a number (not shown)".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if sensitive => {
            format!("a string of {} characters (not shown)", text.chars().count())
        }
        Value::String(text) => Value::String(shorten(text)).to_string(),
        Value::Array(items) if items.is_empty() => "an empty array".to_owned(),
        Value::Array(items) if items.len() == 1 => "an array of one item".to_owned(),
        Value::Array(items) => format!("an array of {} items", items.len()),
        Value::Object(fields) if fields.is_empty() => "an empty object".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A value with its type, for type errors: `the string "abc"`.
pub(super) fn show_typed(value: &Value, sensitive: bool) -> String {
    match value {
        Value::String(_) if !sensitive => format!("the string {}", show(value, sensitive)),
        Value::Number(_) if !sensitive => format!("the number {}", show(value, sensitive)),
        _ => show(value, sensitive),
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

/// The names of a `type` keyword: one or several.
pub(super) fn type_names(keyword: &Value) -> impl Iterator<Item = &str> {
    let one = keyword.as_str().into_iter();
    let several = keyword.as_array().into_iter().flatten().filter_map(Value::as_str);
    one.chain(several)
}

/// A type with its article.
pub(super) fn with_article(name: &str) -> String {
    match name {
        "null" => "null".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" | "array" | "object" => format!("an {name}"),
        "file" => "a file (a string, or {\"base64\": …})".to_owned(),
        other => format!("a {other}"),
    }
}

/// `a, b or c`.
pub(super) fn alternatives(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Allowed values as a list, cut short where there are many.
pub(super) fn listed(values: &[Value]) -> String {
    let mut shown: Vec<String> =
        values.iter().take(LISTED).map(|value| format!("`{}`", plain(value))).collect();
    if values.len() > LISTED {
        shown.push(format!("… ({} in all)", values.len()));
        return shown.join(", ");
    }
    alternatives(&shown)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() => shorten(text),
        other => shorten(&other.to_string()),
    }
}

/// What a schema asks for, in a few words: `string`, `one of a, b`, `array of integer`.
pub(super) fn expected(schema: Schema<'_>) -> Option<String> {
    expected_within(schema, 0)
}

fn expected_within(schema: Schema<'_>, depth: usize) -> Option<String> {
    if depth > 4 {
        return None;
    }
    let schema = match schema.reference() {
        Ok(Some(target)) => return expected_within(target, depth + 1),
        Ok(None) | Err(_) => schema,
    };
    if let Some(values) = schema.keyword("enum").and_then(Value::as_array) {
        return Some(format!("one of {}", listed(values)));
    }
    if let Some(value) = schema.keyword("const") {
        return Some(format!("always `{}`", plain(value)));
    }
    let Some(types) = schema.keyword("type") else {
        let members = schema.keyword("allOf").and_then(Value::as_array)?;
        return members.iter().find_map(|member| expected_within(schema.with(member), depth + 1));
    };
    let names: Vec<String> = type_names(types).map(str::to_owned).collect();
    let mut words = alternatives(&names);
    if words == "array" {
        let items = schema.keyword("items").and_then(|items| expected_within(schema.with(items), depth + 1));
        if let Some(items) = items {
            words = format!("array of {items}");
        }
    }
    match schema.keyword("format").and_then(Value::as_str) {
        Some(format) if words == "string" || words == "integer" => Some(format!("{words}, {format}")),
        _ => Some(words),
    }
}
