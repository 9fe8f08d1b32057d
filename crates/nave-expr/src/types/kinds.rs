//! The six types of JSON by name, and which of them a type leaves possible.

use super::Type;

/// A type of JSON, as jq's `type` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `null`
    Null,
    /// `boolean`
    Boolean,
    /// `number`
    Number,
    /// `string`
    String,
    /// `array`
    Array,
    /// `object`
    Object,
}

impl Kind {
    /// All of them, in the order in which jq sorts values.
    pub const ALL: [Kind; 6] =
        [Kind::Null, Kind::Boolean, Kind::Number, Kind::String, Kind::Array, Kind::Object];

    /// The kind jq's `type` gives this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// jq's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Boolean => "boolean",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }

    /// The kind of a value.
    pub fn of(value: &serde_json::Value) -> Kind {
        match value {
            serde_json::Value::Null => Kind::Null,
            serde_json::Value::Bool(_) => Kind::Boolean,
            serde_json::Value::Number(_) => Kind::Number,
            serde_json::Value::String(_) => Kind::String,
            serde_json::Value::Array(_) => Kind::Array,
            serde_json::Value::Object(_) => Kind::Object,
        }
    }
}

impl Type<'_> {
    /// Whether a value of this kind is possible. Of what nothing is known, every kind is.
    pub fn may_be(&self, kind: Kind) -> bool {
        self.unknown.is_some()
            || match kind {
                Kind::Null => self.null,
                Kind::Boolean => self.booleans.yes || self.booleans.no,
                Kind::Number => self.numbers.is_some(),
                Kind::String => self.texts.is_some(),
                Kind::Array => self.arrays.is_some(),
                Kind::Object => !self.objects.is_empty(),
            }
    }

    /// The kinds that are possible.
    pub fn kinds(&self) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| self.may_be(*kind)).collect()
    }

    /// Whether no value is possible.
    pub fn is_never(&self) -> bool {
        self.kinds().is_empty()
    }

    /// Whether nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        self.unknown.is_some()
    }

    /// Whether it may be `null`; what nothing is known of may.
    pub fn may_be_null(&self) -> bool {
        self.may_be(Kind::Null)
    }
}
