//! A schema with its place: what is compared, and what a finding points to.

use nave_model::place::push_token;
use serde_json::Value;

use crate::documents::{Documents, Place, reference};
use crate::schema::Schema;

/// The longest chain of references that is followed.
const LONGEST_CHAIN: usize = 64;

/// A schema with its place. Two spots of one document are the same schema when their addresses are.
#[derive(Clone)]
pub(super) struct Spot<'a> {
    pub(super) documents: &'a Documents,
    pub(super) place: Place,
    pub(super) value: &'a Value,
}

impl<'a> Spot<'a> {
    /// The schema at a place, if there is one.
    pub(super) fn at(documents: &'a Documents, place: &Place) -> Option<Self> {
        Some(Spot { documents, place: place.clone(), value: documents.get(place)? })
    }

    /// A schema below this one.
    pub(super) fn below(&self, tokens: &[&str], value: &'a Value) -> Self {
        let mut pointer = self.place.pointer.clone();
        for token in tokens {
            push_token(&mut pointer, token);
        }
        let place = Place { document: self.place.document, pointer };
        Spot { documents: self.documents, place, value }
    }

    /// The same schema without its place.
    pub(super) fn schema(&self) -> Schema<'a> {
        Schema { documents: self.documents, document: self.place.document, value: self.value }
    }

    /// Equal for two views of the same schema.
    pub(super) fn address(&self) -> usize {
        std::ptr::from_ref(self.value).addr()
    }

    /// Whether keywords beside a reference count.
    pub(super) fn keeps_siblings(&self) -> bool {
        self.schema().dialect().keeps_reference_siblings()
    }

    /// Where the reference that stands here leads, one step.
    pub(super) fn target(&self) -> Option<Spot<'a>> {
        let text = reference(self.value)?;
        let place = self.documents.target(self.place.document, text).ok()?;
        Spot::at(self.documents, &place)
    }

    /// The schema behind references that stand alone, or whose siblings do not count. A reference that
    /// leads nowhere or round in a circle stays as it is, and says nothing about the value.
    pub(super) fn resolved(self) -> Self {
        let mut spot = self.clone();
        for _ in 0..LONGEST_CHAIN {
            let alone = spot.value.as_object().is_some_and(|keywords| keywords.len() == 1);
            if !alone && spot.keeps_siblings() {
                return spot;
            }
            match spot.target() {
                Some(target) => spot = target,
                None => return spot,
            }
        }
        self
    }

    /// Whether nothing below this schema could refer to or describe another.
    pub(super) fn is_leaf(&self) -> bool {
        let inner = |value: &Value| matches!(value, Value::Object(_) | Value::Bool(_));
        match self.value {
            Value::Object(keywords) => keywords.iter().all(|(keyword, value)| match keyword.as_str() {
                "$ref" | "allOf" | "oneOf" | "anyOf" | "properties" | "patternProperties" | "prefixItems"
                | "then" | "else" | "dependentSchemas" | "dependencies" => false,
                "items" | "additionalProperties" | "unevaluatedProperties" => {
                    !inner(value) || value.is_boolean()
                }
                _ => true,
            }),
            _ => true,
        }
    }
}
