//! Which JSON types a shape leaves room for.

use nave_connector::Dialect;
use serde_json::Value;

use crate::generate::shape::Shape;

/// A JSON type, with whole numbers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    Null,
}

/// Keywords that say something only about one type, with that type.
const TELLING: [(&str, Kind); 14] = [
    ("properties", Kind::Object),
    ("required", Kind::Object),
    ("additionalProperties", Kind::Object),
    ("patternProperties", Kind::Object),
    ("minProperties", Kind::Object),
    ("items", Kind::Array),
    ("prefixItems", Kind::Array),
    ("minItems", Kind::Array),
    ("pattern", Kind::String),
    ("minLength", Kind::String),
    ("maxLength", Kind::String),
    ("minimum", Kind::Number),
    ("maximum", Kind::Number),
    ("multipleOf", Kind::Number),
];

/// What a shape allows.
pub(super) struct Kinds {
    /// Types besides null, the likeliest first; empty where nothing else is allowed.
    pub(super) kinds: Vec<Kind>,
    /// Null is allowed.
    pub(super) null: bool,
    /// No part has a `type`: the kinds are what its other keywords suggest.
    pub(super) guessed: bool,
}

impl Kinds {
    pub(super) fn of(shape: &Shape<'_>) -> Self {
        let mut allowed: Option<Vec<Kind>> = None;
        let mut null = true;
        let mut typed = false;
        for part in &shape.parts {
            let Some(written) = part.keyword("type") else { continue };
            let named = named(written);
            if named.is_empty() {
                continue;
            }
            typed = true;
            let nullable = ["nullable", "x-nullable"]
                .iter()
                .any(|mark| part.keyword(mark).and_then(Value::as_bool) == Some(true))
                && matches!(part.dialect(), Dialect::OpenApi30 | Dialect::Swagger2);
            null &= nullable || named.contains(&Kind::Null);
            allowed = Some(match allowed {
                None => named,
                Some(before) => meet(&before, &named),
            });
        }
        let kinds = allowed.unwrap_or_else(|| told(shape));
        let kinds = kinds.into_iter().filter(|kind| *kind != Kind::Null).collect();
        Kinds { kinds, null: null && typed, guessed: !typed }
    }
}

/// The types a `type` keyword names. Swagger's `file` is text here; unknown words say nothing.
fn named(written: &Value) -> Vec<Kind> {
    let words: Vec<&str> = match written {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kinds = words.iter().filter_map(|word| match *word {
        "object" => Some(Kind::Object),
        "array" => Some(Kind::Array),
        "string" | "file" => Some(Kind::String),
        "integer" => Some(Kind::Integer),
        "number" => Some(Kind::Number),
        "boolean" => Some(Kind::Boolean),
        "null" => Some(Kind::Null),
        _ => None,
    });
    kinds.collect()
}

fn meet(before: &[Kind], after: &[Kind]) -> Vec<Kind> {
    let has = |list: &[Kind], kind: Kind| {
        list.contains(&kind) || (kind == Kind::Integer && list.contains(&Kind::Number))
    };
    let mut both: Vec<Kind> = before.iter().copied().filter(|kind| has(after, *kind)).collect();
    if after.contains(&Kind::Integer) && has(before, Kind::Integer) && !both.contains(&Kind::Integer) {
        both.push(Kind::Integer);
    }
    both
}

/// The type that keywords without a `type` suggest; a text where nothing does.
fn told(shape: &Shape<'_>) -> Vec<Kind> {
    let found = TELLING.iter().find(|(keyword, _)| shape.has(keyword));
    vec![found.map_or(Kind::String, |(_, kind)| *kind)]
}

/// The type of a value.
pub(super) fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Boolean,
        Value::Number(number) if number.is_f64() => Kind::Number,
        Value::Number(_) => Kind::Integer,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    }
}
