//! Checked arguments as a request, and a request as arguments again. What may be sent is decided by the
//! check before; where it is sent, and with which credential, by those that come after.
//!
//! For HTTP, `read` is the exact inverse of `build`. What a place on the wire cannot carry so that it arrives as
//! it was given is refused by `build` with `E-REQUEST-BUILD`, never sent as something else:
//!
//! - null, empty arrays and empty objects leave no trace in a query, header or cookie (RFC 6570 section
//!   2.3 calls them undefined). They are left out there where the parameter is optional, and refused
//!   where it is required, deeper inside a value, and in form and multipart bodies.
//! - only `deepObject`, `content` parameters and bodies carry values of more than one level.
//! - a delimiter that cannot be escaped (space, `|` and tab styles; commas in headers and cookies)
//!   cannot stand inside a member.
//! - headers and cookies carry printable ASCII without outer spaces; no line break, so no second header.
//! - a path value is never empty, `.` or `..`, and never ends its segment.
//!
//! Text does not say its type. `read` takes it from the schema; where that allows several, `"5"` and `5`
//! are one thing on the wire, and so are `["a"]` and `"a"` where lists and single values are allowed.

use nave_model::fault::codes;
use nave_model::{At, Fault};
use serde_json::{Map, Value};

use crate::check::Checked;
use crate::codec::Error;
use crate::operation::{Location, Operation, Parameter};
use crate::{Connector, codec};

mod body;
mod cookie;
mod header;
mod path;
mod query;

/// A request without address and credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Method in capitals.
    pub method: String,
    /// Path below the server's address, percent-encoded; begins with `/`.
    pub path: String,
    /// Query string, percent-encoded, without `?`; may be empty.
    pub query: String,
    /// Headers in the order they were made.
    pub headers: Vec<(String, String)>,
    /// Content.
    pub body: Option<Vec<u8>>,
}

/// A request as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Path below the server's address, percent-encoded.
    pub path: &'a str,
    /// Query string, percent-encoded, without `?`.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a [(String, String)],
    /// Content; empty: none.
    pub body: &'a [u8],
}

/// Puts checked arguments into a request, as the connector's protocol wants it.
///
/// # Errors
/// `E-REQUEST-BUILD`: an argument cannot be written in its place. It says which, and why.
pub fn build(connector: &Connector, operation: &Operation, checked: &Checked) -> Result<Request, Fault> {
    (connector.manifest.protocol.kind().build)(connector, operation, checked)
}

/// The request of HTTP: every argument in the place the description gives it.
pub(crate) fn plain(
    connector: &Connector,
    operation: &Operation,
    checked: &Checked,
) -> Result<Request, Fault> {
    let given = Given { connector, operation, checked };
    let path = path::build(&given)?;
    let (path, fixed) = path.split_once('?').unwrap_or((&path, ""));
    let query = query::build(&given, fixed)?;
    let mut headers = header::build(&given)?;
    headers.extend(cookie::build(&given)?.map(|cookies| ("cookie".to_owned(), cookies)));
    let body = body::build(&given)?.map(|encoded| {
        headers.push(("content-type".to_owned(), encoded.content_type));
        encoded.bytes
    });
    Ok(Request { method: operation.method.clone(), path: path.to_owned(), query, headers, body })
}

/// Reads a request as the flat arguments it was made from. Query fields the operation does not
/// describe are kept under their own names, so that the check can refuse them by name; headers and
/// cookies it does not describe are ignored.
///
/// # Errors
/// `E-REQUEST-READ`: the path is not the operation's, or a part cannot be read as described.
pub fn read(connector: &Connector, operation: &Operation, incoming: &Incoming<'_>) -> Result<Value, Fault> {
    let mut arguments = Map::new();
    path::read(connector, operation, incoming, &mut arguments)?;
    query::read(connector, operation, incoming, &mut arguments)?;
    header::read(connector, operation, incoming, &mut arguments)?;
    cookie::read(connector, operation, incoming, &mut arguments)?;
    body::read(connector, operation, incoming, &mut arguments)?;
    Ok(Value::Object(arguments))
}

/// What a request is made from.
struct Given<'a> {
    connector: &'a Connector,
    operation: &'a Operation,
    checked: &'a Checked,
}

impl<'a> Given<'a> {
    /// The given parameters of a location that have something to send.
    ///
    /// A required one without anything to send ends the walk with a fault.
    fn at(&self, location: Location) -> impl Iterator<Item = Result<(&'a Parameter, &'a Value), Fault>> {
        let operation = self.operation;
        self.checked.parameters.iter().filter_map(move |(position, value)| {
            let parameter = operation.parameters.get(*position)?;
            if parameter.location != location {
                return None;
            }
            match is_undefined(value) && parameter.content.is_none() {
                false => Some(Ok((parameter, value))),
                true if parameter.required => Some(Err(refuse(parameter, codec::pairs::empty(value)))),
                true => None,
            }
        })
    }
}

/// RFC 6570 section 2.3: values that leave no trace.
fn is_undefined(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// An argument cannot be written where it belongs.
fn refuse(parameter: &Parameter, error: Error) -> Fault {
    let place = parameter.location.as_str();
    let message = format!("`{}` cannot be put into the {place}: {}", parameter.argument, error.message);
    Error { message, ..error.below(&parameter.argument) }.fault(codes::REQUEST_BUILD)
}

/// An argument cannot be read where it stands.
fn unreadable(parameter: &Parameter, error: Error) -> Fault {
    let place = parameter.location.as_str();
    let message = format!("`{}` in the {place} cannot be read: {}", parameter.argument, error.message);
    Error { message, ..error.below(&parameter.argument) }.fault(codes::REQUEST_READ)
}

/// A request that is not the operation's.
fn foreign(operation: &Operation, message: String) -> Fault {
    Fault::new(codes::REQUEST_READ, message).with_at(At::pointer(format!("/{}", operation.name)))
}

#[cfg(test)]
pub(crate) mod tests;
