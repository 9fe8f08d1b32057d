//! Reads the HTTP requests and answers of cases: a first line, headers, a blank line, a body.

use super::{Answered, Sent};

/// What is wrong, and on which line.
pub(super) type Wrong = (u32, String);

/// A request such as `POST /v1/refunds`, its headers and body.
///
/// A long query may go on in indented lines that begin with `?` or `&`.
pub(super) fn request(text: &str, line: u32) -> Result<Sent, Wrong> {
    let mut message = Message::new(text, line)?;
    let first = message.first.trim_end_matches(" HTTP/1.1").to_owned();
    let Some((method, target)) = first.split_once(' ') else {
        return Err((line, format!("`{first}` is not a request line such as `GET /v1/customers`")));
    };
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err((line, format!("`{method}` is not an HTTP method in capitals")));
    }
    let mut target = target.trim().to_owned();
    for continued in std::mem::take(&mut message.continued) {
        target.push_str(&continued);
    }
    if !target.starts_with('/') {
        return Err((line, format!("the address `{target}` does not begin with `/`; leave the server out")));
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if let Some((name, _)) = message.headers.iter().find(|(name, _)| is_secret(name)) {
        return Err((line, format!("a case shows no credential: leave the header `{name}` out")));
    }
    Ok(Sent {
        line,
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: message.headers,
        body: message.body,
    })
}

/// An answer such as `200 OK`, its headers and body.
pub(super) fn answer(text: &str, line: u32) -> Result<Answered, Wrong> {
    let message = Message::new(text, line)?;
    let first = message.first.trim_start_matches("HTTP/1.1 ");
    let word = first.split(' ').next().unwrap_or_default();
    let status = word.parse::<u16>().ok().filter(|status| (100..600).contains(status));
    let Some(status) = status else {
        return Err((line, format!("`{first}` is not a status line such as `200 OK`")));
    };
    if let Some(continued) = message.continued.first() {
        return Err((line, format!("`{continued}` is not a header")));
    }
    Ok(Answered { line, status, headers: message.headers, body: message.body })
}

fn is_secret(name: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie"].iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

struct Message {
    first: String,
    continued: Vec<String>,
    headers: Vec<(String, String)>,
    body: String,
}

impl Message {
    fn new(text: &str, line: u32) -> Result<Self, Wrong> {
        let mut lines = text.lines().zip(line..);
        let first = lines.next().map(|(first, _)| first.trim().to_owned()).unwrap_or_default();
        let mut message = Message { first, continued: Vec::new(), headers: Vec::new(), body: String::new() };
        for (content, line) in lines.by_ref() {
            let trimmed = content.trim();
            if trimmed.is_empty() {
                break;
            }
            if content.starts_with(' ') && trimmed.starts_with(['?', '&']) && message.headers.is_empty() {
                message.continued.push(trimmed.to_owned());
                continue;
            }
            let Some((name, value)) = trimmed.split_once(':').filter(|(name, _)| is_token(name)) else {
                return Err((
                    line,
                    format!("`{trimmed}` is not a header such as `Content-Type: text/plain`"),
                ));
            };
            message.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let body: Vec<&str> = lines.map(|(content, _)| content).collect();
        message.body = body.join("\n");
        Ok(message)
    }
}

/// Whether a text can be the name of a header (RFC 9110 section 5.6.2).
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
