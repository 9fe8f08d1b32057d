//! What is known of results: behind conditions, in branches, out of loops, races and handlers, and of events
//! between flows. Each table says what of a step's result may be used, and what not.

use nave_flow::check::{World, check};
use nave_flow::read;

use crate::world::Memory;

/// Checks a flow with these steps behind a deal's event; gives each error as `line: message`.
fn errors(steps: &str) -> Vec<String> {
    errors_of(&[&format!("flow: f\ntrigger: crm.deal.stage_changed\nsteps:\n{steps}")])
}

/// The same of the first of several flows.
fn errors_of(texts: &[&str]) -> Vec<String> {
    let flows = texts.iter().map(|text| {
        let read = read("f.yaml", text.as_bytes());
        assert_eq!(read.errors, [], "{text}");
        read.flow.unwrap()
    });
    let world = Memory { flows: flows.collect() };
    let checked = check(world.flows()[0], &world);
    let shown = |problem: &nave_model::Problem| format!("{}: {}", problem.at.line.unwrap(), problem.message);
    checked.errors.iter().map(shown).collect()
}

const PROJECT: &str =
    "  - project: erp.create_project\n    if: .amount > 1000\n    with: \"{ customer_no, name }\"\n";

#[track_caller]
fn check_guard(condition: &str, expected: bool) {
    let steps = format!(
        "{PROJECT}  - contract: billing.create_contract\n    if: {condition}\n    with: \"{{ project_id: $project.id, amount }}\"\n"
    );
    assert_eq!(errors(&steps).is_empty(), expected, "{condition}: {:?}", errors(&steps));
}

#[test]
fn a_result_is_there_where_its_condition_holds() {
    check_guard(".amount > 1000", true);
    check_guard("( .amount  >  1000 )", true);
    check_guard(".amount > 1000 and .stage == \"closedwon\"", true);
    check_guard("$project != null", true);
    check_guard("$project", true);
    check_guard(".amount > 1000 and $project.id * 2 > 7", true);
    check_guard("$project.id * 2 > 7 and .amount > 1000", false);
    check_guard("$project.id > 5", true);
    check_guard(".amount > 999", false);
    check_guard(".amount > 1000 or .stage == \"closedwon\"", false);
    check_guard(".amount <= 1000", false);
}

#[test]
fn a_result_is_there_in_a_case_and_behind_a_raise() {
    let contract = |indent: &str| {
        format!(
            "{indent}- contract: billing.create_contract\n{indent}  with: \"{{ project_id: $project.id, amount }}\"\n"
        )
    };
    let case = format!(
        "{PROJECT}  - way: switch\n    cases:\n      - when: .amount > 1000\n        steps:\n{}",
        contract("          ")
    );
    assert_eq!(errors(&case), [""; 0]);
    let raise = format!("{PROJECT}  - stop: raise no-project\n    if: $project == null\n{}", contract("  "));
    assert_eq!(errors(&raise), [""; 0]);
    let without = format!("{PROJECT}{}", contract("  "));
    assert_eq!(errors(&without).len(), 1);
}

#[test]
fn a_flow_knows_what_its_when_says() {
    let flow = |when: &str| {
        format!(
            "flow: f\ntrigger: crm.deal.stage_changed\nwhen: {when}\nsteps:\n  - told: mail.send\n    with: |\n      \
             {{ to: .contact_email, template: \"welcome\", name: .contact_name }}\n"
        )
    };
    assert_eq!(errors_of(&[&flow(".contact_name != null")]), [""; 0]);
    assert_eq!(errors_of(&[&flow(".contact_name")]), [""; 0]);
    assert_eq!(errors_of(&[&flow(".amount > 3")]).len(), 1);
}

/// What a step called `x` gives, told by what is said where it is used as an integer.
#[track_caller]
fn check_result(steps: &str, expected: &str) {
    let steps = format!("{steps}  - use: people.list_people\n    with: \"{{ page_size: $x }}\"\n");
    let found = errors(&steps);
    assert!(found.iter().any(|message| message.contains(expected)), "{steps}\n{found:#?}");
}

#[test]
fn results_of_verbs_have_types() {
    let block = "\n      - a: set\n        value: '\"one\"'\n";
    for (steps, expected) in [
        ("  - x: set\n    value: '[1]'\n".to_owned(), "list of 1"),
        (format!("  - x: for\n    in: '[1, 2]'\n    steps:{block}"), "list of \"one\""),
        (format!("  - x: try\n    steps:{block}    catch:\n      as: fault\n      steps:\n        - b: set\n          value: $fault.retryable\n"), "\"one\" or boolean"),
        ("  - x: fork\n    branches:\n      a:\n        - c: set\n          value: '1'\n".to_owned(), "object with a"),
        ("  - x: fork\n    compete: true\n    branches:\n      a:\n        - c: set\n          value: '1'\n".to_owned(), "object with branch, result"),
        ("  - x: wait 5m\n".to_owned(), "null"),
        ("  - x: emit f.done\n".to_owned(), "null"),
        ("  - x: listen billing.invoice.paid\n".to_owned(), "billing.invoice"),
        ("  - x: ask sales-lead\n    title: Really?\n".to_owned(), "object with verdict, by, role, at and 1 more"),
        ("  - x: switch\n    cases:\n      - when: .amount > 3\n        steps:\n          - d: set\n            value: '7'\n".to_owned(), "null"),
        ("  - x: set\n    value: '\"5\"'\n    if: .amount > 4\n".to_owned(), "may not run"),
    ] {
        check_result(&steps, expected);
    }
}

#[test]
fn events_between_flows_carry_their_types() {
    let emits = "flow: g\ntrigger: crm.deal.stage_changed\nsteps:\n  - told: emit sales.won\n    with: \"{ id, amount }\"\n";
    let takes = |field: &str| {
        format!(
            "flow: f\ntrigger: sales.won\nsteps:\n  - seen: crm.get_deal\n    with: \"{{ id: .{field} }}\"\n"
        )
    };
    assert_eq!(errors_of(&[&takes("id"), emits]), [""; 0]);
    assert_eq!(errors_of(&[&takes("amount"), emits]).len(), 1);
    assert_eq!(errors_of(&[&takes("name"), emits]), ["5: no field `name` on the event"]);
}

#[test]
fn outputs_of_flows_carry_their_types() {
    let runs = |use_: &str, wait: bool| {
        format!(
            "flow: f\ntrigger: crm.deal.stage_changed\nsteps:\n  - sub: run g\n    wait: {wait}\n    with: \"{{ amount }}\"\n  \
             - seen: people.list_people\n    with: \"{{ page_size: $sub{use_} }}\"\n"
        )
    };
    let other = "flow: g\ntrigger: manual\ninput: { type: object, required: [amount], properties: { amount: { type: number } } }\n\
                 steps:\n  - one: set\n    value: '7'\noutput: \"{ size: $one, name: \\\"x\\\" }\"\n";
    assert_eq!(errors_of(&[&runs(".size", true), other]), [""; 0]);
    assert_eq!(errors_of(&[&runs(".name", true), other]).len(), 1);
    assert_eq!(errors_of(&[&runs("", false), other]).len(), 1);
}

#[test]
fn each_gives_the_items_of_the_list() {
    let flow = |items: &str, id: &str| {
        format!(
            "flow: f\neach: people.list_people changed\n{items}id: {id}\nsteps:\n  - seen: set\n    value: .email\n"
        )
    };
    for items in ["items: .people\n", "items: .people[]\n", "items: '.people // []'\n"] {
        assert_eq!(errors_of(&[&flow(items, ".id")]), [""; 0], "{items}");
        assert_eq!(errors_of(&[&flow(items, ".idd")]).len(), 1, "{items}");
    }
    assert_eq!(errors_of(&[&flow("", ".id")]).len(), 1);
    let paged =
        "flow: f\neach: crm.list_deals changed\nid: .id\nsteps:\n  - seen: set\n    value: .contact_email\n";
    assert_eq!(errors_of(&[paged]), [""; 0]);
}

#[test]
fn an_item_that_is_gone_is_told_from_one_that_is_there() {
    let flow = |value: &str| {
        format!(
            "flow: f\neach: people.list_people changed\nitems: .people\nid: .id\ndeleted: true\nsteps:\n  - seen: set\n    value: '{value}'\n"
        )
    };
    let told = "if .deleted == true then .last.email? else .email end";
    assert_eq!(errors_of(&[&flow(told)]), [""; 0]);
    assert_eq!(errors_of(&[&flow(".emial")]).len(), 1);
}

#[test]
fn flows_that_run_themselves_are_looked_at_once() {
    let own =
        "flow: f\ntrigger: manual\ninput: { type: object }\nsteps:\n  - again: run f\n    with: \"{}\"\n";
    assert_eq!(errors_of(&[own]), [""; 0]);
    let (one, other) = (own.replace("run f", "run g"), own.replace("flow: f", "flow: g"));
    assert_eq!(errors_of(&[&one, &other]), [""; 0]);
}
