//! What a run wants done, as changes to be written and things to do once they are.

use std::collections::BTreeMap;

use nave_flow::decide::{Action, FaultRecord, Happened, Outcome};
use nave_model::event::{Body, Event};
use nave_model::fault::codes;
use nave_model::trace;
use nave_store::Op;
use nave_store::batch::{Message, NewMessage};
use nave_store::record::Ask;

use super::gates::Who;
use super::log::Said;
use super::turn::{After, Next, Turn};
use crate::catalogue::full_name;
use crate::dispatch::{Judged, judge};
use crate::names::{event_dedup, lane_of_run, span};
use crate::run::Loaded;
use crate::shared::Shared;
use crate::view::Notice;
use crate::written::{Starting, Startup, to_bytes};

/// Where something is decided.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) shared: &'a Shared,
    pub(super) lane: u32,
}

/// The runs that some actions start: their ids and keys, or why they cannot be started.
pub(super) type Children = BTreeMap<String, Result<(String, Option<String>), FaultRecord>>;

/// Names the runs that some actions start.
pub(super) fn children(site: Site<'_>, turn: &Turn, tenant: &str, actions: &[Action]) -> Children {
    let mut children = Children::new();
    for action in actions {
        let Action::StartFlow { child, flow, input, .. } = action else { continue };
        let Some(runnable) = turn.catalogue.get(flow) else {
            let fault = FaultRecord::new(codes::FLOW_NAME, format!("there is no flow `{flow}` to run"));
            children.insert(child.clone(), Err(fault));
            continue;
        };
        let named = match judge(&runnable.flow, input) {
            Ok(Judged::Wanted(key)) => {
                let lane = site.shared.home(tenant, &runnable.flow, key.as_deref()).unwrap_or(site.lane);
                Ok((site.shared.ids.make(turn.now_ms, lane), key))
            }
            Ok(Judged::Unwanted) => {
                let message = format!("the `when` of `{flow}` does not hold for what it is given");
                Err(FaultRecord::new(codes::CONFLICT, message))
            }
            Err(fault) => Err(FaultRecord::from(&fault)),
        };
        children.insert(child.clone(), named);
    }
    children
}

/// Turns actions of a run into changes and what follows from them.
pub(super) fn act(site: Site<'_>, loaded: &Loaded, turn: &mut Turn, actions: &[Action], children: &Children) {
    let record = &loaded.record;
    let run = || record.id.clone();
    for action in actions {
        match action {
            Action::Call { task, connection, operation, .. } => {
                turn.after.push(After::Start { run: run(), task: task.clone(), attempts: 0 });
                began(site, loaded, turn, task, || format!("call {connection}.{operation}"));
            }
            Action::CancelCall { task } => {
                let is_parked = loaded.keep.calls.get(task).is_some_and(|call| call.parked.is_some());
                if is_parked {
                    turn.next.push_back(Next::Withdraw { run: run(), task: task.clone() });
                }
                turn.after.push(After::Cancel { run: run(), task: task.clone() });
            }
            Action::SetTimer { timer, at_ms } => turn.ops.push(Op::SetTimer {
                run: run(),
                name: timer.clone(),
                at_ms: *at_ms,
                lane: site.lane,
            }),
            Action::DropTimer { timer } => {
                turn.ops.push(Op::DropTimer { run: run(), name: timer.clone() });
            }
            Action::Subscribe { subscription, connection, event } => {
                let event = full_name(connection.as_deref(), event);
                began(site, loaded, turn, subscription, || format!("listen {event}"));
                let (tenant, name) = (record.tenant.clone(), subscription.clone());
                let since = turn.waits.begin(&tenant, &event, (run(), name.clone()), site.lane);
                let (run, lane) = (run(), site.lane);
                turn.ops.push(Op::Subscribe {
                    tenant: tenant.clone(),
                    run: run.clone(),
                    lane,
                    name: name.clone(),
                    event: event.clone(),
                });
                turn.ops.push(Op::CountFrom { tenant, run, lane, name, event, since });
            }
            Action::Unsubscribe { subscription } => {
                turn.ops.push(Op::Unsubscribe { run: run(), name: subscription.clone() });
            }
            Action::StartFlow { .. } => start_flow(site, loaded, turn, action, children),
            Action::CancelFlow { child } => cancel_flow(site, loaded, turn, child),
            Action::Ask { .. } => ask(site, loaded, turn, action),
            Action::WithdrawAsk { approval } => {
                turn.ops.push(Op::CloseAsk { id: format!("{}/{approval}", record.id) });
            }
            Action::Emit { .. } => emit(site, loaded, turn, action),
            Action::End { outcome } => finish(site, loaded, turn, outcome),
        }
    }
}

fn began(site: Site<'_>, loaded: &Loaded, turn: &mut Turn, task: &str, what: impl Fn() -> String) {
    turn.say(&loaded.record.id, || Said::StepBegun { step: task.to_owned(), what: what() });
    if site.shared.is_watched() {
        turn.notices.push(Notice::Step {
            run: loaded.record.id.clone(),
            flow: loaded.record.flow.clone(),
            task: task.to_owned(),
            what: what(),
            state: "began".to_owned(),
            detail: None,
            at_ms: turn.now_ms,
        });
    }
}

fn start_flow(site: Site<'_>, loaded: &Loaded, turn: &mut Turn, action: &Action, children: &Children) {
    let Action::StartFlow { child, flow, input, wait, .. } = action else { return };
    let record = &loaded.record;
    let (id, key) = match children.get(child) {
        Some(Ok(named)) => named.clone(),
        Some(Err(fault)) => {
            if *wait {
                let outcome = Outcome::Failed { fault: fault.clone(), not_undone: Vec::new() };
                let what = Happened::FlowEnded { child: child.clone(), outcome };
                turn.next.push_back(Next::Tell { run: record.id.clone(), what });
            } else {
                let trace_id = record.trace.as_deref().and_then(trace::id);
                let (run, step) = (record.id.as_str(), child.as_str());
                tracing::warn!(trace_id, run, step, flow, code = fault.code, "a run cannot be started");
            }
            return;
        }
        None => return,
    };
    began(site, loaded, turn, child, || format!("run {flow}"));
    let lane = lane_of_run(&id, site.shared.lanes()).unwrap_or(site.lane);
    let starting = Starting {
        run: id,
        flow: flow.clone(),
        data: std::sync::Arc::clone(input),
        cause: format!("run:{}", record.id),
        parent: wait.then(|| (record.id.clone(), child.clone())),
        key,
        trace: Some(span(record.trace.as_deref())),
        replay: None,
    };
    let startup = Startup::Run(Box::new(starting));
    match to_bytes(&startup) {
        Ok(bytes) => append(turn, &record.tenant, lane, Message::Start(bytes)),
        Err(fault) => tracing::error!(%fault, "a run cannot be started"),
    }
}

/// By a message even within the lane, because the start that it is behind is one too.
fn cancel_flow(site: Site<'_>, loaded: &Loaded, turn: &mut Turn, child: &str) {
    let Some(id) = loaded.keep.children.get(child) else { return };
    let Some(lane) = lane_of_run(id, site.shared.lanes()) else { return };
    let by = format!("run:{}", loaded.record.id);
    let what = Happened::Cancel { by, reason: Some("the run that started it does not need it".to_owned()) };
    tell_elsewhere(turn, &loaded.record.tenant, lane, id, &what);
}

fn ask(site: Site<'_>, loaded: &Loaded, turn: &mut Turn, action: &Action) {
    let Action::Ask { approval, roles, approvals, title, message, expires_at_ms } = action else { return };
    let record = &loaded.record;
    began(site, loaded, turn, approval, || format!("ask {}", roles.join(", ")));
    turn.ops.push(Op::PutAsk(Ask {
        id: format!("{}/{approval}", record.id),
        tenant: record.tenant.clone(),
        run: record.id.clone(),
        approval: approval.clone(),
        flow: record.flow.clone(),
        roles: roles.clone(),
        approvals: *approvals,
        title: title.clone(),
        message: message.clone(),
        asked_ms: turn.now_ms,
        expires_ms: *expires_at_ms,
    }));
}

fn emit(site: Site<'_>, loaded: &Loaded, turn: &mut Turn, action: &Action) {
    let Action::Emit { event, data, key } = action else { return };
    let record = &loaded.record;
    let event = Event {
        id: key.clone(),
        source: format!("/flows/{}", record.flow),
        name: event.clone(),
        subject: None,
        time_ms: Some(turn.now_ms),
        received_ms: turn.now_ms,
        trace: record.trace.clone(),
        extensions: BTreeMap::new(),
        media: "application/json".to_owned(),
        body: Body::Inline(data.to_string().into_bytes()),
    };
    let lane = site.shared.lane_of_event(&record.tenant, &event.name, &event.id);
    let dedup = Some(event_dedup(&event));
    turn.notices.push(Notice::Event {
        id: event.id.clone(),
        name: event.name.clone(),
        tenant: record.tenant.clone(),
        at_ms: turn.now_ms,
    });
    let tenant = record.tenant.clone();
    turn.ops.push(Op::Append(NewMessage { tenant, lane, dedup, message: Message::Event(event) }));
}

/// A run ended: whoever waits for it is told, and what it left behind is dropped.
pub(super) fn finish(site: Site<'_>, loaded: &Loaded, turn: &mut Turn, outcome: &Outcome) {
    let record = &loaded.record;
    for name in &loaded.keep.timers {
        turn.ops.push(Op::DropTimer { run: record.id.clone(), name: name.clone() });
    }
    for name in &loaded.keep.subscriptions {
        turn.ops.push(Op::Unsubscribe { run: record.id.clone(), name: name.clone() });
    }
    for approval in &loaded.keep.asks {
        turn.ops.push(Op::CloseAsk { id: format!("{}/{approval}", record.id) });
    }
    tell_parent(site, loaded, turn, outcome);
    turn.next.push_back(Next::Left(who(turn, loaded)));
}

/// Tells the run that waits for one how it ended.
pub(super) fn tell_parent(site: Site<'_>, loaded: &Loaded, turn: &mut Turn, outcome: &Outcome) {
    let record = &loaded.record;
    let count = match outcome {
        Outcome::Completed { .. } => &mut turn.counted.completed,
        Outcome::Failed { .. } => &mut turn.counted.ended_badly,
        Outcome::Cancelled { .. } => &mut turn.counted.cancelled,
    };
    *count += 1;
    turn.counted.took_ms.push(turn.now_ms.saturating_sub(record.created_ms));
    turn.say_ended(&record.id, outcome);
    if let Some((parent, child)) = &record.parent {
        let what = Happened::FlowEnded { child: child.clone(), outcome: outcome.clone() };
        match lane_of_run(parent, site.shared.lanes()) {
            Some(lane) if lane == site.lane => {
                turn.next.push_back(Next::Tell { run: parent.clone(), what });
            }
            Some(lane) => tell_elsewhere(turn, &record.tenant, lane, parent, &what),
            None => {}
        }
    }
}

/// A run as gates know it.
pub(super) fn who(turn: &Turn, loaded: &Loaded) -> Who {
    Who {
        run: loaded.record.id.clone(),
        tenant: loaded.record.tenant.clone(),
        flow: loaded.record.flow.clone(),
        key: loaded.record.key.clone(),
        limit: turn.catalogue.concurrency(&loaded.flow),
    }
}

/// Has a run of any lane told something, by a message.
pub(crate) fn tell_elsewhere(turn: &mut Turn, tenant: &str, lane: u32, run: &str, what: &Happened) {
    match to_bytes(what) {
        Ok(what) => append(turn, tenant, lane, Message::Told { run: run.to_owned(), what }),
        Err(fault) => tracing::error!(run, %fault, "a run cannot be told something"),
    }
}

/// Appends a message to any lane.
pub(crate) fn append(turn: &mut Turn, tenant: &str, lane: u32, message: Message) {
    turn.ops.push(Op::Append(NewMessage { tenant: tenant.to_owned(), lane, dedup: None, message }));
}
