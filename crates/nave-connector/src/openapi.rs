//! OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0 descriptions → a [`Connector`] and a report. Import keeps
//! every operation it can and says of the others why not; operations are compiled one by one.

use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use serde::Serialize;

use crate::Connector;
use crate::connector::Entry;
use crate::manifest::Manifest;
use crate::operation::Operation;
use crate::source::Source;

mod body;
mod compile;
mod external;
mod import;
mod media;
mod normalise;
mod notes;
mod parameter;
mod paths;
mod patterns;
mod reach;
mod response;
mod security;
mod server;
mod text;
mod version;
mod walk;
mod webhook;

pub use body::form_codec;
pub use import::import;

/// What a connector is imported from.
pub struct Input<'a> {
    /// Name of the connector, as in `connector.operation`.
    pub name: &'a str,
    /// The description, as read.
    pub source: Source,
    /// The manifest, where there is one.
    pub manifest: Option<Manifest>,
    /// An OpenAPI Overlay to apply to the description first.
    pub overlay: Option<Source>,
    /// Who fetches documents the description refers to.
    pub resolver: &'a dyn Resolver,
}

/// Fetches documents a description refers to. The only way an import reaches outside itself.
pub trait Resolver {
    /// The bytes of a document, by its name joined to the name of the document that refers to it.
    ///
    /// # Errors
    /// It does not exist, or may not be fetched.
    fn fetch(&self, uri: &str) -> Result<Vec<u8>, Fault>;
}

/// The resolver that refuses everything: references must stay inside the description.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoResolver;

impl Resolver for NoResolver {
    fn fetch(&self, uri: &str) -> Result<Vec<u8>, Fault> {
        let fault = Fault::new(codes::REFERENCE_OUTSIDE, format!("the description refers to `{uri}`"));
        Err(fault.with_hint("import the description together with the documents it refers to"))
    }
}

/// A finished import.
#[derive(Debug)]
pub struct Import {
    /// The connector, with every operation that can be used.
    pub connector: Connector,
    /// What was refused, and what was odd.
    pub report: Report,
}

/// What an import found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Operations described, usable or not.
    pub operations: usize,
    /// Operations that cannot be used, each with the reason and its place.
    pub refused: Vec<Refused>,
    /// What was odd and did not keep an operation from being used.
    pub findings: Vec<Problem>,
    /// Overlay actions that matched nothing.
    pub overlay_unmatched: Vec<Problem>,
}

/// An operation that cannot be used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refused {
    /// HTTP method in capitals.
    pub method: String,
    /// Path template.
    pub path: String,
    /// Why, with file, line and pointer.
    pub problem: Problem,
}

/// Compiles one operation of a connector from its description.
///
/// # Errors
/// The description of this operation cannot be used: a required part is missing, wrong, or behind a
/// broken reference.
pub fn compile(connector: &Connector, entry: &Entry) -> Result<Operation, Fault> {
    compile::compile(connector, entry, &mut Vec::new())
}

#[cfg(test)]
mod tests;
