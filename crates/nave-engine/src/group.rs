//! Groups what triggers with `batch` take together: on disk item by item, until there are enough or the first
//! has waited long enough.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_flow::flow::{Batch, TriggerKind};
use nave_model::Fault;
use nave_store::Op;
use nave_store::batch::Message;
use nave_store::record::Queued;
use serde_json::Value;

use crate::lane::{Lane, Turn};
use crate::written::{Grouped, Startup, from_bytes, to_bytes};

/// Timers and cursors of groups are named with this.
pub(crate) const PREFIX: &str = "group:";

/// The timer's name.
const WITHIN: &str = "within";

/// The groups of a lane that are known.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    groups: BTreeMap<String, Group>,
}

/// Items of a group are numbered; those that were taken are below `first`.
#[derive(Debug, Default)]
struct Group {
    first: u64,
    next: u64,
    /// Items of this turn, which the store does not have.
    fresh: Vec<(u64, Grouped)>,
}

impl Groups {
    /// What was decided is written.
    pub(crate) fn written(&mut self) {
        self.groups.retain(|_, group| group.next > group.first);
        for group in self.groups.values_mut() {
            group.fresh.clear();
        }
    }

    /// What was decided is not written.
    pub(crate) fn clear(&mut self) {
        self.groups.clear();
    }
}

impl Lane {
    /// Adds an item to a flow's group, and starts the flow when there are enough.
    pub(crate) async fn group(
        &mut self,
        turn: &mut Turn,
        tenant: &str,
        flow: &str,
        batch: Batch,
        item: Grouped,
    ) -> Result<(), Fault> {
        let name = format!("{tenant}\n{flow}");
        self.know(&name).await?;
        let Some(group) = self.groups.groups.get_mut(&name) else { return Ok(()) };
        let number = group.next;
        let is_first = number == group.first;
        group.next += 1;
        let count = group.next - group.first;
        turn.ops
            .push(Op::Cursor { name: cursor(self.fence.lane, &name, number), value: Some(to_bytes(&item)?) });
        group.fresh.push((number, item));
        let run = format!("{PREFIX}{name}");
        if count >= u64::from(batch.size.max(1)) {
            turn.ops.push(Op::DropTimer { run, name: WITHIN.to_owned() });
            return self.release(turn, &name).await;
        }
        if is_first {
            turn.ops.push(Op::SetTimer {
                run,
                name: WITHIN.to_owned(),
                at_ms: turn.now_ms.saturating_add(batch.within_ms),
                lane: self.fence.lane,
            });
        }
        Ok(())
    }

    /// An item that came by a flow's webhook.
    pub(crate) async fn item(
        &mut self,
        turn: &mut Turn,
        queued: &Queued,
        flow: &str,
        item: Grouped,
    ) -> Result<(), Fault> {
        let triggers = turn.catalogue.get(flow).map(|runnable| runnable.flow.triggers.as_slice());
        let mut hooks = triggers
            .unwrap_or_default()
            .iter()
            .filter(|trigger| matches!(trigger.kind, TriggerKind::Webhook { .. }));
        match hooks.find_map(|trigger| trigger.batch) {
            Some(batch) => self.group(turn, &queued.tenant, flow, batch, item).await,
            // The flow takes them one by one by now, or is gone, which makes a dead letter.
            None => self.start_with(turn, queued, flow, item).await,
        }
    }

    /// The first item of a group has waited long enough.
    pub(crate) async fn gathered_in_time(&mut self, turn: &mut Turn, name: &str) -> Result<(), Fault> {
        self.know(name).await?;
        self.release(turn, name).await
    }

    /// A group that was put aside, again.
    pub(crate) async fn start_group(
        &mut self,
        turn: &mut Turn,
        queued: &Queued,
        flow: &str,
        together: Vec<Grouped>,
    ) -> Result<(), Fault> {
        let Some(first) = together.first() else { return Ok(()) };
        let (cause, trace) = (first.cause.clone(), first.trace.clone());
        let data = together.iter().map(|item| Value::clone(&item.data)).collect();
        let item = Grouped { data: Arc::new(Value::Array(data)), cause, trace };
        self.start_with(turn, queued, flow, item).await
    }

    /// Starts the flow with what there is.
    async fn release(&mut self, turn: &mut Turn, name: &str) -> Result<(), Fault> {
        let Some((tenant, flow)) = name.split_once('\n') else { return Ok(()) };
        let Some(group) = self.groups.groups.get_mut(name) else { return Ok(()) };
        let (first, next) = (group.first, group.next);
        group.first = next;
        let fresh = std::mem::take(&mut group.fresh);
        let prefix = format!("{PREFIX}{}\n{name}\n", self.fence.lane);
        let mut items = BTreeMap::new();
        for (cursor, value) in self.shared.store.cursors(prefix.clone()).await? {
            let number = cursor.strip_prefix(&prefix).and_then(|number| u64::from_str_radix(number, 16).ok());
            if let Some(number) = number.filter(|number| (first..next).contains(number)) {
                items.insert(number, from_bytes("an item of a group", &value)?);
            }
        }
        items.extend(fresh);
        for number in first..next {
            turn.ops.push(Op::Cursor { name: cursor(self.fence.lane, name, number), value: None });
        }
        let together: Vec<Grouped> = items.into_values().collect();
        let (tenant, flow) = (tenant.to_owned(), flow.to_owned());
        let startup = Startup::Group { flow: flow.clone(), together: together.clone() };
        let queued = Queued { position: 0, tenant, message: Ok(Message::Start(to_bytes(&startup)?)) };
        self.start_group(turn, &queued, &flow, together).await
    }

    /// Learns how many items a group has.
    async fn know(&mut self, name: &str) -> Result<(), Fault> {
        if self.groups.groups.contains_key(name) {
            return Ok(());
        }
        let prefix = format!("{PREFIX}{}\n{name}\n", self.fence.lane);
        let cursors = self.shared.store.cursors(prefix.clone()).await?;
        let numbers: Vec<u64> = cursors
            .iter()
            .filter_map(|(cursor, _)| u64::from_str_radix(cursor.strip_prefix(&prefix)?, 16).ok())
            .collect();
        let first = numbers.iter().min().copied().unwrap_or_default();
        let next = numbers.iter().max().map_or(first, |last| last + 1);
        self.groups.groups.insert(name.to_owned(), Group { first, next, fresh: Vec::new() });
        Ok(())
    }
}

fn cursor(lane: u32, name: &str, number: u64) -> String {
    format!("{PREFIX}{lane}\n{name}\n{number:016x}")
}
