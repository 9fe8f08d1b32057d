//! From an event to the task that it is for, and what to make of one that is for nobody.

use nave_model::Fault;
use nave_model::fault::codes;

use super::event::{CallOutcome, Event, Happened};
use super::target::{Target, step_of};
use super::walk::{Answer, Signal};
use crate::flow::{Block, Flow, Step, Verb};

/// An event that is for a task.
pub(super) fn route<'a>(
    event: &'a Event,
    answer: &'a mut Option<Answer<'a>>,
) -> Option<(Target<'a>, Signal<'a>)> {
    Some(match &event.what {
        Happened::CallEnded { task, outcome } | Happened::Settled { task, outcome } => call(task, outcome),
        Happened::TimerFired { timer } => {
            let (sort, task) = timer.split_once(':')?;
            let signal = match sort {
                "wait" => Signal::Waited,
                "timeout" => Signal::TimedOut,
                "expires" => Signal::Expired,
                _ => return None,
            };
            (Target::new(task), signal)
        }
        Happened::EventArrived { subscription, data } => (Target::new(subscription), Signal::Arrived(data)),
        Happened::FlowEnded { child, outcome } => (Target::new(child), Signal::Flow(outcome)),
        Happened::Answered { approval, by, role, verdict, comment } => {
            let given = Answer { by, role, verdict: *verdict, comment: comment.as_deref() };
            (Target::new(approval), Signal::Answer(answer.insert(given)))
        }
        Happened::Retry { step } => (Target::new(step), Signal::Retry),
        Happened::Skip { step } => (Target::new(step), Signal::Skip),
        Happened::Cancel { .. } => return None,
    })
}

fn call<'a>(task: &'a str, outcome: &'a CallOutcome) -> (Target<'a>, Signal<'a>) {
    match task.strip_prefix("undo:") {
        Some(task) => (Target::new(task), Signal::Undo(outcome)),
        None => (Target::new(task), Signal::Call(outcome)),
    }
}

/// Whether the flow has what an event is for; one that it cannot have asked for is a defect of the hub.
pub(super) fn check(flow: &Flow, event: &Event) -> Result<(), Fault> {
    let (name, fits): (&str, fn(&Step) -> bool) = match &event.what {
        Happened::CallEnded { task, .. } | Happened::Settled { task, .. } => match task.strip_prefix("undo:")
        {
            Some(task) => (task, |step| step.undo.is_some()),
            None => (task, |step| matches!(step.verb, Verb::Call(_))),
        },
        Happened::TimerFired { timer } => match timer.split_once(':') {
            Some(("wait", task)) => (task, |step| matches!(step.verb, Verb::Wait(_))),
            Some(("expires", task)) => (task, |step| matches!(step.verb, Verb::Ask(_))),
            Some(("timeout", task)) => (task, |step| step.timeout_ms.is_some()),
            Some(("run", "timeout")) => return Ok(()),
            _ => return Err(unknown(timer)),
        },
        Happened::EventArrived { subscription, .. } => {
            (subscription, |step| matches!(step.verb, Verb::Listen(_)))
        }
        Happened::FlowEnded { child, .. } => (child, |step| matches!(step.verb, Verb::Run { .. })),
        Happened::Answered { approval, .. } => (approval, |step| matches!(step.verb, Verb::Ask(_))),
        Happened::Cancel { .. } | Happened::Retry { .. } | Happened::Skip { .. } => return Ok(()),
    };
    match flow.step(step_of(name)) {
        Some(step) if fits(step) => Ok(()),
        _ => Err(unknown(name)),
    }
}

/// Whether an answer, if the event is one, comes from somebody who was asked.
pub(super) fn check_answer(flow: &Flow, event: &Event) -> Result<(), Fault> {
    let Happened::Answered { approval, role, .. } = &event.what else { return Ok(()) };
    let Some(Verb::Ask(ask)) = flow.step(step_of(approval)).map(|step| &step.verb) else {
        return Err(unknown(approval));
    };
    if ask.roles.iter().any(|asked| asked == role) {
        return Ok(());
    }
    let message = format!("`{approval}` asks {}, not `{role}`", ask.roles.join(", "));
    Err(Fault::new(codes::NOT_ALLOWED, message))
}

fn unknown(name: &str) -> Fault {
    Fault::new(codes::INTERNAL, format!("an event came for `{name}`, which the flow cannot have asked for"))
}

impl Flow {
    /// The step of this name, wherever it stands.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.step(name)
    }
}

impl Block {
    /// The step of this name, in this block or the blocks inside.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find_map(|step| {
            if step.name == name {
                return Some(step);
            }
            step.blocks().into_iter().find_map(|block| block.step(name))
        })
    }
}

impl Step {
    /// The blocks inside, in their order.
    pub fn blocks(&self) -> Vec<&Block> {
        match &self.verb {
            Verb::Switch { cases, otherwise } => {
                cases.iter().map(|case| &case.block).chain(otherwise.as_ref()).collect()
            }
            Verb::For(each) => vec![&each.body],
            Verb::Fork { branches, .. } => branches.values().collect(),
            Verb::Try { body, handlers } => {
                std::iter::once(body).chain(handlers.iter().map(|handler| &handler.block)).collect()
            }
            Verb::Call(_)
            | Verb::Set { .. }
            | Verb::Wait(_)
            | Verb::Listen(_)
            | Verb::Emit { .. }
            | Verb::Raise { .. }
            | Verb::Run { .. }
            | Verb::Ask(_) => Vec::new(),
        }
    }
}
