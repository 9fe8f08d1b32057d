//! Something that happened, as a CloudEvent (CloudEvents 1.0.2). Where it came from and what becomes of
//! it is left to the engine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A CloudEvent, as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The sender's id, or one made here. With `source`, it tells the same event sent twice.
    pub id: String,
    /// Who sent it: `/connections/crm`, `/flows/sales/onboard-won-deal`, or what a CloudEvent said.
    pub source: String,
    /// What happened, as flows name it: `crm.deal.stage_changed`, or the name a flow emits.
    #[serde(rename = "type")]
    pub name: String,
    /// What it is about, where the sender says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened, where the sender says so: milliseconds since 1970, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// When it was accepted here: milliseconds since 1970, UTC.
    pub received_ms: u64,
    /// The trace it belongs to, as [`crate::trace`] keeps it: a `traceparent`, and the `tracestate` with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What else a CloudEvent carried: its extension attributes and `dataschema`, as texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, String>,
    /// Media type of the body.
    pub media: String,
    /// The body, byte for byte as it came.
    pub body: Body,
}

/// Bytes that are here, or kept as a blob because they are many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// Here.
    Inline(Vec<u8>),
    /// In the store.
    Blob {
        /// SHA-256 of the bytes, in hex.
        sha256: String,
        /// How many bytes.
        length: u64,
    },
}
