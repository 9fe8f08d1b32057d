//! How a system's webhooks are proven, answered and read, as a manifest says it.

use serde::{Deserialize, Serialize};

use crate::signature::Signature;
use crate::signature::handshake::{Acknowledgement, Handshake};

/// How a system sends its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// How a delivery proves its sender.
    pub signature: Signature,
    /// What the vendor asks before it sends events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshake>,
    /// What it wants as an answer. Default: 200 without a body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Acknowledgement>,
    /// Where in a delivery the events stand.
    pub event: EventRule,
}

/// Where in a delivery the events stand. Each value is a JSON pointer (it begins with `/`), or an
/// expression of the mapping language that sees the event as `.`, the whole body as `$body`, and the
/// headers, names in small letters, as `$headers`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// The list of events. Absent: the body is one event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// The vendor's name of the event.
    pub name: String,
    /// The vendor's id of it, by which repeats are told. Absent: the hash of what was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it happened: RFC 3339, or seconds or milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What flows get. Absent: the whole event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

impl EventRule {
    /// Each value with its key.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let optional = [
            ("items", &self.items),
            ("id", &self.id),
            ("time", &self.time),
            ("subject", &self.subject),
            ("data", &self.data),
        ];
        let given = optional.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?)));
        std::iter::once(("name", self.name.as_str())).chain(given)
    }
}
