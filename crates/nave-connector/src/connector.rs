//! A system's checked description: its documents, an index of its operations, and each operation
//! compiled when first used.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use indexmap::IndexMap;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{Effect, Fault};
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::documents::{Documents, Place};
use crate::manifest::Manifest;
use crate::operation::{Operation, Server};
use crate::template::Template;

/// One operation in the index: enough to list, search and route without compiling it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Name, unique in the connector.
    pub name: String,
    /// HTTP method in capitals.
    pub method: String,
    /// Path template.
    pub path: String,
    /// One plain sentence.
    pub summary: Option<String>,
    /// Tags of the description.
    pub tags: Vec<String>,
    /// What it does to the system.
    pub effect: Effect,
    /// The vendor says not to use it any more.
    pub deprecated: bool,
    /// The manifest names it.
    pub curated: bool,
    /// The operation object in the documents.
    pub place: Place,
}

/// How a request proves who makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Scheme {
    /// A key in a header, the query or a cookie.
    ApiKey {
        /// `header`, `query` or `cookie`.
        location: KeyLocation,
        /// Name of the header, parameter or cookie.
        name: String,
    },
    /// User name and password (RFC 7617).
    Basic,
    /// A bearer token (RFC 6750).
    Bearer,
    /// OAuth 2.0: a bearer token whose scopes an operation names.
    OAuth2 {
        /// Scope → what it allows.
        scopes: IndexMap<String, String>,
        /// Grant → its token and authorization addresses, as described.
        flows: IndexMap<String, IndexMap<String, String>>,
    },
    /// OpenID Connect: a bearer token, discovered at this address.
    OpenIdConnect {
        /// Address of the discovery document.
        url: String,
    },
    /// A TLS client certificate.
    MutualTls,
    /// A scheme Nave does not attach yet, by its described name (for example HTTP `digest`).
    Other {
        /// The name.
        name: String,
    },
}

/// Where an API key travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyLocation {
    /// In a header.
    Header,
    /// In the query string.
    Query,
    /// In a cookie.
    Cookie,
}

/// A request the system makes to us, as the description names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Name.
    pub name: String,
    /// One plain sentence.
    pub summary: Option<String>,
    /// The webhook's operation object in the documents.
    pub place: Place,
}

/// A connector: checked data, ready to be called. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Connector {
    /// Name, as in `connector.operation`.
    pub name: String,
    /// The system's own name.
    pub title: String,
    /// The description's version.
    pub version: String,
    /// The documents everything refers to.
    pub documents: Documents,
    /// Manifest; a default one where only a description is known.
    pub manifest: Manifest,
    /// Security schemes by name.
    pub schemes: IndexMap<String, Scheme>,
    /// Servers of the whole description.
    pub servers: Vec<Server>,
    /// Webhooks of the description.
    pub webhooks: Vec<Webhook>,
    /// Its cases; whoever loads the connector sets them, importing a description does not.
    pub cases: Vec<Case>,
    /// Its templates by name; whoever loads the connector sets them, importing a description does not.
    pub templates: BTreeMap<String, Template>,
    entries: Vec<Entry>,
    compiled: Vec<OnceLock<Result<Operation, Fault>>>,
}

/// What a connector is made of besides its operations.
#[derive(Debug, Default)]
pub struct Parts {
    /// Name, as in `connector.operation`.
    pub name: String,
    /// The system's own name.
    pub title: String,
    /// The description's version.
    pub version: String,
    /// The documents everything refers to.
    pub documents: Documents,
    /// Manifest.
    pub manifest: Manifest,
    /// Security schemes by name.
    pub schemes: IndexMap<String, Scheme>,
    /// Servers of the whole description.
    pub servers: Vec<Server>,
    /// Webhooks of the description.
    pub webhooks: Vec<Webhook>,
}

impl Connector {
    /// A connector from its parts and the index of its operations.
    pub fn new(parts: Parts, mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let compiled = entries.iter().map(|_| OnceLock::new()).collect();
        let Parts { name, title, version, documents, manifest, schemes, servers, webhooks } = parts;
        Connector {
            name,
            title,
            version,
            documents,
            manifest,
            schemes,
            servers,
            webhooks,
            cases: Vec::new(),
            templates: BTreeMap::new(),
            entries,
            compiled,
        }
    }

    /// The index of operations, by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// An operation by name, compiled on first use.
    ///
    /// # Errors
    /// No operation has this name (with the nearest names), or its description cannot be used.
    pub fn operation(&self, name: &str) -> Result<&Operation, Fault> {
        match self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)) {
            Ok(position) => self.operation_at(position),
            Err(_) => Err(self.unknown(name)),
        }
    }

    /// The operation at a position of [`Connector::entries`], compiled on first use.
    ///
    /// # Errors
    /// Its description cannot be used.
    pub fn operation_at(&self, position: usize) -> Result<&Operation, Fault> {
        let (Some(entry), Some(cell)) = (self.entries.get(position), self.compiled.get(position)) else {
            return Err(Fault::new(codes::INTERNAL, "an operation's position is outside the index"));
        };
        match cell.get_or_init(|| crate::openapi::compile(self, entry)) {
            Ok(operation) => Ok(operation),
            Err(fault) => Err(fault.clone()),
        }
    }

    fn unknown(&self, name: &str) -> Fault {
        let message = format!("`{}` has no operation `{name}`", self.name);
        let fault = Fault::new(codes::OPERATION_UNKNOWN, message);
        match did_you_mean(name, self.entries.iter().map(|entry| entry.name.as_str())) {
            Some(hint) => fault.with_hint(hint),
            None => fault.with_hint(format!("find operations with `nave ops {} \"words\"`", self.name)),
        }
    }
}
