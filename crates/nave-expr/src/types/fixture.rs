//! Schemas for tests: one document, whose references are JSON pointers.

use serde_json::Value as Json;

use super::Type;
use super::schema::{Dialect, Place, Schemas};

/// A document of schemas.
pub(crate) struct Document {
    pub(crate) tree: Json,
    pub(crate) keeps_siblings: bool,
    pub(crate) owner: Option<&'static str>,
}

impl Document {
    pub(crate) fn new(tree: Json) -> Self {
        Document { tree, keeps_siblings: true, owner: None }
    }

    /// The type of the schema at a pointer.
    pub(crate) fn at(&self, pointer: &str) -> Type<'_> {
        let value = self.tree.pointer(pointer).unwrap();
        Type::from_schema(Place { schemas: self, document: 0, value })
    }
}

impl Schemas for Document {
    fn target<'a>(&'a self, document: usize, reference: &str) -> Option<(usize, &'a Json)> {
        Some((document, self.tree.pointer(reference.strip_prefix('#')?)?))
    }

    fn dialect(&self, _: usize) -> Dialect {
        Dialect {
            nullable: true,
            keeps_siblings: self.keeps_siblings,
            items_list: true,
            boolean_bounds: true,
        }
    }

    fn owner(&self) -> Option<&str> {
        self.owner
    }
}
