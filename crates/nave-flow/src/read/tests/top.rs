//! What is said of the flow itself and of its triggers.

use super::*;

#[test]
fn a_flow_needs_a_name_a_trigger_and_steps() {
    check(
        r#"
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:1:1: the document is empty

  ^ a flow begins with `flow: name`
"#,
    );
    check(
        r#"
- a: b
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:1:1: a flow is keys with values, not a list
  - a: b
  ^^^^^^ a flow begins with `flow: name`
"#,
    );
    check(
        r#"
purpose: x
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:1:1: a flow needs `flow`
  purpose: x
  ^^^^^^^ write its name, for example `flow: sales/onboard-won-deal`
error[E-FLOW-INVALID] f.yaml:1:1: nothing starts the flow
  purpose: x
  ^^^^^^^ write `trigger: manual`, or an event such as `trigger: crm.deal.created`
error[E-FLOW-INVALID] f.yaml:1:1: a flow needs `steps`
  purpose: x
  ^^^^^^^ a step is written `- name: verb`, for example `- project: erp.create_project`
"#,
    );
    check(
        r#"
flow: Sales/Onboard Deal
nmae: x
triger: manual
step: []
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:1:1: nothing starts the flow
  flow: Sales/Onboard Deal
  ^^^^ write `trigger: manual`, or an event such as `trigger: crm.deal.created`
error[E-FLOW-INVALID] f.yaml:1:1: a flow needs `steps`
  flow: Sales/Onboard Deal
  ^^^^ a step is written `- name: verb`, for example `- project: erp.create_project`
error[E-FLOW-INVALID] f.yaml:1:7: `Sales/Onboard Deal` cannot be the name of a flow
  flow: Sales/Onboard Deal
        ^^^^^^^^^^^^^^^^^^ write `sales/onboard-deal`
error[E-FLOW-INVALID] f.yaml:2:1: a flow has no key `nmae`
  nmae: x
  ^^^^ its keys are `flow`, `purpose`, `owner`, `tags`, `trigger`, `batch`, `when`, `key`, `concurrency`, `timeout`, `input`, `steps`, `output`
error[E-FLOW-INVALID] f.yaml:3:1: a flow has no key `triger`
  triger: manual
  ^^^^^^ did you mean `trigger`?
error[E-FLOW-INVALID] f.yaml:4:1: a flow has no key `step`
  step: []
  ^^^^ did you mean `steps`?
"#,
    );
    check(
        r#"
flow: f
trigger: manual
steps: []
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:8: a flow has no step
  steps: []
         ^^ a step is written `- name: verb`, for example `- project: erp.create_project`
"#,
    );
    check(
        r#"
flow: f
trigger: manual
steps: {a: erp.a}
tags: [5, x]
owner: [a]
concurrency: 0
timeout: 1y
input: text
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:8: a block of steps is a list, not keys with values
  steps: {a: erp.a}
         ^^^^^^^^^^ begin each step with `- `
error[E-FLOW-INVALID] f.yaml:4:8: `tags` is a text, not a number
  tags: [5, x]
         ^ put it into quotes: `"5"`
error[E-FLOW-INVALID] f.yaml:5:8: `owner` is a text, not a list
  owner: [a]
         ^^^
error[E-FLOW-INVALID] f.yaml:6:14: `concurrency` is a whole number from 1 to 10000, not `0`
  concurrency: 0
               ^
error[E-FLOW-INVALID] f.yaml:7:10: `timeout` is a length of time, not `1y`
  timeout: 1y
           ^^ write a number with `ms`, `s`, `m`, `h`, `d` or `w`, for example `90s` or `1h30m`
error[E-FLOW-INVALID] f.yaml:8:8: `input` is a JSON Schema, not a text
  input: text
         ^^^^ write it as keys with values: `{ type: object, … }`
"#,
    );
    check(
        r#"
flow: f
trigger: manual
steps:
  - a: erp.a
flow: g
"#,
        r#"
error[E-DOC-DUPLICATE] f.yaml:5:1: the key `flow` stands twice
  flow: g
  ^^^^ keep one of them; which one counts would be a guess
"#,
    );
    check(
        r#"
flow: f
trigger: manual
steps:
  - a: erp.a
   b: c
"#,
        r#"
error[E-DOC-SYNTAX] f.yaml:5:4: the document is not well-formed YAML: while parsing a block collection, did not find expected '-' indicator
  b: c
  ^
"#,
    );
}

#[test]
fn events_start_flows() {
    check(
        r#"
flow: f
trigger: crm
steps: [{a: erp.a}]
"#,
        r#"
"#,
    );
    check(
        r#"
flow: f
trigger: CRM.deal created
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:10: `CRM.deal created` is no event
  trigger: CRM.deal created
           ^^^^^^^^^^^^^^^^ write an event such as `crm.deal.created`, `manual`, or one of the keys `event`, `every`, `cron`, `webhook`, `each`, `manual`
"#,
    );
    check(
        r#"
flow: f
trigger: manuel
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:10: `manuel` is no event
  trigger: manuel
           ^^^^^^ did you mean `manual`?
"#,
    );
    check(
        r#"
flow: f
trigger: every 1h
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:10: `every 1h` is no event
  trigger: every 1h
           ^^^^^^^^ write `trigger: { every: 1h }`, or `every: 1h` alone
"#,
    );
    check(
        r#"
flow: f
trigger: cron
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:10: `cron` is no event
  trigger: cron
           ^^^^ write `cron: …`
"#,
    );
    check(
        r#"
flow: f
trigger: 5
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:10: a trigger is not a number
  trigger: 5
           ^ write an event such as `crm.deal.created`, `manual`, or one of the keys `event`, `every`, `cron`, `webhook`, `each`, `manual`
"#,
    );
    check(
        r#"
flow: f
trigger: []
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:10: nothing starts the flow
  trigger: []
           ^^ write `trigger: manual` at least
"#,
    );
    check(
        r#"
flow: f
trigger:
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:1: `trigger` has nothing behind it
  trigger:
  ^^^^^^^ give it a value, or take it away
"#,
    );
}

#[test]
fn a_trigger_is_one_thing() {
    check(
        r#"
flow: f
trigger: {every: 1h, cron: '* * * * *'}
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:22: a trigger is one thing: it has `every` and `cron`
  trigger: {every: 1h, cron: '* * * * *'}
                       ^^^^ make a list of two triggers
"#,
    );
    check(
        r#"
flow: f
trigger: {evry: 1h}
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:11: the trigger does not say what starts a run
  trigger: {evry: 1h}
            ^^^^ did you mean `every`?
"#,
    );
    check(
        r#"
flow: f
trigger: {zone: UTC}
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:11: the trigger does not say what starts a run
  trigger: {zone: UTC}
            ^^^^ write an event such as `crm.deal.created`, `manual`, or one of the keys `event`, `every`, `cron`, `webhook`, `each`, `manual`
"#,
    );
    check(
        r#"
flow: f
trigger: {every: 1h, zone: UTC, batch: 5}
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:22: a trigger with `every` has no key `zone`
  trigger: {every: 1h, zone: UTC, batch: 5}
                       ^^^^ its only key is `every`
error[E-FLOW-INVALID] f.yaml:2:33: a trigger with `every` has no key `batch`
  trigger: {every: 1h, zone: UTC, batch: 5}
                                  ^^^^^ its only key is `every`
"#,
    );
    check(
        r#"
flow: f
trigger: manual
every: 1h
schema: {}
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:1: `every` stands beside `trigger`
  every: 1h
  ^^^^^ a flow with several triggers has a list behind `trigger`
error[E-FLOW-INVALID] f.yaml:4:1: `schema` stands beside `trigger`
  schema: {}
  ^^^^^^ put it into the trigger that it is for
"#,
    );
    check(
        r#"
flow: f
every: 1h
cron: 0 7 * * *
zone: UTC
batch: 5
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:1: `cron` stands beside `every`
  cron: 0 7 * * *
  ^^^^ a flow with several triggers has a list behind `trigger`
error[E-FLOW-INVALID] f.yaml:4:1: `zone` stands beside `every`
  zone: UTC
  ^^^^ put it into the trigger that it is for
error[E-FLOW-INVALID] f.yaml:5:1: this trigger has no items to group
  batch: 5
  ^^^^^ take `batch` away
"#,
    );
    check(
        r#"
flow: f
trigger: [manual, {every: 1h}]
batch: 5
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:8: `batch` stands beside several triggers
  batch: 5
         ^ put it into the trigger that it is for
"#,
    );
    check(
        r#"
flow: f
trigger: {event: a.b, batch: 5}
batch: {within: 1s, most: 3}
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:8: `batch` needs `size`
  batch: {within: 1s, most: 3}
         ^^^^^^^^^^^^^^^^^^^^^ write `batch: 100`, or `batch: { size: 100, within: 10s }`
error[E-FLOW-INVALID] f.yaml:3:21: `batch` has no key `most`
  batch: {within: 1s, most: 3}
                      ^^^^ its keys are `size`, `within`
"#,
    );
    check(
        r#"
flow: f
trigger: {event: a.b, batch: 5}
batch: 6
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:8: `batch` stands twice
  batch: 6
         ^ keep the one in the trigger
"#,
    );
    check(
        r#"
flow: f
manual: false
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:1: `manual` is `true`, or not there
  manual: false
  ^^^^^^ take it away
"#,
    );
}

#[test]
fn times_and_addresses_are_checked() {
    check(
        r#"
flow: f
every: 1
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:8: `every` is a length of time, not `1`
  every: 1
         ^ did you mean `1s`?
"#,
    );
    check(
        r#"
flow: f
every: 10ms
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:8: `every` cannot be `10ms`
  every: 10ms
         ^^^^ it is at least `1s`
"#,
    );
    check(
        r#"
flow: f
cron: 0 25 * * *
zone: Europe/Berln
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:7: there is no time zone `Europe/Berln`
  zone: Europe/Berln
        ^^^^^^^^^^^^ did you mean `Europe/Berlin`, `Europe/Dublin` or `Europe/Jersey`?
"#,
    );
    check(
        r#"
flow: f
cron: 0 25 * * *
zone: Mars
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:3:7: there is no time zone `Mars`
  zone: Mars
        ^^^^ zones are named as in the IANA database: `Europe/Berlin`, `America/New_York`, `UTC`
"#,
    );
    check(
        r#"
flow: f
cron: 0 25 * * *
zone: Europe/Berlin
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:7: `25` is no hour
  cron: 0 25 * * *
        ^^^^^^^^^^ it goes from 0 to 23
"#,
    );
    check(
        r#"
flow: f
webhook: /orders
schema: 5
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:10: `/orders` cannot be the path of a webhook
  webhook: /orders
           ^^^^^^^ write `webhook: orders`
error[E-FLOW-INVALID] f.yaml:3:9: `schema` is a JSON Schema, not a number
  schema: 5
          ^ write it as keys with values: `{ type: object, … }`
"#,
    );
    check(
        r#"
flow: f
webhook: orders/../x y
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:10: `orders/../x y` cannot be the path of a webhook
  webhook: orders/../x y
           ^^^^^^^^^^^^^ a path has letters, digits, `-`, `.`, `_` and `~`, with `/` between its parts
"#,
    );
    check(
        r#"
flow: f
each: crm.list_deals cahnged
id: [a]
every: 0s
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:7: `each` cannot be `crm.list_deals cahnged`
  each: crm.list_deals cahnged
        ^^^^^^^^^^^^^^^^^^^^^^ write `each: connection.operation changed`
error[E-FLOW-INVALID] f.yaml:3:5: `id` is an expression, not a list
  id: [a]
      ^^^ put it into quotes, or on lines of its own behind `|`
error[E-FLOW-INVALID] f.yaml:4:8: `every` cannot be `0s`
  every: 0s
         ^^ it is at least `1s`
"#,
    );
    check(
        r#"
flow: f
each: deals
steps: [{a: erp.a}]
"#,
        r#"
error[E-FLOW-INVALID] f.yaml:2:7: `deals` is no operation
  each: deals
        ^^^^^ write `connection.operation`, for example `erp.create_project`
"#,
    );
}
