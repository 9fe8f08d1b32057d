//! What an evaluation may use: steps, depth and the size of what it makes.

use std::cell::Cell;

use crate::error::Error;

/// The most an evaluation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Steps: every expression evaluated on every value, and every item a function looks at.
    pub steps: u64,
    /// Levels of values inside values that may be made.
    pub depth: u64,
    /// Bytes of texts and items of lists and objects that may be made, about 16 bytes an item.
    pub bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: 10_000_000, depth: 128, bytes: 64 << 20 }
    }
}

/// What is left of a budget.
#[derive(Debug)]
pub struct Meter {
    budget: Budget,
    steps: Cell<u64>,
    bytes: Cell<u64>,
}

impl Meter {
    /// A full budget.
    pub fn new(budget: Budget) -> Self {
        Meter { budget, steps: Cell::new(budget.steps), bytes: Cell::new(budget.bytes) }
    }

    /// Uses steps.
    ///
    /// # Errors
    /// There are not so many left.
    pub fn steps<'a>(&self, count: usize) -> Result<(), Error<'a>> {
        match take(&self.steps, count) {
            Some(()) => Ok(()),
            None => Err(Error::Limit { what: "steps", most: self.budget.steps }),
        }
    }

    /// Uses bytes; called before they are made.
    ///
    /// # Errors
    /// There are not so many left.
    pub fn bytes<'a>(&self, count: usize) -> Result<(), Error<'a>> {
        match take(&self.bytes, count) {
            Some(()) => Ok(()),
            None => Err(Error::Limit { what: "bytes", most: self.budget.bytes }),
        }
    }

    /// Uses the bytes of so many items of a list or object, and as many steps.
    ///
    /// # Errors
    /// There are not so many left.
    pub fn items<'a>(&self, count: usize) -> Result<(), Error<'a>> {
        self.steps(count)?;
        self.bytes(count.saturating_mul(16))
    }

    /// The deepest value that may be made.
    pub fn depth(&self) -> u64 {
        self.budget.depth
    }

    /// The error for a value that would be deeper.
    pub(crate) fn too_deep<'a>(&self) -> Error<'a> {
        Error::Limit { what: "levels of values inside values", most: self.budget.depth }
    }

    /// Steps used.
    pub fn used(&self) -> u64 {
        self.budget.steps - self.steps.get()
    }
}

fn take(left: &Cell<u64>, count: usize) -> Option<()> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    match left.get().checked_sub(count) {
        Some(rest) => {
            left.set(rest);
            Some(())
        }
        None => {
            // What did not fit uses up the rest, so that nothing goes on with what is left.
            left.set(0);
            None
        }
    }
}
