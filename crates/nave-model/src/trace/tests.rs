//! What W3C Trace Context, Level 1, says about headers that are right, wrong, and of times to come.

use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

#[track_caller]
fn check(given: &str, expected: Option<&str>) {
    let written = |text: &str| text.replace("TRACE", TRACE).replace("SPAN", SPAN);
    assert_eq!(kept(&written(given), None), expected.map(written), "{given}");
}

#[test]
fn a_traceparent_is_what_the_recommendation_says() {
    check("00-TRACE-SPAN-01", Some("00-TRACE-SPAN-01"));
    check("00-TRACE-SPAN-00", Some("00-TRACE-SPAN-00"));
    // Flags of times to come are not carried on.
    check("00-TRACE-SPAN-ff", Some("00-TRACE-SPAN-01"));
    check("00-TRACE-SPAN-02", Some("00-TRACE-SPAN-00"));
    for wrong in [
        "",
        "00",
        "00-TRACE-SPAN",
        "00-TRACE-SPAN-",
        "00-TRACE-SPAN-1",
        "00-TRACE-SPAN-01-",
        "00-TRACE-SPAN-01-what-comes-later",
        "00-TRACE-SPAN-011",
        "00-TRACE-SPAN-0g",
        "00-TRACE-SPAN-0A",
        " 00-TRACE-SPAN-01",
        "0-TRACE-SPAN-01",
        "ff-TRACE-SPAN-01",
        "FF-TRACE-SPAN-01",
        "0x-TRACE-SPAN-01",
        "00-TRACE0-SPAN-01",
        "00_TRACE-SPAN-01",
        "00-TRACE_SPAN-01",
        "00-TRACE-SPAN_01",
        "00-00000000000000000000000000000000-SPAN-01",
        "00-TRACE-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-SPAN-01",
        "00-TRACE-00F067AA0BA902B7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-SPAN-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473ä-SPAN-01",
        "00-TRACE-00f067aa0ba902bß-01",
    ] {
        check(wrong, None);
    }
}

#[test]
fn a_later_version_is_read_as_far_as_it_is_known() {
    check("cc-TRACE-SPAN-01", Some("00-TRACE-SPAN-01"));
    check("01-TRACE-SPAN-00-what-comes-later", Some("00-TRACE-SPAN-00"));
    check("fe-TRACE-SPAN-09-", Some("00-TRACE-SPAN-01"));
    check("01-TRACE-SPAN-01.what-comes-later", None);
    check("01-TRACE-SPAN-011", None);
    check("01-TRACE-SPAN", None);
}

#[track_caller]
fn check_state(given: &str, expected: Option<&str>) {
    let kept = kept(&format!("00-{TRACE}-{SPAN}-01"), Some(given)).unwrap();
    assert_eq!(state(&kept), expected, "{given}");
    assert_eq!(parent(&kept), format!("00-{TRACE}-{SPAN}-01"), "a tracestate never spoils its traceparent");
    assert_eq!(id(&kept), Some(TRACE));
}

#[test]
fn a_tracestate_is_carried_on_or_left_out() {
    check_state("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"));
    check_state("a=1 ,\t b=2 3 ,,", Some("a=1,b=2 3"));
    check_state("fw529a3039@dt=FfIyMCEK,1t@v=!~", Some("fw529a3039@dt=FfIyMCEK,1t@v=!~"));
    for wrong in [
        "",
        " ",
        "a",
        "a=",
        "=1",
        "A=1",
        "1a=1",
        "a=1=2",
        "a=ä",
        "a=1,a=2",
        "a b=1",
        "a@=1",
        "@a=1",
        "a@b@c=1",
        "a=1\u{7f}",
        "t@1v=1",
    ] {
        check_state(wrong, None);
    }
    let many = |count: usize| (0..count).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join(",");
    check_state(&many(32), Some(&many(32)));
    check_state(&many(33), None);
    check_state(&format!("{}=1", "k".repeat(257)), None);
    check_state(&format!("k={}", "1".repeat(257)), None);
}

#[test]
fn of_a_long_tracestate_the_long_members_go_first_and_then_the_last() {
    let member = |key: &str, length: usize| format!("{key}={}", "1".repeat(length - key.len() - 1));
    let (short, long) = (|key: &str| member(key, 100), |key: &str| member(key, 200));
    let all = [short("a"), long("b"), short("c"), long("d"), short("e")];
    check_state(&all.join(","), Some(&[short("a"), long("b"), short("c"), short("e")].join(",")));
    let all = ["a", "b", "c", "d", "e", "f"].map(short);
    check_state(&all.join(","), Some(&all.get(..5).unwrap().join(",")));
}

#[test]
fn a_trace_goes_on_with_spans_of_its_own() {
    let came = kept(&format!("00-{TRACE}-{SPAN}-00"), Some("a=1")).unwrap();
    assert_eq!(next(&came, 7).unwrap(), format!("00-{TRACE}-0000000000000007-00 a=1"));
    assert_eq!(next(&came, 0).unwrap(), format!("00-{TRACE}-0000000000000001-00 a=1"));
    assert_eq!(next("nothing", 7), None);
    assert_eq!(begin(0, 0), "00-00000000000000000000000000000001-0000000000000001-01");
    assert_eq!(id(&begin(u128::MAX, 1)), Some("ffffffffffffffffffffffffffffffff"));
    assert_eq!((id(""), state(""), parent("")), (None, None, ""));
}
