//! What is said of steps that never run, and of flows that are too large.

use super::*;

#[test]
fn steps_behind_a_fault_never_run() {
    check_steps(
        r#"
  - a: raise x
  - b: erp.b
  - c: erp.c
"#,
        r#"
warning[E-FLOW-UNREACHABLE] f.yaml:5:5: the step `b` can never run: `a` before it always ends in a fault
  - b: erp.b
    ^^^^^^^^ take it away, or give what stops it an `if`
"#,
    );
    check_steps(
        r#"
  - a: raise x
    if: .a
  - b: switch
    cases:
      - when: .a
        steps: [{c: raise x}]
    else: [{d: raise y}]
  - e: erp.e
"#,
        r#"
warning[E-FLOW-UNREACHABLE] f.yaml:11:5: the step `e` can never run: `b` before it always ends in a fault
  - e: erp.e
    ^^^^^^^^ take it away, or give what stops it an `if`
"#,
    );
    check_steps(
        r#"
  - b: switch
    cases:
      - when: .a
        steps: [{c: raise x}]
  - e: erp.e
"#,
        r#"
"#,
    );
    check_steps(
        r#"
  - b: fork
    branches:
      l: [{c: raise x}]
      r: [{d: erp.d}]
  - e: erp.e
"#,
        r#"
warning[E-FLOW-UNREACHABLE] f.yaml:8:5: the step `e` can never run: `b` before it always ends in a fault
  - e: erp.e
    ^^^^^^^^ take it away, or give what stops it an `if`
"#,
    );
    check_steps(
        r#"
  - b: fork
    compete: true
    branches:
      l: [{c: raise x}]
      r: [{d: erp.d}]
  - e: erp.e
"#,
        r#"
"#,
    );
    check_steps(
        r#"
  - b: try
    steps: [{c: raise x}]
    catch: [{codes: x, steps: [{d: raise y}]}]
  - e: for
    in: .
    steps: [{f: raise z}]
  - g: erp.g
"#,
        r#"
warning[E-FLOW-UNREACHABLE] f.yaml:7:5: the step `e` can never run: `b` before it always ends in a fault
  - e: for
    ^^^^^^ take it away, or give what stops it an `if`
"#,
    );
    check_steps(
        r#"
  - b: try
    steps: [{c: raise x}]
    catch: {steps: []}
  - e: for
    in: .
    steps: [{f: raise z}]
  - g: erp.g
"#,
        r#"
"#,
    );
}

#[test]
fn constant_conditions() {
    check_steps(
        r#"
  - a: erp.a
    if: false
  - b: switch
    cases:
      - when: null
        steps: []
      - when: true
        steps: []
      - when: .a
        steps: []
    else: [{c: erp.c}]
"#,
        r#"
warning[E-FLOW-UNREACHABLE] f.yaml:5:9: the step `a` can never run: its `if` is never true
  if: false
      ^^^^^ take the step away, or correct its `if`
warning[E-FLOW-UNREACHABLE] f.yaml:8:15: this case is never taken: its `when` is never true
  - when: null
          ^^^^ take it away, or correct its `when`
warning[E-FLOW-UNREACHABLE] f.yaml:12:15: this case is never taken: one before it always is
  - when: .a
          ^^ put it before that case, or take it away
warning[E-FLOW-UNREACHABLE] f.yaml:14:13: `else` is never taken: a case before it always is
  else: [{c: erp.c}]
          ^^^^^^^^ take it away, or correct the `when` before it
"#,
    );
}

#[test]
fn handlers_behind_one_for_all() {
    check_steps(
        r#"
  - a: try
    steps: [{b: erp.b}]
    catch:
      - steps: [{c: erp.c}]
      - kinds: timeout
        steps: [{d: erp.d}]
"#,
        r#"
warning[E-FLOW-UNREACHABLE] f.yaml:8:9: this handler is never taken: one before it takes every fault
  - kinds: timeout
    ^^^^^^^^^^^^^^ put it before that handler
"#,
    );
}
