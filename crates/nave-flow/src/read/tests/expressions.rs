//! What is said of expressions: how they are written, and which results they may use.

use super::*;

#[test]
fn mistakes_point_into_blocks() {
    check_steps(
        r#"
  - a: erp.a
    with: |
      {
        name: .name,
        amount: .amount +
      }
    if: .amount >
"#,
        r#"
error[E-EXPR-SYNTAX] f.yaml:9:7: expected an expression, found `}`
  }
  ^ write what belongs behind `+`
error[E-EXPR-SYNTAX] f.yaml:10:18: expected an expression, found the end
  if: .amount >
               ^ write what belongs behind `>`
"#,
    );
    check_steps(
        r#"
  - a: erp.a
    with: >
      { name: .name,
        amount: $deal.amount }
    if: '$user == ''x'''
"#,
        r#"
error[E-FLOW-NAME] f.yaml:7:17: there is no step `deal`
  amount: $deal.amount }
          ^^^^^
error[E-EXPR-SYNTAX] f.yaml:8:19: expected an expression, found `'x'`
  if: '$user == ''x'''
                ^^^^^ a text stands in straight double quotes: `"x"`
"#,
    );
    check_steps(
        r#"
  - a: erp.a
    if: "$us\u0065r == \"x\""
"#,
        r#"
error[E-FLOW-NAME] f.yaml:5:10: there is no step `user`
  if: "$us\u0065r == \"x\""
       ^^^^^^^^^^
"#,
    );
    check_steps(
        r#"
  - a: ask lead
    title: Pay ${.amount to ${$user.name}
    message: |
      Dear ${.name},
      ${ }
      $${not} ${$nobody}
"#,
        r#"
error[E-EXPR-SYNTAX] f.yaml:5:16: the `${` has no `}` that closes it
  title: Pay ${.amount to ${$user.name}
             ^^ write `$${` where the two characters themselves are meant
error[E-EXPR-SYNTAX] f.yaml:8:7: nothing stands between `${` and `}`
  ${ }
  ^^^^ write an expression, for example `${.name}`
"#,
    );
    check_steps(
        r#"
  - a: erp.a
    if: ${.amount} > 5
"#,
        r#"
error[E-EXPR-SYNTAX] f.yaml:5:9: expected an expression, found `$`
  if: ${.amount} > 5
      ^ the whole of `if` is an expression: write it without `${` and `}`
"#,
    );
    check_steps(
        r#"
  - a: erp.a
    if: [.a]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:5:9: `if` is an expression, not a list
  if: [.a]
      ^^^^ put it into quotes, or on lines of its own behind `|`
"#,
    );
}

#[test]
fn keys_and_values_mean_themselves() {
    check_steps(
        r#"
  - a: erp.a
    with:
      name: .name
      id: $deal.id
      file: '.name'
      text: ${.name} of ${$deal.id}
      list: [1, -2.5, true, null, "${.x}", '${']
      ${.key}: 1
"#,
        r#"
error[E-EXPR-SYNTAX] f.yaml:10:45: the `${` has no `}` that closes it
  list: [1, -2.5, true, null, "${.x}", '${']
                                        ^^ write `$${` where the two characters themselves are meant
error[E-FLOW-INVALID] f.yaml:11:7: a key cannot be computed here
  ${.key}: 1
  ^^^^^^^ write the object as an expression: `with: |` and `{ (.name): … }`
warning[E-FLOW-INVALID] f.yaml:6:13: `.name` is a text here, not an expression
  name: .name
        ^^^^^ write `${.name}`, or put it into quotes if the text is meant
warning[E-FLOW-INVALID] f.yaml:7:11: `$deal.id` is a text here, not an expression
  id: $deal.id
      ^^^^^^^^ write `${$deal.id}`, or put it into quotes if the text is meant
"#,
    );
    check(
        r#"
flow: f
trigger: manual
x: &all {id: '${$nobody}'}
steps:
  - a: erp.a
    with: {b: *all, c: '${$b}'}
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:1: a flow has no key `x`
  x: &all {id: '${$nobody}'}
  ^ its keys are `flow`, `purpose`, `owner`, `tags`, `trigger`, `batch`, `when`, `key`, `concurrency`, `timeout`, `input`, `steps`, `output`
error[E-FLOW-NAME] f.yaml:3:17: there is no step `nobody`
  x: &all {id: '${$nobody}'}
                  ^^^^^^^
error[E-FLOW-NAME] f.yaml:6:27: there is no step `b`
  with: {b: *all, c: '${$b}'}
                        ^^
"#,
    );
}

#[test]
fn results_are_there_behind_their_steps() {
    check_steps(
        r#"
  - a: erp.a
    with: $b
    if: $a
    undo: {call: erp.x, with: $a | $b}
  - b: erp.b
    with: $a
  - c: erp.c
    with: '{a: $a, b: $b, d: $cc}'
"#,
        r#"
error[E-FLOW-RESULT] f.yaml:5:11: `$b` is used before the step `b` has run
  with: $b
        ^^ the step stands at line 8; move it up
error[E-FLOW-RESULT] f.yaml:6:9: `$a` is the result of this step itself
  if: $a
      ^^ a result is there once its step has run; use one of an earlier step
error[E-FLOW-RESULT] f.yaml:7:36: `$b` is used before the step `b` has run
  undo: {call: erp.x, with: $a | $b}
                                 ^^ the step stands at line 8; move it up
error[E-FLOW-NAME] f.yaml:11:30: there is no step `cc`
  with: '{a: $a, b: $b, d: $cc}'
                           ^^^
"#,
    );
    check_steps(
        r#"
  - a: switch
    cases:
      - when: .x
        steps:
          - b: erp.b
      - when: $b
        steps:
          - c: erp.c
            with: $a | $b
  - d: erp.d
    with: $b | $a
  - e: for
    in: $line
    as: line
    steps:
      - f: erp.f
        with: $line
  - g: erp.g
    with: $line | $f
"#,
        r#"
error[E-FLOW-RESULT] f.yaml:9:15: `$b` is the result of a step on another branch of `a`
  - when: $b
          ^^ name the value in a step before `a`, or on this branch
error[E-FLOW-RESULT] f.yaml:12:19: `$a` is not there before all steps inside `a` have run
  with: $a | $b
        ^^ use the results of the steps before
error[E-FLOW-RESULT] f.yaml:12:24: `$b` is the result of a step on another branch of `a`
  with: $a | $b
             ^^ name the value in a step before `a`, or on this branch
error[E-FLOW-RESULT] f.yaml:14:11: `$b` is the result of a step inside `a`, which may not have run
  with: $b | $a
        ^^ use `$a`, the result of the whole step
error[E-FLOW-RESULT] f.yaml:16:9: `$line` is there only inside the step `e`
  in: $line
      ^^^^^ outside, use `$e`, the result of the whole step
error[E-FLOW-RESULT] f.yaml:22:11: `$line` is there only inside the step `e`
  with: $line | $f
        ^^^^^ outside, use `$e`, the result of the whole step
error[E-FLOW-RESULT] f.yaml:22:19: `$f` is the result of a step inside `e`, which may not have run
  with: $line | $f
                ^^ use `$e`, the result of the whole step
"#,
    );
    check_steps(
        r#"
  - a: try
    steps:
      - b: erp.b
    catch:
      as: fault
      steps:
        - c: erp.c
          with: $fault | $b
  - d: set
    value: $fault
"#,
        r#"
error[E-FLOW-RESULT] f.yaml:11:26: `$b` is the result of a step on another branch of `a`
  with: $fault | $b
                 ^^ name the value in a step before `a`, or on this branch
error[E-FLOW-RESULT] f.yaml:13:12: `$fault` is there only inside the step `a`
  value: $fault
         ^^^^^^ outside, use `$a`, the result of the whole step
"#,
    );
    check(
        r#"
flow: f
each: crm.list
with: $a
when: $a
key: $trigger.id
steps:
  - a: fork
    branches:
      l: [{b: erp.b}]
      r: [{c: erp.c, with: $b}]
output: $a | $b | $d | $env | $item
"#,
        r#"
error[E-FLOW-RESULT] f.yaml:3:7: `$a` is used before any step has run
  with: $a
        ^^ here only `.` is there
error[E-FLOW-RESULT] f.yaml:4:7: `$a` is used before any step has run
  when: $a
        ^^ here only `.` is there
error[E-FLOW-NAME] f.yaml:5:6: there is no step `trigger`
  key: $trigger.id
       ^^^^^^^^ `.` is the trigger's data
error[E-FLOW-RESULT] f.yaml:10:28: `$b` is the result of a step on another branch of `a`
  r: [{c: erp.c, with: $b}]
                       ^^ name the value in a step before `a`, or on this branch
error[E-FLOW-RESULT] f.yaml:11:14: `$b` is the result of a step inside `a`, which may not have run
  output: $a | $b | $d | $env | $item
               ^^ use `$a`, the result of the whole step
error[E-FLOW-NAME] f.yaml:11:19: there is no step `d`
  output: $a | $b | $d | $env | $item
                    ^^ did you mean `a`?
error[E-FLOW-NAME] f.yaml:11:24: there is no step `env`
  output: $a | $b | $d | $env | $item
                         ^^^^ a flow does not see the environment
error[E-FLOW-NAME] f.yaml:11:31: there is no step `item`
  output: $a | $b | $d | $env | $item
                                ^^^^^
"#,
    );
    check_steps(
        r#"
  - a: set
    value: . as $x | reduce .[] as [$y] (0; . + $x + $y) | {$x, $z, "\($w)"} | $__loc__
"#,
        r#"
error[E-FLOW-NAME] f.yaml:5:65: there is no step `z`
  value: . as $x | reduce .[] as [$y] (0; . + $x + $y) | {$x, $z, "\($w)"} | $__loc__
                                                              ^^
error[E-FLOW-NAME] f.yaml:5:72: there is no step `w`
  value: . as $x | reduce .[] as [$y] (0; . + $x + $y) | {$x, $z, "\($w)"} | $__loc__
                                                                     ^^
"#,
    );
}

#[test]
fn broken_steps_are_still_names() {
    check_steps(
        r#"
  - a: erp.
  - b: nonsense
    with: $a
  - c: for
    steps:
      - d: erp.d
        with: $a | $b | $item
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:8: `erp.` is no operation
  - a: erp.
       ^^^^ write `connection.operation`, for example `erp.create_project`
error[E-FLOW-INVALID] f.yaml:5:8: there is no verb `nonsense`
  - b: nonsense
       ^^^^^^^^ a call is written `connection.operation`
error[E-FLOW-INVALID] f.yaml:7:5: `for` needs `in`
  - c: for
    ^^^^^^ write the list, for example `in: .lines`
"#,
    );
}
