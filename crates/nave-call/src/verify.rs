//! What is odd about a good answer: where it differs from its description, and what the system
//! announced about the operation.

use http::HeaderMap;
use jiff::Timestamp;
use nave_connector::{Connector, Operation, check};
use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use serde_json::Value;

use crate::http_date;

/// Findings kept of one answer: an answer of a thousand odd items says nothing more than the first.
const MOST: usize = 20;

/// Compares an answer with its description.
///
/// # Errors
/// It differs, and the connection is `strict`.
pub fn answer(
    connector: &Connector,
    operation: &Operation,
    strict: bool,
    (status, value): (u16, &Value),
) -> Result<Vec<Problem>, Fault> {
    let mut findings = check::response(connector, operation, status, value);
    if strict && !findings.is_empty() {
        let subject = format!("the answer of `{}.{}`", connector.name, operation.name);
        let mut fault = Fault::from_problems(&subject, findings);
        fault.code = codes::RESPONSE_DRIFT;
        fault.message = format!("{subject} does not have the described shape: {}", fault.message);
        return Err(fault.with_status(status));
    }
    findings.truncate(MOST);
    Ok(findings)
}

/// What the headers announce: that the operation is deprecated (RFC 9745), and when it will be gone
/// (RFC 8594).
pub fn announcements(headers: &HeaderMap) -> Vec<Problem> {
    let mut findings = Vec::new();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(since) = text("deprecation") {
        let message = match deprecated_since(since) {
            Some(at) => format!("the system says this operation is deprecated since {}", day(at)),
            None => "the system says this operation is deprecated".to_owned(),
        };
        findings.push(announced("deprecation", message));
    }
    if let Some(at) = text("sunset").and_then(http_date::parse) {
        findings.push(announced("sunset", format!("the system will withdraw this operation on {}", day(at))));
    }
    findings
}

fn announced(header: &str, message: String) -> Problem {
    let problem = Problem::new(codes::DEPRECATED, At::pointer(format!("/headers/{header}")), message);
    problem.hint("look for the operation that replaces it, and update the connector")
}

/// `@1688169599` (RFC 9745); drafts also allowed a date, and `true`.
fn deprecated_since(text: &str) -> Option<Timestamp> {
    match text.trim().strip_prefix('@') {
        Some(seconds) => Timestamp::from_second(seconds.parse().ok()?).ok(),
        None => http_date::parse(text),
    }
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(header: &'static str, value: &'static str, expected: Option<&str>) {
        let name = HeaderName::from_static(header);
        let found = announcements(&HeaderMap::from_iter([(name, HeaderValue::from_static(value))]));
        assert_eq!(found.first().map(|finding| finding.message.as_str()), expected, "{header}: {value}");
    }

    #[test]
    fn announcements_are_findings() {
        let since = "the system says this operation is deprecated since 2023-06-30";
        check("deprecation", "@1688169599", Some(since));
        check("deprecation", "true", Some("the system says this operation is deprecated"));
        let gone = "the system will withdraw this operation on 2027-12-31";
        check("sunset", "Fri, 31 Dec 2027 23:59:59 GMT", Some(gone));
        check("sunset", "soon", None);
    }
}
