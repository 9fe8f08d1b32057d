//! Examples of overlays.

use serde_json::json;

use super::*;

fn overlay(actions: &str) -> Source {
    let text = format!("overlay: 1.1.0\ninfo: {{title: T, version: 1.0.0}}\nactions:\n{actions}");
    source::read("overlay.yaml", text.as_bytes()).unwrap()
}

#[track_caller]
fn check(actions: &str, before: Value, after: &Value) {
    let mut tree = before;
    assert_eq!(apply(&mut tree, &overlay(actions)).unwrap(), []);
    assert_eq!(&tree, after);
}

#[track_caller]
fn refused(actions: &str, before: Value, message: &str) {
    let mut tree = before;
    let fault = apply(&mut tree, &overlay(actions)).unwrap_err();
    let said = format!("{} {}", fault.at.clone().unwrap_or_default(), fault.message);
    assert!(said.contains(message), "{said}");
}

#[test]
fn updates_merge() {
    check(
        "- target: $.info\n  update: {title: New, x-a: {b: 1}}",
        json!({"info": {"title": "Old", "version": "1", "x-a": {"c": 2}}}),
        &json!({"info": {"title": "New", "version": "1", "x-a": {"c": 2, "b": 1}}}),
    );
    check("- target: $.tags\n  update: [c]", json!({"tags": ["a"]}), &json!({"tags": ["a", "c"]}));
    check("- target: $.tags\n  update: {n: 1}", json!({"tags": ["a"]}), &json!({"tags": ["a", {"n": 1}]}));
    check("- target: $.a.b\n  update: text", json!({"a": {"b": 1}}), &json!({"a": {"b": "text"}}));
    check("- target: $\n  update: {tags: [b]}", json!({"tags": ["a"]}), &json!({"tags": ["a", "b"]}));
    check("- target: $.*.x\n  update: null", json!({"a": {"x": 1}}), &json!({"a": {"x": null}}));
}

#[test]
fn values_are_removed() {
    check(
        "- target: $.list[?@ > 1]\n  remove: true",
        json!({"list": [1, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0]}),
        &json!({"list": [1, 1, 0]}),
    );
    check("- target: $.a['x/y']\n  remove: true", json!({"a": {"x/y": 1, "z": 2}}), &json!({"a": {"z": 2}}));
    check("- target: $..d\n  remove: true", json!({"d": {"d": 1}, "e": {"d": 2}}), &json!({"e": {}}));
}

#[test]
fn values_are_copied() {
    check(
        "- target: $.b\n  copy: $.a",
        json!({"a": {"x": 1}, "b": {"y": 2}}),
        &json!({"a": {"x": 1}, "b": {"y": 2, "x": 1}}),
    );
    refused("- target: $.a\n  copy: $.none", json!({"a": {}}), "overlay.yaml:5:3 /actions/0/copy");
    refused("- target: $.a\n  copy: $.*", json!({"a": {}, "b": {}}), "selects 2 values");
}

#[test]
fn actions_apply_in_order_and_those_without_effect_are_reported() {
    let actions =
        "- target: $.old\n  remove: true\n- target: $.gone\n  description: why\n  update: {}\n  x-note: 1\n";
    let mut tree = json!({"old": 1});
    let unmatched = apply(&mut tree, &overlay(actions)).unwrap();
    assert_eq!(tree, json!({}));
    let [problem] = unmatched.as_slice() else { panic!("{unmatched:?}") };
    assert_eq!((problem.code, problem.at.line), (codes::OVERLAY_UNMATCHED, Some(6)));
    assert_eq!(problem.message, "the action on `$.gone` matches nothing (why)");
}

#[test]
fn wrong_overlays_say_where() {
    refused(
        "- target: paths\n  remove: true",
        json!({}),
        "overlay.yaml:4:3 /actions/0/target `paths` is not a JSONPath",
    );
    refused("- traget: $", json!({}), "overlay.yaml:4:3 /actions/0/traget unknown key `traget`");
    refused("- target: $.a\n  update: 1", json!({"a": {}}), "does not fit what stands at `/a`");
    refused(
        "- target: $\n  update: {a: {b: []}}",
        json!({"a": {"b": {}}}),
        "does not fit what stands at `/a/b`",
    );
    let deepening = "- target: $.a\n  copy: $\n".repeat(130);
    refused(&deepening, json!({"a": {}}), "deeper than");
}
