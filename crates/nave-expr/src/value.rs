//! The values expressions work on. What is handed in is borrowed and never copied; what is made is
//! shared. Both look the same to everyone else.

use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::budget::Meter;
use crate::error::Error;

mod equal;
mod made;
mod number;
mod order;
mod text;
mod write;

pub use made::Made;
pub use number::Number;
pub(crate) use number::scientific;
pub use text::Text;
pub(crate) use write::shortened;

/// A JSON value. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, exact for as long as nobody calculates with it.
    Number(Number<'a>),
    /// A text.
    Text(Text<'a>),
    /// A list.
    Array(Items<'a>),
    /// An object; members keep their order.
    Object(Members<'a>),
}

/// The members of a list.
#[derive(Debug, Clone)]
pub enum Items<'a> {
    /// Handed in.
    Given(&'a [Json]),
    /// Made by an expression.
    Made(Made<Vec<Value<'a>>>),
}

/// The members of an object.
#[derive(Debug, Clone)]
pub enum Members<'a> {
    /// Handed in.
    Given(&'a serde_json::Map<String, Json>),
    /// Made by an expression.
    Made(Made<IndexMap<Text<'a>, Value<'a>>>),
}

impl<'a> From<&'a Json> for Value<'a> {
    fn from(json: &'a Json) -> Self {
        match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => Value::Number(Number::written(number.as_str())),
            Json::String(text) => Value::Text(Text::Given(text)),
            Json::Array(items) => Value::Array(Items::Given(items)),
            Json::Object(members) => Value::Object(Members::Given(members)),
        }
    }
}

impl<'a> Value<'a> {
    /// A text made by an expression.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Value::Text(Text::Made(text.into()))
    }

    /// A number made by an expression.
    pub fn number(number: f64) -> Self {
        Value::Number(Number::Double(number))
    }

    /// A list made by an expression.
    pub fn array(items: Vec<Value<'a>>) -> Self {
        let depth = deepest(items.iter());
        Value::Array(Items::Made(Made::new(items, depth)))
    }

    /// An object made by an expression.
    pub fn object(members: IndexMap<Text<'a>, Value<'a>>) -> Self {
        let depth = deepest(members.values());
        Value::Object(Members::Made(Made::new(members, depth)))
    }

    /// A list whose parts are known to be at most so deep that it is `depth`.
    pub(crate) fn array_of_depth(items: Vec<Value<'a>>, depth: u16) -> Self {
        Value::Array(Items::Made(Made::new(items, depth.max(1))))
    }

    /// An object whose parts are known to be at most so deep that it is `depth`.
    pub(crate) fn object_of_depth(members: IndexMap<Text<'a>, Value<'a>>, depth: u16) -> Self {
        Value::Object(Members::Made(Made::new(members, depth.max(1))))
    }

    /// Levels of lists and objects that expressions made; what was handed in counts as none, since
    /// whoever read it has bounded it.
    pub fn depth(&self) -> u16 {
        match self {
            Value::Array(Items::Made(items)) => items.depth(),
            Value::Object(Members::Made(members)) => members.depth(),
            _ => 0,
        }
    }

    /// jq's name of its type: `null`, `boolean`, `number`, `string`, `array`, `object`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::Text(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// Everything but `null` and `false`.
    pub fn is_truthy(&self) -> bool {
        !matches!(self, Value::Null | Value::Bool(false))
    }

    /// As JSON that stands on its own, within a budget: values share their parts, JSON repeats them.
    ///
    /// # Errors
    /// It is larger or deeper than the budget allows.
    pub fn to_json_within<'e>(&self, meter: &Meter) -> Result<Json, Error<'e>> {
        self.to_json_below(meter, meter.depth())
    }

    pub(crate) fn to_json_below<'e>(&self, meter: &Meter, levels: u64) -> Result<Json, Error<'e>> {
        meter.steps(1)?;
        let below = || levels.checked_sub(1).ok_or_else(|| meter.too_deep());
        Ok(match self {
            Value::Array(items) => {
                let levels = below()?;
                meter.bytes(items.len().saturating_mul(16))?;
                let mut list = Vec::with_capacity(items.len());
                for item in items.iter() {
                    list.push(item.to_json_below(meter, levels)?);
                }
                Json::Array(list)
            }
            Value::Object(members) => {
                let levels = below()?;
                meter.bytes(members.len().saturating_mul(16))?;
                let mut map = serde_json::Map::with_capacity(members.len());
                for (name, value) in members.iter() {
                    meter.bytes(name.as_str().len())?;
                    map.insert(name.as_str().to_owned(), value.to_json_below(meter, levels)?);
                }
                Json::Object(map)
            }
            Value::Text(text) => {
                meter.bytes(text.as_str().len())?;
                Json::String(text.as_str().to_owned())
            }
            scalar => scalar.to_json(),
        })
    }

    /// As JSON that stands on its own, whatever its size: for values known to be small.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => number.to_json(),
            Value::Text(text) => Json::String(text.as_str().to_owned()),
            Value::Array(Items::Given(items)) => Json::Array(items.to_vec()),
            Value::Array(items) => Json::Array(items.iter().map(|item| item.to_json()).collect()),
            Value::Object(Members::Given(members)) => Json::Object((*members).clone()),
            Value::Object(members) => Json::Object(
                members.iter().map(|(name, value)| (name.as_str().to_owned(), value.to_json())).collect(),
            ),
        }
    }
}

/// The depth of what holds these.
fn deepest<'v, 'a: 'v>(parts: impl Iterator<Item = &'v Value<'a>>) -> u16 {
    parts.map(Value::depth).max().unwrap_or(0).saturating_add(1)
}

impl<'a> Items<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Items::Given(items) => items.len(),
            Items::Made(items) => items.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them.
    pub fn get(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Items::Given(items) => items.get(index).map(Value::from),
            Items::Made(items) => items.get(index).cloned(),
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Value<'a>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// All of them, to change; nothing is copied where nobody else holds them.
    pub fn into_vec(self) -> Vec<Value<'a>> {
        match self {
            Items::Given(items) => items.iter().map(Value::from).collect(),
            Items::Made(items) => items.into_inner(),
        }
    }
}

impl<'a> Members<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Members::Given(members) => members.len(),
            Members::Made(members) => members.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        match self {
            Members::Given(members) => members.get(name).map(Value::from),
            Members::Made(members) => members.get(name).cloned(),
        }
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Text<'a>, Value<'a>)> + '_ {
        let (given, made) = match self {
            Members::Given(members) => (Some(*members), None),
            Members::Made(members) => (None, Some(&**members)),
        };
        let given = given.into_iter().flatten().map(|(name, value)| (Text::Given(name), Value::from(value)));
        given.chain(
            made.into_iter().flat_map(|made| made.iter()).map(|(name, value)| (name.clone(), value.clone())),
        )
    }

    /// All of them, to change; nothing is copied where nobody else holds them.
    pub fn into_map(self) -> IndexMap<Text<'a>, Value<'a>> {
        match self {
            Members::Given(members) => {
                members.iter().map(|(name, value)| (Text::Given(name.as_str()), Value::from(value))).collect()
            }
            Members::Made(members) => members.into_inner(),
        }
    }
}
