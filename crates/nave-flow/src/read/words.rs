//! How names are written: of steps, flows, connections, operations, events, roles and fault codes.

use std::ops::Range;

use super::{Reader, clipped};

/// Longer names are not read.
const LONGEST: usize = 120;

/// A kind of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Of a step or a variable: `[a-z][a-z0-9_]*`, so that `$name` reads it.
    Variable,
    /// Of a connection or a role: `[a-z][a-z0-9_-]*`.
    Connection,
    /// Of an operation: letters, digits, `_`, `-` and `.`.
    Operation,
    /// Of an event: as an operation, and `/` and `:`, which vendors use.
    Event,
    /// Of a flow: parts of `[a-z0-9][a-z0-9_-]*` with `/` between them.
    Flow,
    /// A fault code that a flow raises: `[a-z][a-z0-9_-]*`.
    Code,
}

impl Word {
    fn fits(self, text: &str) -> bool {
        let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let dashed = |c: char| small(c) || c == '-';
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if text.is_empty() || text.len() > LONGEST {
            return false;
        }
        match self {
            Word::Variable => begins && text.chars().all(small),
            Word::Connection | Word::Code => begins && text.chars().all(dashed),
            Word::Operation => text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)),
            Word::Event => text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:".contains(c)),
            Word::Flow => text.split('/').all(|part| {
                part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                    && part.chars().all(dashed)
            }),
        }
    }

    /// The nearest name that fits, or how names are written.
    fn hint(self, text: &str) -> String {
        let mut better = String::new();
        let filler = if self == Word::Variable { '_' } else { '-' };
        for c in text.trim().chars().take(LONGEST) {
            let c = if matches!(self, Word::Operation | Word::Event) { c } else { c.to_ascii_lowercase() };
            let kept = [better.clone(), c.to_string()].concat();
            if self.fits(&kept)
                || (self == Word::Flow && c == '/' && !better.is_empty() && !better.ends_with('/'))
            {
                better.push(c);
            } else if !better.is_empty() && !better.ends_with([filler, '/']) {
                better.push(filler);
            }
        }
        let better = better.trim_end_matches([filler, '/']);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        // A name that lost letters would be another one.
        if self.fits(better) && letters(better) == letters(text) {
            return format!("write `{better}`");
        }
        match self {
            Word::Variable => {
                "a name begins with a small letter and goes on with small letters, digits and `_`"
            }
            Word::Connection | Word::Code => {
                "a name begins with a small letter and goes on with small letters, digits, `-` and `_`"
            }
            Word::Operation | Word::Event => "a name has letters, digits, `_`, `-` and `.`",
            Word::Flow => "a flow is named like a file: `sales/onboard-won-deal`",
        }
        .to_owned()
    }
}

impl Reader<'_> {
    /// Whether a name can be written so; says so where not.
    pub(super) fn fits(&mut self, word: Word, text: &str, range: Range<usize>, what: &str) -> bool {
        if word.fits(text) {
            return true;
        }
        self.wrong_with(range, format!("`{}` cannot be the name of {what}", clipped(text)), word.hint(text));
        false
    }

    /// `connection.operation`, split at the first dot.
    pub(super) fn operation(&mut self, text: &str, range: Range<usize>) -> Option<(String, String)> {
        let parts =
            text.split_once('.').filter(|(connection, rest)| !connection.is_empty() && !rest.is_empty());
        let Some((connection, operation)) = parts else {
            let message = format!("`{}` is no operation", clipped(text));
            self.wrong_with(range, message, "write `connection.operation`, for example `erp.create_project`");
            return None;
        };
        let fits = self.fits(Word::Connection, connection, range.clone(), "a connection")
            && self.fits(Word::Operation, operation, range, "an operation");
        fits.then(|| (connection.to_owned(), operation.to_owned()))
    }

    /// `connection.event`, where the event may have dots itself, or an event of flows without any dot.
    pub(super) fn event(&mut self, text: &str, range: Range<usize>) -> Option<(Option<String>, String)> {
        if text.starts_with('.') || text.ends_with('.') {
            let message = format!("`{}` is no event", clipped(text));
            self.wrong_with(range, message, "write `connection.event`, for example `crm.deal.created`");
            return None;
        }
        let Some((connection, event)) = text.split_once('.') else {
            let fits = self.fits(Word::Event, text, range, "an event");
            return fits.then(|| (None, text.to_owned()));
        };
        let fits = self.fits(Word::Connection, connection, range.clone(), "a connection")
            && self.fits(Word::Event, event, range, "an event");
        fits.then(|| (Some(connection.to_owned()), event.to_owned()))
    }
}
