//! Whether a case holds: the call is checked, the request is built and compared, the answer is read,
//! checked and compared. Nothing is sent.

use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};

use super::compare::{self, shorten};
use super::{Answered, Case, Expected, Gives};
use crate::check;
use crate::manifest::failure;
use crate::operation::Operation;
use crate::request::{self, Request};
use crate::{Connector, response};

/// Everything about a case that does not hold against the connector.
pub fn verify(connector: &Connector, case: &Case) -> Vec<Problem> {
    let operation = match connector.operation(&case.operation) {
        Ok(operation) => operation,
        Err(fault) => {
            let mut problem = wrong(case, case.operation_line, fault.message.clone());
            problem.hint.clone_from(&fault.hint);
            return vec![problem];
        }
    };
    match request(connector, operation, case) {
        Err(fault) => refusal(case, &fault),
        Ok(request) => {
            let mut problems: Vec<Problem> = sends(connector, case, &request);
            if let Some(answered) = &case.answers {
                problems.extend(answers(connector, operation, case, answered));
            }
            problems
        }
    }
}

fn request(connector: &Connector, operation: &Operation, case: &Case) -> Result<Request, Fault> {
    let checked = check::arguments(connector, operation, &case.arguments)?;
    request::build(connector, operation, &checked)
}

fn wrong(case: &Case, line: u32, message: impl Into<String>) -> Problem {
    let at = At { file: Some(case.file.clone()), line: Some(line), ..At::default() };
    Problem::new(codes::CASE_INVALID, at, message)
}

/// The call was refused: was it meant to be, and for this reason?
fn refusal(case: &Case, fault: &Fault) -> Vec<Problem> {
    let Gives::Fault(expected) = &case.gives else {
        let message = format!("the call is refused: {} {}", fault.code, told(fault));
        return vec![wrong(case, case.operation_line, message)];
    };
    if let Some(sent) = &case.sends {
        return vec![wrong(
            case,
            sent.line,
            format!("nothing is sent: the call is refused, {}", told(fault)),
        )];
    }
    let own = Problem {
        code: fault.code,
        at: fault.at.clone().unwrap_or_default(),
        message: fault.message.clone(),
        hint: fault.hint.clone(),
    };
    if std::iter::once(&own).chain(&fault.problems).any(|problem| fits(expected, problem)) {
        return Vec::new();
    }
    let message = format!("the call gives `{}` {}", fault.code, told(fault));
    vec![wrong(case, case.gives_line, message)]
}

fn fits(expected: &Expected, problem: &Problem) -> bool {
    let pointer = problem.at.pointer.as_deref();
    problem.code.name == expected.code
        && expected.pointer.as_deref().is_none_or(|wanted| pointer == Some(wanted))
        && expected.hint.as_deref().is_none_or(|wanted| problem.hint.as_deref() == Some(wanted))
}

fn told(fault: &Fault) -> String {
    let at = fault.at.as_ref().map(At::to_string).unwrap_or_default();
    let hint = fault.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("at `{at}`: {}{hint}", fault.message)
}

fn sends(connector: &Connector, case: &Case, request: &Request) -> Vec<Problem> {
    let Some(sent) = &case.sends else {
        let message = format!("the call is not refused: it sends {} {}", request.method, request.path);
        return vec![wrong(case, case.gives_line, message)];
    };
    let differences = compare::request(&connector.manifest, sent, request);
    differences.into_iter().map(|message| wrong(case, sent.line, message)).collect()
}

fn answers(connector: &Connector, operation: &Operation, case: &Case, answered: &Answered) -> Vec<Problem> {
    let bytes = answered.body.trim_end().as_bytes();
    let media = answered.header("content-type");
    let value = match response::decode(connector, operation, answered.status, media, bytes) {
        Ok(value) => value,
        Err(fault) => return vec![wrong(case, answered.line, fault.message.clone())],
    };
    let found = failure(connector.manifest.errors.as_ref(), answered.status, &value);
    // A failure with a good status looks like the failures that are described, not like a success.
    let status = if found.is_some() { answered.status.max(400) } else { answered.status };
    let mut problems = Vec::new();
    if operation.response(status).is_none() {
        let message = format!("no answer with status {status} is described");
        problems.push(wrong(case, answered.line, message));
    }
    for drift in check::response(connector, operation, status, &value) {
        problems.push(wrong(case, answered.line, format!("the answer does not fit: {drift}")));
    }
    let given = match (&case.gives, &found) {
        (Gives::Fault(expected), Some(failure)) => {
            let code = failure.meaning.fault_code();
            let message = failure.message.as_deref();
            let as_expected = expected.code == code.name
                && expected.pointer.is_none()
                && expected.hint.as_deref().is_none_or(|wanted| message == Some(wanted));
            (!as_expected).then(|| format!("the call gives `{code}`: {}", message.unwrap_or_default()))
        }
        (Gives::Fault(expected), None) => {
            Some(format!("the call gives {}, not `{}`", shorten(&value), expected.code))
        }
        (Gives::Answer | Gives::Value(_), Some(failure)) => {
            let code = failure.meaning.fault_code();
            Some(format!(
                "the call gives the fault `{code}`: {}",
                failure.message.clone().unwrap_or_default()
            ))
        }
        (Gives::Value(expected), None) => {
            compare::value(expected, &value).map(|message| format!("what the call gives differs {message}"))
        }
        (Gives::Answer, None) => None,
    };
    problems.extend(given.map(|message| wrong(case, case.gives_line, message)));
    problems
}

#[cfg(test)]
mod tests;
