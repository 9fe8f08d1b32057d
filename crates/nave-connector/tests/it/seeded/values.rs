//! Values of a schema: one with everything an expression may read, and from there every choice the schema
//! leaves, one at a time: absent, null, each alternative, each constant, no items and two.

use std::cell::RefCell;
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

/// What an expression mentions.
#[derive(Default)]
pub(super) struct Mentioned {
    /// Names of fields; of other fields only those that must be there are made.
    pub(super) names: BTreeSet<String>,
    /// Name of a field → the texts it is compared with.
    pub(super) compared: BTreeMap<String, BTreeSet<String>>,
}

/// Values of what no expression mentions, by the place of the schema: they are made once.
pub(super) type Rest = RefCell<BTreeMap<String, Option<Value>>>;

/// Makes values of one document.
pub(super) struct Maker<'a> {
    connector: &'a Connector,
    tree: &'a Value,
    mentioned: &'a Mentioned,
    rest: &'a Rest,
    choices: &'a Choices,
    points: BTreeMap<String, usize>,
    places: BTreeMap<String, Vec<String>>,
}

impl<'a> Maker<'a> {
    /// The value these choices make. `None`: there is none.
    pub(super) fn make(
        connector: &'a Connector,
        root: &str,
        mentioned: &'a Mentioned,
        rest: &'a Rest,
        choices: &'a Choices,
    ) -> Option<Made> {
        let tree = connector.documents.document(0)?.tree()?;
        let (points, places) = (BTreeMap::new(), BTreeMap::new());
        let mut maker = Maker { connector, tree, mentioned, rest, choices, points, places };
        let value = maker.value(root, "", 0)?;
        Some(Made { value, points: maker.points, places: maker.places })
    }

    fn is_mentioned(&self, at: &str) -> bool {
        at.split('/').all(|name| {
            let is_index = name.is_empty() || name.parse::<usize>().is_ok();
            is_index || self.mentioned.names.contains(&unescaped(name))
        })
    }

    fn choose(&mut self, at: &str, what: &str, among: usize) -> usize {
        let key = format!("{at} {what}");
        let chosen = self.choices.get(&key).copied().unwrap_or(0).min(among.saturating_sub(1));
        if among > 1 && self.is_mentioned(at) {
            self.points.insert(key, among);
        }
        chosen
    }

    fn value(&mut self, pointer: &str, at: &str, depth: usize) -> Option<Value> {
        if self.is_mentioned(at) {
            return self.fresh(pointer, at, depth);
        }
        if let Some(known) = self.rest.borrow().get(pointer) {
            return known.clone();
        }
        let made = self.fresh(pointer, at, depth);
        self.rest.borrow_mut().insert(pointer.to_owned(), made.clone());
        made
    }

    fn fresh(&mut self, pointer: &str, at: &str, depth: usize) -> Option<Value> {
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
            let mut constants: Vec<&Value> = constants.iter().filter(|one| !one.is_null()).collect();
            let compared = self.mentioned.compared.get(&name_of(at));
            constants.sort_by_key(|one| !compared.is_some_and(|texts| is_one_of(texts, one)));
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
                let may = depth < AMPLE && self.is_mentioned(&joined(at, name));
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
        for name in &self.mentioned.names {
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

    fn scalar(&mut self, facets: &[String], at: &str, kind: Option<&str>) -> Option<Value> {
        let name = name_of(at);
        let is_plain = facets.iter().all(|facet| is_plain(self.at(facet)));
        let (documents, tree) = (&self.connector.documents, self.tree);
        let fits = |value: &Value| {
            if is_plain {
                return true;
            }
            facets.iter().filter_map(|facet| tree.pointer(facet)).all(|schema| {
                let schema = Schema { documents, document: 0, value: schema };
                check::value(schema, value, Direction::Response).is_empty()
            })
        };
        let candidates: Vec<Value> = match kind {
            Some("integer") if is_time(&name) => vec![json!(1_790_000_000), json!(7)],
            Some("integer") => [7, 1, 0, 99].map(Value::from).to_vec(),
            Some("number") => [19.5, 7.0, 1.0, 0.0].map(Value::from).to_vec(),
            _ => {
                let format = facets.iter().find_map(|facet| self.at(facet).get("format")?.as_str());
                texts(&name, format).into_iter().map(Value::from).collect()
            }
        };
        let usual = candidates.into_iter().find(fits)?;
        let mut all: Vec<Value> = match kind {
            Some("integer") if !is_time(&name) => vec![usual, json!(99), json!(1)],
            Some("integer" | "number") => vec![usual],
            _ => {
                let compared = self.mentioned.compared.get(&name).into_iter().flatten();
                compared.map(|text| json!(text)).chain([usual]).collect()
            }
        };
        all.retain(fits);
        let chosen = self.choose(at, "value", all.len());
        all.into_iter().nth(chosen)
    }
}

/// Whether any text, number or address will do, which is much faster than looking.
fn is_plain(schema: &Value) -> bool {
    let keywords = schema.as_object().into_iter().flatten();
    keywords.into_iter().all(|(word, value)| match word.as_str() {
        "type" | "nullable" | "title" | "example" | "readOnly" | "default" | "allOf" => true,
        "format" => matches!(value.as_str(), Some("uri" | "int64" | "int32" | "unix-time")),
        "maxLength" => value.as_u64() >= Some(50),
        _ => false,
    })
}

/// Texts to try, the likeliest first.
fn texts(name: &str, format: Option<&str>) -> Vec<String> {
    let lower = name.to_lowercase();
    let likely = if matches!(format, Some("uri" | "url")) {
        "https://a.example/x"
    } else if format == Some("date") {
        "2026-11-23"
    } else if lower.contains("currency") || lower == "price_unit" {
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

/// The name of the field at a place, or of the list an item is in.
fn name_of(at: &str) -> String {
    unescaped(at.rsplit('/').find(|name| name.parse::<usize>().is_err()).unwrap_or_default())
}

fn is_one_of(texts: &BTreeSet<String>, value: &Value) -> bool {
    value.as_str().is_some_and(|text| texts.contains(text))
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
