//! What arrives at the sandbox and what leaves it, with the way it leaves: an answer may come late, in
//! drops, cut off, or not at all.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method in capitals.
    pub method: String,
    /// Path, percent-encoded, beginning with `/`.
    pub path: String,
    /// Query without `?`, percent-encoded; empty where there is none.
    pub query: String,
    /// Headers in the order they came.
    pub headers: Vec<(String, String)>,
    /// Body, empty where there is none.
    pub body: Bytes,
}

impl Request {
    /// The first header of this name, whatever its capitals.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// An answer and how it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers; the length is left to whoever sends it.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// Time to wait before anything is sent.
    pub delay: Duration,
    /// How it leaves.
    pub delivery: Delivery,
}

/// How an answer leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// As it is.
    Whole,
    /// The head announces the whole body; the connection closes in the middle of it.
    Truncated,
    /// In sixteen pieces with this pause before each.
    Trickle(Duration),
    /// The connection is reset; nothing is sent.
    Reset,
    /// Nothing is ever sent; the connection stays open.
    Silent,
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Reply {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
            delivery: Delivery::Whole,
        }
    }

    /// An answer of a media type.
    pub fn with_body(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let mut reply = Reply::empty(status);
        reply.headers.push(("content-type".to_owned(), media_type.to_owned()));
        reply.body = body.into();
        reply
    }

    /// A JSON answer.
    pub fn json(status: u16, value: &Value) -> Self {
        Reply::with_body(status, "application/json", value.to_string())
    }

    /// The first header of this name, whatever its capitals.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn and_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
