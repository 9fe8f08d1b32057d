//! A schema as one line of type notation: `{amount: integer ≥1, reason?: "duplicate" | "fraudulent"}`.

use serde_json::{Map, Value};

use super::fields::{Field, fields};
use crate::Schema;

/// How much detail an outline shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Objects nested deeper than this are shown as `object`.
    pub depth: usize,
    /// Values of an enum that are shown.
    pub values: usize,
    /// Fields of a nested object that are shown.
    pub fields: usize,
    /// Characters of a description; 0: none.
    pub sentence: usize,
    /// Optional arguments that are shown with their type; the others are only named.
    pub optional: usize,
}

impl Level {
    /// Everything a person may want to see at once.
    pub const FULL: Level = Level { depth: 3, values: 60, fields: 60, sentence: 400, optional: 1_000 };
}

/// Branches of a union that are shown.
const BRANCHES: usize = 5;
/// Composition nested deeper than this is not looked into.
const DEEPEST: usize = 10;

/// The type of a schema in one line.
pub(super) fn text(schema: Schema<'_>, level: Level) -> String {
    let outline = Outline { level };
    outline.schema(schema, level.depth, DEEPEST)
}

struct Outline {
    level: Level,
}

impl Outline {
    /// `depth` is how many objects may still be opened, `fuel` how many schemas may still be entered.
    fn schema(&self, schema: Schema<'_>, depth: usize, fuel: usize) -> String {
        let Some(fuel) = fuel.checked_sub(1) else { return "any".to_owned() };
        let Ok(schema) = schema.resolve() else { return "any".to_owned() };
        let Some(keywords) = schema.keywords() else {
            return if schema.value == &Value::Bool(false) { "never" } else { "any" }.to_owned();
        };
        let mut text = self.base(schema, keywords, depth, fuel);
        let nullable = keywords.get("nullable") == Some(&Value::Bool(true));
        if nullable && !text.ends_with("null") && text != "any" {
            text.push_str(" | null");
        }
        text
    }

    fn base(&self, schema: Schema<'_>, keywords: &Map<String, Value>, depth: usize, fuel: usize) -> String {
        if let Some(constant) = keywords.get("const") {
            return literal(constant);
        }
        if let Some(Value::Array(values)) = keywords.get("enum") {
            return self.values(values);
        }
        let types = types(keywords);
        for keyword in ["oneOf", "anyOf"] {
            let has_fields = keywords.contains_key("properties");
            match keywords.get(keyword) {
                Some(Value::Array(branches)) if !branches.is_empty() && !has_fields => {
                    return self.union(schema, branches, depth, fuel);
                }
                _ => {}
            }
        }
        if types.is_empty() {
            return self.untyped(schema, keywords, depth, fuel);
        }
        let texts: Vec<String> = types.iter().map(|kind| self.typed(schema, kind, depth, fuel)).collect();
        texts.join(" | ")
    }

    fn untyped(
        &self,
        schema: Schema<'_>,
        keywords: &Map<String, Value>,
        depth: usize,
        fuel: usize,
    ) -> String {
        if keywords.contains_key("properties") || keywords.contains_key("additionalProperties") {
            return self.object(schema, depth, fuel);
        }
        if keywords.contains_key("items") {
            return self.array(schema, depth, fuel);
        }
        if let Ok(Some(target)) = schema.reference() {
            return self.schema(target, depth, fuel);
        }
        match keywords.get("allOf") {
            Some(Value::Array(parts)) if parts.len() == 1 => match parts.first() {
                Some(part) => self.schema(schema.with(part), depth, fuel),
                None => "any".to_owned(),
            },
            Some(Value::Array(parts)) if !parts.is_empty() => {
                if fields(schema).is_empty() {
                    let known = parts.iter().map(|part| self.schema(schema.with(part), depth, fuel));
                    return known.into_iter().find(|text| text != "any").unwrap_or_else(|| "any".to_owned());
                }
                self.object(schema, depth, fuel)
            }
            _ if keywords.contains_key("format") || keywords.contains_key("pattern") => {
                scalar(keywords, "string")
            }
            _ => "any".to_owned(),
        }
    }

    fn typed(&self, schema: Schema<'_>, kind: &str, depth: usize, fuel: usize) -> String {
        match kind {
            "object" => self.object(schema, depth, fuel),
            "array" => self.array(schema, depth, fuel),
            other => schema.keywords().map_or_else(|| other.to_owned(), |keywords| scalar(keywords, other)),
        }
    }

    fn values(&self, values: &[Value]) -> String {
        let mut texts: Vec<String> = values.iter().take(self.level.values).map(literal).collect();
        if values.len() > self.level.values {
            texts.push(format!("… {} more", values.len() - self.level.values));
        }
        texts.join(" | ")
    }

    fn union(&self, schema: Schema<'_>, branches: &[Value], depth: usize, fuel: usize) -> String {
        let mut texts: Vec<String> = Vec::new();
        let mut left_out = 0;
        for branch in branches {
            let text = self.schema(schema.with(branch), depth, fuel);
            if texts.contains(&text) {
                continue;
            }
            if texts.len() < BRANCHES {
                texts.push(text);
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            texts.push(format!("… {left_out} more"));
        }
        texts.join(" | ")
    }

    fn array(&self, schema: Schema<'_>, depth: usize, fuel: usize) -> String {
        let item = match schema.keyword("items") {
            Some(items) if !items.is_array() => self.schema(schema.with(items), depth, fuel),
            _ => "any".to_owned(),
        };
        if item.contains(" | ") { format!("({item})[]") } else { format!("{item}[]") }
    }

    fn object(&self, schema: Schema<'_>, depth: usize, fuel: usize) -> String {
        let known = fields(schema);
        if known.is_empty() {
            return match schema.keyword("additionalProperties") {
                Some(member @ Value::Object(keywords)) if !keywords.is_empty() => {
                    format!("{{[key]: {}}}", self.schema(schema.with(member), depth, fuel))
                }
                _ => "object".to_owned(),
            };
        }
        let Some(depth) = depth.checked_sub(1) else { return "object".to_owned() };
        let (required, optional): (Vec<&Field<'_>>, Vec<&Field<'_>>) =
            known.iter().partition(|field| field.required);
        let mut texts: Vec<String> = required
            .iter()
            .chain(&optional)
            .take(self.level.fields)
            .map(|field| {
                let mark = if field.required { "" } else { "?" };
                format!("{}{mark}: {}", field.name, self.schema(field.schema, depth, fuel))
            })
            .collect();
        if known.len() > self.level.fields {
            texts.push(format!("… {} more", known.len() - self.level.fields));
        }
        format!("{{{}}}", texts.join(", "))
    }
}

fn types(keywords: &Map<String, Value>) -> Vec<&str> {
    match keywords.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn literal(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 60 { format!("{}…", text.chars().take(60).collect::<String>()) } else { text }
}

/// A scalar type with its format, range and length, as far as they are short.
fn scalar(keywords: &Map<String, Value>, kind: &str) -> String {
    let mut text = match keywords.get("format").and_then(Value::as_str) {
        Some("int32" | "int64") if kind == "integer" => kind.to_owned(),
        Some("float" | "double") if kind == "number" => kind.to_owned(),
        Some(format) if format.len() <= 24 && kind != "null" => format!("{kind} ({format})"),
        _ => kind.to_owned(),
    };
    let number = |name: &str| keywords.get(name).filter(|value| value.is_number());
    if kind == "integer" || kind == "number" {
        for (name, sign) in
            [("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<")]
        {
            if let Some(bound) = number(name) {
                text.push_str(&format!(" {sign}{bound}"));
            }
        }
    }
    if kind == "string" {
        // A length no one reaches by accident is noise.
        let most = number("maxLength").filter(|most| most.as_u64().is_some_and(|most| most < 1_000));
        match (number("minLength"), most) {
            (Some(least), Some(most)) => text.push_str(&format!(" {least}–{most} long")),
            (None, Some(most)) => text.push_str(&format!(" ≤{most} long")),
            (Some(least), None) if least.as_u64() > Some(1) => text.push_str(&format!(" ≥{least} long")),
            _ => {}
        }
        if let Some(pattern) =
            keywords.get("pattern").and_then(Value::as_str).filter(|pattern| pattern.len() <= 40)
        {
            text.push_str(&format!(" /{pattern}/"));
        }
    }
    text
}
