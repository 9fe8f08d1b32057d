//! A schema as it stands in its document: a thin view that resolves `$ref`s as it is walked.

use nave_model::Fault;
use serde_json::{Map, Value};

use crate::documents::{Dialect, Documents, Place, reference};

pub mod fields;
pub mod typed;

/// A schema in its document. Cheap to copy; never owns or inlines anything.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'a> {
    /// The documents references lead through.
    pub documents: &'a Documents,
    /// The document the schema stands in.
    pub document: usize,
    /// The schema as written: an object, or a boolean.
    pub value: &'a Value,
}

impl<'a> Schema<'a> {
    /// The schema at a place.
    ///
    /// # Errors
    /// The place holds nothing.
    pub fn at(documents: &'a Documents, place: &Place) -> Result<Self, Fault> {
        let value = documents.get(place).ok_or_else(|| broken(documents, place, &place.pointer))?;
        Ok(Schema { documents, document: place.document, value })
    }

    /// A schema below this one in the same document.
    #[must_use]
    pub fn with(self, value: &'a Value) -> Self {
        Schema { value, ..self }
    }

    /// The dialect of the document the schema stands in.
    pub fn dialect(self) -> Dialect {
        self.documents.document(self.document).map_or(Dialect::Draft2020, |document| document.dialect)
    }

    /// The keywords, where the schema is an object.
    pub fn keywords(self) -> Option<&'a Map<String, Value>> {
        self.value.as_object()
    }

    /// One keyword's value.
    pub fn keyword(self, name: &str) -> Option<&'a Value> {
        self.value.as_object()?.get(name)
    }

    /// The schema this one's `$ref` leads to (one step), or `None` where it has no `$ref`.
    ///
    /// # Errors
    /// The reference leads nowhere or outside.
    pub fn reference(self) -> Result<Option<Schema<'a>>, Fault> {
        let Some(text) = reference(self.value) else { return Ok(None) };
        let place = self.documents.target(self.document, text)?;
        match Schema::at(self.documents, &place) {
            Ok(target) => Ok(Some(target)),
            Err(_) => Err(broken(self.documents, &place, text)),
        }
    }

    /// The schema after following `$ref`s for as long as nothing but the reference counts: in
    /// dialects that keep a reference's siblings, a reference with siblings is not followed.
    ///
    /// # Errors
    /// A reference leads nowhere, outside, or round in a circle.
    pub fn resolve(self) -> Result<Schema<'a>, Fault> {
        let mut schema = self;
        for _ in 0..64 {
            let alone = schema.keywords().is_some_and(|keywords| keywords.len() == 1);
            if schema.dialect().keeps_reference_siblings() && !alone {
                return Ok(schema);
            }
            match schema.reference()? {
                Some(target) => schema = target,
                None => return Ok(schema),
            }
        }
        Err(Fault::new(nave_model::fault::codes::REFERENCE_CYCLE, "a `$ref` leads round in a circle"))
    }

    /// A key that is equal for two views of the same schema: for cycle detection only.
    pub fn identity(self) -> usize {
        std::ptr::from_ref(self.value).addr()
    }
}

fn broken(documents: &Documents, place: &Place, reference: &str) -> Fault {
    let message = format!("the reference `{reference}` leads nowhere");
    Fault::new(nave_model::fault::codes::REFERENCE_BROKEN, message).with_at(documents.at(place))
}
