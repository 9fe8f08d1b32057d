//! Steps, cases and handlers that can never run.

use nave_model::fault::codes;
use nave_model::{At, Problem};

use super::Reader;
use crate::flow::{Block, Case, Flow, Handler, Step, Verb};

/// What can never run, as warnings. Flows that were read are no deeper than 20 blocks, which bounds the
/// recursion.
pub(super) fn check(flow: &Flow) -> Vec<Problem> {
    let mut problems = Vec::new();
    block(&flow.steps, &mut problems);
    problems
}

/// Looks through a block; says whether it always ends with a fault.
fn block(block: &Block, problems: &mut Vec<Problem>) -> bool {
    let mut stopper: Option<&Step> = None;
    let mut told = false;
    for step in &block.steps {
        if let Some(stopper) = stopper
            && !told
        {
            told = true;
            let message = format!(
                "the step `{}` can never run: `{}` before it always ends in a fault",
                step.name, stopper.name
            );
            problems.push(unreachable(&step.at, message, "take it away, or give what stops it an `if`"));
        }
        let constant = step.condition.as_ref().and_then(Reader::is_constant);
        if constant == Some(false)
            && let Some(condition) = &step.condition
        {
            let message = format!("the step `{}` can never run: its `if` is never true", step.name);
            problems.push(unreachable(&condition.at, message, "take the step away, or correct its `if`"));
        }
        let stops = verb(step, problems);
        let always = step.condition.is_none() || constant == Some(true);
        if stops && always && stopper.is_none() {
            stopper = Some(step);
        }
    }
    stopper.is_some()
}

/// Looks through a step; says whether it always ends with a fault.
fn verb(step: &Step, problems: &mut Vec<Problem>) -> bool {
    match &step.verb {
        Verb::Raise { .. } => true,
        Verb::Switch { cases, otherwise } => switch(cases, otherwise.as_ref(), problems),
        Verb::For(each) => {
            block(&each.body, problems);
            // A list may be empty.
            false
        }
        Verb::Fork { branches, compete } => {
            let ends: Vec<bool> = branches.values().map(|branch| block(branch, problems)).collect();
            if *compete { ends.iter().all(|ends| *ends) } else { ends.contains(&true) }
        }
        Verb::Try { body, handlers } => attempt(body, handlers, problems),
        Verb::Call(_)
        | Verb::Set { .. }
        | Verb::Wait(_)
        | Verb::Listen(_)
        | Verb::Emit { .. }
        | Verb::Run { .. }
        | Verb::Ask(_) => false,
    }
}

fn switch(cases: &[Case], otherwise: Option<&Block>, problems: &mut Vec<Problem>) -> bool {
    let mut all = true;
    let mut always = false;
    for case in cases {
        if always {
            let message = "this case is never taken: one before it always is".to_owned();
            problems.push(unreachable(&case.when.at, message, "put it before that case, or take it away"));
        }
        match Reader::is_constant(&case.when) {
            Some(false) => {
                let message = "this case is never taken: its `when` is never true".to_owned();
                problems.push(unreachable(&case.when.at, message, "take it away, or correct its `when`"));
            }
            Some(true) => always = true,
            None => {}
        }
        all &= block(&case.block, problems);
    }
    if let Some(otherwise) = otherwise {
        if always && let Some(step) = otherwise.steps.first() {
            let message = "`else` is never taken: a case before it always is".to_owned();
            problems.push(unreachable(&step.at, message, "take it away, or correct the `when` before it"));
        }
        all &= block(otherwise, problems);
    }
    all && (otherwise.is_some() || always)
}

fn attempt(body: &Block, handlers: &[Handler], problems: &mut Vec<Problem>) -> bool {
    let mut stops = block(body, problems);
    for handler in handlers {
        stops &= block(&handler.block, problems);
    }
    stops
}

fn unreachable(at: &At, message: String, hint: &str) -> Problem {
    Problem::new(codes::FLOW_UNREACHABLE, at.clone(), message).hint(hint)
}
