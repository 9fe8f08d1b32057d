//! Whole flows that are right.

use super::*;

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
    let read = read("flows/sales/onboard-won-deal.yaml", text.as_bytes());
    assert_eq!(shown(text, &read), "");
    let flow = read.flow.unwrap();
    let names: Vec<&str> = flow.steps.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["approve", "project", "contract", "welcome"]);
}
