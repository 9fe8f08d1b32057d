//! Types from JSON Schemas, in every dialect the connectors use. References are followed when they are
//! needed, through whoever holds the documents.

use serde_json::Value as Json;

/// Where schemas come from: the documents `$ref`s lead through.
pub trait Schemas {
    /// The schema a reference in a document leads to, with its document. `None`: it leads nowhere.
    fn target<'a>(&'a self, document: usize, reference: &str) -> Option<(usize, &'a Json)>;

    /// How the schemas of a document are read.
    fn dialect(&self, document: usize) -> Dialect;
}

/// What differs between schema dialects, as far as types are concerned.
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
