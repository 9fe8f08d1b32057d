//! A flow document → a flow, or everything that is wrong with it. What the document alone can say is
//! checked here; whether connections, operations, events and fields exist is left to the check.

use std::ops::Range;

use nave_model::fault::codes;
use nave_model::{At, Code, Problem};

use crate::document::Document;
use crate::flow::Flow;

mod batch;
mod block;
mod expressions;
mod handlers;
mod keys;
mod names;
mod reach;
mod scope;
mod signed;
mod step;
mod top;
mod trigger;
mod undo;
mod values;
mod verb;
mod words;

/// The JSON Schema of a flow, for editors.
pub const SCHEMA: &str = include_str!("../../../schema/flow.schema.json");

/// The deepest nesting of blocks.
pub const MOST_BLOCKS: usize = 20;

/// The most steps of a flow.
pub const MOST_STEPS: usize = 5_000;

/// Milliseconds between polls of an `each` trigger that does not say.
pub const POLL_MS: u64 = 5 * 60 * 1_000;

/// Milliseconds the first item of a batch waits for others where the batch does not say.
pub const BATCH_WITHIN_MS: u64 = 10 * 1_000;

/// Milliseconds after which nobody may answer an `ask` that does not say.
pub const EXPIRES_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// Problems told of one document; who has so many reads no further.
const MOST_PROBLEMS: usize = 1_000;

/// What came of reading a flow.
#[derive(Debug)]
pub struct Read {
    /// The flow. It is whole only where there are no errors; otherwise parts that could not be read are
    /// left out, so that the rest can still be checked. `None`: nothing of it could be read.
    pub flow: Option<Flow>,
    /// What is wrong, in the order of the file.
    pub errors: Vec<Problem>,
    /// What is odd, in the order of the file: the flow may run.
    pub warnings: Vec<Problem>,
}

/// Reads a flow from its document. A file below `flows/` must be called as the flow is.
pub fn read(file: &str, bytes: &[u8]) -> Read {
    let document = match Document::read(file, bytes) {
        Ok(document) => document,
        Err(problem) => return Read { flow: None, errors: vec![*problem], warnings: Vec::new() },
    };
    let mut reader = Reader {
        names: names::Names::default(),
        scope: scope::Scope::default(),
        errors: Problems::default(),
        warnings: Problems::default(),
        document: &document,
    };
    for problem in &document.problems {
        reader.errors.push(problem.clone());
    }
    let flow = reader.flow();
    if let Some(flow) = &flow {
        for problem in reach::check(flow) {
            reader.warnings.push(problem);
        }
    }
    Read { flow, errors: reader.errors.sorted(file), warnings: reader.warnings.sorted(file) }
}

/// A user's text as it is quoted in a message: on one line, and not endless.
pub(crate) fn clipped(text: &str) -> String {
    const MOST: usize = 60;
    let mut clipped: String = text
        .chars()
        .take(MOST)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if text.chars().nth(MOST).is_some() {
        clipped.push('…');
    }
    clipped
}

/// Reads one document; what is wrong is collected on the way.
struct Reader<'a> {
    document: &'a Document,
    names: names::Names,
    scope: scope::Scope,
    errors: Problems,
    warnings: Problems,
}

impl Reader<'_> {
    fn at(&self, range: Range<usize>) -> At {
        self.document.at(range)
    }

    fn problem(&self, code: Code, range: Range<usize>, message: String, hint: Option<String>) -> Problem {
        Problem { code, at: self.at(range), message, hint }
    }

    /// The document is wrong at this place.
    fn wrong(&mut self, range: Range<usize>, message: impl Into<String>, hint: impl Into<Option<String>>) {
        let problem = self.problem(codes::FLOW_INVALID, range, message.into(), hint.into());
        self.errors.push(problem);
    }

    /// As [`wrong`](Self::wrong), with a hint.
    fn wrong_with(&mut self, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.wrong(range, message, Some(hint.into()));
    }

    /// Something names what does not exist.
    fn unknown(&mut self, range: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        let problem = self.problem(codes::FLOW_NAME, range, message.into(), hint);
        self.errors.push(problem);
    }

    /// The document is odd at this place.
    fn odd(&mut self, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        let problem = self.problem(codes::FLOW_INVALID, range, message.into(), Some(hint.into()));
        self.warnings.push(problem);
    }
}

/// Problems, up to a number that is still read.
#[derive(Default)]
struct Problems {
    kept: Vec<Problem>,
    left_out: usize,
}

impl Problems {
    fn push(&mut self, problem: Problem) {
        if self.kept.len() < MOST_PROBLEMS {
            self.kept.push(problem);
        } else {
            self.left_out += 1;
        }
    }

    /// Whether further problems are only counted, so that nobody need look for a hint.
    fn is_full(&self) -> bool {
        self.kept.len() >= MOST_PROBLEMS
    }

    /// In the order of the file.
    fn sorted(mut self, file: &str) -> Vec<Problem> {
        self.kept.sort_by_key(|problem| (problem.at.line, problem.at.column));
        if self.left_out > 0 {
            let message = format!("{} more problems are not shown", self.left_out);
            self.kept.push(Problem::new(codes::FLOW_INVALID, At::file(file), message));
        }
        self.kept
    }
}

#[cfg(test)]
mod tests;
