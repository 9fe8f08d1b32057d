//! What concerns several flows: whether they start each other in a circle, whether anybody takes the
//! events they send, and whether two of them claim one webhook.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Problem};

use super::found::{sorted, tail};
use super::{World, steps};
use crate::flow::{Flow, Step, TriggerKind, Verb};

/// What came of looking at several flows together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Together {
    /// What is wrong, in the order of files and lines.
    pub errors: Vec<Problem>,
    /// What is odd, in the same order.
    pub warnings: Vec<Problem>,
}

/// How one flow starts another.
struct Start<'f> {
    to: &'f str,
    step: &'f Step,
    /// By an event, rather than by `run`.
    event: Option<&'f str>,
}

/// Looks at all flows of a project together. What concerns one of them alone is said by
/// [`check`](super::check).
pub fn check_together(flows: &[&Flow], world: &dyn World) -> Together {
    let takers = takers(flows, world);
    let mut starts: BTreeMap<&str, Vec<Start<'_>>> = BTreeMap::new();
    let mut together = Together::default();
    let mut unheard = Vec::new();
    for flow in flows {
        let own = starts.entry(flow.name.as_str()).or_default();
        steps(&flow.steps, &mut |step| match &step.verb {
            Verb::Run { flow, .. } => own.push(Start { to: flow, step, event: None }),
            Verb::Emit { event, .. } if !is_of_system(event, world) => {
                let taken = takers.get(event.as_str());
                for to in taken.into_iter().flatten().copied().filter(|to| !to.is_empty()) {
                    own.push(Start { to, step, event: Some(event) });
                }
                if taken.is_none() {
                    unheard.push((step, event.as_str()));
                }
            }
            _ => {}
        });
    }
    together.warnings.extend(unheard.into_iter().filter_map(|(step, event)| misspelt(step, event, &takers)));
    circles(&starts, &mut together);
    together.errors.extend(claimed_twice(flows));
    Together { errors: sorted(together.errors), warnings: sorted(together.warnings) }
}

/// A webhook that is claimed a second time: a delivery to it could not tell whose it is.
fn claimed_twice(flows: &[&Flow]) -> Vec<Problem> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for flow in flows {
        for trigger in &flow.triggers {
            let TriggerKind::Webhook { path, .. } = &trigger.kind else { continue };
            if let Some(owner) = owners.insert(path, &flow.name) {
                owners.insert(path, owner);
                let message = format!("the webhook `{path}` is that of the flow `{owner}`");
                let problem = Problem::new(codes::FLOW_INVALID, trigger.at.clone(), message);
                found.push(problem.hint("give each flow a path of its own"));
            }
        }
    }
    found
}

/// Whether an event is one of a connection; flows do not send those.
fn is_of_system(event: &str, world: &dyn World) -> bool {
    event.split_once('.').is_some_and(|(connection, _)| world.connection(connection).is_some())
}

/// The flows that begin with each event that flows may emit; an empty name: a step waits for it.
fn takers<'f>(flows: &[&'f Flow], world: &dyn World) -> BTreeMap<String, BTreeSet<&'f str>> {
    let mut takers: BTreeMap<String, BTreeSet<&'f str>> = BTreeMap::new();
    let whole = |connection: &Option<String>, event: &str| match connection {
        Some(connection) => format!("{connection}.{event}"),
        None => event.to_owned(),
    };
    for flow in flows {
        for trigger in &flow.triggers {
            if let TriggerKind::Event { connection, event } = &trigger.kind {
                takers.entry(whole(connection, event)).or_default().insert(flow.name.as_str());
            }
        }
        steps(&flow.steps, &mut |step| {
            if let Verb::Listen(listen) = &step.verb {
                takers.entry(whole(&listen.connection, &listen.event)).or_default().insert("");
            }
        });
    }
    takers.retain(|event, _| !is_of_system(event, world));
    takers
}

/// An event that no flow takes may be meant for others. Where a flow takes one of nearly that name, it is not.
fn misspelt(step: &Step, event: &str, takers: &BTreeMap<String, BTreeSet<&str>>) -> Option<Problem> {
    let hint = did_you_mean(event, takers.keys().map(String::as_str))?;
    let message = format!("no flow begins with the event `{event}` or waits for it");
    Some(Problem::new(codes::FLOW_NAME, tail(&step.at, event), message).hint(hint))
}

/// Says each circle once, where its first flow by name goes into it.
fn circles(starts: &BTreeMap<&str, Vec<Start<'_>>>, together: &mut Together) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for name in starts.keys().copied() {
        if told.contains(name) {
            continue;
        }
        let Some(circle) = way_back(starts, name) else { continue };
        told.extend(circle.iter().map(|start| start.to));
        let Some(first) = circle.first() else { continue };
        let mut path = String::new();
        for (position, start) in circle.iter().enumerate() {
            let who = if position == 0 { format!("`{name}`") } else { ", which".to_owned() };
            let to = start.to;
            path.push_str(&match start.event {
                Some(event) => format!("{who} emits `{event}`, which starts `{to}`"),
                None => format!("{who} runs `{to}`"),
            });
        }
        let by_event = circle.iter().any(|start| start.event.is_some());
        let at = place(first);
        let problem =
            Problem::new(codes::FLOW_CYCLE, at, format!("flows start each other in a circle: {path}"));
        // An event may be sent only now and then; a flow that is run is run.
        if by_event {
            together
                .warnings
                .push(problem.hint("make sure that an `if` ends it, or take one of the steps away"));
        } else {
            together
                .errors
                .push(problem.hint("move what they share into a flow of its own that runs none of them"));
        }
    }
}

fn place(start: &Start<'_>) -> At {
    tail(&start.step.at, start.event.unwrap_or(start.to))
}

/// The shortest way from a flow back to itself.
fn way_back<'s, 'f>(
    starts: &'s BTreeMap<&'f str, Vec<Start<'f>>>,
    from: &'f str,
) -> Option<Vec<&'s Start<'f>>> {
    let mut reached: BTreeMap<&str, (&str, &'s Start<'f>)> = BTreeMap::new();
    let mut waiting: VecDeque<&'f str> = VecDeque::from([from]);
    while let Some(name) = waiting.pop_front() {
        for start in starts.get(name).into_iter().flatten() {
            if reached.contains_key(start.to) || !starts.contains_key(start.to) {
                continue;
            }
            reached.insert(start.to, (name, start));
            if start.to == from {
                return Some(trail(&reached, from));
            }
            waiting.push_back(start.to);
        }
    }
    None
}

fn trail<'s, 'f>(reached: &BTreeMap<&str, (&str, &'s Start<'f>)>, end: &str) -> Vec<&'s Start<'f>> {
    let mut trail = Vec::new();
    let mut name = end;
    while let Some((before, start)) = reached.get(name) {
        trail.push(*start);
        name = before;
        if name == end {
            break;
        }
    }
    trail.reverse();
    trail
}
