//! What a flow uses, and where marked fields go: values are followed through mappings.

use nave_flow::check::{Checked, Source, check};
use nave_flow::read;

use crate::world::Memory;

fn checked(text: &str) -> Checked {
    let read = read("f.yaml", text.as_bytes());
    assert_eq!(read.errors, [], "{text}");
    let world = Memory { flows: vec![read.flow.unwrap()] };
    check(&world.flows[0], &world)
}

/// A flow that makes a project when somebody is hired, with this as the project's name.
fn hired(name: &str) -> String {
    format!(
        "flow: f\ntrigger: people.person.hired\nsteps:\n  - all: people.list_people\n  - project: erp.create_project\n    \
         with: |\n      {{ customer_no: .id, name: ({name}) }}\n"
    )
}

/// Which marked fields go into the name.
#[track_caller]
fn check_leaks(name: &str, expected: &[&str]) {
    let checked = checked(&hired(name));
    assert_eq!(
        checked.errors.iter().filter(|problem| problem.code.name != "E-FLOW-SENSITIVE").count(),
        0,
        "{name}: {:?}",
        checked.errors
    );
    let all = checked.errors.iter().chain(&checked.warnings);
    let leaks: Vec<&str> = all
        .filter(|problem| problem.code.name == "E-FLOW-SENSITIVE")
        .map(|problem| problem.message.split('`').nth(1).unwrap())
        .collect();
    assert_eq!(leaks, expected, "{name}");
}

#[test]
fn marked_fields_are_followed_through_mappings() {
    for (name, expected) in [
        (".name", &[][..]),
        (".email", &["email"]),
        ("\"<\\(.email)>\"", &["email"]),
        (".email + \"!\"", &["email"]),
        (".email | ascii_downcase", &["email"]),
        (".email | sub(\"@.*\"; \"\")", &["email"]),
        ("if .kind == \"guest\" then .email else .name end", &["email"]),
        ("if .email == \"a@b.example\" then \"it is\" else .name end", &[]),
        (".email as $x | $x", &["email"]),
        ("{a: .email, b: .name} | .b", &[]),
        ("{a: .email, b: .name} | .a", &["email"]),
        ("{a: .email} + {a: .name} | .a", &[]),
        ("[.email, .name] | last", &["email"]),
        ("[.email, .name] | join(\", \")", &["email"]),
        ("tojson", &["password", "email"]),
        ("del(.password, .email) | tojson", &[]),
        (".email |= sha256 | .email", &[]),
        (".email | sha256", &[]),
        (".email | mask_email", &[]),
        (".email | length | tostring", &[]),
        ("reduce $all.people[] as $one (\"\"; . + $one.email)", &["people[].email"]),
        ("[$all.people[] | .name] | join(\", \")", &[]),
        ("[$all.people[] | select(.email == \"x@y.example\") | .name] | join(\", \")", &[]),
        ("$all.people | map(.email) | join(\", \")", &["people[].email"]),
        ("$all.people | group_by(.kind) | map(.[0].email) | join(\", \")", &["people[].email"]),
        ("to_entries | map(.key) | join(\", \")", &[]),
        ("(.password? // \"none\")", &["password"]),
    ] {
        check_leaks(name, expected);
    }
}

#[test]
fn a_system_may_have_its_own_fields_back() {
    let text = "flow: f\ntrigger: people.person.hired\nsteps:\n  - badge: people.send_badge\n    with: |\n      \
                { id, colour: \"red\", lines: [.email, (.password // \"\")] }\n";
    let checked = checked(text);
    assert_eq!((checked.errors, checked.warnings.len()), (vec![], 0));
}

#[test]
fn what_is_used_is_noted() {
    let checked = checked(
        "flow: f\ntrigger: crm.deal.stage_changed\nkey: .id\nsteps:\n  - project: erp.create_project\n    with: |\n      \
         { customer_no, name, budget: { amount: 1, currency: .currency } }\n    undo: erp.close_project\n  - lead: ask sales-lead\n    \
         title: Go on with ${$project.manager}?\n  - paid: listen billing.invoice.paid\n    when: .total > 3\n",
    );
    assert_eq!(checked.errors, []);
    let uses = checked.uses;
    let operations: Vec<String> = uses
        .operations
        .iter()
        .map(|found| format!("{}.{} {}", found.connection, found.operation, found.arguments.join(" ")))
        .collect();
    assert_eq!(
        operations,
        [
            "erp.create_project /customer_no /name /budget /budget/amount /budget/currency",
            "erp.close_project /id"
        ]
    );
    let reads: Vec<String> = uses
        .reads
        .iter()
        .map(|read| {
            let source = match &read.source {
                Source::Answer { connection, operation } => format!("{connection}.{operation}"),
                Source::Event { event, .. } => event.clone(),
                other => format!("{other:?}"),
            };
            format!("{}:{} {source}{}", read.at.line.unwrap(), read.at.column.unwrap(), read.pointer)
        })
        .collect();
    assert_eq!(
        reads,
        [
            "3:6 deal.stage_changed/id",
            "7:9 deal.stage_changed/customer_no",
            "7:22 deal.stage_changed/name",
            "7:59 deal.stage_changed/currency",
            "8:11 erp.create_project/id",
            "10:25 erp.create_project/manager",
            "12:11 invoice.paid/total",
        ]
    );
    assert_eq!(uses.events.len(), 2);
    assert_eq!(uses.roles[0].role, "sales-lead");
}

#[test]
fn calls_are_counted() {
    let checked = checked(
        "flow: f\ntrigger: manual\nsteps:\n  - all: people.list_people\n    with: \"{ page_size: 50 }\"\n  - each: for\n    \
         in: $all.people\n    as: person\n    steps:\n      - again: people.get_person\n        with: \"{ id: $person.id }\"\n      \
         - projects: erp.list_projects\n        with: \"{}\"\n      - inner: for\n        in: $projects.items\n        as: project\n        \
         steps:\n          - one: erp.get_project\n            with: \"{ id: $project.id }\"\n",
    );
    assert_eq!(checked.errors, []);
    let calls: Vec<_> = checked
        .calls
        .iter()
        .map(|estimate| {
            (estimate.connection.as_str(), estimate.calls, estimate.unbounded, estimate.per_second)
        })
        .collect();
    assert_eq!(calls, [("erp", 100.0, true, Some(20.0)), ("people", 51.0, false, Some(2.0))]);
}
