//! Runs whose wait for an event is decided and not on disk yet. An event that is handled by another lane in
//! that moment reaches them all the same, so that every event counts from the moment the step begins.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::shared::lock;

/// Which event: its tenant and name.
type Sort = (String, String);
/// Which wait: its run, and the run's name for it.
type Listener = (String, String);

/// Waits that are being written.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    writing: Mutex<BTreeMap<Sort, BTreeMap<Listener, u32>>>,
}

/// A wait that is being written.
#[derive(Debug)]
pub(crate) struct Writing {
    sort: Sort,
    listener: Listener,
}

impl Listeners {
    /// A run of a lane waits, which is about to be written.
    pub(crate) fn begin(&self, sort: Sort, listener: Listener, lane: u32) -> Writing {
        lock(&self.writing).entry(sort.clone()).or_default().insert(listener.clone(), lane);
        Writing { sort, listener }
    }

    /// It is written, or will not be.
    pub(crate) fn end(&self, writing: &Writing) {
        let mut all = lock(&self.writing);
        if let Some(listeners) = all.get_mut(&writing.sort) {
            listeners.remove(&writing.listener);
            if listeners.is_empty() {
                all.remove(&writing.sort);
            }
        }
    }

    /// Waits for an event of this name that are being written, with the lanes of their runs.
    pub(crate) fn writing(&self, tenant: &str, event: &str) -> BTreeMap<Listener, u32> {
        let all = lock(&self.writing);
        if all.is_empty() {
            return BTreeMap::new();
        }
        all.get(&(tenant.to_owned(), event.to_owned())).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_being_written_is_told() {
        let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        let listeners = Listeners::default();
        let first = listeners.begin(pair("t", "paid"), pair("run", "a"), 1);
        let second = listeners.begin(pair("t", "paid"), pair("run", "b"), 2);
        assert_eq!(listeners.writing("t", "paid").into_values().collect::<Vec<_>>(), [1, 2]);
        assert!(listeners.writing("t", "sent").is_empty() && listeners.writing("u", "paid").is_empty());
        listeners.end(&first);
        assert_eq!(listeners.writing("t", "paid").into_keys().collect::<Vec<_>>(), [pair("run", "b")]);
        listeners.end(&second);
        assert!(lock(&listeners.writing).is_empty());
    }
}
