//! What an answer means: its value, or a precise fault with the system's own words. The rules are the
//! status, the connector's error rule, problem documents (RFC 9457), and where systems commonly put
//! their messages.

use std::time::Duration;

use nave_connector::manifest::{ErrorMeaning, Failure, failure};
use nave_connector::operation::Status;
use nave_connector::{Connector, Operation, response};
use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value;

use crate::admit::headers::Signals;
use crate::authenticate;
use crate::transport::Incoming;

/// A system's message is cut after this many characters.
const LONGEST_MESSAGE: usize = 300;

/// Where systems put a message for people, the most common first. For systems whose connector says
/// nothing about it.
const MESSAGES: &[&str] = &[
    "/error/message",
    "/message",
    "/detail",
    "/error_description",
    "/errors/0/message",
    "/errors/0/detail",
    "/errors/0/longMessage",
    "/error/description",
    "/errorMessage",
    "/fault/message",
    "/Message",
    "/Detail",
    "/title",
    "/error",
    "/errors/0",
];

/// Where systems put their own error code.
const CODES: &[&str] =
    &["/error/code", "/code", "/error/type", "/errorCode", "/errors/0/code", "/error_code"];

/// Reads an answer: its value, or what is wrong.
///
/// # Errors
/// The answer is a failure by its status or the connector's rule, or cannot be read.
pub fn read(
    connector: &Connector,
    operation: &Operation,
    incoming: &Incoming,
    signals: &Signals,
) -> Result<Value, Fault> {
    let content_type = incoming.headers.get("content-type").and_then(|value| value.to_str().ok());
    let decoded = response::decode(connector, operation, incoming.status, content_type, &incoming.body);
    if (300..400).contains(&incoming.status) && !describes(operation, incoming.status) {
        let message = format!("`{}.{}` was redirected without an address", connector.name, operation.name);
        return Err(Fault::new(codes::REDIRECT_REFUSED, message).with_status(incoming.status));
    }
    let body = match (decoded, incoming.status) {
        // Many systems send their errors as JSON and call them text.
        (Ok(Value::String(text)), 400..) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        (Ok(body), _) => body,
        // A failure whose body nobody can read is still that failure: a proxy's HTML page, for example.
        (Err(_), 400..) => Value::String(String::from_utf8_lossy(&incoming.body).into_owned()),
        (Err(fault), _) => return Err(fault),
    };
    match failure(connector.manifest.errors.as_ref(), incoming.status, &body) {
        None => Ok(body),
        Some(found) => Err(fault(connector, operation, incoming.status, (&body, found), signals)),
    }
}

fn describes(operation: &Operation, status: u16) -> bool {
    status == 304 || operation.response(status).is_some_and(|response| response.status != Status::Default)
}

fn fault(
    connector: &Connector,
    operation: &Operation,
    status: u16,
    (body, found): (&Value, Failure),
    signals: &Signals,
) -> Fault {
    let told = told_to_wait(signals);
    // Some systems answer 403 where they mean too many calls, and say so only in their headers.
    let exhausted =
        status == 403 && (signals.retry_after.is_some() || signals.left.is_some_and(|left| left.0 == 0));
    let meaning = if exhausted { ErrorMeaning::RateLimited } else { found.meaning };
    let mut message = format!("`{}.{}`: the system answered {status}", connector.name, operation.name);
    let words = found.message.or_else(|| first(body, MESSAGES)).or_else(|| plain(body));
    let code = found.code.or_else(|| first(body, CODES)).filter(|code| words.as_ref() != Some(code));
    if let Some(words) = words.map(|words| tidy(&words)).filter(|words| !words.is_empty()) {
        message.push_str(": ");
        message.push_str(&words);
    }
    if let Some(code) = code {
        message.push_str(&format!(" ({})", tidy(&code)));
    }
    let fault = Fault::new(meaning.fault_code(), message).with_status(status);
    let fault = match told {
        Some(wait) => fault.with_retry_after_ms(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        None => fault,
    };
    match meaning {
        ErrorMeaning::Unauthenticated => authenticate::hint(connector, fault),
        ErrorMeaning::Forbidden => match scopes(connector, operation) {
            Some(scopes) => fault.with_hint(format!("the credential needs {scopes}")),
            None => fault.with_hint("give the credential the right to do this, or use another one"),
        },
        ErrorMeaning::RateLimited
        | ErrorMeaning::NotFound
        | ErrorMeaning::Conflict
        | ErrorMeaning::Rejected
        | ErrorMeaning::Unavailable => fault,
    }
}

/// The time the system says to wait: in so many words, or until its window with no calls left ends.
fn told_to_wait(signals: &Signals) -> Option<Duration> {
    let reset = signals.left.filter(|(calls, _)| *calls == 0).map(|(_, reset)| reset);
    signals.retry_after.or(reset)
}

/// The scopes an operation needs, by the manifest or the description.
fn scopes(connector: &Connector, operation: &Operation) -> Option<String> {
    let noted = connector.manifest.operations.get(&operation.name).map(|notes| &notes.scopes);
    let described = operation.security.iter().flat_map(|needed| needed.values());
    let scopes = noted.into_iter().chain(described).find(|scopes| !scopes.is_empty())?;
    let quoted: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    Some(quoted.join(" and "))
}

fn first(body: &Value, pointers: &[&str]) -> Option<String> {
    pointers.iter().find_map(|pointer| match body.pointer(pointer)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A text that is not a page of markup.
fn plain(body: &Value) -> Option<String> {
    body.as_str().filter(|text| !text.trim_start().starts_with('<')).map(str::to_owned)
}

/// One line of bounded length.
fn tidy(text: &str) -> String {
    let mut line = String::new();
    for (count, word) in text.split(|c: char| c.is_whitespace() || c.is_control()).enumerate() {
        if count > LONGEST_MESSAGE {
            break;
        }
        if !word.is_empty() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    if line.chars().count() > LONGEST_MESSAGE {
        line = line.chars().take(LONGEST_MESSAGE).collect();
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests;
