//! Types from JSON Schemas, in every dialect the connectors use. Read as leniently as values are checked:
//! `nullable` counts wherever it stands, alternatives may overlap, objects that name their fields have no
//! others. References are followed when they are needed, through whoever holds the documents.
//!
//! The way through: [`ways`] (a schema → the sets of schema objects that may apply together) → `finish`
//! (one such set → a type).

use std::fmt;
use std::rc::Rc;

use serde_json::Value as Json;

use super::{Type, Unknown};

mod arrays;
mod finish;
mod names;
mod objects;
mod scalars;
mod tags;
mod ways;

/// Why nothing is known where a schema does not say anything.
pub(super) const SILENT: &str = "its schema says nothing";

/// How many references are followed to learn whether a schema is marked.
const DEEPEST_MARK: usize = 8;

/// Where schemas come from: the documents `$ref`s lead through.
pub trait Schemas {
    /// The schema a reference in a document leads to, with its document. `None`: it leads nowhere.
    fn target<'a>(&'a self, document: usize, reference: &str) -> Option<(usize, &'a Json)>;

    /// How the schemas of a document are read.
    fn dialect(&self, document: usize) -> Dialect;

    /// Whose schemas these are, to be put before their names: `stripe` makes `charge` `stripe.charge`.
    fn owner(&self) -> Option<&str> {
        None
    }
}

/// What differs between schema dialects, as far as types are concerned. All else is read alike, whatever
/// the dialect, as vendors mix them: `nullable`, `items` with a list, boolean `exclusiveMinimum`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a difference of its own between dialects")]
pub struct Dialect {
    /// `nullable: true` adds `null` (OpenAPI 3.0; `x-nullable` of Swagger 2.0 always counts).
    pub nullable: bool,
    /// Keywords beside a `$ref` count (2019-09 and later).
    pub keeps_siblings: bool,
    /// `items` with a list, and `additionalItems` (before 2020-12).
    pub items_list: bool,
    /// `exclusiveMinimum: true` beside `minimum` (draft 4 and OpenAPI 3.0).
    pub boolean_bounds: bool,
}

/// A schema in its document. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Where its references lead.
    pub schemas: &'a dyn Schemas,
    /// Its document.
    pub document: usize,
    /// The schema: an object or a boolean.
    pub value: &'a Json,
}

impl<'a> Type<'a> {
    /// The values a schema admits. What is inside objects and lists is read when it is asked for.
    pub fn from_schema(place: Place<'a>) -> Type<'a> {
        finish::finish(&ways::ways(place))
    }
}

/// The values all of these schemas admit.
pub(super) fn all_of<'a>(places: &[Place<'a>]) -> Type<'a> {
    finish::finish(&ways::all_of(places))
}

impl<'a> Place<'a> {
    /// A schema below this one.
    #[must_use]
    pub fn with(self, value: &'a Json) -> Self {
        Place { value, ..self }
    }

    /// A number that is equal for two places of the same schema only.
    pub fn identity(&self) -> usize {
        std::ptr::from_ref(self.value).addr()
    }

    /// The same place, behind references that say nothing else.
    pub(super) fn resolved(self) -> Self {
        let mut place = self;
        for _ in 0..DEEPEST_MARK {
            let is_alone = place.value.as_object().is_some_and(|keywords| keywords.len() == 1);
            if !is_alone && place.schemas.dialect(place.document).keeps_siblings {
                return place;
            }
            match place.target() {
                Some(target) => place = target,
                None => return place,
            }
        }
        place
    }

    /// One keyword's value.
    pub(super) fn keyword(self, name: &str) -> Option<&'a Json> {
        self.value.as_object()?.get(name)
    }

    /// The schema its `$ref` leads to, one step.
    fn target(self) -> Option<Place<'a>> {
        self.follow(self.keyword("$ref")?.as_str()?)
    }

    /// The schema a reference leads to.
    fn follow(self, reference: &str) -> Option<Place<'a>> {
        let (document, value) = self.schemas.target(self.document, reference)?;
        Some(Place { document, value, ..self })
    }

    /// Whether a mark such as `readOnly` is set, through references and `allOf`.
    pub(super) fn is_marked(self, mark: &str) -> bool {
        self.is_marked_within(mark, 0)
    }

    fn is_marked_within(self, mark: &str, depth: usize) -> bool {
        if depth > DEEPEST_MARK || !self.value.is_object() {
            return false;
        }
        if let Some(target) = self.target() {
            if target.is_marked_within(mark, depth + 1) {
                return true;
            }
            if !self.schemas.dialect(self.document).keeps_siblings {
                return false;
            }
        }
        if self.keyword(mark) == Some(&Json::Bool(true)) {
            return true;
        }
        let members = self.keyword("allOf").and_then(Json::as_array);
        members.is_some_and(|members| {
            members.iter().take(64).any(|member| self.with(member).is_marked_within(mark, depth + 1))
        })
    }
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)
    }
}

/// Why nothing is known, said of a schema by its name.
fn unknown(name: Option<&Rc<str>>, what: &str) -> Unknown {
    let why = match name {
        Some(name) => format!("the schema of {name} {what}"),
        None => format!("its schema {what}"),
    };
    Unknown { why: why.into() }
}

#[cfg(test)]
mod tests;
