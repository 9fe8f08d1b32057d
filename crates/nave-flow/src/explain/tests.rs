//! Flows told in words and drawn.

use super::*;

fn flow(text: &str) -> Flow {
    let read = crate::read("flows/a.yaml", text.as_bytes());
    assert_eq!(read.errors, []);
    read.flow.unwrap()
}

const FLOW: &str = r#"flow: a
purpose: Onboard who won.
owner: sales
trigger: crm.deal.won
when: .amount > 0
timeout: 90m
steps:
  - approve: ask lead
    if: .amount > 50000
    title: Onboard ${.name}?
    expires: 48h
  - project: erp.open
    with: |
      { name,
        no: .id }
    undo: erp.close
  - route: switch
    cases:
      - when: .kind == "big"
        steps:
          - told: emit deals.big
    else:
      - stop: raise
        code: too-small
  - lines: for
    in: .lines
    as: line
    parallel: 4
    steps:
      - kept: set
        value: $line.id
output: $project.id
"#;

#[test]
fn a_flow_is_told_in_plain_words() {
    assert_eq!(
        words(&flow(FLOW)),
        "# a\n\nOnboard who won.\nsales looks after it.\n\n\
         It starts when crm sends `deal.won`, and only where `.amount > 0`.\nA run may take 1 hour 30 minutes.\n\n\
         1. **approve**: asks lead, who has 2 days: `Onboard ${.name}?`, only where `.amount > 50000`.\n\
         2. **project**: calls `erp.open` with `{ name, no: .id }`.\n   It is taken back by `erp.close`.\n\
         3. **route**: takes the first case that holds.\n   - where `.kind == \"big\"`:\n      1. **told**: sends the event `deals.big`.\n   - otherwise:\n      1. **stop**: fails with `too-small`.\n\
         4. **lines**: for every item of `.lines`, called `$line`, up to 4 at the same time.\n   1. **kept**: is `$line.id`.\n\n\
         If the run fails, what was done is taken back, the last first: `project` by `erp.close`.\n\n\
         It gives `$project.id`.\n"
    );
}

#[test]
fn a_flow_is_drawn() {
    assert_eq!(
        diagram(&flow(FLOW)),
        "flowchart TD\n  n1([\"when crm sends `deal.won`\"])\n  n2{\".amount #gt; 50000\"}\n  n1 -->|\".amount #gt; 0\"| n2\n  n3[\"approve: ask lead\"]\n  n2 -->|\"yes\"| n3\n  n4[\"project: erp.open\"]\n  n3 --> n4\n  n2 -->|\"no\"| n4\n  n5{\"route: switch\"}\n  n4 --> n5\n  n6[\"told: emit deals.big\"]\n  n5 -->|\".kind == #quot;big#quot;\"| n6\n  n7[/\"stop: raise too-small\"/]\n  n5 -->|\"otherwise\"| n7\n  n8[[\"lines: for .lines\"]]\n  n6 --> n8\n  n9[\"kept: set\"]\n  n8 -->|\"each\"| n9\n  n9 --> n8\n  n10([\"end\"])\n  n8 -->|\"all done\"| n10\n"
    );
}

#[test]
fn spans_are_said_as_people_do() {
    for (milliseconds, expected) in [
        (0, "no time"),
        (1, "1 millisecond"),
        (172_800_000, "2 days"),
        (5_400_500, "1 hour 30 minutes 500 milliseconds"),
    ] {
        assert_eq!(span(milliseconds), expected);
    }
}
