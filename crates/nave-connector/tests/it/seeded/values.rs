//! Values of a schema: one with everything an expression may read, and from there every choice the schema
//! leaves, one at a time: absent, null, each alternative, each constant, no items and two.

use std::collections::{BTreeMap, BTreeSet};

use nave_connector::check::{self, Direction};
use nave_connector::{Connector, Schema};
use nave_model::place::push_token;
use serde_json::{Map, Value, json};

/// How deep fields that need not be there are given, and how deep those that must.
const AMPLE: usize = 9;
const DEEPEST: usize = 16;

/// Which alternatives are taken, by the place in the value and what is chosen there; the first elsewhere.
pub(super) type Choices = BTreeMap<String, usize>;

/// A value, with what was met on the way.
pub(super) struct Made {
    pub(super) value: Value,
    /// What could be chosen, and among how many.
    pub(super) points: BTreeMap<String, usize>,
    /// Place in the value → the schemas that describe it.
    pub(super) places: BTreeMap<String, Vec<String>>,
}

/// Makes values of one document.
pub(super) struct Maker<'a> {
    connector: &'a Connector,
    tree: &'a Value,
    /// The names an expression mentions; of other fields only those that must be there are made.
    mentioned: &'a BTreeSet<String>,
    choices: &'a Choices,
    points: BTreeMap<String, usize>,
    places: BTreeMap<String, Vec<String>>,
}

impl<'a> Maker<'a> {
    /// The value these choices make. `None`: there is none.
    pub(super) fn make(
        connector: &'a Connector,
        root: &str,
        mentioned: &'a BTreeSet<String>,
        choices: &'a Choices,
    ) -> Option<Made> {
        let tree = connector.documents.document(0)?.tree()?;
        let (points, places) = (BTreeMap::new(), BTreeMap::new());
        let mut maker = Maker { connector, tree, mentioned, choices, points, places };
        let value = maker.value(root, "", 0)?;
        Some(Made { value, points: maker.points, places: maker.places })
    }

    fn choose(&mut self, at: &str, what: &str, among: usize) -> usize {
        let key = format!("{at} {what}");
        let chosen = self.choices.get(&key).copied().unwrap_or(0).min(among.saturating_sub(1));
        let is_mentioned = at.split('/').all(|name| {
            name.is_empty() || name.parse::<usize>().is_ok() || self.mentioned.contains(&unescaped(name))
        });
        if among > 1 && is_mentioned {
            self.points.insert(key, among);
        }
        chosen
    }

    fn value(&mut self, pointer: &str, at: &str, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.places.entry(at.to_owned()).or_default().push(pointer.to_owned());
        let mut facets = Vec::new();
        self.gather(pointer, at, &mut facets, 0);
        let is_nullable = facets.iter().any(|facet| is_nullable(self.at(facet)));
        if is_nullable && self.choose(at, "null", 2) == 1 {
            return Some(Value::Null);
        }
        if let Some(constants) = facets.iter().find_map(|facet| constants(self.at(facet))) {
            let constants: Vec<&Value> = constants.iter().filter(|one| !one.is_null()).collect();
            if constants.is_empty() {
                return Some(Value::Null);
            }
            let chosen = self.choose(at, "constant", constants.len());
            return constants.get(chosen).map(|one| (*one).clone());
        }
        let kinds = facets.iter().map(|facet| kinds(self.at(facet))).find(|kinds| !kinds.is_empty());
        let kinds = kinds.unwrap_or_default();
        let kind = kinds.get(self.choose(at, "kind", kinds.len())).copied();
        match kind {
            Some("object") => self.object(&facets, at, depth),
            Some("array") => self.array(&facets, at, depth),
            Some("boolean") => Some(json!(self.choose(at, "boolean", 2) == 0)),
            Some("null") => Some(Value::Null),
            kind => self.scalar(&facets, at, kind),
        }
    }

    fn at(&self, pointer: &str) -> &'a Value {
        self.tree.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The schemas that apply together, of alternatives the chosen one.
    fn gather(&mut self, pointer: &str, at: &str, facets: &mut Vec<String>, depth: usize) {
        let schema = self.at(pointer);
        if depth > 8 || !schema.is_object() {
            return;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            self.gather(reference.trim_start_matches('#'), at, facets, depth + 1);
            return;
        }
        facets.push(pointer.to_owned());
        for index in 0..members(schema, "allOf") {
            self.gather(&format!("{pointer}/allOf/{index}"), at, facets, depth + 1);
        }
        for word in ["anyOf", "oneOf"] {
            let among = members(schema, word);
            if among > 0 {
                let chosen = self.choose(at, &format!("{word}{depth}"), among);
                self.gather(&format!("{pointer}/{word}/{chosen}"), at, facets, depth + 1);
            }
        }
    }

    fn object(&mut self, facets: &[String], at: &str, depth: usize) -> Option<Value> {
        let mut fields = Map::new();
        let required: BTreeSet<&str> = facets.iter().flat_map(|facet| required(self.at(facet))).collect();
        let mut is_named = false;
        for facet in facets {
            let named = self.at(facet).get("properties").and_then(Value::as_object);
            for (name, schema) in named.into_iter().flatten() {
                is_named = true;
                let must = required.contains(name.as_str());
                let may = self.mentioned.contains(name) && depth < AMPLE;
                let inner = joined(at, name);
                if !(must || may) || schema.get("writeOnly") == Some(&Value::Bool(true)) {
                    continue;
                }
                if !must && self.choose(&inner, "absent", 2) == 1 {
                    continue;
                }
                let mut pointer = format!("{facet}/properties");
                push_token(&mut pointer, name);
                if fields.contains_key(name) {
                    self.places.entry(inner).or_default().push(pointer);
                    continue;
                }
                match self.value(&pointer, &inner, depth + 1) {
                    Some(value) => drop(fields.insert(name.clone(), value)),
                    None if must => return None,
                    None => {}
                }
            }
        }
        if !is_named && self.choose(at, "members", 2) == 0 && depth < AMPLE {
            self.members(facets, at, depth, &mut fields);
        }
        Some(Value::Object(fields))
    }

    /// Members of an object that names none.
    fn members(&mut self, facets: &[String], at: &str, depth: usize, fields: &mut Map<String, Value>) {
        let described = facets
            .iter()
            .find(|facet| self.at(facet).get("additionalProperties").is_some_and(Value::is_object));
        for name in self.mentioned {
            let value = match described {
                Some(facet) => {
                    self.value(&format!("{facet}/additionalProperties"), &joined(at, name), depth + 1)
                }
                None => Some(json!(name)),
            };
            fields.extend(value.map(|value| (name.clone(), value)));
        }
    }

    fn array(&mut self, facets: &[String], at: &str, depth: usize) -> Option<Value> {
        let pointer = facets.iter().find(|facet| self.at(facet).get("items").is_some());
        let Some(pointer) = pointer.map(|facet| format!("{facet}/items")) else { return Some(json!([])) };
        let count = [1, 0, 2][self.choose(at, "items", 3)];
        let items = (0..count).map(|index| self.value(&pointer, &format!("{at}/{index}"), depth + 1));
        items.collect::<Option<Vec<Value>>>().map(Value::Array)
    }

    fn scalar(&self, facets: &[String], at: &str, kind: Option<&str>) -> Option<Value> {
        let name = unescaped(at.rsplit('/').find(|name| name.parse::<usize>().is_err()).unwrap_or_default());
        let fits = |value: &Value| {
            facets.iter().all(|facet| {
                let schema =
                    Schema { documents: &self.connector.documents, document: 0, value: self.at(facet) };
                check::value(schema, value, Direction::Response).is_empty()
            })
        };
        let candidates = match kind {
            Some("integer") => vec![json!(1_790_000_000), json!(7), json!(1), json!(0), json!(99)],
            Some("number") => vec![json!(19.5), json!(7), json!(1), json!(0)],
            _ => texts(&name).into_iter().map(Value::from).collect(),
        };
        let candidates = match (kind, name.as_str()) {
            (Some("integer"), name) if !is_time(name) => candidates.into_iter().skip(1).collect(),
            _ => candidates,
        };
        candidates.into_iter().find(fits)
    }
}

/// Texts to try, the likeliest first.
fn texts(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let likely = if lower.contains("currency") || lower == "price_unit" {
        "eur"
    } else if lower.contains("email") {
        "a@b.example"
    } else if is_time(&lower) {
        "2026-11-23T10:00:00Z"
    } else {
        name
    };
    let sid = |letters: &str| format!("{letters}0123456789abcdef0123456789abcdef");
    let mut texts: Vec<String> = [
        likely,
        "EUR",
        "US",
        "5",
        "12.50",
        "2026-11-23",
        "2026-11-23T10:00:00Z",
        "a@b.example",
        "https://a.example/x",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "+15005550006",
        "ABCDEFGHJKLMN",
        "C0123456789",
        "U0123456789",
        "T0123456789",
        "W0123456789",
        "1503435956.000247",
        "/v1/products",
        "/v1/charges",
        "/v1/customers",
        "Mon, 23 Nov 2026 10:00:00 +0000",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.extend(["AC", "MG", "SM", "CA", "PN", "GP", "TK"].map(sid));
    texts
}

fn is_time(name: &str) -> bool {
    let name = name.to_lowercase();
    ["_at", "_on", "_due", "datetime", "date", "created", "updated", "time", "_by", "_until", "period_end"]
        .iter()
        .any(|end| name.ends_with(end) || name.starts_with("date"))
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

pub(super) fn joined(at: &str, name: &str) -> String {
    let mut pointer = at.to_owned();
    push_token(&mut pointer, name);
    pointer
}

fn members(schema: &Value, word: &str) -> usize {
    schema.get(word).and_then(Value::as_array).map_or(0, Vec::len)
}

pub(super) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

pub(super) fn constants(schema: &Value) -> Option<&[Value]> {
    match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(constants)), _) => Some(constants),
        (_, Some(constant)) => Some(std::slice::from_ref(constant)),
        _ => None,
    }
}

fn is_nullable(schema: &Value) -> bool {
    let yes = Some(&Value::Bool(true));
    let listed = |word: &str| schema.get(word).and_then(Value::as_array);
    schema.get("nullable") == yes
        || schema.get("x-nullable") == yes
        || listed("type").is_some_and(|kinds| kinds.len() > 1 && kinds.contains(&json!("null")))
        || listed("enum").is_some_and(|constants| constants.contains(&Value::Null))
}

/// The JSON types a schema names or means.
pub(super) fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            let others: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != "null").collect();
            if others.is_empty() { kinds } else { others }
        }
        _ if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() => {
            vec!["object"]
        }
        _ if schema.get("items").is_some() => vec!["array"],
        _ => Vec::new(),
    }
}
