//! Where a request goes: the connection's address, or the description's server with its variables.

use std::collections::BTreeMap;

use nave_model::connection::Connection;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Fault};
use url::Url;

use crate::Connector;
use crate::operation::{Operation, Server, ServerVariable};
use crate::protocol::{Protocol, same_server};
use crate::request::Request;

/// The whole address of a request.
///
/// # Errors
/// As [`base`].
pub fn address(
    connector: &Connector,
    operation: &Operation,
    connection: &Connection,
    request: &Request,
) -> Result<Url, Fault> {
    let base = base(connector, operation, connection)?;
    let mut text = base.as_str().trim_end_matches('/').to_owned();
    text.push_str(&request.path);
    if !request.query.is_empty() {
        text.push('?');
        text.push_str(&request.query);
    }
    let address = Url::parse(&text)
        .map_err(|error| Fault::new(codes::REQUEST_BUILD, format!("`{text}` is no address: {error}")))?;
    if !same_server(&address, &base) {
        return Err(Fault::new(codes::REQUEST_BUILD, format!("`{text}` leaves the server `{base}`")));
    }
    Ok(address)
}

/// The address all paths of an operation stand below; it has neither query nor fragment.
///
/// The connection's `address` replaces the description's server. Where that server is relative
/// (`/v2`), it is taken below an address that names no path of its own.
///
/// # Errors
/// `E-CONNECTION-INVALID`: no server is described and no address is given, the address is none, or a
/// variable is unknown, missing or not one of the allowed values.
pub fn base(connector: &Connector, operation: &Operation, connection: &Connection) -> Result<Url, Fault> {
    let servers = if operation.servers.is_empty() { &connector.servers } else { &operation.servers };
    let protocol = connector.manifest.protocol;
    check_names(connector, servers, connection)?;
    if let Some(address) = &connection.address {
        let address =
            protocol.address(address).map_err(|why| invalid("/address", format!("`{address}` {why}")))?;
        let relative = servers.first().filter(|server| !is_absolute(&server.url));
        return match relative {
            Some(server) if address.path() == "/" => {
                join(protocol, &address, &expand(server, &connection.variables)?)
            }
            _ => Ok(address),
        };
    }
    // A relative server is never taken to be where the description was found: credentials would go there.
    let Some(server) = servers.iter().find(|server| is_absolute(&server.url)) else {
        let message = format!("the description of `{}` names no server", connector.name);
        return Err(invalid("/address", message).with_hint("set `address` in the connection"));
    };
    let text = expand(server, &connection.variables)?;
    // `//host/path` takes the scheme it was found with; nothing but the safe one is assumed.
    let absolute = if text.starts_with("//") { format!("https:{text}") } else { text.clone() };
    protocol.address(&absolute).map_err(|why| {
        invalid("/address", format!("the server `{text}` of `{}` {why}", connector.name))
            .with_hint("set `address` in the connection")
    })
}

fn join(protocol: Protocol, address: &Url, relative: &str) -> Result<Url, Fault> {
    let path = format!("{}/{}", address.as_str().trim_end_matches('/'), relative.trim_start_matches('/'));
    let joined = protocol.address(&path).map_err(|why| invalid("/address", format!("`{path}` {why}")))?;
    if same_server(&joined, address) {
        return Ok(joined);
    }
    Err(invalid("/address", format!("`{relative}` leaves the address `{address}`")))
}

fn invalid(pointer: &str, message: String) -> Fault {
    Fault::new(codes::CONNECTION_INVALID, message).with_at(At::pointer(pointer))
}

/// Whether a server names its host. A variable in front may stand for scheme and host.
fn is_absolute(url: &str) -> bool {
    url.contains("://") || url.starts_with("//") || url.starts_with('{')
}

/// Every variable of the connection belongs to some server.
fn check_names(connector: &Connector, servers: &[Server], connection: &Connection) -> Result<(), Fault> {
    let all = || servers.iter().chain(&connector.servers).flat_map(|server| server.variables.keys());
    for name in connection.variables.keys() {
        if all().any(|known| known == name) {
            continue;
        }
        let message = format!("the servers of `{}` have no variable `{name}`", connector.name);
        let fault = invalid(&nave_model::place::child("/variables", name), message);
        return Err(match did_you_mean(name, all().map(String::as_str)) {
            Some(hint) => fault.with_hint(hint),
            None => fault.with_hint(listed("variable", all().map(String::as_str))),
        });
    }
    Ok(())
}

fn listed<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.take(12).map(|name| format!("`{name}`")).collect();
    if names.is_empty() { format!("there is no {what}") } else { format!("one of {}", names.join(", ")) }
}

/// The server's address with the values of its variables.
fn expand(server: &Server, given: &BTreeMap<String, String>) -> Result<String, Fault> {
    let mut out = String::new();
    let mut rest = server.url.as_str();
    while let Some((literal, (name, after))) =
        rest.split_once('{').and_then(|(literal, after)| Some((literal, after.split_once('}')?)))
    {
        out.push_str(literal);
        out.push_str(value(server, name, given)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn value<'a>(server: &'a Server, name: &str, given: &'a BTreeMap<String, String>) -> Result<&'a str, Fault> {
    let variable = server.variables.get(name);
    let at = nave_model::place::child("/variables", name);
    let default = variable.and_then(|variable| variable.default.as_deref()).filter(|text| !text.is_empty());
    let Some(value) = given.get(name).map(String::as_str).or(default) else {
        let message = format!("the server `{}` needs the variable `{name}`", server.url);
        let hint = variable.and_then(|variable| variable.description.clone());
        let hint = hint.unwrap_or_else(|| format!("set `variables.{name}` in the connection"));
        return Err(invalid(&at, message).with_hint(hint));
    };
    let allowed = variable.map(|ServerVariable { allowed, .. }| allowed.as_slice()).unwrap_or_default();
    // Descriptions forget to list their own default.
    if !allowed.is_empty() && Some(value) != default && !allowed.iter().any(|one| one == value) {
        let message = format!("`{value}` is not allowed for the variable `{name}`");
        let names = || allowed.iter().map(String::as_str);
        let hint = did_you_mean(value, names()).unwrap_or_else(|| listed("allowed value", names()));
        return Err(invalid(&at, message).with_hint(hint));
    }
    // A value cannot move the request elsewhere: no user information, query or fragment.
    let is_safe = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | ':' | '/' | '%' | '+');
    if !value.chars().all(is_safe) {
        let message = format!("`{value}` cannot stand in an address (variable `{name}`)");
        return Err(invalid(&at, message));
    }
    Ok(value)
}

/// The paths of the servers, with default variables, the longest first; without `/` at their end.
pub(crate) fn base_paths(connector: &Connector) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let none = BTreeMap::new();
    let own = connector.entries().iter().filter_map(|entry| connector.documents.get(&entry.place));
    let described = own.filter_map(|operation| operation.get("servers")?.as_array());
    let described = described.flatten().filter_map(|server| server.get("url")?.as_str());
    let described = described.map(|url| url.to_owned());
    let general = connector.servers.iter().filter_map(|server| expand(server, &none).ok());
    for address in general.chain(described) {
        let path = match Url::parse(&address) {
            Ok(url) => url.path().to_owned(),
            Err(_) => address,
        };
        let path = path.trim_end_matches('/').to_owned();
        if path.starts_with('/') && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
    paths
}

#[cfg(test)]
mod tests;
