//! The one public error type. Says what happened, who can mend it and how; never carries a secret,
//! and never prints its cause inside its message.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer};

use crate::place::At;

pub mod codes;

/// The sort of a fault: what the caller's program branches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What was handed in is wrong.
    Invalid,
    /// The named thing does not exist.
    Unknown,
    /// It exists, but it is not allowed.
    Refused,
    /// The credential is missing or was not accepted.
    Unauthenticated,
    /// The state of the system forbids it.
    Conflict,
    /// A rate or size limit was reached.
    Limited,
    /// The system is there but cannot serve now.
    Unavailable,
    /// The system could not be reached.
    Unreachable,
    /// The time allowed was used up.
    Timeout,
    /// The system answered something its description does not allow.
    Mismatch,
    /// Nave knows what is meant and does not do it.
    Unsupported,
    /// A defect in Nave.
    Internal,
}

/// Who can mend a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// Whoever made the call.
    Caller,
    /// Whoever wrote the connector, the connection or another project document.
    Connector,
    /// The system at the other end.
    System,
    /// Nave itself.
    Hub,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// The same call will fail again.
    Never,
    /// Nothing was sent or nothing happened; trying later is safe.
    After,
    /// It may have happened; trying again is safe only for an idempotent operation.
    IfIdempotent,
}

/// A fault code: stable, documented in `docs/faults/`, listed once in [`codes`].
#[derive(Clone, Copy)]
pub struct Code {
    /// The code as printed, for example `E-ARG-UNKNOWN`.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Who can mend it.
    pub blame: Blame,
    /// Whether trying again can help.
    pub retry: Retry,
    /// One sentence for lists.
    pub title: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// One thing that is wrong with a document or an argument object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Which sort of problem.
    pub code: Code,
    /// Where.
    pub at: At,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The nearest right thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(code: Code, at: At, message: impl Into<String>) -> Self {
        Problem { code, at, message: message.into(), hint: None }
    }

    /// The same problem with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.to_string();
        if !at.is_empty() {
            write!(f, "{at}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// The one public error type of every Nave crate. One pointer wide, so that results stay small; its
/// [`Details`] are read and changed through it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Fault(Box<Details>);

/// What a [`Fault`] says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Details {
    /// Which fault this is.
    pub code: Code,
    /// What happened, for the caller: one sentence, no secret, no cause chain.
    pub message: String,
    /// The nearest right thing, or the next action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where: file and line, or a pointer into the arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// Every single problem, where a check found several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// Milliseconds to wait before trying again, where the system or a limit said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// HTTP status of the system's answer, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// For the operator's log only; never shown to a caller.
    #[serde(skip)]
    pub detail: Option<String>,
}

impl Fault {
    /// A fault with a message for the caller.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Fault(Box::new(Details {
            code,
            message: message.into(),
            hint: None,
            at: None,
            problems: Vec::new(),
            retry_after_ms: None,
            status: None,
            detail: None,
        }))
    }

    /// One fault for several problems found by one check; the first one leads.
    ///
    /// `subject` says what was checked, for example ``the arguments of `stripe.post_refunds` ``.
    pub fn from_problems(subject: &str, problems: Vec<Problem>) -> Self {
        let mut problems = problems.into_iter();
        let Some(first) = problems.next() else {
            return Fault::new(codes::INTERNAL, format!("{subject}: a check failed without a problem"));
        };
        let rest: Vec<Problem> = problems.collect();
        let message = match rest.len() {
            0 => first.message.clone(),
            1 => format!("{} (and 1 more problem)", first.message),
            more => format!("{} (and {more} more problems)", first.message),
        };
        let mut fault = Fault::new(first.code, message).with_at(first.at.clone());
        fault.hint.clone_from(&first.hint);
        fault.problems = std::iter::once(first).chain(rest).collect();
        fault
    }

    /// The same fault with the nearest right thing.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same fault with a place.
    #[must_use]
    pub fn with_at(mut self, at: At) -> Self {
        self.at = Some(at);
        self
    }

    /// The same fault with a text for the operator's log.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same fault with a time to wait before trying again, in milliseconds.
    #[must_use]
    pub fn with_retry_after_ms(mut self, milliseconds: u64) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }

    /// The same fault with the HTTP status the system answered.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

impl Deref for Fault {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Fault {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests;
