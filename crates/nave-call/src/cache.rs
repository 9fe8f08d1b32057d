//! The cache of one connection's reads: bounded in entries and bytes, and forgetful of what a write
//! may have changed.
//!
//! A write drops what was read from its *path family*: the part of the path template before the first
//! parameter, without what follows a `.` or `:` in its last segment, and every family above or below
//! it. So `POST /v1/customers/{id}/sources` drops reads of `/v1/customers` and all below, and
//! `POST /conversations.create` drops reads of `/conversations.list`. What a write changes elsewhere
//! in the system shows when the cache time is over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::answer::Answer;
use crate::digest::Digest;

/// Answers kept at most.
const MOST_ENTRIES: usize = 1000;
/// Bytes kept at most, as far as they can be counted.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The cache.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<Digest, Entry>,
    /// Last use → entry, so that the longest unused goes first.
    uses: BTreeMap<u64, Digest>,
    bytes: usize,
    /// Family → when it was last written to.
    written: BTreeMap<String, u64>,
    /// Counts uses and writes.
    ticks: u64,
}

#[derive(Debug)]
struct Entry {
    answer: Arc<Answer>,
    family: String,
    bytes: usize,
    until: Duration,
    used: u64,
}

/// A read that is under way, so that its answer is not kept if a write came between.
#[derive(Debug)]
pub(crate) struct Started {
    tick: u64,
}

impl Cache {
    /// The answer kept for a read, if there is one, or else the start of that read.
    pub(crate) fn get(&self, now: Duration, digest: Digest) -> Result<Arc<Answer>, Started> {
        let mut state = self.lock();
        state.ticks += 1;
        let tick = state.ticks;
        let Some(entry) = state.entries.get_mut(&digest) else { return Err(Started { tick }) };
        if now >= entry.until {
            state.remove(digest);
            return Err(Started { tick });
        }
        let answer = Arc::clone(&entry.answer);
        let before = std::mem::replace(&mut entry.used, tick);
        state.uses.remove(&before);
        state.uses.insert(tick, digest);
        Ok(answer)
    }

    /// Keeps an answer of about so many bytes until a time.
    pub(crate) fn put(&self, started: &Started, read: Read<'_>, answer: &Arc<Answer>) {
        let mut state = self.lock();
        let family = family(read.path);
        let spoilt =
            state.written.iter().any(|(other, tick)| *tick > started.tick && related(other, &family));
        if spoilt || read.bytes > MOST_BYTES / 8 {
            return;
        }
        state.remove(read.digest);
        state.ticks += 1;
        let used = state.ticks;
        state.bytes += read.bytes;
        state.uses.insert(used, read.digest);
        let entry = Entry { answer: Arc::clone(answer), family, bytes: read.bytes, until: read.until, used };
        state.entries.insert(read.digest, entry);
        while state.entries.len() > MOST_ENTRIES || state.bytes > MOST_BYTES {
            let Some((_, oldest)) = state.uses.first_key_value() else { return };
            let oldest = *oldest;
            state.remove(oldest);
        }
    }

    /// Begins a write to a path. What it may have changed is dropped when the mark is, so also when
    /// the call is given up and nobody knows what became of it.
    pub(crate) fn write(&self, path: &str) -> Mark<'_> {
        Mark { cache: self, family: family(path) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be kept, and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read<'a> {
    pub(crate) digest: Digest,
    /// The path template.
    pub(crate) path: &'a str,
    pub(crate) bytes: usize,
    pub(crate) until: Duration,
}

/// A write under way.
#[derive(Debug)]
pub(crate) struct Mark<'a> {
    cache: &'a Cache,
    family: String,
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        let mut state = self.cache.lock();
        let stale: Vec<Digest> = state
            .entries
            .iter()
            .filter(|(_, entry)| related(&self.family, &entry.family))
            .map(|(digest, _)| *digest)
            .collect();
        stale.into_iter().for_each(|digest| state.remove(digest));
        state.ticks += 1;
        let tick = state.ticks;
        state.written.insert(std::mem::take(&mut self.family), tick);
    }
}

impl State {
    fn remove(&mut self, digest: Digest) {
        if let Some(entry) = self.entries.remove(&digest) {
            self.uses.remove(&entry.used);
            self.bytes -= entry.bytes;
        }
    }
}

/// The family of a path template: see the top of this file.
fn family(path: &str) -> String {
    let fixed = path.split_once('{').map_or(path, |(fixed, _)| fixed);
    // In `/a/b{c}` the segment `b{c}` is not fixed.
    let fixed =
        if fixed.len() < path.len() { fixed.rsplit_once('/').map_or("", |(head, _)| head) } else { fixed };
    let (head, last) = fixed.trim_end_matches('/').rsplit_once('/').unwrap_or(("", fixed));
    let last = last.split(['.', ':']).next().unwrap_or(last);
    format!("{head}/{last}")
}

/// Whether one family is the other, or lies above it.
fn related(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let short = short.trim_end_matches('/');
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const START: Duration = Duration::from_secs(10);
    const UNTIL: Duration = Duration::from_secs(20);

    fn digest(path: &str) -> Digest {
        Digest::of([path.as_bytes()])
    }

    fn keep(cache: &Cache, path: &str, bytes: usize) {
        let read = Read { digest: digest(path), path, bytes, until: UNTIL };
        let started = cache.get(START, digest(path)).unwrap_err();
        cache.put(&started, read, &Arc::new(Answer::new(200, json!(path))));
    }

    fn kept(cache: &Cache, path: &str) -> bool {
        cache.get(START, digest(path)).is_ok()
    }

    #[test]
    fn answers_are_kept_for_their_time() {
        let cache = Cache::default();
        keep(&cache, "/a", 1);
        assert!(kept(&cache, "/a") && !kept(&cache, "/b"));
        assert!(cache.get(UNTIL, digest("/a")).is_err());
        assert!(!kept(&cache, "/a"));
    }

    /// After a write to the first path: what was read from the second is dropped, or stays.
    #[track_caller]
    fn check(write: &str, read: &str, dropped: bool) {
        let cache = Cache::default();
        keep(&cache, read, 1);
        drop(cache.write(write));
        assert_eq!(!kept(&cache, read), dropped, "{write} and {read}");
    }

    #[test]
    fn a_write_drops_its_path_family() {
        check("/v1/customers/{id}", "/v1/customers", true);
        check("/v1/customers", "/v1/customers/{id}/sources", true);
        check("/v1/customers/{id}/sources", "/v1/customers/{other}", true);
        check("/v1/customers", "/v1/customers/search", true);
        check("/v1/customers", "/v1/customer_sessions", false);
        check("/v1/refunds", "/v1/charges/{id}", false);
        check("/conversations.create", "/conversations.list", true);
        check("/chat.postMessage", "/conversations.list", false);
        check("/jobs/{id}:cancel", "/jobs/{id}", true);
        check("/{tenant}/jobs", "/users", true);
        check("/a/b{c}", "/a/x", true);
    }

    #[test]
    fn an_answer_that_a_write_overtook_is_not_kept() {
        let cache = Cache::default();
        let started = cache.get(START, digest("/a")).unwrap_err();
        drop(cache.write("/a/{id}"));
        let read = Read { digest: digest("/a"), path: "/a", bytes: 1, until: UNTIL };
        cache.put(&started, read, &Arc::new(Answer::new(200, json!(1))));
        assert!(!kept(&cache, "/a"));
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let cache = Cache::default();
        (0..MOST_ENTRIES).for_each(|index| keep(&cache, &format!("/{index}"), 1));
        assert!(kept(&cache, "/0"));
        keep(&cache, "/more", 1);
        assert!(kept(&cache, "/0") && !kept(&cache, "/1") && kept(&cache, "/2"));
        keep(&cache, "/huge", MOST_BYTES / 8 + 1);
        assert!(!kept(&cache, "/huge"));
        (0..9).for_each(|index| keep(&cache, &format!("/large/{index}"), MOST_BYTES / 8));
        let state = cache.lock();
        assert!(state.bytes <= MOST_BYTES && state.entries.len() == state.uses.len());
    }
}
