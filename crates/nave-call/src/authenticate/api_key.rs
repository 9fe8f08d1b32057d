//! API key: one secret in a header, the query or a cookie (OpenAPI "Security Scheme Object", `apiKey`).

use http::header::{COOKIE, HeaderName};
use nave_connector::connector::{KeyLocation, Scheme};
use nave_model::Fault;
use nave_model::fault::codes;
use url::{Url, form_urlencoded};

use super::{Example, Head, Kind, Parameter, Values, sensitive};

pub(super) const KIND: Kind = Kind {
    name: "api-key",
    summary: "Sends a key in the header, query parameter or cookie the description names.",
    parameters: &[Parameter { name: "secret", required: true, summary: "The key." }],
    examples: &[
        Example {
            scheme: || key(KeyLocation::Header, "X-Api-Key"),
            values: &[("secret", "k-123")],
            sends: "x-api-key: k-123",
        },
        Example {
            scheme: || key(KeyLocation::Query, "api key"),
            values: &[("secret", "k&1=2")],
            sends: "https://api.example/items?page=1&api+key=k%261%3D2",
        },
        Example {
            scheme: || key(KeyLocation::Cookie, "session"),
            values: &[("secret", "k-123")],
            sends: "cookie: session=k-123",
        },
    ],
    fits: |scheme| matches!(scheme, Scheme::ApiKey { .. }),
    attach,
};

fn attach(scheme: &Scheme, values: &Values, head: &mut Head<'_>) -> Result<(), Fault> {
    let Scheme::ApiKey { location, name } = scheme else {
        return Err(Fault::new(codes::INTERNAL, "an API key was chosen for another scheme"));
    };
    let secret = values.secret()?.reveal();
    match location {
        KeyLocation::Header => {
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
                let message = format!("the description's API key header `{name}` is not a header name");
                Fault::new(codes::OPERATION_UNUSABLE, message)
            })?;
            head.headers.insert(header, sensitive(secret)?);
        }
        KeyLocation::Query => {
            without(head.url, name);
            head.url.query_pairs_mut().append_pair(name, secret);
        }
        KeyLocation::Cookie => {
            let others = head.headers.get(COOKIE).and_then(|cookies| cookies.to_str().ok());
            let cookies = match others {
                Some(others) => format!("{others}; {name}={secret}"),
                None => format!("{name}={secret}"),
            };
            head.headers.insert(COOKIE, sensitive(&cookies)?);
        }
    }
    Ok(())
}

/// Takes a parameter out of the query: the address of a next page often repeats the key.
fn without(url: &mut Url, name: &str) {
    let repeats = |part: &str| form_urlencoded::parse(part.as_bytes()).any(|(other, _)| other == name);
    let Some(query) = url.query().filter(|query| repeats(query)) else { return };
    let others: Vec<&str> = query.split('&').filter(|part| !repeats(part)).collect();
    let others = others.join("&");
    url.set_query(Some(others.as_str()).filter(|others| !others.is_empty()));
}

fn key(location: KeyLocation, name: &str) -> Scheme {
    Scheme::ApiKey { location, name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use nave_model::Secret;

    use super::*;

    #[test]
    fn a_key_already_in_the_query_is_replaced() {
        for (given, expected) in [
            ("https://a.example/?key=old&p=%41", "https://a.example/?p=%41&key=k-1"),
            ("https://a.example/?key=old", "https://a.example/?key=k-1"),
            ("https://a.example/?keys=1", "https://a.example/?keys=1&key=k-1"),
        ] {
            let mut url: Url = given.parse().unwrap();
            let values = Values { secret: Some(Secret::new("k-1")), ..Values::default() };
            let mut head = Head { url: &mut url, headers: &mut HeaderMap::new() };
            attach(&key(KeyLocation::Query, "key"), &values, &mut head).unwrap();
            assert_eq!(url.as_str(), expected);
        }
    }

    #[test]
    fn a_cookie_joins_those_already_there() {
        let mut url = "https://api.example/".parse().unwrap();
        let mut headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("theme=dark"))]);
        let values = Values { secret: Some(Secret::new("k-1")), ..Values::default() };
        let mut head = Head { url: &mut url, headers: &mut headers };
        attach(&key(KeyLocation::Cookie, "session"), &values, &mut head).unwrap();
        assert_eq!(headers.get(COOKIE).unwrap(), "theme=dark; session=k-1");
    }
}
