//! Documents that nobody means well with, and flows that are too large.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::schema::full;
use super::*;
use crate::read::{MOST_BLOCKS, MOST_STEPS};

fn flow(steps: &Value) -> Read {
    read("f.json", json!({"flow": "f", "trigger": "manual", "steps": steps}).to_string().as_bytes())
}

fn nested(levels: usize) -> Value {
    let mut step = json!({"inner": "erp.a"});
    for level in 1..levels {
        step = json!({format!("s{level}"): "for", "as": format!("v{level}"), "in": ".", "steps": [step]});
    }
    json!([step])
}

#[test]
fn blocks_are_nested_only_so_deep() {
    assert!(flow(&nested(MOST_BLOCKS)).errors.is_empty());
    let errors = flow(&nested(MOST_BLOCKS + 1)).errors;
    assert_eq!(
        errors.iter().map(|problem| format!("{} {}", problem.code, problem.message)).collect::<Vec<_>>(),
        ["E-DOC-LIMIT the blocks are nested deeper than 20 levels"]
    );
}

#[test]
fn a_flow_has_only_so_many_steps() {
    let steps =
        |count: usize| (0..count).map(|index| json!({format!("s{index}"): "erp.a"})).collect::<Value>();
    let read = flow(&steps(MOST_STEPS));
    assert!(read.errors.is_empty());
    assert_eq!(read.flow.unwrap().steps.steps.len(), MOST_STEPS);
    let errors = flow(&steps(MOST_STEPS + 1)).errors;
    assert_eq!(
        errors.iter().map(|problem| format!("{} {}", problem.code, problem.message)).collect::<Vec<_>>(),
        ["E-DOC-LIMIT the flow has 5001 steps; at most 5000 are read"]
    );
}

#[test]
fn problems_are_told_up_to_a_number() {
    let mut text = "flow: f\ntrigger: manual\nsteps:\n".to_owned();
    for index in 0..2_000 {
        writeln!(text, "  - s{index}: nonsense").unwrap();
    }
    let errors = read("f.yaml", text.as_bytes()).errors;
    assert_eq!(errors.len(), 1_001);
    assert_eq!(errors[1_000].message, "1000 more problems are not shown");
}

#[test]
fn a_long_list_is_no_deep_one() {
    let items: Vec<u32> = (0..50_000).collect();
    let read = flow(&json!([{"a": "set", "value": items}]));
    assert!(read.errors.is_empty(), "{:?}", read.errors);
}

/// Expressions inside of values that are nested themselves.
#[test]
fn deep_values_are_read_or_refused() {
    for (outer, inner, fits) in
        [(1, 60, true), (60, 1, true), (70, 70, false), (60, 1_000, false), (1_000, 1, false)]
    {
        let expression = format!("{}1{}", "[".repeat(inner), "]".repeat(inner));
        let value = format!("{}\"${{{expression}}}\"{}", "[".repeat(outer), "]".repeat(outer));
        let text = format!("flow: f\ntrigger: manual\nsteps:\n  - a: set\n    value: {value}\n");
        assert_eq!(read("f.yaml", text.as_bytes()).errors.is_empty(), fits, "{outer} {inner}");
        let text =
            format!("flow: f\ntrigger: manual\nsteps:\n  - a: ask b\n    title: x ${{{expression}}}\n");
        read("f.yaml", text.as_bytes());
    }
}

fn yaml(value: &Value) -> String {
    value.to_string().replace("\",\"", "\",\n \"").replace("},{", "},\n  {")
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        read("flows/f.yaml", text.as_bytes());
        read("flows/f.json", text.as_bytes());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        read("f.yaml", &bytes);
    }

    /// The flow with every key, with a stretch of it cut out, doubled, or replaced.
    #[test]
    fn broken_flows_are_read_or_refused(start in 0_usize..4_000, length in 0_usize..40, put in "[\\[\\]{}:,\"'a-z.$ \n&*|>-]{0,6}") {
        let whole = yaml(&full());
        let start = start % whole.len();
        let end = (start + length).min(whole.len());
        let before = whole.get(..start).unwrap();
        let broken = format!("{before}{put}{}", whole.get(end..).unwrap());
        for problem in read("f.yaml", broken.as_bytes()).errors {
            prop_assert!(!problem.message.is_empty() && problem.message.len() < 400, "{}", problem.message);
            let lines = u32::try_from(broken.lines().count()).unwrap();
            prop_assert!(problem.at.line.is_none_or(|line| line >= 1 && line <= lines + 1), "{}", problem);
        }
    }

    /// Steps of single lines in any order and indentation.
    #[test]
    fn lines_of_flows_are_read_or_refused(lines in prop::collection::vec((0_usize..4, prop::sample::select(LINES)), 0..20)) {
        let mut text = "flow: f\ntrigger: manual\nsteps:\n".to_owned();
        for (indent, line) in lines {
            writeln!(text, "{}{line}", "  ".repeat(indent)).unwrap();
        }
        read("f.yaml", text.as_bytes());
    }
}

const LINES: &[&str] = &[
    "- a: erp.a",
    "- b: set",
    "- c: for",
    "- d: switch",
    "- e: try",
    "- f: fork",
    "- g: ask x",
    "- h: wait 5m",
    "value: $a",
    "in: .x",
    "as: item",
    "steps:",
    "cases:",
    "else:",
    "catch:",
    "branches:",
    "with: |",
    "{ x: $b",
    "if: .a",
    "title: ${.x}",
    "undo: erp.b",
    "- when: $item",
    "output: $a",
    "<<: *x",
    "&x",
    "",
];
