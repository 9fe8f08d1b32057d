//! `wait`: lets time pass. A time that has passed already is not waited for.

use jiff::Timestamp;
use nave_model::fault::codes;
use serde_json::Value;

use super::action::Action;
use super::evaluate;
use super::fault::{Failure, FaultRecord};
use super::scope::Scope;
use super::verbs::Doing;
use super::walk::{Begun, Ending, Heard, Walk, nothing};
use crate::flow::{Expression, Step, Wait};

pub(super) fn begin(how: &Wait, step: &Step, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<Doing> {
    let until_ms = match how {
        Wait::For(milliseconds) => walk.at_ms.saturating_add(*milliseconds),
        Wait::Until(time) => match until(time, scope, walk) {
            Ok(until_ms) => until_ms,
            Err(failure) => return failure.into(),
        },
    };
    if until_ms <= walk.at_ms {
        return nothing().into();
    }
    walk.actions.push(Action::SetTimer { timer: walk.timer("wait", &step.name), at_ms: until_ms });
    Begun::Waiting(Doing::Wait)
}

/// The time an expression gives; times before 1970 are long over, so that 0 stands for them.
fn until(time: &Expression, scope: &Scope<'_>, walk: &Walk<'_>) -> Result<u64, Failure> {
    let given = evaluate::value(time, walk.input, scope)?;
    let parsed = match given.as_ref() {
        Value::String(text) => text.parse::<Timestamp>().ok(),
        _ => None,
    };
    let Some(timestamp) = parsed else {
        let message = format!("{given} is not a time");
        let mut fault = FaultRecord::new(codes::EXPRESSION_FAILED, message)
            .with_hint("give a text as RFC 3339 says, for example \"2026-03-01T09:00:00Z\"");
        fault.at = Some(time.at.clone());
        return Err(Failure::new(fault));
    };
    // Rounded up: a wait never ends too early.
    let milliseconds = timestamp.as_nanosecond().div_euclid(1_000_000);
    let is_whole = timestamp.as_nanosecond().rem_euclid(1_000_000) == 0;
    Ok(u64::try_from(milliseconds + i128::from(!is_whole)).unwrap_or(0))
}

pub(super) fn waited() -> Heard {
    Heard::Ended(Ending::Done(nothing()))
}

pub(super) fn stop(step: &Step, walk: &mut Walk<'_>) -> bool {
    walk.drop_timer(walk.timer("wait", &step.name));
    true
}
