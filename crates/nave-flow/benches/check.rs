//! What checking costs: a flow of 500 steps in which every step is wrong, all of whose diagnostics are to be
//! there within 50 ms, beside the same flow when it is right, and beside reading its text.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to measure")]

use std::fmt::Write as _;

use divan::Bencher;
use nave_flow::check::check;
use nave_flow::{Flow, read};

#[path = "../tests/it/world.rs"]
mod world;

use world::Memory;

fn main() {
    divan::main();
}

const STEPS: usize = 500;

/// A flow whose steps use the results of earlier ones; `is_wrong`: each makes a mistake of its own kind.
fn text(is_wrong: bool) -> String {
    let mut text =
        "flow: sales/long\ntrigger: crm.deal.stage_changed\nwhen: .stage == \"closedwon\"\nsteps:\n"
            .to_owned();
    text.push_str(
        "  - step0: erp.create_project\n    with: \"{ customer_no, name }\"\n    undo: erp.close_project\n",
    );
    for number in 1..STEPS {
        let before = number / 4 * 4;
        let (operation, wrong, right) = match number % 4 {
            0 => ("erp.create_project", "{ customer_no, nmae: .name }", "{ customer_no, name }"),
            1 => (
                "billing.create_contract",
                "{ project_id: $step0.idd, amount: \"12\" }",
                "{ project_id: $step0.id, amount }",
            ),
            2 => (
                "mail.send",
                "{ to: .contact_emial, template: \"welcom\", name: .contact_name }",
                "{ to: .contact_email, template: \"welcome\", name: (.contact_name // \"you\") }",
            ),
            _ => (
                if is_wrong { "erp.create_projct" } else { "erp.create_project" },
                "{ customer_no, name: $BEFORE.nmae }",
                "{ customer_no, name: $BEFORE.name }",
            ),
        };
        let with = if is_wrong { wrong } else { right }.replace("BEFORE", &format!("step{before}"));
        writeln!(
            text,
            "  - step{number}: {operation}\n    if: .amount > {number}\n    with: |\n      {with}"
        )
        .unwrap();
    }
    text.replace("name: $step", "name: \"\\(.name)\" + ($step").replace(".name }\n", ".name // \"\") }\n")
}

fn flow(text: &str) -> Flow {
    read("flows/sales/long.yaml", text.as_bytes()).flow.unwrap()
}

fn measure(bencher: Bencher<'_, '_>, is_wrong: bool) {
    let flow = flow(&text(is_wrong));
    let world = Memory { flows: vec![flow.clone()] };
    let found = check(&flow, &world);
    assert_eq!(flow.steps.steps.len(), STEPS);
    assert_eq!(found.errors.len() >= STEPS, is_wrong, "{:?}", found.errors.first());
    bencher.bench_local(|| check(&flow, &world));
}

#[divan::bench]
fn five_hundred_wrong_steps(bencher: Bencher<'_, '_>) {
    measure(bencher, true);
}

/// Each names another operation that does not exist, of a connector with many.
#[divan::bench]
fn five_hundred_unknown_operations(bencher: Bencher<'_, '_>) {
    let mut text = "flow: sales/long\ntrigger: crm.deal.stage_changed\nsteps:\n".to_owned();
    for number in 0..STEPS {
        writeln!(
            text,
            "  - step{number}: stripe.creat_custmer_{number}\n    with: \"{{ email: .contact_email }}\""
        )
        .unwrap();
    }
    let flow = flow(&text);
    let world = Memory { flows: vec![flow.clone()] };
    assert_eq!(check(&flow, &world).errors.len(), STEPS);
    bencher.bench_local(|| check(&flow, &world));
}

#[divan::bench]
fn five_hundred_right_steps(bencher: Bencher<'_, '_>) {
    measure(bencher, false);
}

#[divan::bench]
fn reading_them(bencher: Bencher<'_, '_>) {
    let text = text(true);
    bencher.bench_local(|| read("flows/sales/long.yaml", text.as_bytes()));
}
