//! A case: one call of a connector told as call / sends / answers / gives. It is a test of the
//! connector, a page of its documentation and an example the sandbox answers with, all at once.
//!
//! The written form is Markdown, so that it reads well where it is shown: `# subject`, then one
//! `## title` per case with a few words, then `### call`, `### sends`, `### answers` and `### gives`.
//! `docs/connector-format.md` has the whole format.

use nave_model::Fault;
use serde_json::Value;

mod compare;
pub(crate) mod http;
mod markdown;
mod read;
mod verify;

pub use verify::verify;

/// One call of an operation with everything that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The file it is written in.
    pub file: String,
    /// The line of its title.
    pub line: u32,
    /// What the whole file is about.
    pub subject: String,
    /// What this case shows.
    pub title: String,
    /// A few words about it, as Markdown.
    pub prose: String,
    /// The operation that is called.
    pub operation: String,
    /// Line of the operation's name.
    pub operation_line: u32,
    /// Its flat arguments.
    pub arguments: Value,
    /// The request that leaves. `None`: the call is refused before anything is sent.
    pub sends: Option<Sent>,
    /// What the system answers.
    pub answers: Option<Answered>,
    /// What the caller gets.
    pub gives: Gives,
    /// Line of what the caller gets; the title's where it is not written.
    pub gives_line: u32,
}

/// A request as a case writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Line of the request line.
    pub line: u32,
    /// Method in capitals.
    pub method: String,
    /// Path, beginning with `/`.
    pub path: String,
    /// Query without `?`; empty where there is none.
    pub query: String,
    /// Headers the case insists on; others may be sent beside them.
    pub headers: Vec<(String, String)>,
    /// Body, empty where there is none.
    pub body: String,
}

/// An answer as a case writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Line of the status line.
    pub line: u32,
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body, empty where there is none.
    pub body: String,
}

impl Answered {
    /// The first header of this name, whatever its capitals.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// What the caller gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Gives {
    /// The body of the answer as it was read.
    Answer,
    /// This value.
    Value(Value),
    /// A fault.
    Fault(Expected),
}

/// The fault a case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its code, for example `E-ARG-UNKNOWN`.
    pub code: String,
    /// Pointer into the arguments, where the case names one.
    pub pointer: Option<String>,
    /// Its hint, or for an answer of the system its message, where the case names one.
    pub hint: Option<String>,
}

impl Case {
    /// The cases of one file.
    ///
    /// # Errors
    /// The file does not keep to the format; the fault names the line.
    pub fn parse(file: &str, text: &str) -> Result<Vec<Case>, Fault> {
        read::cases(file, text)
    }
}

#[cfg(test)]
mod tests;
