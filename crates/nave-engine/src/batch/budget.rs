//! How much may be read ahead: bytes that the reading thread has handed over and nobody has taken yet.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The most bytes on their way, about.
const MOST: usize = 8 << 20;

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    is_closed: bool,
}

/// The budget of one batch. Closed when the taking half is dropped.
#[derive(Debug, Clone, Default)]
pub(super) struct Budget(Arc<(Mutex<State>, Condvar)>);

/// The half of whoever takes.
#[derive(Debug)]
pub(super) struct Taking(Budget);

impl Budget {
    pub(super) fn new() -> (Budget, Taking) {
        let budget = Budget::default();
        (budget.clone(), Taking(budget))
    }

    /// Waits until there is room, and uses some of it. Something that is larger than all of it goes when
    /// nothing else is under way. `false`: nobody takes any more.
    pub(super) fn spend(&self, bytes: usize) -> bool {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.is_closed && state.under_way > 0 && state.under_way.saturating_add(bytes) > MOST {
            state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.under_way = state.under_way.saturating_add(bytes);
        !state.is_closed
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        let (state, changed) = &*self.0;
        change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
    }
}

impl Taking {
    /// Gives back what was taken.
    pub(super) fn give_back(&self, bytes: usize) {
        self.0.with(|state| state.under_way = state.under_way.saturating_sub(bytes));
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.0.with(|state| state.is_closed = true);
    }
}
