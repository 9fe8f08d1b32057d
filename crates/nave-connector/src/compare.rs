//! Two versions of a description compared: one [`Finding`] per edit, with its class in each direction
//! and the operations it touches. Which flows use these operations is left to others, who ask
//! [`Comparison::touching`].
//!
//! Schemas are compared by place: a pair of places is looked at once, however many operations share
//! it, and nothing is inlined. Which operations reach an edit is worked out afterwards over the graph
//! of pairs. The classes are defined in `docs/changes.md`.

use crate::Connector;

mod answer;
mod argument;
mod branch;
mod class;
mod event;
mod field;
mod finding;
mod graph;
mod keyword;
mod matching;
mod note;
mod operation;
mod pair;
mod reach;
mod render;
mod rule;
mod security;
mod shape;
mod spot;
mod subject;
mod touch;
mod version;
mod view;

pub use class::{Class, Direction};
pub use finding::{Comparison, Finding, Told};
pub use rule::Rule;
pub use touch::Touch;

/// Compares two versions of a description, operation by operation and schema by schema.
///
/// Both connectors should have been imported in the same way: with the same manifest and overlay, or
/// without. The work is bounded; where it was not enough the comparison says so with a finding of the
/// rule [`Rule::Unfinished`], which is breaking, so that nobody takes half a comparison for a whole one.
pub fn compare(old: &Connector, new: &Connector) -> Comparison {
    compare_within(old, new, pair::Limits::default())
}

fn compare_within(old: &Connector, new: &Connector, limits: pair::Limits) -> Comparison {
    let mut work = pair::Work::new(old, new, limits);
    let matching = matching::operations(&mut work);
    matching::report(&mut work, &matching);
    for (root, old, new) in matching.pairs {
        operation::compare(&mut work, root, old, new);
    }
    security::schemes(&mut work);
    event::compare(&mut work);
    work.compare_pairs();
    finding::conclude(work)
}

#[cfg(test)]
mod tests;
