//! Whether a request carries the credential its operation demands. The sandbox holds no secret of any
//! real system: it compares with one configured value, or accepts whatever is there.

use base64::Engine as _;
use nave_connector::connector::{KeyLocation, Scheme};
use nave_connector::operation::Requirement;
use nave_connector::{Connector, Operation};
use percent_encoding::percent_decode_str;

use crate::options::Credentials;
use crate::wire::Request;

/// How a request fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It may pass.
    Accepted,
    /// Nothing was presented.
    Missing,
    /// Something was presented, and it is not the right one.
    Wrong,
}

/// Holds a request against the alternatives of its operation: one that is met suffices.
pub(crate) fn prove(
    connector: &Connector,
    operation: &Operation,
    credentials: &Credentials,
    request: &Request,
) -> Proof {
    if *credentials == Credentials::Off || operation.security.is_empty() {
        return Proof::Accepted;
    }
    let mut nearest = Proof::Missing;
    for alternative in &operation.security {
        match alternative_met(connector, alternative, credentials, request) {
            Proof::Accepted => return Proof::Accepted,
            Proof::Wrong => nearest = Proof::Wrong,
            Proof::Missing => {}
        }
    }
    nearest
}

fn alternative_met(
    connector: &Connector,
    alternative: &Requirement,
    credentials: &Credentials,
    request: &Request,
) -> Proof {
    let mut proof = Proof::Accepted;
    for name in alternative.keys() {
        // A scheme the description does not define cannot be demanded.
        let Some(scheme) = connector.schemes.get(name) else { continue };
        let Some(presented) = presented(scheme, request) else { continue };
        match presented {
            None => return Proof::Missing,
            Some(value) if !accepted(credentials, &value) => proof = Proof::Wrong,
            Some(_) => {}
        }
    }
    proof
}

fn accepted(credentials: &Credentials, value: &str) -> bool {
    match credentials {
        Credentials::Any | Credentials::Off => true,
        // A key may travel as `Bearer key`, or as a user name without a password.
        Credentials::Exactly(secret) => {
            let bare = value.strip_suffix(':').unwrap_or(value);
            let bare = bare.rsplit_once(' ').map_or(bare, |(_, bare)| bare);
            value == secret.reveal() || bare == secret.reveal()
        }
    }
}

/// What a request presents for a scheme; the outer `None` where a server behind TLS could not see it.
fn presented(scheme: &Scheme, request: &Request) -> Option<Option<String>> {
    let authorization = request.header("authorization").map(str::trim).filter(|value| !value.is_empty());
    let after = |kind: &str| {
        let (word, rest) = authorization?.split_once(' ')?;
        let rest = rest.trim();
        (word.eq_ignore_ascii_case(kind) && !rest.is_empty()).then(|| rest.to_owned())
    };
    Some(match scheme {
        Scheme::MutualTls => return None,
        Scheme::Bearer | Scheme::OAuth2 { .. } | Scheme::OpenIdConnect { .. } => after("bearer"),
        Scheme::Basic => after("basic").and_then(|encoded| {
            let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
            let pair = String::from_utf8(bytes).ok()?;
            // RFC 7617: a colon always separates the two; both may not be empty here.
            (pair.contains(':') && pair != ":").then_some(pair)
        }),
        Scheme::ApiKey { location, name } => match location {
            KeyLocation::Header => request.header(name).map(str::to_owned),
            KeyLocation::Query => pair(&request.query, '&', name),
            KeyLocation::Cookie => request.header("cookie").and_then(|cookies| pair(cookies, ';', name)),
        }
        .filter(|value| !value.trim().is_empty()),
        Scheme::Other { .. } => authorization.map(str::to_owned),
    })
}

fn pair(text: &str, separator: char, name: &str) -> Option<String> {
    let decode = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split(separator).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .map(|(key, value)| (decode(key), decode(value)))
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nave_model::Secret;

    #[track_caller]
    fn check(scheme: Scheme, header: (&str, &str), query: &str, exactly: Option<&str>, expected: Proof) {
        let mut connector = Connector::new(nave_connector::connector::Parts::default(), Vec::new());
        connector.schemes.insert("key".into(), scheme);
        let alternative: Requirement = [("key".to_owned(), Vec::new())].into_iter().collect();
        let credentials = exactly.map_or(Credentials::Any, |value| Credentials::Exactly(Secret::new(value)));
        let request = Request {
            query: query.into(),
            headers: vec![(header.0.to_owned(), header.1.to_owned())],
            ..Request::default()
        };
        assert_eq!(alternative_met(&connector, &alternative, &credentials, &request), expected);
    }

    #[test]
    fn credentials_are_found_where_the_scheme_says() {
        let key = |location| Scheme::ApiKey { location, name: "X-Key".into() };
        check(Scheme::Bearer, ("Authorization", "bearer abc"), "", None, Proof::Accepted);
        check(Scheme::Bearer, ("Authorization", "Basic YTpi"), "", None, Proof::Missing);
        check(Scheme::Bearer, ("Authorization", "Bearer abc"), "", Some("abcd"), Proof::Wrong);
        check(Scheme::Basic, ("Authorization", "Basic YTpi"), "", Some("a:b"), Proof::Accepted);
        check(Scheme::Basic, ("Authorization", "Basic YTo="), "", Some("a"), Proof::Accepted);
        check(Scheme::Basic, ("Authorization", "Basic !"), "", None, Proof::Missing);
        check(key(KeyLocation::Header), ("x-key", "k"), "", Some("k"), Proof::Accepted);
        check(key(KeyLocation::Header), ("x-key", " "), "", None, Proof::Missing);
        check(key(KeyLocation::Query), ("a", "b"), "z=1&X-Key=a%20b", Some("a b"), Proof::Accepted);
        check(key(KeyLocation::Cookie), ("cookie", "a=b; X-Key=k"), "", None, Proof::Accepted);
        check(Scheme::MutualTls, ("a", "b"), "", Some("k"), Proof::Accepted);
        check(
            Scheme::Other { name: "digest".into() },
            ("authorization", "Digest x=y"),
            "",
            None,
            Proof::Accepted,
        );
    }
}
