//! A request as the arguments it was made from, and the part of its query that is the sandbox's own.

use nave_connector::check::{self, Checked};
use nave_connector::connector::{KeyLocation, Scheme};
use nave_connector::request::{self, Incoming};
use nave_connector::{Connector, Operation};
use serde_json::Value;

use crate::options::Credentials;
use crate::sandbox::Sandbox;
use crate::wire::Request;

/// The query field by which the sandbox's own next addresses say where a list goes on.
const AFTER: &str = "nave_after";

/// A request and the operation it is for.
#[derive(Clone, Copy)]
pub(crate) struct Routed<'a> {
    pub(crate) request: &'a Request,
    pub(crate) operation: &'a Operation,
    pub(crate) position: usize,
    pub(crate) path: &'a str,
}

/// A query taken apart.
pub(crate) struct OwnQuery {
    /// Where a list goes on.
    pub(crate) after: Option<String>,
    /// What belongs to the operation.
    pub(crate) rest: String,
}

impl Sandbox {
    /// The request as checked arguments. Where several templates are the same but for the names of
    /// their parameters (`/contacts/{id}`, `/contacts/{number}`), the first that takes the request counts.
    pub(crate) fn read_any<'r>(
        &'r self,
        routed: &Routed<'r>,
        query: &str,
    ) -> Result<(Routed<'r>, Value, Checked), String> {
        let first = match self.read(routed, query) {
            Ok((arguments, checked)) => return Ok((*routed, arguments, checked)),
            Err(detail) => detail,
        };
        let template = without_names(&routed.operation.path);
        for (position, entry) in self.connector.entries().iter().enumerate() {
            let twin = position != routed.position
                && entry.method == routed.operation.method
                && without_names(&entry.path) == template;
            if let Some(operation) = twin.then(|| self.connector.operation_at(position).ok()).flatten() {
                let routed = Routed { operation, position, ..*routed };
                if let Ok((arguments, checked)) = self.read(&routed, query) {
                    return Ok((routed, arguments, checked));
                }
            }
        }
        Err(first)
    }

    /// The request as checked arguments of one operation, or why it is wrong.
    fn read(&self, routed: &Routed<'_>, query: &str) -> Result<(Value, Checked), String> {
        let Routed { request, operation, path, .. } = *routed;
        let incoming = Incoming { path, query, headers: &request.headers, body: &request.body };
        let words = |fault: nave_model::Fault| match fault.hint.as_deref() {
            Some(hint) => format!("{}; {hint}", fault.message),
            None => fault.message.clone(),
        };
        let arguments = request::read(&self.connector, operation, &incoming).map_err(words)?;
        let checked = check::arguments(&self.connector, operation, &arguments).map_err(words)?;
        Ok((arguments, checked))
    }

    /// The query without what is the sandbox's own or a credential.
    pub(crate) fn own_query(&self, request: &Request) -> OwnQuery {
        let mut after = None;
        let mut rest = Vec::new();
        for pair in request.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
            if name == AFTER {
                after = Some(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned());
            } else if !is_query_key(&self.connector, &name) || self.options.credentials == Credentials::Off {
                rest.push(pair);
            }
        }
        OwnQuery { after, rest: rest.join("&") }
    }
}

/// A path template without the names of its parameters.
fn without_names(template: &str) -> String {
    let mut inside = false;
    let kept = template.chars().filter(|c| {
        inside = (inside || *c == '{') && *c != '}';
        !inside || *c == '{'
    });
    kept.collect()
}

/// Whether a query field carries a credential.
fn is_query_key(connector: &Connector, field: &str) -> bool {
    connector.schemes.values().any(
        |scheme| matches!(scheme, Scheme::ApiKey { location: KeyLocation::Query, name } if name == field),
    )
}

/// The address of the next page, as the caller reached this one.
pub(crate) fn next_address(request: &Request, id: &str) -> String {
    let host = request.header("host").unwrap_or("localhost");
    let own = format!("{AFTER}=");
    let kept = request.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&own));
    let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string();
    let query: Vec<String> = kept.map(str::to_owned).chain([format!("{own}{id}")]).collect();
    format!("http://{host}{}?{}", request.path, query.join("&"))
}
