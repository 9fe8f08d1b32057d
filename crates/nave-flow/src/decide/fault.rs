//! A fault inside a run: what handlers see, what a journal keeps. Unlike [`Fault`], whose codes are the
//! hub's own, it can carry a word that a flow raised.

use nave_model::fault::codes;
use nave_model::{At, Code, Fault, Kind, Retry};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A fault as runs keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRecord {
    /// One of the hub's codes, or the word a flow raised.
    pub code: String,
    /// The kind as written in flows, for example `conflict`.
    pub kind: String,
    /// What happened, in a sentence.
    pub message: String,
    /// The nearest right thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The step it arose at, with the rounds it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Whether trying again can help: `never`, `after`, `if-idempotent`.
    pub retry: String,
    /// Where in the flow's file, where an expression failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
}

impl FaultRecord {
    /// A fault with one of the hub's codes.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        FaultRecord {
            code: code.name.to_owned(),
            kind: kind(code.kind).to_owned(),
            message: message.into(),
            hint: None,
            step: None,
            retry: retry(code.retry).to_owned(),
            at: None,
        }
    }

    /// A fault that a flow raised with a word of its own.
    pub fn raised(word: &str, message: impl Into<String>) -> Self {
        FaultRecord { code: word.to_owned(), ..FaultRecord::new(codes::FLOW_RAISED, message) }
    }

    /// The same fault with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether a handler with this code is for it. `E-FLOW-RAISED` is for every word that is not a code
    /// of the hub.
    pub fn has_code(&self, code: &str) -> bool {
        self.code == code || (code == codes::FLOW_RAISED.name && hub_code(&self.code).is_none())
    }

    /// What a handler's variable holds: `code`, `kind`, `message`, `hint`, `step`, `retryable`.
    pub fn to_value(&self) -> Value {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::String);
        let mut members = Map::new();
        members.insert("code".to_owned(), Value::String(self.code.clone()));
        members.insert("kind".to_owned(), Value::String(self.kind.clone()));
        members.insert("message".to_owned(), Value::String(self.message.clone()));
        members.insert("hint".to_owned(), text(&self.hint));
        members.insert("step".to_owned(), text(&self.step));
        members.insert("retryable".to_owned(), Value::Bool(self.retry != retry(Retry::Never)));
        Value::Object(members)
    }

    /// As the hub's own fault; a word that a flow raised becomes `E-FLOW-RAISED`.
    pub fn to_fault(&self) -> Fault {
        let mut fault = match hub_code(&self.code) {
            Some(code) => Fault::new(code, self.message.clone()),
            None => Fault::new(codes::FLOW_RAISED, format!("{}: {}", self.code, self.message)),
        };
        fault.hint.clone_from(&self.hint);
        fault.at.clone_from(&self.at);
        fault
    }
}

impl From<&Fault> for FaultRecord {
    fn from(fault: &Fault) -> Self {
        FaultRecord {
            hint: fault.hint.clone(),
            at: fault.at.clone(),
            ..FaultRecord::new(fault.code, fault.message.clone())
        }
    }
}

fn hub_code(name: &str) -> Option<Code> {
    codes::ALL.iter().find(|code| code.name == name).copied()
}

/// The word flows write for a kind.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "invalid",
        Kind::Unknown => "unknown",
        Kind::Refused => "refused",
        Kind::Unauthenticated => "unauthenticated",
        Kind::Conflict => "conflict",
        Kind::Limited => "limited",
        Kind::Unavailable => "unavailable",
        Kind::Unreachable => "unreachable",
        Kind::Timeout => "timeout",
        Kind::Mismatch => "mismatch",
        Kind::Unsupported => "unsupported",
        Kind::Internal => "internal",
    }
}

fn retry(retry: Retry) -> &'static str {
    match retry {
        Retry::Never => "never",
        Retry::After => "after",
        Retry::IfIdempotent => "if-idempotent",
    }
}

/// A fault on its way outwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) fault: Box<FaultRecord>,
    /// Whether handlers may take it.
    pub(super) is_catchable: bool,
    /// Whether a person may have the step that it arose at tried again in place: nothing of that step
    /// happened, and nothing around it was given up.
    pub(super) is_holdable: bool,
}

impl Failure {
    /// A fault that a step ran into before it did anything.
    pub(super) fn new(fault: FaultRecord) -> Self {
        Failure { fault: Box::new(fault), is_catchable: true, is_holdable: true }
    }

    /// A fault that no handler takes.
    pub(super) fn final_one(fault: FaultRecord) -> Self {
        Failure { is_catchable: false, ..Failure::spent(fault) }
    }

    /// A fault of a step of which something may have happened.
    pub(super) fn spent(fault: FaultRecord) -> Self {
        Failure { is_holdable: false, ..Failure::new(fault) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_handler_sees_what_it_needs() {
        let fault = FaultRecord::new(codes::RATE_LIMITED, "too many").with_hint("later");
        let fault = FaultRecord { step: Some("lines[3]/charge".to_owned()), ..fault };
        let seen = json!({
            "code": "E-RATE-LIMITED", "kind": "limited", "message": "too many", "hint": "later",
            "step": "lines[3]/charge", "retryable": true,
        });
        assert_eq!(fault.to_value(), seen);
        assert_eq!(FaultRecord::raised("stock", "none").to_value()["retryable"], json!(false));
    }

    #[test]
    fn words_that_flows_raise_have_a_code_in_common() {
        let raised = FaultRecord::raised("stock", "none left");
        assert!(
            raised.has_code("stock") && raised.has_code("E-FLOW-RAISED") && !raised.has_code("E-CONFLICT")
        );
        assert!(!FaultRecord::raised("E-CONFLICT", "x").has_code("E-FLOW-RAISED"));
        let fault = raised.to_fault();
        assert_eq!((fault.code, fault.message.as_str()), (codes::FLOW_RAISED, "stock: none left"));
    }

    #[test]
    fn faults_of_the_hub_come_back_as_they_were() {
        for code in codes::ALL {
            let fault =
                Fault::new(*code, "what happened").with_hint("what to do").with_at(At::file("a.yaml"));
            assert_eq!(FaultRecord::from(&fault).to_fault(), fault);
        }
    }

    #[test]
    fn kinds_are_written_as_faults_print_them() {
        for code in codes::ALL {
            assert_eq!(json!(code.kind), json!(kind(code.kind)));
            assert_eq!(json!(code.retry), json!(retry(code.retry)));
        }
    }
}
