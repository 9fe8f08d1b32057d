//! What the kinds of paging have in common, and the answer they look into.

use super::Paging;
use crate::documents::Documents;
use crate::operation::{Operation, Status};
use crate::schema::Schema;

impl Paging {
    /// The argument that leads to the next page, where the kind has one.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Paging::Cursor { argument, .. }
            | Paging::Offset { argument, .. }
            | Paging::Page { argument, .. } => Some(argument),
            Paging::LinkHeader { .. } | Paging::NextUrl { .. } => None,
        }
    }

    /// Where the items stand in the answer.
    pub fn items(&self) -> &str {
        match self {
            Paging::LinkHeader { items }
            | Paging::Cursor { items, .. }
            | Paging::Offset { items, .. }
            | Paging::Page { items, .. }
            | Paging::NextUrl { items, .. } => items,
        }
    }

    /// The JSON pointers into the answer, each after the manifest's word for it.
    pub fn pointers(&self) -> Vec<(&'static str, &str)> {
        let (first, second) = match self {
            Paging::LinkHeader { .. } => (None, None),
            Paging::Cursor { next, more, .. } => (named("next", next), named("more", more)),
            Paging::Offset { total, more, .. } => (named("total", total), named("more", more)),
            Paging::Page { pages, more, .. } => (named("pages", pages), named("more", more)),
            Paging::NextUrl { next, .. } => (Some(("next", next.as_str())), None),
        };
        [Some(("items", self.items())), first, second].into_iter().flatten().collect()
    }
}

fn named<'a>(word: &'static str, pointer: &'a Option<String>) -> Option<(&'static str, &'a str)> {
    pointer.as_deref().map(|pointer| (word, pointer))
}

/// The schema of what the operation answers when all is well.
pub(super) fn answer<'a>(documents: &'a Documents, operation: &Operation) -> Option<Schema<'a>> {
    let good = |status: &Status| matches!(status, Status::Exact(200..=299) | Status::Class(2));
    let good = operation.responses.iter().find(|response| good(&response.status));
    let place = good?.media.first()?.schema.as_ref()?;
    Schema::at(documents, place).ok()
}
