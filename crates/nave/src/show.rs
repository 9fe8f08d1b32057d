//! How things look to people: times, sizes, values and tables. Everything that came from outside is made
//! harmless for a terminal here; what is shown is decided by the commands.

mod json;
mod plain;
mod size;
mod table;
mod time;

pub(crate) use json::{line, pretty};
pub(crate) use plain::{lines, plain};
pub(crate) use size::size;
pub(crate) use table::{Cell, Column, Table};
pub(crate) use time::{When, took};

use crate::output::Style;

/// How a state is coloured: what is over and well, what is over and not, what waits.
pub(crate) fn state_style(state: &str) -> Option<Style> {
    Some(match state {
        "completed" | "done" | "delivered" | "ready" => Style::Good,
        "failed" | "unknown" | "undo-failed" => Style::Error,
        "parked" | "waiting" | "queued" | "intended" => Style::Warning,
        "cancelled" | "dropped" | "not-done" => Style::Dim,
        _ => return None,
    })
}

/// The beginning of a hash, as much of it as people compare.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// Text cut to a number of characters, with a sign that it goes on.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}
