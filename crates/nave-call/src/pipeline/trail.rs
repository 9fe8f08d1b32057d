//! What is known about the outcome of a call beside its answer: whether it may have been done, whether it
//! is written down, how often it was tried. What follows from it is left to `settle.rs`.

use nave_model::fault::codes;
use nave_model::{Fault, Retry};

use crate::answer::Answer;

/// What is known of a call from before it passes the pipeline.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, each with a name of its own")]
pub(crate) struct Past {
    /// An earlier attempt may have been done.
    pub(crate) is_in_doubt: bool,
    /// The ledger holds its intent, and no outcome that says it was not done.
    pub(crate) is_recorded: bool,
    /// The system does not remember the idempotency key any more.
    pub(crate) is_forgotten: bool,
    /// Nothing remembered counts as an answer: it looks whether something happened.
    pub(crate) is_fresh: bool,
    /// Attempts that may have been done.
    pub(crate) attempts: u32,
}

/// How a call went through the pipeline.
#[derive(Debug)]
pub(crate) struct Made {
    /// What its caller hears.
    pub(crate) outcome: Result<Answer, Fault>,
    /// What is known beside it.
    pub(crate) trail: Trail,
}

/// What a call leaves behind beside its answer.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "five independent facts, each with a name of its own")]
pub(crate) struct Trail {
    /// Its id in the ledger.
    pub(crate) id: Option<String>,
    /// Its intent is in the ledger.
    pub(crate) is_recorded: bool,
    /// It may have been done, and nothing says whether it was.
    pub(crate) is_in_doubt: bool,
    /// It was in doubt for a time.
    pub(crate) was_in_doubt: bool,
    /// Sending it again has the effect of sending it once.
    pub(crate) is_harmless: bool,
    /// No further attempt is allowed.
    pub(crate) is_used_up: bool,
}

impl Trail {
    /// Of a call that has not begun.
    pub(crate) fn of(past: Past) -> Self {
        Trail {
            is_recorded: past.is_recorded,
            is_in_doubt: past.is_in_doubt,
            was_in_doubt: past.is_in_doubt,
            ..Trail::default()
        }
    }
}

/// Whether an attempt that ended so may have been done: no answer came, it could not be read, or it was
/// no refusal. Everything else is a refusal by the system, or was never sent.
pub(crate) fn may_have_happened(fault: &Fault) -> bool {
    let unsaid = [codes::RESPONSE_LIMIT, codes::RESPONSE_DRIFT, codes::REDIRECT_REFUSED];
    fault.code.retry == Retry::IfIdempotent || unsaid.contains(&fault.code)
}
