//! One record of a batch, where it stands, and what is wrong with a bad one.

use nave_model::fault::codes;
use nave_model::{At, Fault};
use serde::Serialize;
use serde_json::Value;

use super::checkpoint::Checkpoint;

/// A record that was passed over, or that stopped a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRecord {
    /// Its number in the input, from 1.
    pub number: u64,
    /// The line it begins at, from 1; of JSON, the line of what is wrong.
    pub line: u64,
    /// The column in bytes, from 1, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The field, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl BadRecord {
    /// The fault that a batch stops with.
    pub(super) fn fault(&self) -> Fault {
        let number = |value: u64| u32::try_from(value).ok();
        let at = At { line: number(self.line), column: self.column.and_then(number), ..At::default() };
        let field = self.field.as_ref().map(|field| format!(", field `{field}`")).unwrap_or_default();
        let message = format!("record {} (line {}{field}): {}", self.number, self.line, self.message);
        Fault::new(codes::BATCH_INVALID, message)
            .with_hint("mend it, or let the batch pass over bad records")
            .with_at(at)
    }
}

/// Where something in the input ends: bytes, unpacked and as UTF-8, and the line there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) line: u64,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: u64,
    pub(super) column: Option<u64>,
    pub(super) field: Option<String>,
    pub(super) message: String,
}

/// A record as a format gives it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) value: Result<Value, Wrong>,
    /// The line it begins at.
    pub(super) line: u64,
    /// Right behind it: reading goes on from here.
    pub(super) end: Place,
}

/// A format at work.
pub(super) trait Records {
    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// The input cannot be read, or what follows cannot be told apart into records.
    fn next(&mut self) -> Result<Option<Record>, Fault>;

    /// The names of the columns, where the format has such.
    fn columns(&self) -> Option<&[String]> {
        None
    }
}

/// A record with its number.
#[derive(Debug, Clone)]
pub(super) struct Numbered {
    /// From 1, bad ones counted too.
    pub(super) number: u64,
    pub(super) value: Result<Value, BadRecord>,
    pub(super) line: u64,
    /// Where the one before it ends.
    pub(super) start: Place,
    pub(super) end: Place,
}

impl Numbered {
    /// Moves a checkpoint behind this record.
    pub(super) fn place_in(&self, to: &mut Checkpoint) {
        (to.number, to.offset, to.line) = (self.number, self.end.offset, self.end.line);
    }

    /// Moves a checkpoint right before this record.
    pub(super) fn place_before(&self, to: &mut Checkpoint) {
        (to.number, to.offset, to.line) = (self.number.saturating_sub(1), self.start.offset, self.start.line);
    }

    /// This record as one that the flow refused.
    pub(super) fn refused(&self, fault: &Fault) -> BadRecord {
        let field = fault.at.as_ref().and_then(|at| at.pointer.clone()).filter(|pointer| !pointer.is_empty());
        let message = format!("the flow refuses it: {}", fault.message);
        BadRecord { number: self.number, line: self.line, column: None, field, message }
    }
}
