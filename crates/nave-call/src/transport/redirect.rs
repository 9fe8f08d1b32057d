//! Which redirects are followed: only reads, never from HTTPS to HTTP, at most [`MOST`] in a row. To
//! another origin, only the headers that say nothing about the caller go along.

use http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, HeaderMap, LOCATION, RANGE, USER_AGENT};
use http::{Method, StatusCode};
use nave_model::Fault;
use nave_model::fault::codes;
use url::Url;

/// Redirects followed in a row.
pub(super) const MOST: u32 = 5;

/// Longest location that is read.
const LONGEST: usize = 8 * 1024;

/// Headers that may go to another origin. A list of the harmless ones: keys and tokens have any name.
const HARMLESS: [http::HeaderName; 5] = [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, RANGE, USER_AGENT];

/// Where an answer sends the request on to; `None` when it is no redirect.
///
/// # Errors
/// `E-REDIRECT-REFUSED` with the location, where it must not be followed.
pub(super) fn target(
    method: &Method,
    from: &Url,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<Url>, Fault> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = headers.get(LOCATION) else {
        return Ok(None);
    };
    let refuse =
        |message: String| Err(Fault::new(codes::REDIRECT_REFUSED, message).with_status(status.as_u16()));
    // Browsers read letters outside ASCII as UTF-8; whatever host they spell, the guard judges it next.
    let text = std::str::from_utf8(location.as_bytes()).ok().filter(|text| text.len() <= LONGEST);
    let Some(Ok(mut url)) = text.map(|text| from.join(text)) else {
        return refuse(format!("the redirect of status {status} has no readable location"));
    };
    url.set_fragment(None);
    if !matches!(*method, Method::GET | Method::HEAD) {
        let hint = "if the system has moved, make that the address of the connection";
        return refuse(format!("a {method} request is not sent on to {}", shown(&url)))
            .map_err(|fault| fault.with_hint(hint));
    }
    if from.scheme() == "https" && url.scheme() != "https" {
        return refuse(format!("the redirect leads from HTTPS to {}", shown(&url)));
    }
    Ok(Some(url))
}

/// What of a request's headers goes along to the next address.
pub(super) fn carried(headers: HeaderMap, from: &Url, to: &Url) -> HeaderMap {
    if from.origin() == to.origin() {
        return headers;
    }
    let mut carried = HeaderMap::new();
    for name in HARMLESS {
        for value in headers.get_all(&name).iter().filter(|value| !value.is_sensitive()) {
            carried.append(name.clone(), value.clone());
        }
    }
    carried
}

/// An address for people: without the query, which may hold a signature or a key.
pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("`{}://{}{port}{}`", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The address a redirect leads to, or the code of the fault.
    #[track_caller]
    fn check(method: &str, from: &str, status: u16, location: &str, expected: &str) {
        let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_str(location).unwrap())]);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        let found = match target(&method, &Url::parse(from).unwrap(), status, &headers) {
            Ok(Some(url)) => url.to_string(),
            Ok(None) => "none".into(),
            Err(fault) => fault.code.name.into(),
        };
        assert_eq!(found, expected, "{method} {from} {status} {location}");
    }

    #[test]
    fn reads_are_sent_on() {
        check("GET", "https://a.test/x", 302, "/y?z=1#f", "https://a.test/y?z=1");
        check("HEAD", "https://a.test/x", 308, "https://b.test/", "https://b.test/");
        check("GET", "http://a.test/x/", 301, "y", "http://a.test/x/y");
        check("GET", "http://a.test/", 307, "https://a.test/", "https://a.test/");
        check("GET", "https://a.test/", 303, "//b.test/", "https://b.test/");
        check("GET", "https://a.test/", 304, "/y", "none");
        check("GET", "https://a.test/", 201, "/y", "none");
    }

    #[test]
    fn everything_else_is_refused() {
        check("POST", "https://a.test/x", 302, "/y", "E-REDIRECT-REFUSED");
        check("DELETE", "https://a.test/x", 303, "/y", "E-REDIRECT-REFUSED");
        check("GET", "https://a.test/x", 302, "http://a.test/", "E-REDIRECT-REFUSED");
        check("GET", "https://a.test/x", 302, "ftp://a.test/", "E-REDIRECT-REFUSED");
        check("GET", "https://a.test/x", 302, "javascript:alert(1)", "E-REDIRECT-REFUSED");
        check("GET", "https://a.test/x", 302, "https://[", "E-REDIRECT-REFUSED");
        check("GET", "https://a.test/x", 302, &"y".repeat(9000), "E-REDIRECT-REFUSED");
    }

    #[test]
    fn another_origin_learns_nothing() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("accept", "a/b"), ("authorization", "Bearer t"), ("cookie", "s=1"), ("x-api-key", "k")]
        {
            headers.insert(http::HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let mut secret = HeaderValue::from_static("agent with key");
        secret.set_sensitive(true);
        headers.insert(USER_AGENT, secret);
        let url = |text: &str| Url::parse(text).unwrap();
        let from = url("https://a.test/x");
        assert_eq!(carried(headers.clone(), &from, &url("https://a.test:443/y")), headers);
        for other in ["https://b.test/", "https://a.test:444/", "http://a.test/", "https://x.a.test/"] {
            let names: Vec<_> = carried(headers.clone(), &from, &url(other)).into_iter().collect();
            assert_eq!(names, [(Some(ACCEPT), HeaderValue::from_static("a/b"))], "{other}");
        }
    }
}
