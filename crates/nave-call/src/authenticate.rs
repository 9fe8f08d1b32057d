//! Attaches a connection's credential to a request: which security scheme fits the operation, and
//! which kind of authentication carries it. Each kind is one file; [`ALL`] lists them.
//!
//! To which hosts a credential may go is kept by the transport (`HostPolicy::credential_origins`).

use http::{HeaderMap, HeaderValue};
use nave_connector::connector::Scheme;
use nave_connector::{Connector, Operation};
use nave_model::connection::Credential;
use nave_model::fault::codes;
use nave_model::{Fault, Secret};
use url::Url;

mod api_key;
mod basic;
mod bearer;
pub(crate) mod keys;

/// A way to prove who calls.
#[derive(Debug)]
pub struct Kind {
    /// Name, for documents and errors.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// What the connection's `credential` must say.
    pub parameters: &'static [Parameter],
    /// What is sent, by example. A test runs every one of them.
    pub examples: &'static [Example],
    /// Whether this kind carries such a scheme.
    pub fits: fn(&Scheme) -> bool,
    /// Adds the proof to a request.
    ///
    /// # Errors
    /// A value is missing, or cannot be written into a request.
    pub attach: fn(&Scheme, &Values, &mut Head<'_>) -> Result<(), Fault>,
}

/// One value a kind takes from the connection's `credential`.
#[derive(Debug)]
pub struct Parameter {
    /// `secret`, `username` or `password`.
    pub name: &'static str,
    /// Whether the kind cannot do without.
    pub required: bool,
    /// What it is.
    pub summary: &'static str,
}

/// What a kind makes of a `GET https://api.example/items?page=1`.
#[derive(Debug)]
pub struct Example {
    /// The scheme as a description declares it.
    pub scheme: fn() -> Scheme,
    /// Parameter → value.
    pub values: &'static [(&'static str, &'static str)],
    /// The line that changes: the address, or `header: value`.
    pub sends: &'static str,
}

/// Every kind of authentication.
pub const ALL: &[&Kind] = &[&api_key::KIND, &basic::KIND, &bearer::KIND];

/// The parts of a request a proof may stand in.
#[derive(Debug)]
pub struct Head<'a> {
    /// The address.
    pub url: &'a mut Url,
    /// The headers.
    pub headers: &'a mut HeaderMap,
}

/// A credential's values, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// API key or token.
    pub secret: Option<Secret>,
    /// User name.
    pub username: Option<Secret>,
    /// Password.
    pub password: Option<Secret>,
}

impl Values {
    /// The API key or token.
    ///
    /// # Errors
    /// The connection names none.
    pub fn secret(&self) -> Result<&Secret, Fault> {
        self.secret.as_ref().ok_or_else(|| lacks("secret"))
    }

    /// The user name.
    ///
    /// # Errors
    /// The connection names none.
    pub fn username(&self) -> Result<&Secret, Fault> {
        self.username.as_ref().ok_or_else(|| lacks("username"))
    }
}

fn lacks(parameter: &str) -> Fault {
    Fault::new(codes::CREDENTIAL_MISSING, format!("the connection's credential names no `{parameter}`"))
}

/// A scheme that was chosen for an operation, with the kind that carries it.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The kind.
    pub kind: &'static Kind,
    /// The scheme.
    pub scheme: &'a Scheme,
}

/// The kind that carries a scheme, if Nave has one.
pub fn kind_of(scheme: &Scheme) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| (kind.fits)(scheme))
}

/// Chooses how an operation's request proves who makes it; `None`: it goes without.
///
/// The scheme the connection names, else the one the manifest prefers, else the first the operation
/// accepts whose values the connection has. Where the description asks an operation for nothing, a
/// credential still goes along if the connection or the manifest names its scheme: many descriptions
/// forget to say.
///
/// # Errors
/// The operation needs a credential and the connection has none that fits.
pub fn choose<'a>(
    connector: &'a Connector,
    operation: &Operation,
    credential: Option<&Credential>,
) -> Result<Option<Chosen<'a>>, Fault> {
    let optional = operation.security.iter().all(|needed| needed.is_empty())
        || operation.security.iter().any(|needed| needed.is_empty());
    let Some(credential) = credential else {
        return if optional { Ok(None) } else { Err(missing(connector, operation)) };
    };
    let preferred = credential.scheme.as_deref();
    let preferred = preferred.or_else(|| connector.manifest.auth.as_ref()?.scheme.as_deref());
    let accepted: Vec<&str> = accepted(operation).collect();
    let candidates: Vec<&str> = match preferred {
        Some(name) if accepted.is_empty() || accepted.contains(&name) => vec![name],
        Some(_) if credential.scheme.is_some() && optional => return Ok(None),
        Some(name) if credential.scheme.is_some() => {
            return Err(other(connector, operation, name, &accepted));
        }
        Some(_) | None => accepted,
    };
    let chosen = candidates.iter().find_map(|name| {
        let scheme = connector.schemes.get(*name)?;
        let kind = kind_of(scheme).filter(|kind| has_values(kind, credential))?;
        Some(Chosen { kind, scheme })
    });
    match chosen {
        Some(chosen) => Ok(Some(chosen)),
        None if optional => Ok(None),
        None => Err(unfit(connector, operation, &candidates)),
    }
}

/// The schemes that suffice alone, in the order described.
fn accepted(operation: &Operation) -> impl Iterator<Item = &str> {
    operation
        .security
        .iter()
        .filter(|needed| needed.len() == 1)
        .flat_map(|needed| needed.keys().map(String::as_str))
}

fn has_values(kind: &Kind, credential: &Credential) -> bool {
    kind.parameters.iter().filter(|parameter| parameter.required).all(|parameter| {
        let source = match parameter.name {
            "secret" => &credential.secret,
            "username" => &credential.username,
            _ => &credential.password,
        };
        source.is_some()
    })
}

fn missing(connector: &Connector, operation: &Operation) -> Fault {
    let message =
        format!("`{}.{}` needs a credential and the connection has none", connector.name, operation.name);
    hint(connector, Fault::new(codes::CREDENTIAL_MISSING, message))
}

fn other(connector: &Connector, operation: &Operation, named: &str, accepted: &[&str]) -> Fault {
    let message = format!(
        "`{}.{}` does not accept the security scheme `{named}` the connection names; it accepts {}",
        connector.name,
        operation.name,
        list(accepted)
    );
    hint(connector, Fault::new(codes::CREDENTIAL_MISSING, message))
}

fn unfit(connector: &Connector, operation: &Operation, candidates: &[&str]) -> Fault {
    let mut needs = Vec::new();
    for name in candidates {
        let Some(scheme) = connector.schemes.get(*name) else { continue };
        match kind_of(scheme) {
            Some(kind) => {
                let required = kind.parameters.iter().filter(|parameter| parameter.required);
                let required: Vec<&str> = required.map(|parameter| parameter.name).collect();
                needs.push(format!("`{name}` ({}) takes {}", kind.name, list(&required)));
            }
            None => needs.push(format!("`{name}` is a scheme Nave does not attach yet")),
        }
    }
    if needs.is_empty() {
        needs.push("it needs several schemes at once, which Nave does not attach yet".to_owned());
    }
    let message = format!(
        "the connection's credential does not fit `{}.{}`: {}",
        connector.name,
        operation.name,
        needs.join("; ")
    );
    hint(connector, Fault::new(codes::CREDENTIAL_MISSING, message))
}

/// Adds how a person gets a credential, as the connector's manifest tells it.
pub(crate) fn hint(connector: &Connector, fault: Fault) -> Fault {
    match connector.manifest.auth.as_ref().map(|auth| auth.help.as_str()).filter(|help| !help.is_empty()) {
        Some(help) => fault.with_hint(help),
        None => fault.with_hint(
            "name the environment variable or file that holds it under `credential` of the connection",
        ),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A header value that never shows itself in a log.
fn sensitive(text: &str) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        let message = "the credential holds characters a header cannot carry";
        Fault::new(codes::CREDENTIAL_MISSING, message)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
