//! What a schema lets a value be, for codecs whose wire form does not say it: a text becomes a number
//! only where the schema has numbers. Whether the value then fits is left to the check.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::documents::{Documents, Place};
use crate::schema::Schema;

/// The most schemas looked at for one value.
const MOST_SCHEMAS: usize = 512;
/// The most references and compositions between a schema and what it is made of.
const DEEPEST: usize = 32;

/// A set of JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    /// `null`.
    pub const NULL: Types = Types(1);
    /// `true` and `false`.
    pub const BOOLEAN: Types = Types(2);
    /// Numbers without a fraction.
    pub const INTEGER: Types = Types(4);
    /// All numbers.
    pub const NUMBER: Types = Types(8 | 4);
    /// Texts, and files.
    pub const STRING: Types = Types(16);
    /// Arrays.
    pub const ARRAY: Types = Types(32);
    /// Objects.
    pub const OBJECT: Types = Types(64);
    /// No type at all.
    pub(crate) const NONE: Types = Types(0);

    /// Whether any of `other` is in the set.
    pub fn any(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the set has nothing besides `other`.
    pub fn only(self, other: Types) -> bool {
        self.0 & !other.0 == 0
    }

    /// Both sets together.
    pub(crate) fn with(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    fn both(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    fn named(name: &str) -> Types {
        match name {
            "null" => Types::NULL,
            "boolean" => Types::BOOLEAN,
            "integer" => Types::INTEGER,
            "number" => Types::NUMBER,
            // `file` is Swagger 2.0's word for a text of any bytes.
            "string" | "file" => Types::STRING,
            "array" => Types::ARRAY,
            "object" => Types::OBJECT,
            _ => Types::NONE,
        }
    }

    fn of(value: &Value) -> Types {
        match value {
            Value::Null => Types::NULL,
            Value::Bool(_) => Types::BOOLEAN,
            Value::Number(number) if number.is_f64() => Types::NUMBER,
            Value::Number(_) => Types::INTEGER,
            Value::String(_) => Types::STRING,
            Value::Array(_) => Types::ARRAY,
            Value::Object(_) => Types::OBJECT,
        }
    }
}

/// The schemas one value stands under; none: anything.
#[derive(Clone, Default)]
pub struct Expected<'a> {
    roots: Vec<Schema<'a>>,
    /// An object made of parts that stand under no common schema (Swagger 2.0 form parameters).
    fields: Vec<(&'a str, Option<Schema<'a>>)>,
}

impl<'a> Expected<'a> {
    /// What the schema at a place lets a value be; a place that holds nothing allows anything.
    pub fn at(documents: &'a Documents, place: Option<&Place>) -> Self {
        let root = place.and_then(|place| Schema::at(documents, place).ok());
        Expected::of(root)
    }

    /// What a schema lets a value be; none allows anything.
    pub fn of(schema: Option<Schema<'a>>) -> Self {
        Expected { roots: schema.into_iter().collect(), fields: Vec::new() }
    }

    /// An object with these fields and no others.
    pub fn object(fields: Vec<(&'a str, Option<Schema<'a>>)>) -> Self {
        Expected { roots: Vec::new(), fields }
    }

    fn any(roots: Vec<Schema<'a>>) -> Self {
        Expected { roots, fields: Vec::new() }
    }

    /// The allowed types, or `None` where the schema does not say.
    pub fn types(&self) -> Option<Types> {
        if !self.fields.is_empty() {
            return Some(Types::OBJECT);
        }
        let mut budget = MOST_SCHEMAS;
        union(self.roots.iter().map(|root| types(*root, DEEPEST, &mut budget)))
    }

    /// What a field of the object may be. A field no branch names takes `additionalProperties`.
    pub fn property(&self, name: &str) -> Expected<'a> {
        if let Some((_, schema)) = self.fields.iter().find(|(field, _)| *field == name) {
            return Expected::of(*schema);
        }
        let mut named = Vec::new();
        let mut others = Vec::new();
        self.each(&mut |schema| {
            let Some(keywords) = schema.keywords() else { return };
            if let Some(property) = member(keywords, "properties", name) {
                named.push(schema.with(property));
            } else if let Some(other @ Value::Object(_)) = keywords.get("additionalProperties") {
                others.push(schema.with(other));
            }
        });
        Expected::any(if named.is_empty() { others } else { named })
    }

    /// Whether some branch declares a field of this name.
    pub fn declares(&self, name: &str) -> bool {
        let mut found = self.fields.iter().any(|(field, _)| *field == name);
        self.each(&mut |schema| {
            found |= schema.keywords().is_some_and(|keywords| member(keywords, "properties", name).is_some());
        });
        found
    }

    /// The names of the declared fields, in the order described.
    pub fn names(&self) -> indexmap::IndexSet<&'a str> {
        let mut names: indexmap::IndexSet<&str> = self.fields.iter().map(|(name, _)| *name).collect();
        self.each(&mut |schema| {
            if let Some(Value::Object(properties)) = schema.keyword("properties") {
                names.extend(properties.keys().map(String::as_str));
            }
        });
        names
    }

    /// Whether the object takes fields that are not declared.
    pub fn is_open(&self) -> bool {
        let mut declared = !self.fields.is_empty();
        let mut open = false;
        self.each(&mut |schema| {
            let Some(keywords) = schema.keywords() else { return };
            declared |= keywords.contains_key("properties");
            let additional = keywords.get("additionalProperties");
            open |= additional.is_some_and(|value| value.as_bool().unwrap_or(true));
            open |= keywords.contains_key("patternProperties");
        });
        open || !declared
    }

    /// What the array's item at a position may be.
    pub fn item(&self, position: usize) -> Expected<'a> {
        let mut roots = Vec::new();
        self.each(&mut |schema| {
            let Some(keywords) = schema.keywords() else { return };
            let prefix = keywords.get("prefixItems").or_else(|| keywords.get("items"));
            let item = prefix.and_then(Value::as_array).and_then(|items| items.get(position));
            if let Some(item) = item.or_else(|| keywords.get("items").filter(|items| !items.is_array())) {
                roots.push(schema.with(item));
            }
        });
        Expected::any(roots)
    }

    /// Whether the value is bytes rather than text: `format: binary`, Swagger's `type: file`, and
    /// 3.1's `contentMediaType` without a `contentEncoding`.
    pub fn is_binary(&self) -> bool {
        let mut binary = false;
        self.each(&mut |schema| {
            let Some(keywords) = schema.keywords() else { return };
            let text = |keyword: &str| keywords.get(keyword).and_then(Value::as_str);
            binary |= text("format") == Some("binary") || text("type") == Some("file");
            binary |= keywords.contains_key("contentMediaType") && !keywords.contains_key("contentEncoding");
        });
        binary
    }

    /// The value a text stands for, as far as the schema says; else the text itself.
    ///
    /// A listed value (`enum`, `const`) with this text wins. Where texts are allowed beside numbers or
    /// booleans, a text becomes one of those only if writing it back gives the same text.
    pub fn scalar(&self, text: &str) -> Value {
        let Some(types) = self.types() else { return Value::from(text) };
        if types.only(Types::STRING) {
            return Value::from(text);
        }
        if let Some(listed) = self.listed(text) {
            return listed;
        }
        let texts = types.any(Types::STRING);
        if types.any(Types::BOOLEAN) && (text == "true" || text == "false") {
            return Value::Bool(text == "true");
        }
        if types.any(Types::NUMBER)
            && let Some(number) = number(text)
            && (!texts || super::scalar::text(&number).as_deref() == Some(text))
        {
            return number;
        }
        if types.any(Types::NULL) && !texts && text.is_empty() {
            return Value::Null;
        }
        Value::from(text)
    }

    /// The first schema that holds the keyword, and the keyword's value.
    pub fn keyword(&self, name: &str) -> Option<&'a Value> {
        let mut found = None;
        self.each(&mut |schema| found = found.or_else(|| schema.keyword(name)));
        found
    }

    /// The first schema this was made of, before its references are followed.
    pub fn schema(&self) -> Option<Schema<'a>> {
        self.roots.first().copied()
    }

    fn listed(&self, text: &str) -> Option<Value> {
        let mut found = None;
        self.each(&mut |schema| {
            let Some(keywords) = schema.keywords() else { return };
            let listed = keywords.get("enum").and_then(Value::as_array);
            let mut listed = listed.into_iter().flatten().chain(keywords.get("const"));
            if found.is_none() {
                found = listed.find(|value| super::scalar::text(value).as_deref() == Some(text)).cloned();
            }
        });
        found
    }

    /// Visits every schema the roots are composed of, each once, within bounds.
    fn each(&self, visit: &mut dyn FnMut(Schema<'a>)) {
        let mut seen = BTreeSet::new();
        for root in &self.roots {
            each(*root, DEEPEST, &mut seen, visit);
        }
    }
}

fn member<'a>(keywords: &'a Map<String, Value>, keyword: &str, name: &str) -> Option<&'a Value> {
    keywords.get(keyword)?.as_object()?.get(name)
}

fn each<'a>(schema: Schema<'a>, depth: usize, seen: &mut BTreeSet<usize>, visit: &mut dyn FnMut(Schema<'a>)) {
    if depth == 0 || seen.len() >= MOST_SCHEMAS || !seen.insert(schema.identity()) {
        return;
    }
    if let Ok(Some(target)) = schema.reference() {
        each(target, depth - 1, seen, visit);
        if !schema.dialect().keeps_reference_siblings() {
            return;
        }
    }
    visit(schema);
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let members = schema.keyword(keyword).and_then(Value::as_array);
        for member in members.into_iter().flatten() {
            each(schema.with(member), depth - 1, seen, visit);
        }
    }
    for keyword in ["then", "else"] {
        if let Some(member) = schema.keyword(keyword) {
            each(schema.with(member), depth - 1, seen, visit);
        }
    }
}

fn types(schema: Schema<'_>, depth: usize, budget: &mut usize) -> Option<Types> {
    if depth == 0 || *budget == 0 {
        return None;
    }
    *budget -= 1;
    let keywords = schema.keywords()?;
    let mut found = own_types(keywords);
    if let Ok(Some(target)) = schema.reference() {
        let target = types(target, depth - 1, budget);
        if !schema.dialect().keeps_reference_siblings() {
            return target;
        }
        found = intersection(found, target);
    }
    for member in keywords.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        found = intersection(found, types(schema.with(member), depth - 1, budget));
    }
    for keyword in ["oneOf", "anyOf"] {
        if let Some(members) = keywords.get(keyword).and_then(Value::as_array) {
            let members = members.iter().map(|member| types(schema.with(member), depth - 1, budget));
            found = intersection(found, union(members));
        }
    }
    let nullable = keywords.get("nullable").and_then(Value::as_bool) == Some(true);
    if nullable { found.map(|types| types.with(Types::NULL)) } else { found }
}

/// What the keywords of one schema say, without its references and composition.
fn own_types(keywords: &Map<String, Value>) -> Option<Types> {
    match keywords.get("type") {
        Some(Value::String(one)) => return Some(Types::named(one)),
        Some(Value::Array(several)) => {
            return Some(
                several
                    .iter()
                    .filter_map(Value::as_str)
                    .fold(Types::NONE, |types, name| types.with(Types::named(name))),
            );
        }
        _ => {}
    }
    if let Some(listed) = keywords.get("enum").and_then(Value::as_array) {
        return Some(listed.iter().fold(Types::NONE, |types, value| types.with(Types::of(value))));
    }
    if let Some(value) = keywords.get("const") {
        return Some(Types::of(value));
    }
    if keywords.contains_key("properties") || keywords.contains_key("additionalProperties") {
        return Some(Types::OBJECT);
    }
    (keywords.contains_key("items") || keywords.contains_key("prefixItems")).then_some(Types::ARRAY)
}

fn union(all: impl Iterator<Item = Option<Types>>) -> Option<Types> {
    all.flatten().reduce(Types::with)
}

/// Both must hold; a contradiction says nothing.
fn intersection(a: Option<Types>, b: Option<Types>) -> Option<Types> {
    match (a, b) {
        (Some(a), Some(b)) if a.both(b) != Types::NONE => Some(a.both(b)),
        (Some(a), Some(b)) => Some(a.with(b)),
        (known, None) | (None, known) => known,
    }
}

fn number(text: &str) -> Option<Value> {
    // JSON's grammar, so that `+1`, `0x1`, `inf` and ` 1` stay what they are.
    match serde_json::from_str::<Value>(text) {
        Ok(number @ Value::Number(_)) if !text.starts_with(char::is_whitespace) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Dialect;
    use serde_json::json;

    #[track_caller]
    fn check(schema: &Value, text: &str, expected: &Value) {
        let tree = json!({"s": schema, "Round": {"anyOf": [{"$ref": "#/Round"}, {"type": "integer"}]}});
        let documents = Documents::single("test", Dialect::OpenApi30, tree);
        assert_eq!(&Expected::at(&documents, Some(&Place::new("/s"))).scalar(text), expected);
    }

    #[test]
    fn a_text_becomes_what_the_schema_allows() {
        check(&json!({"type": "string"}), "5", &json!("5"));
        check(&json!({"type": "integer"}), "5", &json!(5));
        check(&json!({"type": "integer"}), "five", &json!("five"));
        check(&json!({"type": ["boolean", "string"]}), "true", &json!(true));
        check(&json!({"anyOf": [{"type": "integer"}, {"type": "string"}]}), "007", &json!("007"));
        check(&json!({"anyOf": [{"type": "integer"}, {"type": "string"}]}), "7", &json!(7));
        check(&json!({"type": ["integer", "string"], "enum": ["1", 2]}), "1", &json!("1"));
        check(&json!({"type": "integer", "nullable": true}), "", &json!(null));
        check(&json!({"$ref": "#/Round"}), "3", &json!(3));
        check(&json!({"allOf": [{"type": "number"}, {"type": "integer"}]}), "3", &json!(3));
        check(&json!({}), "3", &json!("3"));
    }
}
