//! Connections that cannot be made ready.

use super::*;

/// The fault of a connection document: its code, its place, and a part of its message or hint.
#[track_caller]
fn check(document: &Value, code: Code, pointer: &str, words: &str) {
    let all = json!({"crm": document, "other": {"connector": "crm"}});
    let fault = Rig::try_new(manifest(), &all, |_, _| answer(200, &json!({}))).map(|_| ()).unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    let at = fault.at.clone().unwrap();
    assert_eq!((at.file.as_deref(), at.pointer.as_deref()), (Some("connections/crm.yaml"), Some(pointer)));
    let told = format!("{fault} {}", fault.hint.as_deref().unwrap_or_default());
    assert!(told.contains(words), "{told}");
}

#[test]
fn mistakes_are_found_before_any_call() {
    let invalid = codes::CONNECTION_INVALID;
    check(&json!({"connector": "crn"}), codes::CONNECTOR_UNKNOWN, "/connector", "did you mean `crm`?");
    check(&json!({"connector": "crm", "address": "crm.example"}), invalid, "/address", "`crm.example`");
    check(&json!({"connector": "crm", "address": "ftp://a.example"}), invalid, "/address", "neither http");
    check(&json!({"connector": "crm", "proxy": "::"}), invalid, "/proxy", "`::`");
    check(&json!({"connector": "crm", "limits": {"per_second": 0}}), invalid, "/limits/per_second", "0");
    check(&json!({"connector": "crm", "fallback": "othre"}), invalid, "/fallback", "did you mean `other`?");
    check(&json!({"connector": "crm", "fallback": "crm"}), invalid, "/fallback", "itself");
    let scheme = |name: &str| json!({"connector": "crm", "credential": {"scheme": name}});
    check(&scheme("tokne"), invalid, "/credential/scheme", "did you mean `token`?");
    check(&json!({"connector": "crm", "variables": {"x": "1"}}), invalid, "/variables/x", "`x`");
}
