//! What is said of steps: their names, verbs and options.

use super::*;

#[test]
fn a_step_has_a_name_and_a_verb() {
    check_steps(
        r#"
  - erp.create_project
  - project
  - 5
  - [a]
  - {}
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: a step is keys with values, not a text
  - erp.create_project
    ^^^^^^^^^^^^^^^^^^ give it a name: `- name: erp.create_project`
error[E-FLOW-INVALID] f.yaml:5:5: a step is keys with values, not a text
  - project
    ^^^^^^^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-INVALID] f.yaml:6:5: a step is keys with values, not a number
  - 5
    ^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-INVALID] f.yaml:7:5: a step is keys with values, not a list
  - [a]
    ^^^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-INVALID] f.yaml:8:5: the step has no name
  - {}
    ^^ a step is written `- name: verb`, for example `- project: erp.create_project`
"#,
    );
    check_steps(
        r#"
  - project:
  - total: 5
  - lines: {in: .}
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: the step `project` does not say what it does
  - project:
    ^^^^^^^ write a verb or `connection.operation` behind the name
error[E-FLOW-INVALID] f.yaml:5:12: the step `total` does not say what it does
  - total: 5
           ^ write a verb or `connection.operation` behind the name
error[E-FLOW-INVALID] f.yaml:6:12: the step `lines` does not say what it does
  - lines: {in: .}
           ^^^^^^^ write a verb or `connection.operation` behind the name
"#,
    );
    check_steps(
        r#"
  - message: mail.send
  - if: .a
  - wait: 5m
  - ask: sales-lead
    title: a
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `message` cannot be the name of a step: it is an option
  - message: mail.send
    ^^^^^^^ give it another name: `- the_message: mail.send`
error[E-FLOW-INVALID] f.yaml:5:5: the step has no name
  - if: .a
    ^^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-INVALID] f.yaml:6:5: the step has no name
  - wait: 5m
    ^^^^ write a name before the verb: `- name: wait 5m`
error[E-FLOW-INVALID] f.yaml:7:10: there is no verb `sales-lead`
  - ask: sales-lead
         ^^^^^^^^^^ write a name before the verb: `- name: ask sales-lead`
"#,
    );
    check_steps(
        r#"
  - project: create_project
  - route: swich
  - total: set .amount
  - a: erp.create now
  - b: ask
  - c: erp.
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:14: there is no verb `create_project`
  - project: create_project
             ^^^^^^^^^^^^^^ a call is written `connection.operation`
error[E-FLOW-INVALID] f.yaml:5:12: there is no verb `swich`
  - route: swich
           ^^^^^ did you mean `switch`?
error[E-FLOW-INVALID] f.yaml:6:16: nothing may stand behind `set`
  - total: set .amount
               ^^^^^^^ the value stands in `value`
error[E-FLOW-INVALID] f.yaml:7:19: nothing may stand behind `erp.create`
  - a: erp.create now
                  ^^^ the arguments of a call stand in `with`
error[E-FLOW-INVALID] f.yaml:8:5: `ask` needs something behind it
  - b: ask
    ^^^^^^ write it as `ask sales-lead`
error[E-FLOW-INVALID] f.yaml:9:8: `erp.` is no operation
  - c: erp.
       ^^^^ write `connection.operation`, for example `erp.create_project`
"#,
    );
    check_steps(
        r#"
  - Create-Project: erp.create_project
  - env: set
    value: 1
  - 2nd: erp.b
  - '': erp.c
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `Create-Project` cannot be the name of a step
  - Create-Project: erp.create_project
    ^^^^^^^^^^^^^^ write `create_project`
error[E-FLOW-INVALID] f.yaml:5:5: `env` cannot be the name of a step: the language has it already
  - env: set
    ^^^
error[E-FLOW-INVALID] f.yaml:7:5: `2nd` cannot be the name of a step
  - 2nd: erp.b
    ^^^ a name begins with a small letter and goes on with small letters, digits and `_`
error[E-FLOW-INVALID] f.yaml:8:5: `` cannot be the name of a step
  - '': erp.c
    ^^ a name begins with a small letter and goes on with small letters, digits and `_`
"#,
    );
    check_steps(
        r#"
  - Äpfel zählen: erp.count
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `Äpfel zählen` cannot be the name of a step
  - Äpfel zählen: erp.count
    ^^^^^^^^^^^^ a name begins with a small letter and goes on with small letters, digits and `_`
"#,
    );
}

#[test]
fn names_are_unique() {
    check_steps(
        r#"
  - a: erp.a
  - b: for
    in: .lines
    steps:
      - a: erp.b
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:8:9: the name `a` stands twice
  - a: erp.b
    ^ a name is unique in its flow; it is used at line 4 already
"#,
    );
    check_steps(
        r#"
  - line: erp.a
  - b: for
    in: .lines
    as: line
    steps:
      - c: for
        in: .
        as: item
        steps:
          - d: for
            in: .
            steps:
              - e: erp.e
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:7:9: `line` is the name of a step already
  as: line
      ^^^^ give the variable another name with `as`
error[E-FLOW-INVALID] f.yaml:13:13: `item` is the name of a variable around this one already
  - d: for
    ^^^^^^ give the variable another name with `as`
"#,
    );
}

#[test]
fn options_belong_to_verbs() {
    check_steps(
        r#"
  - a: erp.a
    titel: x
    title: x
    value: 1
    tiemout: 5s
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:5:5: a call has no option `titel`
  titel: x
  ^^^^^ known are `with`, `undo`, `retry`, `priority`, `if`, `timeout`, `note`
error[E-FLOW-INVALID] f.yaml:6:5: a call has no option `title`
  title: x
  ^^^^^ it is an option of `ask`
error[E-FLOW-INVALID] f.yaml:7:5: a call has no option `value`
  value: 1
  ^^^^^ it is an option of `set`
error[E-FLOW-INVALID] f.yaml:8:5: a call has no option `tiemout`
  tiemout: 5s
  ^^^^^^^ did you mean `timeout`?
"#,
    );
    check_steps(
        r#"
  - a: set
    valeu: 1
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `set` needs `value`
  - a: set
    ^^^^^^ write an expression, for example `value: .amount * 100`
error[E-FLOW-INVALID] f.yaml:5:5: `set` has no option `valeu`
  valeu: 1
  ^^^^^ did you mean `value`?
"#,
    );
    check_steps(
        r#"
  - a: set
    value:
    note: 5
    timeout: 30
    if:
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:5:5: `value` has nothing behind it
  value:
  ^^^^^ give it a value, or take it away
error[E-FLOW-INVALID] f.yaml:6:11: `note` is a text, not a number
  note: 5
        ^ put it into quotes: `"5"`
error[E-FLOW-INVALID] f.yaml:7:14: `timeout` is a length of time, not `30`
  timeout: 30
           ^^ did you mean `30s`?
error[E-FLOW-INVALID] f.yaml:8:5: `if` has nothing behind it
  if:
  ^^ give it a value, or take it away
"#,
    );
    check_steps(
        r#"
  - note: {a: b}
    a: emit x.y
    undo: erp.b
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:11: `note` is a text, not keys with values
  - note: {a: b}
          ^^^^^^
error[E-FLOW-INVALID] f.yaml:6:5: `emit` has no option `undo`
  undo: erp.b
  ^^^^ it is an option of a call, `run`
"#,
    );
}

#[test]
fn calls() {
    check_steps(
        r#"
  - a: erp.a
    undo: close
    retry: 3
    priority: high
  - b: ERP.b
    undo: {with: .}
    retry: {attempts: 0, max: 3}
    priority: backfil
  - c: erp.c
    undo: {call: erp.d, with: '.['}
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:5:11: `close` is no operation
  undo: close
        ^^^^^ write `connection.operation`, for example `erp.create_project`
error[E-FLOW-INVALID] f.yaml:6:12: `retry` is keys with values, not a number
  retry: 3
         ^ write `retry: { attempts: 2 }`; all else of retrying belongs to the connection
error[E-FLOW-INVALID] f.yaml:7:15: `priority` cannot be `high`
  priority: high
            ^^^^ write one of `flow`, `backfill`
error[E-FLOW-INVALID] f.yaml:8:8: `ERP` cannot be the name of a connection
  - b: ERP.b
       ^^^^^ write `erp`
error[E-FLOW-INVALID] f.yaml:9:11: `undo` needs `call`
  undo: {with: .}
        ^^^^^^^^^ write `undo: connection.operation`, or `undo: { call: connection.operation, with: … }`
error[E-FLOW-INVALID] f.yaml:10:23: `attempts` is a whole number from 1 to 100, not `0`
  retry: {attempts: 0, max: 3}
                    ^
error[E-FLOW-INVALID] f.yaml:10:26: `retry` has no key `max`
  retry: {attempts: 0, max: 3}
                       ^^^ its only key is `attempts`
error[E-FLOW-INVALID] f.yaml:11:15: `priority` cannot be `backfil`
  priority: backfil
            ^^^^^^^ did you mean `backfill`?
error[E-EXPR-SYNTAX] f.yaml:13:33: this `[` is never closed
  undo: {call: erp.d, with: '.['}
                              ^ put a `]` where it ends
"#,
    );
}

#[test]
fn set() {
    check_steps(
        r#"
  - a: set
  - b: set
    value: ''
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `set` needs `value`
  - a: set
    ^^^^^^ write an expression, for example `value: .amount * 100`
error[E-FLOW-INVALID] f.yaml:6:12: `value` is empty
  value: ''
         ^^ write an expression, or take the key away
"#,
    );
}

#[test]
fn switches() {
    check_steps(
        r#"
  - a: switch
  - b: switch
    cases: []
  - c: switch
    cases:
      - if: .a
        steps: []
      - when: .b
      - when: .c
        steps:
      - else: []
      - 5
    else: 5
  - d: switch
    cases: {when: .a, steps: []}
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `switch` needs `cases`
  - a: switch
    ^^^^^^^^^ write `cases:` and below it `- when: …` with `steps`
error[E-FLOW-INVALID] f.yaml:6:12: `switch` has no case
  cases: []
         ^^ write `cases:` and below it `- when: …` with `steps`
error[E-FLOW-INVALID] f.yaml:9:9: a case has `when`, not `if`
  - if: .a
    ^^ write `when` for `if`
error[E-FLOW-INVALID] f.yaml:11:9: a case needs `steps`
  - when: .b
    ^^^^^^^^ write `steps: []` where nothing is to be done
error[E-FLOW-INVALID] f.yaml:13:9: `steps` has nothing behind it
  steps:
  ^^^^^ give it a value, or take it away
error[E-FLOW-INVALID] f.yaml:14:9: `else` is no case
  - else: []
    ^^^^ put it beside `cases`, not into them
error[E-FLOW-INVALID] f.yaml:15:9: a case is keys with values, not a number
  - 5
    ^ write `cases:` and below it `- when: …` with `steps`
error[E-FLOW-INVALID] f.yaml:16:11: a block of steps is a list, not a number
  else: 5
        ^ begin each step with `- `
error[E-FLOW-INVALID] f.yaml:18:12: `cases` is a list, not keys with values
  cases: {when: .a, steps: []}
         ^^^^^^^^^^^^^^^^^^^^^ write `cases:` and below it `- when: …` with `steps`
"#,
    );
}

#[test]
fn loops() {
    check_steps(
        r#"
  - a: for
  - b: for each line
    in: .
    steps: []
  - c: for
    in: .
    steps: []
    parallel: 0
    batch: many
  - d: for
    in: .
    as: $line
    steps:
      e: erp.e
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `for` needs `in`
  - a: for
    ^^^^^^ write the list, for example `in: .lines`
error[E-FLOW-INVALID] f.yaml:4:5: `for` needs `steps`
  - a: for
    ^^^^^^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-INVALID] f.yaml:5:12: nothing may stand behind `for`
  - b: for each line
           ^^^^^^^^^ the list stands in `in`, and the name of one item in `as`
error[E-FLOW-INVALID] f.yaml:10:12: `for` has no step
  steps: []
         ^^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-INVALID] f.yaml:11:15: `parallel` is a whole number from 1 to 1000, not `0`
  parallel: 0
            ^
error[E-FLOW-INVALID] f.yaml:12:12: `batch` is a whole number from 1 to 10000, not `many`
  batch: many
         ^^^^
error[E-FLOW-INVALID] f.yaml:15:9: `$line` cannot be the name of a variable
  as: $line
      ^^^^^ write `line`
error[E-FLOW-INVALID] f.yaml:17:7: a block of steps is a list, not keys with values
  e: erp.e
  ^^^^^^^^ begin each step with `- `
"#,
    );
}

#[test]
fn forks() {
    check_steps(
        r#"
  - a: fork
  - b: fork
    branches: {}
  - c: fork
    branches: []
  - d: fork
    branches:
      left-one: []
      right:
    compete: yes
  - e: fork
    branches:
      only: [{f: erp.f}]
    compete: true
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `fork` needs `branches`
  - a: fork
    ^^^^^^^ write `branches:` and below it a name with steps for each of them
error[E-FLOW-INVALID] f.yaml:6:15: `fork` has 1 to 100 branches, not 0
  branches: {}
            ^^ write `branches:` and below it a name with steps for each of them
error[E-FLOW-INVALID] f.yaml:8:15: `branches` is keys with values, not a list
  branches: []
            ^^ write `branches:` and below it a name with steps for each of them
error[E-FLOW-INVALID] f.yaml:11:7: `left-one` cannot be the name of a branch
  left-one: []
  ^^^^^^^^ write `left_one`
error[E-FLOW-INVALID] f.yaml:11:17: the branch `left-one` has no step
  left-one: []
            ^^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-INVALID] f.yaml:12:7: `right` has nothing behind it
  right:
  ^^^^^ give it a value, or take it away
error[E-FLOW-INVALID] f.yaml:13:14: `compete` is `true` or `false`, not `yes`
  compete: yes
           ^^^ write `compete: true`
warning[E-FLOW-INVALID] f.yaml:17:5: one branch alone cannot compete
  compete: true
  ^^^^^^^ add another branch, or take `compete` away
"#,
    );
}

#[test]
fn tries() {
    check_steps(
        r#"
  - a: try
    steps: []
  - b: try
    steps:
      - c: erp.c
      - stop: raise out-of-stock
    catch:
      - codes: [E-TIMEOT, out-of-stok, out-of-stock, E-TIMEOUT]
        kinds: timeot
        steps: []
      - codes: []
        steps: []
      - kinds: everything
        on: x
  - d: try
    steps:
      - e: erp.e
    catch: []
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `try` needs `catch`
  - a: try
    ^^^^^^ write a handler, for example `catch: { kinds: unavailable, steps: […] }`
error[E-FLOW-INVALID] f.yaml:5:12: `try` has no step
  steps: []
         ^^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-NAME] f.yaml:11:17: there is no fault code `E-TIMEOT`
  - codes: [E-TIMEOT, out-of-stok, out-of-stock, E-TIMEOUT]
            ^^^^^^^^ did you mean `E-TIMEOUT`?
error[E-FLOW-NAME] f.yaml:11:27: there is no fault code `out-of-stok`
  - codes: [E-TIMEOT, out-of-stok, out-of-stock, E-TIMEOUT]
                      ^^^^^^^^^^^ did you mean `out-of-stock`?
error[E-FLOW-NAME] f.yaml:12:16: there is no kind of fault `timeot`
  kinds: timeot
         ^^^^^^ did you mean `timeout`?
error[E-FLOW-INVALID] f.yaml:14:16: `codes` is an empty list
  - codes: []
           ^^ name something, or take the key away
error[E-FLOW-INVALID] f.yaml:16:9: a handler needs `steps`
  - kinds: everything
    ^^^^^^^^^^^^^^^^^ write `steps: []` where nothing is to be done
error[E-FLOW-NAME] f.yaml:16:16: there is no kind of fault `everything`
  - kinds: everything
           ^^^^^^^^^^ the kinds are `invalid`, `unknown`, `refused`, `unauthenticated`, `conflict`, `limited`, `unavailable`, `unreachable`, `timeout`, `mismatch`, `unsupported`, `internal`
error[E-FLOW-INVALID] f.yaml:17:9: a handler has no key `on`
  on: x
  ^^ its keys are `codes`, `kinds`, `as`, `steps`
error[E-FLOW-INVALID] f.yaml:21:12: `catch` handles nothing
  catch: []
         ^^ write a handler with `steps`
"#,
    );
    check_steps(
        r#"
  - d: try
    steps:
      - e: run other/flow
    catch: {codes: [theirs, E-THEIRS], steps: []}
"#,
        r#"
error[E-FLOW-NAME] f.yaml:7:29: there is no fault code `E-THEIRS`
  catch: {codes: [theirs, E-THEIRS], steps: []}
                          ^^^^^^^^ a code is one of Nave's, listed in `docs/faults/`, or one that this flow raises
"#,
    );
}

#[test]
fn waits() {
    check_steps(
        r#"
  - a: wait
  - b: wait 5min
  - c: wait 5m
    until: .at
  - d: wait 0s
  - e: wait 20000w
  - f: wait
    until: .at
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `wait` does not say how long
  - a: wait
    ^^^^^^^ write `wait 5m`, or `wait` with `until: .due_at`
error[E-FLOW-INVALID] f.yaml:5:13: `wait` is a length of time, not `5min`
  - b: wait 5min
            ^^^^ did you mean `5m`?
error[E-FLOW-INVALID] f.yaml:7:5: `wait` has a length of time and `until`
  until: .at
  ^^^^^ keep one of them
error[E-FLOW-INVALID] f.yaml:8:13: `wait` cannot be `0s`
  - d: wait 0s
            ^^ it is at least `1ms`
error[E-FLOW-INVALID] f.yaml:9:13: `wait` cannot be `20000w`
  - e: wait 20000w
            ^^^^^^ it is at most `522w6d`
"#,
    );
}

#[test]
fn events() {
    check_steps(
        r#"
  - a: listen
  - b: listen Billing.paid
  - c: listen billing.
  - d: emit deal done
  - e: emit
  - f: listen paid
    timeout: soon
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `listen` needs something behind it
  - a: listen
    ^^^^^^^^^ write it as `listen billing.invoice.paid`
error[E-FLOW-INVALID] f.yaml:5:15: `Billing` cannot be the name of a connection
  - b: listen Billing.paid
              ^^^^^^^^^^^^ write `billing`
error[E-FLOW-INVALID] f.yaml:6:15: `billing.` is no event
  - c: listen billing.
              ^^^^^^^^ write `connection.event`, for example `crm.deal.created`
error[E-FLOW-INVALID] f.yaml:7:13: `deal done` cannot be the name of an event
  - d: emit deal done
            ^^^^^^^^^ write `deal-done`
error[E-FLOW-INVALID] f.yaml:8:5: `emit` needs something behind it
  - e: emit
    ^^^^^^^ write it as `emit deal.onboarded`
error[E-FLOW-INVALID] f.yaml:10:14: `timeout` is a length of time, not `soon`
  timeout: soon
           ^^^^ write a number with `ms`, `s`, `m`, `h`, `d` or `w`, for example `90s` or `1h30m`
"#,
    );
}

#[test]
fn raises() {
    check_steps(
        r#"
  - a: raise
    if: .a
  - b: raise Out Of Stock
    if: .a
  - c: raise E-TIMEOUT
    if: .a
  - d: raise x
    code: y
    if: .a
    message: ${.a
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:5: `raise` needs `code`
  - a: raise
    ^^^^^^^^ write a word that handlers can tell it by: `raise out-of-stock`
error[E-FLOW-INVALID] f.yaml:6:14: `Out Of Stock` cannot be the name of a fault code
  - b: raise Out Of Stock
             ^^^^^^^^^^^^ write `out-of-stock`
error[E-FLOW-INVALID] f.yaml:8:14: `E-TIMEOUT` cannot be raised
  - c: raise E-TIMEOUT
             ^^^^^^^^^ codes with `E-` are Nave's own; a flow raises words such as `out-of-stock`
error[E-FLOW-INVALID] f.yaml:11:5: `raise` has two codes
  code: y
  ^^^^ keep the one behind `raise`
error[E-EXPR-SYNTAX] f.yaml:13:14: the `${` has no `}` that closes it
  message: ${.a
           ^^ write `$${` where the two characters themselves are meant
"#,
    );
}

#[test]
fn runs() {
    check_steps(
        r#"
  - a: run Finance/Close month
  - b: run
  - c: run x
    wait: no
  - d: run /x/
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:12: `Finance/Close month` cannot be the name of a flow
  - a: run Finance/Close month
           ^^^^^^^^^^^^^^^^^^^ write `finance/close-month`
error[E-FLOW-INVALID] f.yaml:5:5: `run` needs something behind it
  - b: run
    ^^^^^^ write it as `run finance/close-month`
error[E-FLOW-INVALID] f.yaml:7:11: `wait` is `true` or `false`, not `no`
  wait: no
        ^^ write `wait: false`
error[E-FLOW-INVALID] f.yaml:8:12: `/x/` cannot be the name of a flow
  - d: run /x/
           ^^^ write `x`
"#,
    );
}

#[test]
fn questions() {
    check_steps(
        r#"
  - a: ask Sales Lead
    title: x
  - b: ask sales, sales,
    title: x
  - c: ask sales
    titel: x
    approvals: 0
    expires: 2 days
  - d: ask sales
    title: [a]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:4:12: `Sales Lead` cannot be the name of a role
  - a: ask Sales Lead
           ^^^^^^^^^^ write `sales-lead`
error[E-FLOW-INVALID] f.yaml:6:12: `` cannot be the name of a role
  - b: ask sales, sales,
           ^^^^^^^^^^^^^ a name begins with a small letter and goes on with small letters, digits, `-` and `_`
error[E-FLOW-INVALID] f.yaml:8:5: `ask` needs `title`
  - c: ask sales
    ^^^^^^^^^^^^ write the question in one line, for example `title: Onboard ${.name}?`
error[E-FLOW-INVALID] f.yaml:9:5: `ask` has no option `titel`
  titel: x
  ^^^^^ did you mean `title`?
error[E-FLOW-INVALID] f.yaml:10:16: `approvals` is a whole number from 1 to 20, not `0`
  approvals: 0
             ^
error[E-FLOW-INVALID] f.yaml:11:14: `expires` is a length of time, not `2 days`
  expires: 2 days
           ^^^^^^ did you mean `2d`?
error[E-FLOW-INVALID] f.yaml:13:12: `title` is a text, not a list
  title: [a]
         ^^^
warning[E-FLOW-INVALID] f.yaml:6:12: the role `sales` stands twice
  - b: ask sales, sales,
           ^^^^^^^^^^^^^ name it once
"#,
    );
}
