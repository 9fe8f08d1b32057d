//! The flows of the documentation, read as they are written and taken through the generic check: crashed,
//! repeated, failed, lost and cancelled at every step.

use nave_flow::exercise::{exercise, passage, well};
use nave_flow::flow::UndoWith;
use nave_flow::{Flow, read};
use serde_json::json;

const PAGE: &str = include_str!("../../../../docs/flow-format.md");

fn documented() -> Vec<Flow> {
    let blocks = PAGE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut flows = Vec::new();
    for text in blocks {
        let read = read("f.yaml", text.as_bytes());
        assert_eq!(read.errors, [], "{text}");
        flows.extend(read.flow);
    }
    flows
}

/// Data that has what the flows of the page read.
fn data() -> serde_json::Value {
    json!({
        "id": 1, "name": "Big", "amount": 60_000, "stage": "closedwon", "customer_no": "C1", "month": "2024-01",
        "contact_email": "a@b.example", "status": "open", "kind": "sale", "count": 2, "article": "bolts",
        "lines": [{"price": 2, "count": 3}, {"price": 1, "count": 1}], "people": [{"email": "a@b.example"}],
        "due_at": "1970-01-02T00:00:00Z", "last": "2023-12", "by": "Ann", "iban": "DE00",
    })
}

#[test]
fn every_documented_flow_passes_the_generic_check() {
    let flows = documented();
    assert!(flows.len() > 15, "{}", flows.len());
    for mut flow in flows {
        resolve(&mut flow);
        let report = exercise(&flow, &data(), &well);
        assert_eq!(report.violations, Vec::<String>::new(), "{}", flow.name);
        let passage = passage(&flow, &data(), &well);
        assert!(passage.outcome.is_some(), "{}: {:?}", flow.name, passage.actions);
    }
}

/// The check of the project resolves arguments that are taken by name; here operations are unknown, and
/// such an undo is given nothing.
fn resolve(flow: &mut Flow) {
    for step in &mut flow.steps.steps {
        if let Some(undo) = &mut step.undo
            && matches!(undo.with, UndoWith::ByName)
        {
            undo.with = UndoWith::Picked(Vec::new());
        }
    }
}
