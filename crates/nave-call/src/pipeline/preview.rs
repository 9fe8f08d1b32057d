//! The request of a call as it would leave, for people to look at: checked and built as always, without
//! a credential and without leaving.

use nave_connector::check::{self, Repair};
use nave_connector::server;
use nave_model::Fault;
use serde::Serialize;

use crate::answer::CallRequest;
use crate::authenticate;
use crate::caller::Caller;
use crate::pipeline::call::{self, Call};
use crate::pipeline::outgoing;
use crate::pipeline::trail::Past;

/// A request as it would leave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    /// Method in capitals.
    pub method: String,
    /// The whole address. A key that travels in the query is not in it.
    pub url: String,
    /// Headers, by their names in small letters. A key that travels in a header is not among them.
    pub headers: Vec<(String, String)>,
    /// How it would prove who makes it, for example `bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<&'static str>,
    /// Its content, where it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Bytes of its content.
    pub body_bytes: usize,
    /// What was changed in the arguments, without loss.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
}

/// Resolves, checks and builds a call, and stops there.
///
/// # Errors
/// Whatever would keep it from being sent.
pub(crate) fn preview(caller: &Caller, request: &CallRequest) -> Result<Preview, Fault> {
    let connection = caller.connection(&request.connection)?;
    let operation = connection.connector.operation(&request.operation)?;
    connection.allow(request.principal, operation)?;
    let arguments = call::with_defaults(connection, operation, &request.arguments);
    let checked = check::arguments(&connection.connector, operation, &arguments)?;
    let call =
        Call::new((caller, connection, operation), (request, &arguments, Past::default()), checked, None)?;
    let url = server::address(&connection.connector, operation, &connection.document, &call.request)?;
    let headers = outgoing::headers(&call, connection)?;
    let chosen = authenticate::choose(&connection.connector, operation, connection.keys.credential())?;
    let shown = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let body = call.request.body.as_deref();
    Ok(Preview {
        method: call.request.method.clone(),
        url: url.to_string(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), shown(value))).collect(),
        credential: chosen.map(|chosen| chosen.kind.name),
        body: body.and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned),
        body_bytes: body.map_or(0, <[u8]>::len),
        repairs: call.repairs,
    })
}
