//! Whole flows that are right: the example of the design, and those of the documentation.

use super::*;
use crate::flow::{Batch, Block, Expression, TriggerKind, UndoWith, Verb, Wait};

const PAGE: &str = include_str!("../../../../../docs/flow-format.md");

/// A flow about which there is nothing to say.
#[track_caller]
fn right(file: &str, text: &str) -> crate::Flow {
    let read = read(file, text.as_bytes());
    assert_eq!(shown(text, &read), "", "\n{text}");
    read.flow.unwrap()
}

/// The examples of the documentation.
fn documented() -> Vec<crate::Flow> {
    let blocks = PAGE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|text| right("f.yaml", text)).collect()
}

fn documented_flow(name: &str) -> crate::Flow {
    documented().into_iter().find(|flow| flow.name == name).unwrap()
}

#[test]
fn the_documented_examples_have_every_trigger_and_every_verb() {
    let flows = documented();
    let mut found = std::collections::BTreeSet::new();
    for flow in &flows {
        found.extend(flow.triggers.iter().map(|trigger| word(&format!("{:?}", trigger.kind))));
        verbs(&flow.steps, &mut found);
    }
    let expected = [
        "Ask", "Call", "Cron", "Each", "Emit", "Event", "Every", "For", "Fork", "Listen", "Manual", "Raise",
        "Run", "Set", "Switch", "Try", "Wait", "Webhook",
    ];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

fn word(debug: &str) -> String {
    debug.chars().take_while(|c| c.is_alphanumeric()).collect()
}

fn verbs(block: &Block, found: &mut std::collections::BTreeSet<String>) {
    for step in &block.steps {
        found.insert(word(&format!("{:?}", step.verb)));
        match &step.verb {
            Verb::Switch { cases, otherwise } => {
                cases.iter().map(|case| &case.block).chain(otherwise).for_each(|block| verbs(block, found));
            }
            Verb::For(each) => verbs(&each.body, found),
            Verb::Fork { branches, .. } => branches.values().for_each(|block| verbs(block, found)),
            Verb::Try { body, .. } => verbs(body, found),
            _ => {}
        }
    }
}

/// What an expression gives for an input, given results.
#[track_caller]
fn gives(
    expression: &Expression,
    results: &serde_json::Value,
    input: &serde_json::Value,
) -> serde_json::Value {
    let values: Vec<_> = expression.variables.iter().map(|name| &results[name]).collect();
    expression.program.one(input, &values, nave_expr::Budget::default()).unwrap()
}

#[test]
fn what_is_written_is_what_is_read() {
    use serde_json::json;
    let batch = documented_flow("crm/sync").triggers[0].batch;
    assert_eq!(batch, Some(Batch { size: 100, within_ms: 30_000 }));
    let each = documented_flow("crm/new-deals");
    let TriggerKind::Each { interval_ms, with: Some(with), .. } = &each.triggers[0].kind else { panic!() };
    assert_eq!(*interval_ms, 600_000);
    assert_eq!(gives(with, &json!({}), &json!({})), json!({"status": "open"}));
    let note = documented_flow("crm/note");
    let Verb::Call(call) = &note.steps.steps[0].verb else { panic!() };
    let input = json!({"id": 7, "name": "Big", "amount": 12.50, "stage": "won"});
    assert_eq!(
        gives(call.with.as_ref().unwrap(), &json!({}), &input),
        json!({"deal": 7, "text": "New deal Big over 12.5", "tags": ["new", "won"]})
    );
    let project = documented_flow("erp/project");
    assert!(matches!(project.steps.steps[0].undo.as_ref().unwrap().with, UndoWith::ByName));
    let UndoWith::Written(undo) = &project.steps.steps[1].undo.as_ref().unwrap().with else { panic!() };
    assert_eq!(undo.variables, ["project", "plan"]);
    let results = json!({"project": {"id": 1}, "plan": {"id": 2}});
    assert_eq!(gives(undo, &results, &json!({})), json!({"project": 1, "plan": 2}));
    let Verb::Wait(Wait::For(milliseconds)) = documented_flow("crm/remind").steps.steps[0].verb else {
        panic!()
    };
    assert_eq!(milliseconds, 300_000);
    let pay_out = documented_flow("finance/pay-out");
    let Verb::Ask(ask) = &pay_out.steps.steps[0].verb else { panic!() };
    assert_eq!(
        (ask.roles.as_slice(), ask.approvals),
        (["finance-lead".to_owned(), "board".to_owned()].as_slice(), 2)
    );
    let title = gives(&ask.title, &json!({}), &json!({"amount": 5, "name": "Ann"}));
    assert_eq!(title, json!("Pay 5 to Ann?"));
}

#[test]
fn the_example_of_the_design_reads() {
    let text = r#"flow: sales/onboard-won-deal
trigger: crm.deal.stage_changed
when: .stage == "closedwon"
steps:
  - approve: ask sales-lead
    if: .amount > 50000
    title: Onboard ${.name} for ${.amount}?
    expires: 48h
  - project: erp.create_project
    with: |
      { customer_no, name }
    undo: erp.close_project
  - contract: billing.create_contract
    with: |
      { project_id: $project.id, amount }
    undo: billing.cancel_contract
  - welcome: mail.send
    with: |
      { to: .contact_email, template: "welcome", manager: $project.manager }
"#;
    let flow = right("flows/sales/onboard-won-deal.yaml", text);
    let names: Vec<&str> = flow.steps.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["approve", "project", "contract", "welcome"]);
}

#[test]
fn a_flow_is_called_as_its_file() {
    let text = "flow: sales/greet\ntrigger: manual\nsteps:\n  - a: erp.a\n";
    right("flows/sales/greet.yaml", text);
    right("elsewhere/greet.yaml", text);
    let errors = read("flows/greet.yaml", text.as_bytes()).errors;
    assert_eq!(
        errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "flows/greet.yaml:1:7: the flow is called `sales/greet`, but its file is `flows/greet.yaml`; write `flow: greet`, or move the file to `flows/sales/greet.yaml`"
        ]
    );
}
