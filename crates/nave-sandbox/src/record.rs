//! What the sandbox remembers of requests: counts for every operation, and the latest requests one by
//! one. It is how a test proves that nothing was done twice and no limit was passed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Serialize;

/// Bytes of request bodies that are remembered; the oldest are forgotten first.
const MOST_BODIES: usize = 64 << 20;

/// Counts of one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Requests that arrived for it.
    pub received: u64,
    /// Times it took effect.
    pub effects: u64,
    /// Answers given again for a known idempotency key.
    pub replayed: u64,
    /// Requests refused as wrong, unauthenticated, unknown or too many.
    pub refused: u64,
    /// Requests a fault befell.
    pub faults: u64,
}

/// One request as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Time since the sandbox began, in microseconds.
    pub at_us: u64,
    /// Operation; empty where the request matches none.
    pub operation: String,
    /// Method.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Status of the answer, also where it never left.
    pub status: u16,
    /// Idempotency key, where one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// A fault befell it.
    pub fault: bool,
    /// What was sent, where that is text and not yet forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing: a fault came first.
    #[default]
    Nothing,
    /// The operation took effect.
    Effect,
    /// It was refused.
    Refused,
    /// It was answered from a known idempotency key.
    Replayed,
}

/// Everything remembered.
#[derive(Debug, Default)]
pub(crate) struct Record {
    counts: BTreeMap<String, Count>,
    latest: VecDeque<Received>,
    most: usize,
    /// Bytes of the bodies in `latest`, and how many of the oldest have none any more.
    bodies: usize,
    bare: usize,
}

impl Record {
    pub(crate) fn new(most: usize) -> Self {
        Record { most, ..Record::default() }
    }

    pub(crate) fn add(&mut self, received: Received) {
        let count = self.counts.entry(received.operation.clone()).or_default();
        count.received += 1;
        match received.outcome {
            Outcome::Nothing => {}
            Outcome::Effect => count.effects += 1,
            Outcome::Refused => count.refused += 1,
            Outcome::Replayed => count.replayed += 1,
        }
        count.faults += u64::from(received.fault);
        if self.latest.len() >= self.most
            && let Some(oldest) = self.latest.pop_front()
        {
            self.bodies -= oldest.body.map_or(0, |body| body.len());
            self.bare = self.bare.saturating_sub(1);
        }
        if self.most > 0 {
            self.bodies += received.body.as_ref().map_or(0, String::len);
            self.latest.push_back(received);
        }
        while self.bodies > MOST_BODIES
            && let Some(oldest) = self.latest.get_mut(self.bare)
        {
            self.bodies -= oldest.body.take().map_or(0, |body| body.len());
            self.bare += 1;
        }
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, Count> {
        self.counts.clone()
    }

    pub(crate) fn latest(&self) -> Vec<Received> {
        self.latest.iter().cloned().collect()
    }
}

/// The most requests that arrived within any span of this length, by the times they arrived.
pub fn busiest(received: &[Received], span: Duration) -> usize {
    let span = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let mut times: Vec<u64> = received.iter().map(|request| request.at_us).collect();
    times.sort_unstable();
    let (mut first, mut most) = (0, 0);
    for (last, time) in times.iter().enumerate() {
        while times.get(first).is_some_and(|start| time - start >= span) {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(at_us: u64) -> Received {
        Received {
            at_us,
            operation: "get_things".into(),
            method: "GET".into(),
            path: "/things".into(),
            status: 200,
            key: None,
            outcome: Outcome::Effect,
            fault: false,
            body: None,
        }
    }

    #[test]
    fn the_busiest_span_is_found() {
        let requests: Vec<Received> = [0, 10, 20, 100, 105, 109, 110].map(received).to_vec();
        assert_eq!(busiest(&requests, Duration::from_micros(10)), 3);
        assert_eq!(busiest(&requests, Duration::from_micros(11)), 4);
        assert_eq!(busiest(&[], Duration::from_secs(1)), 0);
    }

    #[test]
    fn counts_outlive_what_is_remembered() {
        let mut record = Record::new(2);
        (0..5).for_each(|at| record.add(received(at)));
        assert_eq!(record.counts()["get_things"].effects, 5);
        assert_eq!(record.latest().len(), 2);
    }

    #[test]
    fn the_oldest_bodies_are_forgotten_first() {
        let mut record = Record::new(4);
        let third = MOST_BODIES / 3;
        for _ in 0..5 {
            record.add(Received { body: Some("x".repeat(third)), ..received(0) });
        }
        let kept: Vec<bool> = record.latest().iter().map(|received| received.body.is_some()).collect();
        assert_eq!(kept, [false, true, true, true]);
        record.add(Received { body: Some("x".repeat(MOST_BODIES + 1)), ..received(0) });
        assert!(record.latest().iter().all(|received| received.body.is_none()));
        record.add(Received { body: Some("y".to_owned()), ..received(0) });
        assert_eq!(record.latest().last().unwrap().body.as_deref(), Some("y"));
    }
}
