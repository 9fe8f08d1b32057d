//! What a sender is answered: an acknowledgement, or a problem (RFC 9457) that says whether to try again.

use nave_connector::signature::handshake::Reply;
use nave_model::Fault;
use nave_model::fault::{Kind, Retry, codes};
use serde_json::json;

/// Seconds after which a sender may try again where nothing else is known.
const RETRY_SECONDS: u64 = 30;

/// An answer, for whoever serves HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAnswer {
    /// HTTP status.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HookAnswer {
    pub(super) fn from_reply(reply: Reply) -> Self {
        let mut headers = Vec::new();
        if !reply.media.is_empty() {
            headers.push(("Content-Type".to_owned(), reply.media.to_owned()));
            // A challenge is the sender's own text; no browser may take it for a page.
            headers.push(("X-Content-Type-Options".to_owned(), "nosniff".to_owned()));
        }
        headers.extend(reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value)));
        HookAnswer { status: reply.status, headers, body: reply.body }
    }

    /// Where several are gathered into one run, it has no name yet.
    pub(super) fn started(run: Option<&str>) -> Self {
        HookAnswer {
            status: 202,
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: run.map_or_else(|| json!({}), |run| json!({ "run": run })).to_string().into_bytes(),
        }
    }

    /// Without its body, and what tells its type.
    pub(super) fn bare(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "Content-Type");
        self.body = Vec::new();
        self
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A fault as a sender is told it.
pub fn problem(fault: &Fault) -> HookAnswer {
    problem_as(fault, status(fault))
}

/// The same with a status of its own: answer and body say the same.
pub(super) fn problem_as(fault: &Fault, status: u16) -> HookAnswer {
    let mut body = json!({
        "type": "about:blank",
        "title": fault.code.title,
        "status": status,
        "detail": fault.message,
        "code": fault.code.name,
    });
    if let Some(hint) = &fault.hint {
        body["hint"] = json!(hint);
    }
    let problems: Vec<_> = fault
        .problems
        .iter()
        .map(|problem| json!({"pointer": problem.at.pointer, "message": problem.message, "hint": problem.hint}))
        .collect();
    if !problems.is_empty() {
        body["problems"] = json!(problems);
    }
    let answer = HookAnswer {
        status,
        headers: vec![("Content-Type".to_owned(), "application/problem+json".to_owned())],
        body: body.to_string().into_bytes(),
    };
    match status {
        503 => {
            let seconds = fault.retry_after_ms.map_or(RETRY_SECONDS, |ms| ms.div_ceil(1000).max(1));
            answer.with("Retry-After", &seconds.to_string())
        }
        _ => answer,
    }
}

/// 4xx where sending it again cannot help, 503 where it can.
fn status(fault: &Fault) -> u16 {
    if fault.code == codes::CREDENTIAL_MISSING || fault.code.retry == Retry::After {
        return 503;
    }
    match fault.code.kind {
        Kind::Unauthenticated => 401,
        Kind::Refused => 403,
        Kind::Unknown => 404,
        Kind::Conflict => 409,
        Kind::Limited => 413,
        Kind::Invalid | Kind::Mismatch => 422,
        Kind::Unavailable | Kind::Unreachable | Kind::Timeout => 503,
        Kind::Unsupported | Kind::Internal => 500,
    }
}
