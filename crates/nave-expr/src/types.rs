//! What is known about a value before it exists: for each JSON type whether it is possible, and what it
//! then looks like. A union is just several possibilities; narrowing takes possibilities away.

use std::rc::Rc;

use indexmap::IndexMap;

mod accepts;
mod access;
mod algebra;
pub mod assign;
mod constants;
mod construct;
mod display;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
mod kinds;
mod lazy;
mod narrow;
pub mod pattern;
pub mod schema;

pub use access::{FieldAccess, Presence};
pub use display::alternatives;
pub use kinds::Kind;
pub use lazy::Identity;

/// What a value may be. Every part that is absent is impossible; nothing present at all is a value
/// that never exists.
#[derive(Debug, Clone, Default)]
pub struct Type<'a> {
    /// Whether it may be `null`.
    pub null: bool,
    /// Which booleans it may be.
    pub booleans: Booleans,
    /// Which numbers, if any.
    pub numbers: Option<Numbers>,
    /// Which texts, if any.
    pub texts: Option<Texts>,
    /// Which lists, if any.
    pub arrays: Option<Rc<Array<'a>>>,
    /// Which objects: alternatives, as `oneOf` gives them; none: no object.
    pub objects: Vec<Rc<Object<'a>>>,
    /// The schema does not say: it may be anything, and this is why.
    pub unknown: Option<Unknown>,
}

/// Which booleans are possible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Booleans {
    /// `true` is possible.
    pub yes: bool,
    /// `false` is possible.
    pub no: bool,
}

/// Which numbers are possible.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Numbers {
    /// Whole numbers only.
    pub integer: bool,
    /// Only these, as JSON writes them in their one text (`nave_model::Decimal`); `None`: any.
    pub constants: Option<Rc<[String]>>,
    /// Lower bound, inclusive, where the schema gives one.
    pub least: Option<f64>,
    /// Upper bound, inclusive, where the schema gives one.
    pub most: Option<f64>,
}

/// Which texts are possible.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Texts {
    /// Only these; `None`: any.
    pub constants: Option<Rc<[String]>>,
    /// `format` of the schema, for example `date-time`.
    pub format: Option<Rc<str>>,
    /// Least length in characters.
    pub least: u64,
    /// Greatest length in characters; `None`: any.
    pub most: Option<u64>,
    /// Regular expression of the schema, where there is one.
    pub pattern: Option<Rc<str>>,
}

/// Which lists are possible.
#[derive(Debug, Clone)]
pub struct Array<'a> {
    /// Types of the first items, where they differ (`prefixItems`).
    pub first: Vec<Lazy<'a>>,
    /// Type of all others.
    pub rest: Lazy<'a>,
    /// Least number of items.
    pub least: u64,
    /// Greatest number of items; `None`: any.
    pub most: Option<u64>,
}

/// Which objects are possible: one alternative.
#[derive(Debug, Clone, Default)]
pub struct Object<'a> {
    /// What people call it, for messages: `stripe.charge`, `the deal`.
    pub name: Option<Rc<str>>,
    /// Fields the schema names, in its order.
    pub fields: IndexMap<Rc<str>, Field<'a>>,
    /// Type of all other fields. `None`: the schema names no others, and none are expected.
    pub rest: Option<Lazy<'a>>,
    /// Whether the schema forbids other fields (`additionalProperties: false`), rather than merely
    /// naming none.
    pub closed: bool,
}

/// A field of an object.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    /// What it may be, where it is there.
    pub value: Lazy<'a>,
    /// Whether it is always there.
    pub required: bool,
    /// The system alone sets it.
    pub read_only: bool,
    /// It may be sent and is never answered.
    pub write_only: bool,
    /// A mark of the connector: a secret, or personal data.
    pub sensitive: Option<Rc<str>>,
}

/// A type that may have to be worked out from a schema first; schemas may be recursive.
#[derive(Clone)]
pub enum Lazy<'a> {
    /// Known.
    Known(Rc<Type<'a>>),
    /// To be read from a schema when it is needed.
    Schema(schema::Place<'a>),
    /// All of these schemas apply: a field that is described more than once.
    All(Rc<[schema::Place<'a>]>),
    /// One of these.
    Any(Rc<[Lazy<'a>]>),
}

/// Why nothing is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The place, in words: ``the schema of `metadata` says nothing``.
    pub why: Rc<str>,
}

/// Why an expression, or a function in it, cannot work on what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong, in one sentence.
    pub message: String,
    /// The nearest right thing.
    pub hint: Option<String>,
}

#[cfg(test)]
mod tests;
