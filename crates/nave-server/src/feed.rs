//! What happens, numbered and remembered for a while, so that a stream that was cut can go on where it was.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use nave_engine::view::Notice;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use serde::Serialize;
use tokio::sync::watch;

use crate::view::{Batch, BatchState, Mail, StreamQuery};

/// How many are remembered.
const REMEMBERED: usize = 10_000;
/// The kinds there are.
const KINDS: [&str; 7] = ["event", "run", "step", "parked", "delivery", "batch", "mail"];

/// What happened, the newest last.
#[derive(Debug)]
pub(crate) struct Feed {
    held: Mutex<Held>,
    /// The number of the newest.
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Held {
    /// The number the next one gets.
    next: u64,
    notices: VecDeque<Arc<Happening>>,
}

/// Something that happened: in the engine, or beside it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Happening {
    /// In the engine.
    Engine(Notice),
    /// Beside it.
    Beside(Beside),
}

/// Something that happened in the process around the engine.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Beside {
    /// A batch began, went on or ended.
    Batch {
        /// Its id.
        id: String,
        /// How far it is.
        state: BatchState,
        /// Records that are accepted.
        records: u64,
        /// Records that were passed over.
        rejected: u64,
        /// Bytes that are done with.
        bytes: u64,
        /// Bytes of the file, where they are known.
        total_bytes: Option<u64>,
        /// When: milliseconds since 1970, UTC.
        at_ms: u64,
    },
    /// A sandbox took a message in a mail server's place.
    Mail(Mail),
}

/// Which of it somebody wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    kinds: Vec<String>,
    flow: Option<String>,
    run: Option<String>,
}

/// Somebody who reads along.
pub(crate) struct Reader {
    feed: Arc<Feed>,
    wanted: Wanted,
    /// The number of the next one to look at.
    at: u64,
    newest: watch::Receiver<u64>,
}

impl Feed {
    /// An empty feed whose numbers begin at the time it was made, so that those of a hub before it are
    /// never taken for its own.
    pub(crate) fn new(now_ms: u64) -> Arc<Self> {
        let next = now_ms.saturating_mul(1000);
        let held = Mutex::new(Held { next, notices: VecDeque::new() });
        Arc::new(Feed { held, newest: watch::channel(next).0 })
    }

    /// Adds what just happened.
    pub(crate) fn add(&self, notice: Happening) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.notices.len() == REMEMBERED {
            held.notices.pop_front();
        }
        held.notices.push_back(Arc::new(notice));
        held.next = held.next.saturating_add(1);
        let next = held.next;
        drop(held);
        self.newest.send_replace(next);
    }

    /// Some were missed: who reads along is told of a gap.
    pub(crate) fn missed(&self, count: u64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.notices.clear();
        held.next = held.next.saturating_add(count);
        let next = held.next;
        drop(held);
        self.newest.send_replace(next);
    }

    /// Reads from now on, or behind the number that was seen last.
    pub(crate) fn reader(self: &Arc<Self>, wanted: Wanted, last: Option<u64>) -> Reader {
        let now = self.held.lock().unwrap_or_else(PoisonError::into_inner).next;
        // A number that was not given here yet is that of another hub, whose clock was ahead: what lies in
        // between is a gap.
        let at = last.map_or(now, |last| if last < now { last.saturating_add(1) } else { 0 });
        Reader { feed: Arc::clone(self), wanted, at, newest: self.newest.subscribe() }
    }
}

impl Reader {
    /// The next one that is wanted, as it is sent; `None`: there will be no more.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.newest.borrow_and_update();
            if let Some(bytes) = self.held() {
                return Some(bytes);
            }
            self.newest.changed().await.ok()?;
        }
    }

    /// The next one that is there already.
    fn held(&mut self) -> Option<Bytes> {
        let held = self.feed.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = u64::try_from(held.notices.len()).unwrap_or(u64::MAX);
        let oldest = held.next.saturating_sub(count);
        if self.at < oldest {
            self.at = oldest;
            let id = oldest.saturating_sub(1);
            return Some(Bytes::from(format!("event: gap\nid: {id}\ndata: {{\"kind\":\"gap\"}}\n\n")));
        }
        while self.at < held.next {
            let number = self.at;
            self.at += 1;
            let index = usize::try_from(number - oldest).unwrap_or(usize::MAX);
            let notice = held.notices.get(index)?;
            if self.wanted.wants(notice)
                && let Ok(data) = serde_json::to_string(notice.as_ref())
            {
                let kind = notice.kind();
                return Some(Bytes::from(format!("event: {kind}\nid: {number}\ndata: {data}\n\n")));
            }
        }
        None
    }
}

impl Wanted {
    /// What a query wants.
    ///
    /// # Errors
    /// `E-ARG-VALUE`: there is no such kind.
    pub(crate) fn of(query: StreamQuery) -> Result<Self, Fault> {
        let mut kinds = Vec::new();
        for kind in query.kinds.iter().flat_map(|kinds| kinds.split(',')).map(str::trim) {
            if !KINDS.contains(&kind) {
                let fault =
                    Fault::new(codes::ARGUMENT_VALUE, format!("nothing of the kind `{kind}` happens"));
                let hint = did_you_mean(kind, KINDS);
                return Err(
                    fault.with_hint(hint.unwrap_or_else(|| format!("possible are `{}`", KINDS.join("`, `"))))
                );
            }
            kinds.push(kind.to_owned());
        }
        Ok(Wanted { kinds, flow: query.flow, run: query.run })
    }

    fn wants(&self, notice: &Happening) -> bool {
        let (flow, run) = match notice {
            Happening::Engine(Notice::Run { flow, run, .. } | Notice::Step { flow, run, .. }) => {
                (Some(flow), Some(run))
            }
            Happening::Engine(Notice::Event { .. } | Notice::Parked { .. } | Notice::Delivery { .. })
            | Happening::Beside(_) => (None, None),
        };
        (self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == notice.kind()))
            && (self.flow.is_none() || flow == self.flow.as_ref())
            && (self.run.is_none() || run == self.run.as_ref())
    }
}

impl Happening {
    /// A message that a sandbox took.
    pub(crate) fn mail(mail: Mail) -> Self {
        Happening::Beside(Beside::Mail(mail))
    }

    /// How far a batch is.
    pub(crate) fn batch(batch: &Batch, at_ms: u64) -> Self {
        Happening::Beside(Beside::Batch {
            id: batch.id.clone(),
            state: batch.state,
            records: batch.records,
            rejected: batch.rejected,
            bytes: batch.bytes,
            total_bytes: batch.total_bytes,
            at_ms,
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Happening::Engine(Notice::Event { .. }) => "event",
            Happening::Engine(Notice::Run { .. }) => "run",
            Happening::Engine(Notice::Step { .. }) => "step",
            Happening::Engine(Notice::Parked { .. }) => "parked",
            Happening::Engine(Notice::Delivery { .. }) => "delivery",
            Happening::Beside(Beside::Batch { .. }) => "batch",
            Happening::Beside(Beside::Mail(_)) => "mail",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(run: &str, flow: &str) -> Happening {
        let (run, flow) = (run.to_owned(), flow.to_owned());
        let (tenant, state) = ("default".to_owned(), "running".to_owned());
        Happening::Engine(Notice::Run { run, flow, tenant, state, at_ms: 1 })
    }

    fn event(id: &str) -> Happening {
        let (id, name) = (id.to_owned(), "a.b".to_owned());
        Happening::Engine(Notice::Event { id, name, tenant: "default".to_owned(), at_ms: 1 })
    }

    /// The kinds and ids of what a reader has at hand, as numbers behind the feed's first.
    #[track_caller]
    fn check(reader: &mut Reader, first: u64, expected: &[(&str, u64)]) {
        let mut found = Vec::new();
        while let Some(bytes) = reader.held() {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
            found.push((line("event: "), line("id: ").parse::<u64>().unwrap().wrapping_sub(first)));
        }
        let expected: Vec<(String, u64)> =
            expected.iter().map(|(kind, id)| ((*kind).to_owned(), *id)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_reader_sees_what_it_wants_from_now_on_or_behind_what_it_saw() {
        let feed = Feed::new(5);
        feed.add(run("r1", "a"));
        let mut all = feed.reader(Wanted::default(), None);
        let flow = Wanted { flow: Some("b".to_owned()), ..Wanted::default() };
        let mut of_flow = feed.reader(flow, None);
        feed.add(event("e1"));
        feed.add(run("r2", "b"));
        check(&mut all, 5000, &[("event", 1), ("run", 2)]);
        check(&mut of_flow, 5000, &[("run", 2)]);
        check(&mut feed.reader(Wanted::default(), Some(5001)), 5000, &[("run", 2)]);
    }

    #[test]
    fn a_reader_that_comes_too_late_is_told_of_the_gap() {
        let feed = Feed::new(5);
        for number in 0..REMEMBERED + 2 {
            feed.add(event(&number.to_string()));
        }
        let mut reader = feed.reader(Wanted::default(), Some(5000));
        let first = String::from_utf8(reader.held().unwrap().to_vec()).unwrap();
        assert!(first.starts_with("event: gap\nid: 5001\n"), "{first}");
        let second = String::from_utf8(reader.held().unwrap().to_vec()).unwrap();
        assert!(second.starts_with("event: event\nid: 5002\n"), "{second}");
    }

    #[test]
    fn a_number_of_another_hub_is_a_gap() {
        let feed = Feed::new(5);
        feed.add(event("e1"));
        check(&mut feed.reader(Wanted::default(), Some(9_000)), 5000, &[("gap", u64::MAX), ("event", 0)]);
        check(&mut feed.reader(Wanted::default(), Some(7)), 5000, &[("gap", u64::MAX), ("event", 0)]);
        check(&mut feed.reader(Wanted::default(), Some(5000)), 5000, &[]);
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        let query = StreamQuery { kinds: Some("rnu".to_owned()), ..StreamQuery::default() };
        let fault = Wanted::of(query).unwrap_err();
        assert_eq!(fault.hint.as_deref(), Some("did you mean `run`?"));
    }
}
