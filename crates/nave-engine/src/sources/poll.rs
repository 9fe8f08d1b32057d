//! Polls (`each`): a list is looked at again and again, and what is new, changed or gone in it starts runs.
//! This is the task and what it keeps to; one look is `look.rs`, what is known of the items `poll/known.rs`.

use std::time::Duration;

use nave_flow::flow::{Expression, First, Trigger, TriggerKind};
use nave_model::Fault;
use sha2::{Digest as _, Sha256};

use super::door::{Door, now_ms};
use super::health::Report;
use super::look::{Looked, look};
use super::schedule::pause;

pub(super) mod item;
pub(super) mod known;

use known::Rules;

/// The longest pause after a failure, where the interval is shorter.
const LONGEST_PAUSE_MS: u64 = 15 * 60 * 1000;
/// How soon items that seem to be gone are looked for again.
const CONFIRM_MS: u64 = 30_000;
/// The pause behind a look that took longer than the interval.
const LEAST_PAUSE_MS: u64 = 1_000;

/// A poll of a flow.
#[derive(Debug, Clone)]
pub(super) struct Poll {
    /// Its name, with which the names of its cursors begin.
    pub(super) name: String,
    pub(super) flow: String,
    pub(super) connection: String,
    pub(super) operation: String,
    pub(super) with: Option<Expression>,
    pub(super) items: Option<Expression>,
    pub(super) id: Option<Expression>,
    pub(super) changed: Option<Expression>,
    pub(super) interval_ms: u64,
    pub(super) first: First,
    pub(super) deleted: bool,
    /// How many items one start takes, as a list.
    pub(super) batch: Option<u32>,
}

impl Poll {
    /// The poll of a trigger, where it is one. Its name is still to be given.
    pub(super) fn of(flow: &str, trigger: &Trigger) -> Option<Poll> {
        let TriggerKind::Each {
            connection,
            operation,
            with,
            items,
            id,
            changed,
            interval_ms,
            first,
            deleted,
        } = &trigger.kind
        else {
            return None;
        };
        Some(Poll {
            name: String::new(),
            flow: flow.to_owned(),
            connection: connection.clone(),
            operation: operation.clone(),
            with: with.clone(),
            items: items.clone(),
            id: id.clone(),
            changed: changed.clone(),
            interval_ms: *interval_ms,
            first: *first,
            deleted: *deleted,
            batch: trigger.batch.map(|batch| batch.size),
        })
    }

    pub(super) fn operation(&self) -> String {
        format!("{}.{}", self.connection, self.operation)
    }

    /// Everything that is written about it.
    pub(super) fn written(&self) -> String {
        let Poll { interval_ms, first, deleted, batch, .. } = self;
        let rules = self.rules();
        format!("{} {rules:?} {interval_ms} {first:?} {deleted} {batch:?}", self.operation())
    }

    /// The rules that what is known of the items was made by.
    pub(super) fn rules(&self) -> Rules {
        Rules {
            id: digest_of(&[self.id.as_ref()]),
            changed: digest_of(&[self.changed.as_ref()]),
            list: digest_of(&[self.with.as_ref(), self.items.as_ref()]),
        }
    }

    /// Looks again and again, for ever.
    ///
    /// Waits by the clock that never goes back, so that setting the other one neither stops nor hurries it.
    pub(super) async fn run(&self, door: &dyn Door, report: &Report) {
        let mut wait_ms = self.take_up(door, report).await;
        loop {
            report.next(Some(now_ms(door.clock().as_ref()).saturating_add(wait_ms)));
            door.clock().sleep(Duration::from_millis(wait_ms)).await;
            wait_ms = self.once(door, report).await;
        }
    }

    /// How long the next look can wait, by what is kept: milliseconds.
    async fn take_up(&self, door: &dyn Door, report: &Report) -> u64 {
        loop {
            let at_ms = now_ms(door.clock().as_ref());
            match known::looked_ms(door.store().as_ref(), &self.name).await {
                Ok(None) => return 0,
                Ok(Some(looked_ms)) => {
                    let next_ms = looked_ms.saturating_add(self.interval_ms);
                    return next_ms.saturating_sub(at_ms).min(self.interval_ms);
                }
                Err(fault) => {
                    let failures = report.failed(at_ms, &fault);
                    door.clock().sleep(pause(failures, &fault)).await;
                }
            }
        }
    }

    /// One look; gives how long the next can wait: milliseconds.
    async fn once(&self, door: &dyn Door, report: &Report) -> u64 {
        let clock = door.clock();
        let (at_ms, began) = (now_ms(clock.as_ref()), clock.now());
        match Box::pin(look(self, door, at_ms)).await {
            Ok(looked) => {
                let Looked { starts, known, missing, passed_over } = looked;
                report.did_well(at_ms, starts, Some(known), passed_over.as_ref());
                tracing::debug!(source = %self.name, starts, known, "a poll looked");
                let interval_ms = if missing { self.interval_ms.min(CONFIRM_MS) } else { self.interval_ms };
                let took_ms = u64::try_from(clock.now().saturating_sub(began).as_millis());
                interval_ms.saturating_sub(took_ms.unwrap_or(u64::MAX)).max(LEAST_PAUSE_MS)
            }
            Err(fault) => {
                let failures = report.failed(at_ms, &fault);
                tracing::warn!(source = %self.name, code = fault.code.name, failures, "a poll failed");
                self.pause_ms(failures, &fault)
            }
        }
    }

    /// The interval, doubled with each failure in a row up to a quarter of an hour.
    fn pause_ms(&self, failures: u32, fault: &Fault) -> u64 {
        let doubled = self.interval_ms.saturating_mul(1 << failures.saturating_sub(1).min(20));
        let pause_ms = doubled.min(self.interval_ms.max(LONGEST_PAUSE_MS));
        pause_ms.max(fault.retry_after_ms.unwrap_or(0))
    }
}

fn digest_of(expressions: &[Option<&Expression>]) -> String {
    let mut hash = Sha256::new();
    for expression in expressions {
        match expression {
            Some(expression) => {
                hash.update((expression.source.len() as u64).to_be_bytes());
                hash.update(&expression.source);
            }
            None => hash.update(u64::MAX.to_be_bytes()),
        }
    }
    item::hex(&item::first_half(hash))
}
