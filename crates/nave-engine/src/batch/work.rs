//! A batch at work: records are handed in together, and the checkpoint moves with them. Reading them is
//! `reader.rs`.

use std::time::Duration;

use nave_model::event::Body;
use nave_model::{Event, Fault};
use nave_store::Intake;
use serde_json::Value;

use super::checkpoint::{Checkpoint, HEAD};
use super::decode::Head;
use super::record::{BadRecord, Numbered};
use super::{Bad, Batch, Listener, Progress, Target};
use crate::engine::check_input;
use crate::sources::door::{Begin, Door, Refused, now_ms, room};

/// The records of one start.
struct Group {
    records: Vec<Numbered>,
    /// Whether the start's data is their list.
    is_list: bool,
}

/// A batch at work.
pub(super) struct Work<'a> {
    pub(super) batch: &'a Batch,
    pub(super) door: &'a dyn Door,
    pub(super) began: Duration,
    /// Records that were accepted before this attempt.
    pub(super) records_before: u64,
    pub(super) at: Checkpoint,
    /// The beginning of the input, as far as it was read.
    pub(super) head: Head,
    pub(super) total_bytes: Option<u64>,
}

impl Work<'_> {
    /// Makes records durable, and the checkpoint behind them.
    pub(super) async fn hand_in(
        &mut self,
        records: Vec<Numbered>,
        listener: Listener<'_>,
    ) -> Result<(), Fault> {
        if records.is_empty() {
            return Ok(());
        }
        let batch = self.batch;
        room(self.door, &batch.tenant, batch.most_waiting).await?;
        let mut passed_over = Vec::new();
        let mut stopped = None;
        let mut good: Vec<(Numbered, Value)> = Vec::new();
        let mut to = self.at.clone();
        for mut record in records {
            match std::mem::replace(&mut record.value, Ok(Value::Null)) {
                Ok(value) => {
                    record.place_in(&mut to);
                    good.push((record, value));
                }
                Err(bad) if batch.bad == Bad::Skip => {
                    record.place_in(&mut to);
                    passed_over.push(bad);
                }
                Err(bad) => {
                    stopped = Some(bad);
                    break;
                }
            }
        }
        let refused = match &batch.target {
            Target::Flow(flow) => self.start(flow, good, &mut to, passed_over.len() as u64).await?,
            Target::Event(name) => {
                self.accept(name, good, &mut to, passed_over.len() as u64).await?;
                Vec::new()
            }
        };
        self.at = to;
        if batch.bad == Bad::Skip {
            passed_over.extend(refused);
        } else {
            stopped = refused.into_iter().next().or(stopped);
        }
        listener(&self.progress(), &passed_over);
        stopped.map_or(Ok(()), |bad| Err(bad.fault()))
    }

    /// Starts the flow for each record or group; gives those that were refused.
    async fn start(
        &self,
        flow: &str,
        good: Vec<(Numbered, Value)>,
        to: &mut Checkpoint,
        passed_over: u64,
    ) -> Result<Vec<BadRecord>, Fault> {
        let batch = self.batch;
        let (starts, of) = self.grouped(good);
        let all: u64 = of.iter().map(Group::count).sum();
        to.accepted = to.accepted.saturating_add(all);
        to.rejected = to.rejected.saturating_add(passed_over);
        let refused = self.begin(flow, starts, to).await?;
        let Some(first_refused) = refused.first().map(|(index, _)| *index) else { return Ok(Vec::new()) };
        let bad = refused.into_iter().filter_map(|(index, fault)| Some((of.get(index)?, fault)));
        let bad: Vec<(BadRecord, u64)> =
            bad.filter_map(|(group, fault)| Some((group.refused(&fault)?, group.count()))).collect();
        if batch.bad == Bad::Skip {
            let lost: u64 = bad.iter().map(|(_, count)| count).sum();
            to.accepted = to.accepted.saturating_sub(lost);
            to.rejected = to.rejected.saturating_add(lost);
        } else {
            // Those behind it have begun, and are not begun again when it is mended.
            let before = of.iter().take(first_refused).map(Group::count).sum::<u64>();
            *to = self.at.clone();
            if let Some(record) = of.get(first_refused).and_then(|group| group.records.first()) {
                record.place_before(to);
            }
            to.accepted = to.accepted.saturating_add(before);
        }
        self.keep(to).await?;
        Ok(bad.into_iter().map(|(bad, _)| bad).collect())
    }

    /// The starts that records make, and the records of each.
    fn grouped(&self, good: Vec<(Numbered, Value)>) -> (Vec<Begin>, Vec<Group>) {
        let batch = self.batch;
        let (mut starts, mut of) = (Vec::new(), Vec::new());
        let size = batch.group.map_or(1, |group| usize::try_from(group).unwrap_or(usize::MAX).max(1));
        let mut good = good.into_iter().peekable();
        while let Some((first, _)) = good.peek() {
            let dedup = batch.dedup(first.number);
            let (records, mut values): (Vec<Numbered>, Vec<Value>) = good.by_ref().take(size).unzip();
            let data = match batch.group {
                Some(_) => Value::Array(values),
                None => values.pop().unwrap_or_default(),
            };
            starts.push(Begin { data, dedup });
            of.push(Group { records, is_list: batch.group.is_some() });
        }
        (starts, of)
    }

    /// Hands the starts in that fit the flow's `input`, which holds for a batch as for any start by hand;
    /// gives those that were refused, in order.
    async fn begin(
        &self,
        flow: &str,
        starts: Vec<Begin>,
        to: &mut Checkpoint,
    ) -> Result<Vec<Refused>, Fault> {
        let flows = self.door.flows();
        let input = flows.flows.get(flow).map(|runnable| &runnable.flow);
        let (mut fitting, mut numbers, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for (number, start) in starts.into_iter().enumerate() {
            match input.map_or(Ok(()), |flow| check_input(flow, &start.data)) {
                Ok(()) => {
                    fitting.push(start);
                    numbers.push(number);
                }
                Err(fault) => refused.push((number, fault)),
            }
        }
        let cursors = if refused.is_empty() { self.cursors(to) } else { Vec::new() };
        let others = self.door.begin(&self.batch.tenant, flow, fitting, cursors).await?;
        refused.extend(others.into_iter().filter_map(|(of, fault)| Some((*numbers.get(of)?, fault))));
        refused.sort_by_key(|(number, _)| *number);
        Ok(refused)
    }

    async fn accept(
        &self,
        name: &str,
        good: Vec<(Numbered, Value)>,
        to: &mut Checkpoint,
        passed_over: u64,
    ) -> Result<(), Fault> {
        to.accepted = to.accepted.saturating_add(good.len() as u64);
        to.rejected = to.rejected.saturating_add(passed_over);
        let received_ms = now_ms(self.door.clock().as_ref());
        let events = good.into_iter().map(|(record, value)| Event {
            id: record.number.to_string(),
            source: format!("/batches/{}", self.batch.id),
            name: name.to_owned(),
            subject: None,
            time_ms: None,
            received_ms,
            trace: None,
            extensions: std::collections::BTreeMap::new(),
            media: "application/json".to_owned(),
            body: Body::Inline(value.to_string().into_bytes()),
        });
        self.door.accept(&self.batch.tenant, events.collect(), self.cursors(to)).await
    }

    pub(super) async fn end(&mut self, listener: Listener<'_>) -> Result<Progress, Fault> {
        self.at.done = true;
        let mut at = self.at.clone();
        self.keep(&mut at).await?;
        let progress = self.progress();
        listener(&progress, &[]);
        Ok(progress)
    }

    async fn keep(&self, to: &mut Checkpoint) -> Result<(), Fault> {
        let now_ms = now_ms(self.door.clock().as_ref());
        let intake = Intake { messages: Vec::new(), cursors: self.cursors(to), now_ms };
        self.door.store().append(intake).await.map(drop)
    }

    fn cursors(&self, to: &mut Checkpoint) -> Vec<(String, Vec<u8>)> {
        if to.head_length != to.offset.min(HEAD) {
            (to.head_length, to.head_sha256) = self.head.up_to(to.offset);
        }
        vec![(self.batch.cursor(), to.bytes())]
    }

    pub(super) fn progress(&self) -> Progress {
        let seconds = self.door.clock().now().saturating_sub(self.began).as_secs_f64();
        let records = self.at.accepted.saturating_sub(self.records_before);
        // Records are counted far below 2^53.
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let per_second = if seconds > 0.0 { records as f64 / seconds } else { 0.0 };
        Progress {
            records: self.at.accepted,
            rejected: self.at.rejected,
            bytes: self.at.offset,
            total_bytes: self.total_bytes,
            per_second,
            done: self.at.done,
        }
    }
}

impl Group {
    fn count(&self) -> u64 {
        self.records.len() as u64
    }

    /// The record that the flow refused, and with it all of them. In a list, the place of what is wrong
    /// begins with the record's own.
    fn refused(&self, fault: &Fault) -> Option<BadRecord> {
        let pointer = fault.at.as_ref().and_then(|at| at.pointer.as_deref()).unwrap_or_default();
        let place = pointer.strip_prefix('/').filter(|_| self.is_list);
        let (index, field) = place.map_or(("", ""), |place| place.split_once('/').unwrap_or((place, "")));
        let one = index.parse().ok().and_then(|index: usize| self.records.get(index));
        let Some(one) = one else { return self.records.first().map(|first| first.refused(fault)) };
        let field = (!field.is_empty()).then(|| format!("/{field}"));
        Some(BadRecord { field, ..one.refused(fault) })
    }
}
