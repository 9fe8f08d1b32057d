//! Examples of faults.

use super::*;

#[test]
fn codes_are_unique_and_well_formed() {
    let mut names: Vec<&str> = codes::ALL.iter().map(|code| code.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    for code in codes::ALL {
        assert!(code.name.starts_with("E-"), "{code}");
        assert!(code.title.ends_with('.'), "{code}");
    }
}

#[test]
fn several_problems_become_one_fault_led_by_the_first() {
    let unknown = Problem::new(codes::ARGUMENT_UNKNOWN, At::pointer("/amuont"), "unknown field `amuont`")
        .hint("did you mean `amount`?");
    let missing = Problem::new(codes::ARGUMENT_REQUIRED, At::pointer(""), "`charge` is required");
    let fault = Fault::from_problems("the arguments", vec![unknown.clone(), missing]);
    assert_eq!(fault.code, codes::ARGUMENT_UNKNOWN);
    assert_eq!(fault.message, "unknown field `amuont` (and 1 more problem)");
    assert_eq!(fault.hint.as_deref(), Some("did you mean `amount`?"));
    assert_eq!(unknown.to_string(), "/amuont: unknown field `amuont`; did you mean `amount`?");
}

#[test]
fn detail_is_never_serialised() {
    let fault = Fault::new(codes::INTERNAL, "something broke").with_detail("the secret cause");
    let text = serde_json::to_string(&fault).unwrap();
    assert_eq!(text, r#"{"code":"E-INTERNAL","message":"something broke"}"#);
}
