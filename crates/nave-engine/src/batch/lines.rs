//! A JSON value on each line (NDJSON). Blank lines are passed over.

use std::io::BufRead;

use nave_model::Fault;
use serde_json::Value;

use super::reader::unreadable;
use super::record::{Place, Record, Records, Wrong};

/// The lines of an input.
#[derive(Debug)]
pub(super) struct Lines<R> {
    text: R,
    at: Place,
    longest: usize,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(text: R, at: Place, longest: usize) -> Self {
        Lines { text, at, longest, line: Vec::new() }
    }

    /// Reads a line without its end into `line`; gives whether there was one, and whether it is too long, in
    /// which case only its beginning is kept.
    fn read_line(&mut self) -> Result<(bool, bool), Fault> {
        self.line.clear();
        let (mut any, mut too_long) = (false, false);
        loop {
            let ready = self.text.fill_buf().map_err(|error| unreadable(&error))?;
            if ready.is_empty() {
                return Ok((any, too_long));
            }
            any = true;
            let end = ready.iter().position(|byte| *byte == b'\n');
            let content = ready.get(..end.unwrap_or(ready.len())).unwrap_or_default();
            if self.line.len().saturating_add(content.len()) > self.longest {
                too_long = true;
            } else if !too_long {
                self.line.extend_from_slice(content);
            }
            let used = end.map_or(ready.len(), |end| end + 1);
            self.text.consume(used);
            self.at.offset = self.at.offset.saturating_add(used as u64);
            if end.is_some() {
                self.at.line = self.at.line.saturating_add(1);
                return Ok((true, too_long));
            }
        }
    }
}

impl<R: BufRead> Records for Lines<R> {
    fn next(&mut self) -> Result<Option<Record>, Fault> {
        loop {
            let line = self.at.line;
            let (any, too_long) = self.read_line()?;
            if !any {
                return Ok(None);
            }
            if !too_long && self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let value = if too_long {
                let message = format!("the line is longer than {} bytes", self.longest);
                Err(Wrong { line, column: None, field: None, message })
            } else {
                parsed(&self.line).map_err(|(_, column, message)| Wrong {
                    line,
                    column: Some(column),
                    field: None,
                    message,
                })
            };
            return Ok(Some(Record { value, line, end: self.at }));
        }
    }
}

/// A JSON value; else the line and column, from 1, and what is wrong there.
pub(super) fn parsed(bytes: &[u8]) -> Result<Value, (u64, u64, String)> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() as u64 + 1;
        return Err((line, column, "it cannot be read in the encoding of the input".to_owned()));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let whole = error.to_string();
        // The place stands beside it already.
        let message = whole.split(" at line ").next().unwrap_or(&whole).to_owned();
        (error.line() as u64, error.column() as u64, format!("it is no JSON: {message}"))
    })
}
