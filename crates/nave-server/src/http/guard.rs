//! Who may ask: the token, and a host that is this machine's own. A name that somebody else owns and that
//! leads to loopback (DNS rebinding) would let a page in a browser ask; so would a form or a fetch from
//! another site, which says so in `Origin`.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, Uri};
use nave_model::Fault;
use nave_model::fault::codes;

use crate::state::State;

/// Refuses a request that names a host which is not loopback.
///
/// # Errors
/// `E-HOST-REFUSED`.
pub(super) fn host(uri: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    let mut hosts = headers.get_all(HOST).iter();
    let named = match uri.host() {
        Some(host) => Some(host.to_owned()),
        None => hosts.next().and_then(|value| value.to_str().ok()).map(without_port),
    };
    let loopback = named.as_deref().is_some_and(is_loopback);
    if !loopback || hosts.next().is_some() {
        let message = format!("the hub is not `{}`", named.unwrap_or_default());
        return Err(Fault::new(codes::HOST_REFUSED, message).with_hint("ask at 127.0.0.1 or localhost"));
    }
    let origin = headers.get(ORIGIN).map(|value| value.to_str().unwrap_or("null"));
    if let Some(origin) = origin {
        let own = origin.strip_prefix("http://").is_some_and(|origin| is_loopback(&without_port(origin)));
        if !own {
            let message = format!("a page of `{origin}` asks, and none may");
            return Err(Fault::new(codes::HOST_REFUSED, message));
        }
    }
    Ok(())
}

/// Refuses a request without the token.
///
/// # Errors
/// `E-TOKEN-REJECTED`.
pub(super) fn token(state: &State, headers: &HeaderMap) -> Result<(), Fault> {
    if state.token.fits(headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes)) {
        return Ok(());
    }
    let said = match headers.contains_key(AUTHORIZATION) {
        true => "the hub does not accept this token",
        false => "the request carries no token",
    };
    Err(Fault::new(codes::TOKEN_REJECTED, said)
        .with_hint("send `Authorization: Bearer …` with what `.nave/token` holds"))
}

/// Who asks, for the record: a name people give themselves until they sign in.
///
/// # Errors
/// `E-ARG-VALUE`: it has characters that could be taken for something else.
pub(super) fn person(headers: &HeaderMap) -> Result<String, Fault> {
    let Some(given) = headers.get("nave-person") else { return Ok("person:admin".to_owned()) };
    let fits = |name: &&str| {
        !name.is_empty()
            && name.len() <= 100
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+'))
    };
    match given.to_str().ok().filter(fits) {
        Some(name) => Ok(format!("person:{name}")),
        None => Err(Fault::new(codes::ARGUMENT_VALUE, "`Nave-Person` is no name")
            .with_hint("letters, digits, `.`, `-`, `_`, `+` and `@`, 100 at most")),
    }
}

fn without_port(host: &str) -> String {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default().to_owned(),
        None => host.split(':').next().unwrap_or_default().to_owned(),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pairs: &[(&'static str, &str)], allowed: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        assert_eq!(host(&Uri::from_static("/api/v1/runs"), &headers).is_ok(), allowed, "{pairs:?}");
    }

    #[test]
    fn only_this_machine_is_asked() {
        for own in ["127.0.0.1:7466", "localhost", "LOCALHOST:7466", "[::1]:7466", "127.9.9.9"] {
            check(&[("host", own)], true);
        }
        for other in ["evil.example:7466", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", ""]
        {
            check(&[("host", other)], false);
        }
        check(&[], false);
        check(&[("host", "localhost"), ("host", "evil.example")], false);
    }

    #[test]
    fn pages_of_other_sites_may_not_ask() {
        check(&[("host", "localhost:7466"), ("origin", "http://localhost:7466")], true);
        check(&[("host", "localhost:7466"), ("origin", "https://evil.example")], false);
        check(&[("host", "localhost:7466"), ("origin", "null")], false);
    }
}
