//! What a system's answer means when it is a failure: status first, then the connector's error rule.

use nave_model::Code;
use nave_model::fault::codes;
use serde_json::Value;

use super::{ErrorMeaning, ErrorRule};

/// A failure a system reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What sort of failure.
    pub meaning: ErrorMeaning,
    /// The system's own error code.
    pub code: Option<String>,
    /// The system's own words.
    pub message: Option<String>,
}

impl ErrorMeaning {
    /// The fault code of this meaning.
    pub fn fault_code(self) -> Code {
        match self {
            ErrorMeaning::RateLimited => codes::RATE_LIMITED,
            ErrorMeaning::Unauthenticated => codes::CREDENTIAL_REJECTED,
            ErrorMeaning::Forbidden => codes::FORBIDDEN,
            ErrorMeaning::NotFound => codes::NOT_FOUND,
            ErrorMeaning::Conflict => codes::CONFLICT,
            ErrorMeaning::Rejected => codes::REJECTED,
            ErrorMeaning::Unavailable => codes::UNAVAILABLE,
        }
    }

    /// What a status means by itself (RFC 9110 section 15, RFC 6585 section 4); `None`: no failure.
    pub fn of_status(status: u16) -> Option<Self> {
        match status {
            401 | 407 => Some(ErrorMeaning::Unauthenticated),
            403 => Some(ErrorMeaning::Forbidden),
            404 | 410 => Some(ErrorMeaning::NotFound),
            409 | 412 | 423 => Some(ErrorMeaning::Conflict),
            429 => Some(ErrorMeaning::RateLimited),
            408 | 500.. => Some(ErrorMeaning::Unavailable),
            400.. => Some(ErrorMeaning::Rejected),
            0..400 => None,
        }
    }
}

/// Whether an answer is a failure, and what it means.
///
/// The system's own error code decides where the rule knows it. Otherwise the status does, and an
/// answer that fails with a good status means the call was wrong.
pub fn failure(rule: Option<&ErrorRule>, status: u16, body: &Value) -> Option<Failure> {
    let by_status = ErrorMeaning::of_status(status);
    let by_body = rule.and_then(|rule| rule.failed_when.as_ref());
    let by_body = by_body.is_some_and(|when| body.pointer(&when.pointer) == Some(&when.equals));
    if by_status.is_none() && !by_body {
        return None;
    }
    let text = |pointer: Option<&String>| pointer.and_then(|pointer| text(body.pointer(pointer)?));
    let code = text(rule.and_then(|rule| rule.code.as_ref()));
    let message = text(rule.and_then(|rule| rule.message.as_ref()));
    let known = rule.zip(code.as_ref()).and_then(|(rule, code)| rule.codes.get(code)).copied();
    let meaning = known.or(by_status).unwrap_or(ErrorMeaning::Rejected);
    Some(Failure { meaning, code, message })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::FailedWhen;
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(status: u16, body: &Value, expected: Option<(ErrorMeaning, &str)>) {
        let rule = ErrorRule {
            message: Some("/detail".into()),
            code: Some("/error".into()),
            failed_when: Some(FailedWhen { pointer: "/ok".into(), equals: json!(false) }),
            codes: [("not_authed".to_owned(), ErrorMeaning::Unauthenticated)].into_iter().collect(),
        };
        let found = failure(Some(&rule), status, body);
        let found = found.as_ref().map(|f| (f.meaning, f.code.as_deref().unwrap_or_default()));
        assert_eq!(found, expected);
    }

    #[test]
    fn status_and_body_decide() {
        check(200, &json!({"ok": true}), None);
        check(
            200,
            &json!({"ok": false, "error": "not_authed"}),
            Some((ErrorMeaning::Unauthenticated, "not_authed")),
        );
        check(200, &json!({"ok": false, "error": "odd"}), Some((ErrorMeaning::Rejected, "odd")));
        check(400, &json!({"error": "not_authed"}), Some((ErrorMeaning::Unauthenticated, "not_authed")));
        check(404, &json!("gone"), Some((ErrorMeaning::NotFound, "")));
        check(429, &Value::Null, Some((ErrorMeaning::RateLimited, "")));
        check(503, &json!({"error": 7}), Some((ErrorMeaning::Unavailable, "7")));
    }

    #[test]
    fn every_status_from_400_is_a_failure() {
        for status in 100..600 {
            assert_eq!(failure(None, status, &Value::Null).is_some(), status >= 400, "{status}");
        }
    }
}
