//! Sets of JSON types, and what can be said of a schema at a glance: enough to tell which branch of one
//! union is which of another.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::spot::Spot;
use super::view::view;

/// A set of JSON types, null apart. An integer is a number, but a number is not an integer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(u8);

/// Each type with its bit; `number` holds that of `integer` too.
const NAMES: [(&str, u8); 6] =
    [("string", 1), ("number", 6), ("integer", 2), ("boolean", 8), ("object", 16), ("array", 32)];

impl Types {
    pub(super) const NONE: Types = Types(0);
    pub(super) const OBJECT: Types = Types(16);
    pub(super) const ARRAY: Types = Types(32);

    /// A type by its name; Swagger's `file` travels as text, an unknown name says nothing.
    pub(super) fn named(name: &str) -> Self {
        let name = if name == "file" { "string" } else { name };
        Types(NAMES.iter().find(|(known, _)| *known == name).map_or(0, |(_, bits)| *bits))
    }

    /// Both.
    pub(super) fn and(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// What is in both.
    pub(super) fn within(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    /// What is in this and not in the other.
    pub(super) fn without(self, other: Types) -> Types {
        Types(self.0 & !other.0)
    }

    /// Whether any of these types is in the set.
    pub(super) fn has(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }
}

impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        let mut separator = "";
        for (name, bits) in NAMES {
            if left & bits == bits {
                write!(f, "{separator}{name}")?;
                separator = " or ";
                left &= !bits;
            }
        }
        if separator.is_empty() { f.write_str("nothing") } else { Ok(()) }
    }
}

/// The type of a value.
pub(super) fn kind_of(value: &Value) -> Types {
    match value {
        Value::Null => Types::NONE,
        Value::Bool(_) => Types::named("boolean"),
        Value::Number(number) if number.is_f64() => Types::named("number"),
        Value::Number(_) => Types::named("integer"),
        Value::String(_) => Types::named("string"),
        Value::Array(_) => Types::ARRAY,
        Value::Object(_) => Types::OBJECT,
    }
}

/// What can be said of a schema at a glance.
pub(super) struct Shape<'a> {
    /// A name that tells it from its siblings: of what it refers to, its title, or a constant field.
    pub(super) name: Option<String>,
    /// Its types, as far as they are said.
    pub(super) types: Option<Types>,
    /// Fields it declares, also through composition and alternatives.
    pub(super) fields: BTreeSet<&'a str>,
    /// How many schemas and fields were looked at.
    pub(super) cost: usize,
}

/// The most schemas looked at for one shape.
const MOST: usize = 48;

/// The most schemas, fields and keywords looked at for one shape.
const DEAREST: usize = 20_000;

/// What can be said of this schema at a glance.
pub(super) fn shape<'a>(spot: &Spot<'a>) -> Shape<'a> {
    let mut shape = Shape { name: named(spot), ..Shape::unknown() };
    let mut fuel = MOST;
    shape.types = shape.look(spot, &mut fuel);
    shape
}

impl<'a> Shape<'a> {
    /// The shape of which nothing can be said.
    pub(super) fn unknown() -> Self {
        Shape { name: None, types: None, fields: BTreeSet::new(), cost: 0 }
    }

    /// Adds the fields of a schema and says its types.
    fn look(&mut self, spot: &Spot<'a>, fuel: &mut usize) -> Option<Types> {
        *fuel = fuel.checked_sub(1).filter(|_| self.cost < DEAREST)?;
        let view = view(std::slice::from_ref(spot));
        self.cost += view.cost();
        for (name, field) in view.fields.iter().filter(|(_, field)| field.declared.is_some()) {
            self.fields.insert(name);
            let constant = field.spots.first().and_then(|spot| constant(spot.value));
            if let (None, Some(constant)) = (&self.name, constant) {
                self.name = Some(format!("{name}={constant}"));
            }
        }
        let mut together = view.unions.first().map(|_| Types::NONE);
        for branch in view.unions.iter().flat_map(|union| &union.branches) {
            let types = self.look(branch, fuel);
            together = together.zip(types).map(|(before, types)| before.and(types));
        }
        view.types.or(together)
    }
}

/// A schema in a word or two: the name of its component, else its types.
pub(super) fn kind_word(spot: &Spot<'_>) -> String {
    if let Some(name) = spot.component() {
        return name;
    }
    let view = view(std::slice::from_ref(spot));
    let types = match view.types {
        Some(types) => types.to_string(),
        None if view.unions.is_empty() => return "anything".to_owned(),
        None => return "one of several".to_owned(),
    };
    if view.null.is_some() { format!("{types} or null") } else { types }
}

/// The name of a component, or a title.
fn named(spot: &Spot<'_>) -> Option<String> {
    spot.component().or_else(|| spot.value.get("title").and_then(Value::as_str).map(str::to_owned))
}

/// The one value a schema allows.
fn constant(schema: &Value) -> Option<&Value> {
    let only = match schema.get("enum").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => Some(only),
        _ => None,
    };
    schema.get("const").or(only)
}
