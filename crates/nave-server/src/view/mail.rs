//! Mail as a sandbox took it in a mail server's place, as the API shows it.

use nave_sandbox::Message;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A message that a sandbox took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mail {
    /// The connection whose mail server the sandbox stands for.
    pub connection: String,
    /// When.
    pub at_ms: u64,
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope, those in `Bcc` included.
    pub to: Vec<String>,
    /// Its `Message-ID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its subject, decoded.
    pub subject: String,
    /// The first text in it, decoded.
    pub text: String,
}

/// Which messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailQuery {
    /// Of this connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// How many at most: 1 to 1000. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Mail {
    /// A message of a sandbox that began at a time.
    pub(crate) fn new(connection: &str, began_ms: u64, message: &Message) -> Self {
        Mail {
            connection: connection.to_owned(),
            at_ms: began_ms.saturating_add(message.at_us / 1000),
            from: message.from.clone(),
            to: message.to.clone(),
            id: message.id.clone(),
            subject: message.subject.clone(),
            text: message.text.clone(),
        }
    }
}
