//! The check: arguments against an operation, values against schemas, answers against their description.
//! Every refusal says what, where, why, and the nearest right thing. Building requests is left to
//! [`crate::request`].

use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use serde::Serialize;
use serde_json::Value;

use crate::check::frame::{Frame, Root};
use crate::check::pass::Pass;
use crate::check::repair::Fix;
use crate::check::walk::{Checker, parts};
use crate::schema::Schema;
use crate::{Connector, Operation};

mod array;
mod binary;
mod branch;
mod equal;
mod explain;
mod frame;
mod general;
mod kinds;
mod object;
mod pass;
mod repair;
mod scalar;
mod unknown;
mod walk;
mod words;
mod wrong_place;

pub use nave_expr::types::pattern::obstacle as pattern_obstacle;
pub use nave_expr::types::pattern::translated as translated_pattern;

/// Which way a value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the system: objects are closed, read-only fields are refused.
    Request,
    /// From the system: unknown fields are fine, and every problem is drift.
    Response,
}

/// Arguments that passed, taken apart for the request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checked {
    /// Position in [`Operation::parameters`] → value.
    pub parameters: Vec<(usize, Value)>,
    /// The body, where one is to be sent.
    pub body: Option<Value>,
    /// What was changed without losing anything.
    pub repairs: Vec<Repair>,
}

/// A change to an argument that loses nothing, made so that the call is right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repair {
    /// Pointer into the flat argument object.
    pub at: String,
    /// As given.
    pub from: Value,
    /// As sent.
    pub to: Value,
    /// The change in words.
    pub message: String,
}

/// Checks flat arguments against an operation.
///
/// # Errors
/// One fault with every problem found, each with a pointer into `arguments` and a hint where there is a
/// nearest right thing.
pub fn arguments(connector: &Connector, operation: &Operation, arguments: &Value) -> Result<Checked, Fault> {
    let Value::Object(given) = arguments else {
        let message = format!("the arguments of `{}` must be one JSON object", operation.name);
        return Err(Fault::new(codes::ARGUMENT_SHAPE, message).with_hint("give `{\"name\": value}`"));
    };
    let first = Pass { connector, operation, given };
    let (checked, fixes) = first.run(true).map_err(|problems| first.fault(problems))?;
    if fixes.is_empty() {
        return Ok(checked);
    }
    // A repair is made only if the repaired arguments pass as they are, without any further one.
    let mut repaired = arguments.clone();
    for fix in &fixes {
        if let Some(place) = repaired.pointer_mut(&fix.pointer) {
            *place = fix.to.clone();
        }
    }
    let Value::Object(given) = &repaired else { return Ok(checked) };
    let second = Pass { connector, operation, given };
    let (mut checked, _) = second.run(false).map_err(|problems| second.fault(problems))?;
    checked.repairs = fixes.into_iter().map(repair).collect();
    Ok(checked)
}

fn repair(fix: Fix) -> Repair {
    let message = format!("{} was given as {} and is sent as {}", fix.subject, fix.from, fix.to);
    Repair { at: fix.pointer, from: fix.from, to: fix.to, message }
}

/// Checks one value against one schema, without repairs. Pointers start at the value.
pub fn value(schema: Schema<'_>, value: &Value, direction: Direction) -> Vec<Problem> {
    let title = match direction {
        Direction::Request => "the value",
        Direction::Response => "the answer",
    };
    let root = Root { title, flat: None };
    let mut checker = Checker::new(direction, parts(value));
    checker.location(value, &Frame::root(&root, schema));
    checker.finish()
}

/// Checks a decoded answer against what the operation describes for its status. What does not fit is a
/// drift finding; unknown fields are fine.
pub fn response(connector: &Connector, operation: &Operation, status: u16, body: &Value) -> Vec<Problem> {
    let Some(described) = operation.response(status) else {
        let known: Vec<String> =
            operation.responses.iter().map(|response| response.status.to_string()).collect();
        let message = format!("`{}` answered {status}, which is not described", operation.name);
        let problem = Problem::new(codes::RESPONSE_DRIFT, At::pointer(""), message);
        return vec![match known.is_empty() {
            true => problem,
            false => problem.hint(format!("described are {}", known.join(", "))),
        }];
    };
    // RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5: these have no content, whatever is described.
    if matches!(status, 204 | 205 | 304) && body.is_null() {
        return Vec::new();
    }
    let mut first = None;
    for place in described.media.iter().filter_map(|media| media.schema.as_ref()) {
        let Ok(schema) = Schema::at(&connector.documents, place) else { continue };
        let problems = value(schema, body, Direction::Response);
        if problems.is_empty() {
            return problems;
        }
        first.get_or_insert(problems);
    }
    first.unwrap_or_default()
}

#[cfg(test)]
mod tests;
