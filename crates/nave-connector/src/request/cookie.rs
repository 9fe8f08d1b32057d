//! Cookie parameters. Exploded arrays and objects are cookies of their own: the `&` that OpenAPI's
//! `form` style would put between them has no meaning in a cookie header.

use nave_model::Fault;
use serde_json::{Map, Value};

use super::{Given, Incoming, foreign, query};
use crate::Connector;
use crate::codec::pairs::{self, Form, Pairs};
use crate::operation::{Location, Operation};

/// The `Cookie` header, where there are cookies.
pub(super) fn build(given: &Given<'_>) -> Result<Option<String>, Fault> {
    let mut pairs = Pairs::new(Form::Cookie);
    for entry in given.at(Location::Cookie) {
        let (parameter, value) = entry?;
        query::write(&mut pairs, given.connector, given.operation, parameter, value)?;
    }
    Ok(Some(pairs.finish()).filter(|cookies| !cookies.is_empty()))
}

/// Reads the described cookies.
pub(super) fn read(
    connector: &Connector,
    operation: &Operation,
    incoming: &Incoming<'_>,
    arguments: &mut Map<String, Value>,
) -> Result<(), Fault> {
    let headers = incoming.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    // RFC 9113 section 8.2.3: several lines are one header.
    let cookies = headers.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("; ");
    let mut pairs = pairs::parse(&cookies, Form::Cookie)
        .map_err(|error| foreign(operation, format!("the cookies cannot be read: {error}")))?;
    query::take(connector, operation, (Location::Cookie, Form::Cookie), &mut pairs, arguments)
}
