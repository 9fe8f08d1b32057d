//! Finds where an unknown name does belong: further out, further in, or without the wrapper around it.

use std::collections::VecDeque;

use serde_json::Value;

use crate::check::frame::Frame;
use crate::operation::Location;
use crate::schema::Schema;
use crate::schema::fields::fields;

/// How far inside the sibling fields a name is looked for.
const DEEPEST: usize = 3;
/// The most fields looked at for one name.
const MOST_FIELDS: usize = 3_000;

/// Where `name` belongs, as a sentence, where it is declared somewhere near `frame`.
pub(super) fn suggestion(name: &str, value: &Value, frame: &Frame<'_, '_>) -> Option<String> {
    unwrapped(name, value, frame).or_else(|| outside(name, frame)).or_else(|| inside(name, frame))
}

/// A wrapper that is not there: most of what it holds is declared right here.
fn unwrapped(name: &str, value: &Value, frame: &Frame<'_, '_>) -> Option<String> {
    let held = value.as_object().filter(|held| !held.is_empty())?;
    let declared = fields(frame.whole).declared;
    let parameter =
        |name: &str| frame.flat().is_some_and(|flat| flat.parameters.iter().any(|p| p.argument == name));
    let here = held.keys().filter(|name| declared.contains_key(name.as_str()) || parameter(name)).count();
    (here * 2 > held.len())
        .then(|| format!("give what is inside `{name}` directly, without `{name}` around it"))
}

fn outside(name: &str, frame: &Frame<'_, '_>) -> Option<String> {
    let mut inner = frame;
    while let Some(holder) = inner.holder() {
        if let Some(flat) = holder.flat() {
            let parameter = flat.parameters.iter().find(|parameter| parameter.argument == name);
            if let Some(parameter) = parameter {
                let kind = location_word(parameter.location);
                return Some(format!("`{name}` is a {kind}: give it at the top, beside {}", inner.subject()));
            }
        }
        if fields(holder.whole).declared.contains_key(name) {
            return Some(format!("`{name}` belongs beside {}, not inside it", inner.subject()));
        }
        inner = holder;
    }
    None
}

fn location_word(location: Location) -> &'static str {
    match location {
        Location::Path => "path parameter",
        Location::Query | Location::Querystring => "query parameter",
        Location::Header => "header",
        Location::Cookie => "cookie",
        Location::Form => "form field",
    }
}

/// Breadth first, so that the shortest way wins; each schema is entered once.
fn inside(name: &str, frame: &Frame<'_, '_>) -> Option<String> {
    let mut waiting: VecDeque<(Schema<'_>, String, usize)> =
        VecDeque::from([(frame.whole, String::new(), 0)]);
    let mut left = MOST_FIELDS;
    while let Some((schema, path, depth)) = waiting.pop_front() {
        for (field, below) in fields(schema).declared {
            left = left.checked_sub(1)?;
            if field == name && depth > 0 {
                return Some(format!("`{name}` belongs inside `{path}`"));
            }
            if depth < DEEPEST {
                let dot = if path.is_empty() { "" } else { "." };
                let field = if depth == 0 { frame.caller_name(field) } else { field };
                let (below, brackets) = item_schema(below);
                waiting.push_back((below, format!("{path}{dot}{field}{brackets}"), depth + 1));
            }
        }
    }
    None
}

/// The schema of an array's items, with the brackets that say so; another schema as it is.
fn item_schema(schema: Schema<'_>) -> (Schema<'_>, &'static str) {
    let resolved = schema.resolve().unwrap_or(schema);
    match resolved.keyword("items") {
        Some(items @ Value::Object(_)) => (resolved.with(items), "[]"),
        _ => (schema, ""),
    }
}
