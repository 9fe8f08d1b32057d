//! Faults as HTTP problem details (RFC 9457) and back: the one place where a fault's kind becomes a status,
//! and where the client makes a fault of what a hub answered.

use http::StatusCode;
use nave_model::fault::codes;
use nave_model::{At, Blame, Code, Fault, Kind};
use serde_json::{Value, json};

/// Media type of problem details (RFC 9457 section 3).
pub const MEDIA: &str = "application/problem+json";

/// The status of an answer that carries a fault.
pub fn status(fault: &Fault) -> StatusCode {
    match fault.code.kind {
        Kind::Invalid if fault.code == codes::REJECTED => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unknown => StatusCode::NOT_FOUND,
        Kind::Refused => StatusCode::FORBIDDEN,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Limited => match fault.code.blame {
            Blame::Caller => StatusCode::PAYLOAD_TOO_LARGE,
            Blame::System => StatusCode::TOO_MANY_REQUESTS,
            Blame::Connector | Blame::Hub => StatusCode::SERVICE_UNAVAILABLE,
        },
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Unreachable | Kind::Mismatch => StatusCode::BAD_GATEWAY,
        Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The body of an answer that carries a fault: the members of RFC 9457, and those of the fault. `detail` of
/// the fault, which is for the log, is not in it.
pub fn body(fault: &Fault, status: StatusCode) -> Value {
    let mut body = json!({
        "type": format!("/faults/{}", fault.code.name),
        "title": fault.code.title,
        "status": status.as_u16(),
        "detail": fault.message,
    });
    let Value::Object(members) = &mut body else { return body };
    let Ok(Value::Object(own)) = serde_json::to_value(fault) else { return body };
    for (name, value) in own {
        match name.as_str() {
            "message" => {}
            // The status of the system's answer; this answer's own is above.
            "status" => {
                members.insert("system_status".to_owned(), value);
            }
            _ => {
                members.insert(name, value);
            }
        }
    }
    for (name, value) in [
        ("kind", serde_json::to_value(fault.code.kind)),
        ("blame", serde_json::to_value(fault.code.blame)),
        ("retry", serde_json::to_value(fault.code.retry)),
    ] {
        if let Ok(value) = value {
            members.insert(name.to_owned(), value);
        }
    }
    body
}

/// The fault that problem details carry; `None` where they are not of a hub.
pub fn fault(body: &Value) -> Option<Fault> {
    let code = known(body.get("code")?.as_str()?)?;
    let mut fault = Fault::new(code, body.get("detail")?.as_str()?);
    fault.hint = body.get("hint").and_then(Value::as_str).map(str::to_owned);
    fault.at = body.get("at").and_then(at);
    fault.retry_after_ms = body.get("retry_after_ms").and_then(Value::as_u64);
    fault.status = body.get("system_status").and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
    let problems = body.get("problems").and_then(Value::as_array);
    fault.problems = problems.into_iter().flatten().filter_map(problem).collect();
    Some(fault)
}

fn problem(value: &Value) -> Option<nave_model::Problem> {
    Some(nave_model::Problem {
        code: known(value.get("code")?.as_str()?)?,
        at: value.get("at").and_then(at).unwrap_or_default(),
        message: value.get("message")?.as_str()?.to_owned(),
        hint: value.get("hint").and_then(Value::as_str).map(str::to_owned),
    })
}

fn at(value: &Value) -> Option<At> {
    serde_json::from_value(value.clone()).ok()
}

/// The code of a name.
pub fn known(name: &str) -> Option<Code> {
    codes::ALL.iter().find(|code| code.name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fault: &Fault, expected_status: u16, expected: &Value) {
        let found = status(fault);
        assert_eq!(found.as_u16(), expected_status);
        let body = body(fault, found);
        assert_eq!(&body, expected);
        let mut without_detail = fault.clone();
        without_detail.detail = None;
        assert_eq!(super::fault(&body), Some(without_detail), "it comes back as it went");
    }

    #[test]
    fn a_fault_goes_out_as_problem_details_and_comes_back() {
        let fault = Fault::new(codes::RUN_UNKNOWN, "there is no run `x`")
            .with_hint("`nave runs` lists them")
            .with_at(At::pointer("/run"))
            .with_detail("for the log alone");
        check(
            &fault,
            404,
            &json!({
                "type": "/faults/E-RUN-UNKNOWN",
                "title": "There is no such run, event, question, call or delivery.",
                "status": 404,
                "detail": "there is no run `x`",
                "code": "E-RUN-UNKNOWN",
                "hint": "`nave runs` lists them",
                "at": { "pointer": "/run" },
                "kind": "unknown",
                "blame": "caller",
                "retry": "never",
            }),
        );
    }

    #[test]
    fn the_status_of_a_system_is_not_that_of_the_answer() {
        let fault =
            Fault::new(codes::RATE_LIMITED, "too many calls").with_status(429).with_retry_after_ms(1500);
        let found = body(&fault, status(&fault));
        assert_eq!((&found["status"], &found["system_status"]), (&json!(429), &json!(429)));
        assert_eq!(super::fault(&found), Some(fault));
    }

    #[test]
    fn every_code_has_a_status_of_a_failure() {
        for code in codes::ALL {
            let status = status(&Fault::new(*code, "x"));
            assert!(status.is_client_error() || status.is_server_error(), "{code}: {status}");
        }
    }
}
