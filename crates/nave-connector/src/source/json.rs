//! JSON text → value. The usual parser, watched: duplicate keys are found, depth is bounded.

use std::cell::RefCell;
use std::fmt;

use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{
    Format, MOST_DEPTH, MOST_FINDINGS, MOST_VALUES, Source, duplicate, locate_all, too_deep, too_many,
};

/// The key under which `serde_json` hands over a number as it is written, when decimals stay exact.
const NUMBER: &str = "$serde_json::private::Number";

/// What the parser is told when a document is too deep; recognised again in the error.
const TOO_DEEP: &str = "nested too deep";

/// The same for too many values.
const TOO_MANY: &str = "too many values";

pub(super) fn read(name: &str, text: &str) -> Result<Source, Fault> {
    let watch = RefCell::new(Watch::default());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let tree = Seed { watch: &watch, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|tree| deserializer.end().map(|()| tree))
        .map_err(|error| fault(name, &error))?;
    let findings = findings(name, text, &watch.into_inner().duplicates);
    Ok(Source { name: name.to_owned(), format: Format::Json, tree, text: text.to_owned(), findings })
}

fn findings(name: &str, text: &str, duplicates: &[(String, String)]) -> Vec<Problem> {
    if duplicates.is_empty() {
        return Vec::new();
    }
    let pointers: Vec<&str> = duplicates.iter().map(|(pointer, _)| pointer.as_str()).collect();
    let places = locate_all(text.as_bytes(), &pointers);
    duplicates
        .iter()
        .zip(places)
        .map(|((pointer, key), place)| duplicate(name, pointer.clone(), key, place))
        .collect()
}

fn fault(name: &str, error: &serde_json::Error) -> Fault {
    let place = u32::try_from(error.line()).ok().zip(u32::try_from(error.column()).ok());
    let text = error.to_string();
    if text.starts_with(TOO_DEEP) || text.starts_with("recursion limit") {
        return too_deep(name, place);
    }
    if text.starts_with(TOO_MANY) {
        return too_many(name, place);
    }
    let reason = text.split(" at line ").next().unwrap_or_default();
    let at = At { line: place.map(|(line, _)| line), column: place.map(|(_, c)| c), ..At::file(name) };
    Fault::new(codes::DOCUMENT_SYNTAX, format!("`{name}` is not well-formed JSON: {reason}")).with_at(at)
}

/// What is remembered while parsing: the way down, and the duplicates met.
#[derive(Default)]
struct Watch {
    path: Vec<Token>,
    values: usize,
    duplicates: Vec<(String, String)>,
}

enum Token {
    Key(String),
    Index(usize),
}

impl Watch {
    fn duplicate(&mut self, key: &str) {
        if self.duplicates.len() >= MOST_FINDINGS {
            return;
        }
        let mut pointer = String::new();
        for token in &self.path {
            match token {
                Token::Key(key) => nave_model::place::push_token(&mut pointer, key),
                Token::Index(index) => nave_model::place::push_token(&mut pointer, &index.to_string()),
            }
        }
        nave_model::place::push_token(&mut pointer, key);
        self.duplicates.push((pointer, key.to_owned()));
    }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    watch: &'a RefCell<Watch>,
    depth: usize,
}

impl<'a> Seed<'a> {
    fn deeper<E: Error>(self) -> Result<Seed<'a>, E> {
        if self.depth >= MOST_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(Seed { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        {
            let mut watch = self.watch.borrow_mut();
            watch.values += 1;
            if watch.values > MOST_VALUES {
                return Err(D::Error::custom(TOO_MANY));
            }
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut items = Vec::new();
        self.watch.borrow_mut().path.push(Token::Index(0));
        while let Some(item) = access.next_element_seed(seed)? {
            items.push(item);
            if let Some(last) = self.watch.borrow_mut().path.last_mut() {
                *last = Token::Index(items.len());
            }
        }
        self.watch.borrow_mut().path.pop();
        items.shrink_to_fit();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut members = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if key == NUMBER && members.is_empty() {
                return written_number(access);
            }
            if members.contains_key(&key) {
                self.watch.borrow_mut().duplicate(&key);
            }
            self.watch.borrow_mut().path.push(Token::Key(key));
            let value = access.next_value_seed(seed)?;
            if let Some(Token::Key(key)) = self.watch.borrow_mut().path.pop() {
                members.insert(key, value);
            }
        }
        Ok(Value::Object(members))
    }
}

/// The number, or the object of somebody who really named a key so.
fn written_number<'de, A: MapAccess<'de>>(mut access: A) -> Result<Value, A::Error> {
    let value: Value = access.next_value()?;
    if let Some(Ok(number)) = value.as_str().map(str::parse::<Number>) {
        return Ok(Value::Number(number));
    }
    let mut members = Map::new();
    members.insert(NUMBER.to_owned(), value);
    while let Some((key, value)) = access.next_entry::<String, Value>()? {
        members.insert(key, value);
    }
    Ok(Value::Object(members))
}
