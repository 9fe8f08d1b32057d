//! Edits of a description with everybody in the project who uses what changed.

use nave_connector::compare::compare;

use crate::against::tests::{changed, project};

/// Changes a text of the description, and expects who uses what changed, finding by finding.
#[track_caller]
fn check(from: &str, to: &str, expected: &[(&str, &[&str])]) {
    let project = project();
    let mut comparison = compare(&project.connector("shop").unwrap(), &changed(from, to));
    project.name_users("shop", &mut comparison);
    let told: Vec<(&str, Vec<&str>)> = comparison
        .findings
        .iter()
        .filter(|finding| finding.class > nave_connector::compare::Class::Documentation)
        .map(|finding| (finding.subject.as_str(), finding.used_by.iter().map(String::as_str).collect()))
        .collect();
    let expected: Vec<(&str, Vec<&str>)> =
        expected.iter().map(|(subject, users)| (*subject, users.to_vec())).collect();
    assert_eq!(told, expected);
}

const GIVES: &str = "the flow `refund` in its step `back` (flows/refund.yaml:7)";
const READS: &str = "the flow `refund` in its step `back` (flows/refund.yaml:8)";
const AGENTS: &str = "agents through the connection `shop`";
const RULE: &str = "the policy rule `small/#1` (policies/small.yaml)";

#[test]
fn flows_policies_and_agents_are_named() {
    check("enum: [open, paid]", "enum: [open]", &[("Order.state", &[])]);
    check("enum: [open, paid]", "enum: [open, paid, void]", &[("Order.state", &[READS, AGENTS])]);
    check("amount: {type: number}", "amount: {type: string}", &[("body.amount", &[GIVES, RULE])]);
    check("version: \"1\"", "version: \"2\"", &[]);
}
