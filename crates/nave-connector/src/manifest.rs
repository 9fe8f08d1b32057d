//! The manifest of a connector (`connector.yaml`): everything a vendor's description does not say, as
//! data. One reader for the built-in connectors and for a user's own.

use indexmap::IndexMap;
use nave_model::Effect;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::Protocol;

mod check;
mod failure;
mod paging;
mod pointer;
mod read;
mod webhooks;

pub use check::check;
pub use failure::{Failure, failure};
pub use webhooks::{EventRule, Webhooks};

/// The JSON Schema of a manifest, for editors.
pub const SCHEMA: &str = include_str!("../../../schema/connector.schema.json");

/// A connector's manifest as written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Manifest {
    /// Name of the connector, as used in `connector.operation`.
    pub connector: String,
    /// The system's own name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// One plain sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Where the system documents itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// File of the description, beside the manifest.
    pub description: String,
    /// How its operations travel.
    #[serde(default, skip_serializing_if = "Protocol::is_http")]
    pub protocol: Protocol,
    /// File of the overlay, beside the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
    /// Where an imported description came from, and its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// How to get and prove a credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// The system's published limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// How calls can be repeated without doing them twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<IdempotencyRule>,
    /// How errors look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<ErrorRule>,
    /// How lists are paged, for every operation that has the paging arguments; an operation may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    /// Headers sent with every request, for example a version. Never a credential.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, String>,
    /// Events the system sends.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub events: IndexMap<String, Event>,
    /// How it sends them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<Webhooks>,
    /// Curated operations by name. Operations that are not named here stay usable; they rank lower.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub operations: IndexMap<String, OperationNotes>,
}

/// Where an imported description came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// File name or address the user named.
    pub source: String,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
}

/// How to get and prove a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Security scheme preferred where a description offers several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// How a person gets a credential, in one or two sentences.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// A read operation without required arguments that proves the credential works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
}

/// A system's published limits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Calls per second on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<f64>,
    /// Calls that may be made at once after a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
    /// Calls under way at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Where the vendor publishes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// How calls can be repeated without doing them twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdempotencyRule {
    /// Header that carries the key.
    pub header: String,
    /// Methods it works for, in capitals.
    pub methods: Vec<String>,
    /// Hours the system remembers a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
}

/// How errors look in answers. Pointers are JSON pointers into the answer body.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorRule {
    /// Where the message for people stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where the system's own error code stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// An answer with a 2xx status is a failure when the value at `pointer` equals `equals`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_when: Option<FailedWhen>,
    /// The system's error codes that mean "too many calls", "credential rejected" and so on.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub codes: IndexMap<String, ErrorMeaning>,
}

/// When an answer with a 2xx status is a failure all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailedWhen {
    /// Where to look.
    pub pointer: String,
    /// The value that means failure.
    pub equals: Value,
}

/// What one of a system's error codes means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorMeaning {
    /// Too many calls.
    RateLimited,
    /// The credential is missing, wrong or expired.
    Unauthenticated,
    /// The credential does not allow it.
    Forbidden,
    /// The thing does not exist.
    NotFound,
    /// The state of the system forbids it.
    Conflict,
    /// The call is wrong.
    Rejected,
    /// The system cannot serve now.
    Unavailable,
}

/// How a list is paged. `items` is the JSON pointer of the array in the answer; empty: the answer itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Paging {
    /// The `Link` header with `rel="next"` (RFC 8288).
    LinkHeader {
        /// Where the items stand.
        #[serde(default)]
        items: String,
    },
    /// A cursor from the answer goes into an argument of the next call.
    Cursor {
        /// Where the items stand.
        #[serde(default)]
        items: String,
        /// The argument the cursor goes into.
        argument: String,
        /// Where the cursor stands in the answer; absent: it is taken from the last item by `item_key`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
        /// Pointer inside the last item to its key, used where `next` is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item_key: Option<String>,
        /// Where a boolean stands that says whether there is more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
    /// The argument is the number of items to skip.
    Offset {
        /// Where the items stand.
        #[serde(default)]
        items: String,
        /// The argument for the offset.
        argument: String,
        /// Where the total number stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<String>,
        /// Where a boolean stands that says whether there is more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
    /// The argument is the number of the page.
    Page {
        /// Where the items stand.
        #[serde(default)]
        items: String,
        /// The argument for the page number.
        argument: String,
        /// Number of the first page.
        #[serde(default = "one")]
        first: u64,
        /// Where the number of pages stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pages: Option<String>,
        /// Where a boolean stands that says whether there is more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
    /// The answer holds the address of the next page.
    NextUrl {
        /// Where the items stand.
        #[serde(default)]
        items: String,
        /// Where the address stands.
        next: String,
    },
}

fn one() -> u64 {
    1
}

/// An event the system sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// One plain sentence.
    pub summary: String,
    /// The vendor's name of it, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Schema of its payload, as a reference into the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

/// What the manifest says about one operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationNotes {
    /// One plain sentence: what agents and people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The effect, where the method says it wrongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Repeating it is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotent: Option<bool>,
    /// Paging that differs from the connector's; `null` in the document cannot be told from absent,
    /// so `paged: false` switches it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    /// `false`: this operation is not paged although the connector's rule would fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paged: Option<bool>,
    /// Seconds an answer may be reused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_seconds: Option<u64>,
    /// Media type to send where the description offers several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// Scopes the credential needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Words people use for it, for search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// How to find out whether it was done, where its answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<Settle>,
}

/// The read-back that settles an unknown outcome. Both expressions are of the mapping language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// The operation that looks.
    pub read: String,
    /// Its arguments, from those of the call that is in doubt.
    pub with: String,
    /// Gives the answer the call would have had, from what was read; null where it was not done.
    pub found: String,
}

#[cfg(test)]
mod tests;
