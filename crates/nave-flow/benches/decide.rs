//! What a step costs to decide: from the end of one call to the next action, expressions included. An item
//! is one decision; 500,000 a second on one core are the goal.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to measure")]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use nave_flow::Flow;
use nave_flow::decide::{Action, CallOutcome, Event, Happened, Limits, Run, Start, decide, start};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

fn read(text: &str) -> Flow {
    let read = nave_flow::read("flows/bench.yaml", text.as_bytes());
    assert!(read.errors.is_empty(), "{:?}", read.errors);
    read.flow.unwrap()
}

/// Steps one after the other, each with a mapping of three fields from the trigger and the step before.
fn straight(steps: usize) -> Flow {
    let mut text = "flow: bench\ntrigger: manual\nsteps:\n".to_owned();
    for step in 0..steps {
        let before = if step == 0 { ".id".to_owned() } else { format!("$s{}.id", step - 1) };
        write!(
            text,
            "  - s{step}: erp.do\n    with: |\n      {{ name: .name, amount: .amount, before: {before} }}\n"
        )
        .unwrap();
    }
    read(&text)
}

/// The same with an undo behind every step.
fn saga(steps: usize) -> Flow {
    let mut text = "flow: bench\ntrigger: manual\nsteps:\n".to_owned();
    for step in 0..steps {
        write!(
            text,
            "  - s{step}: erp.do\n    with: |\n      {{ name: .name, amount: .amount }}\n    undo:\n      call: erp.undo\n      with: |\n        {{ id: $s{step}.id }}\n"
        )
        .unwrap();
    }
    read(&text)
}

/// Rounds, eight at a time, of a condition and two calls.
fn rounds() -> Flow {
    read(
        "
flow: bench
trigger: manual
steps:
  - lines: for
    in: .lines
    as: line
    parallel: 8
    steps:
      - check: erp.check
        if: $line.amount > 0
        with: |
          { sku: $line.sku }
      - book: erp.book
        with: |
          { sku: $line.sku, amount: $line.amount, ref: $check.id }
",
    )
}

/// Four branches of calls at the same time.
fn branches() -> Flow {
    let mut text = "flow: bench\ntrigger: manual\nsteps:\n  - all: fork\n    branches:\n".to_owned();
    for branch in 0..4 {
        writeln!(text, "      b{branch}:").unwrap();
        for step in 0..8 {
            let with = "{ name: .name, amount: .amount }";
            write!(text, "        - s{branch}{step}: erp.do\n          with: |\n            {with}\n")
                .unwrap();
        }
    }
    read(&text)
}

fn data() -> Arc<Value> {
    let lines: Vec<Value> = (0..200).map(|n| json!({"sku": format!("A-{n}"), "amount": n + 1})).collect();
    let more: Vec<Value> = (0..20).map(|n| json!({"key": format!("k{n}"), "value": n})).collect();
    Arc::new(json!({"id": 1, "name": "Acme GmbH", "amount": 1999, "lines": lines, "more": more}))
}

/// Takes a run to its end; how many decisions that took.
fn run(flow: &Flow, data: &Arc<Value>, result: &Arc<Value>) -> usize {
    let begin =
        Start { run: "r-018f3c2a".to_owned(), at_ms: 0, data: Arc::clone(data), limits: Limits::default() };
    let (mut run, actions) = start(flow, begin).unwrap();
    let mut tasks: VecDeque<String> = VecDeque::new();
    let mut decisions = 1;
    collect(actions, &mut tasks);
    while let Some(task) = tasks.pop_front() {
        let outcome = CallOutcome::Done { result: Arc::clone(result) };
        let event = Event { at_ms: decisions, what: Happened::CallEnded { task, outcome } };
        collect(decide(flow, &mut run, &event).unwrap(), &mut tasks);
        decisions += 1;
    }
    assert!(run.outcome().is_some());
    usize::try_from(decisions).unwrap()
}

fn collect(actions: Vec<Action>, tasks: &mut VecDeque<String>) {
    for action in actions {
        if let Action::Call { task, .. } = action {
            tasks.push_back(task);
        }
    }
}

fn measure(bencher: Bencher<'_, '_>, flow: &Flow) {
    let (data, result) = (data(), Arc::new(json!({"id": 7, "status": "created"})));
    let decisions = run(flow, &data, &result);
    bencher
        .counter(ItemsCount::new(decisions))
        .bench(|| run(divan::black_box(flow), divan::black_box(&data), divan::black_box(&result)));
}

#[divan::bench(args = [4, 20, 100])]
fn one_after_the_other(bencher: Bencher<'_, '_>, steps: usize) {
    measure(bencher, &straight(steps));
}

#[divan::bench]
fn with_undo(bencher: Bencher<'_, '_>) {
    measure(bencher, &saga(20));
}

#[divan::bench]
fn rounds_in_parallel(bencher: Bencher<'_, '_>) {
    measure(bencher, &rounds());
}

#[divan::bench]
fn branches_at_the_same_time(bencher: Bencher<'_, '_>) {
    measure(bencher, &branches());
}

/// What a step of the first benchmark evaluates, alone.
#[divan::bench]
fn yardstick_the_expression(bencher: Bencher<'_, '_>) {
    let program = nave_expr::compile::Program::compile(
        "{ name: .name, amount: .amount, before: $before.id }",
        &["before"],
    )
    .unwrap();
    let (data, before) = (data(), json!({"id": 7, "status": "created"}));
    bencher.counter(ItemsCount::new(1_usize)).bench(|| {
        program
            .one(divan::black_box(&data), &[divan::black_box(&before)], nave_expr::Budget::default())
            .unwrap()
    });
}

/// A snapshot of a run in the middle of a hundred steps, written and read back.
#[divan::bench]
fn snapshot(bencher: Bencher<'_, '_>) {
    let flow = straight(100);
    let result = Arc::new(json!({"id": 7, "status": "created"}));
    let begin = Start { run: "r".to_owned(), at_ms: 0, data: data(), limits: Limits::default() };
    let (mut run, _) = start(&flow, begin).unwrap();
    for step in 0..50 {
        let outcome = CallOutcome::Done { result: Arc::clone(&result) };
        let what = Happened::CallEnded { task: format!("s{step}"), outcome };
        decide(&flow, &mut run, &Event { at_ms: 0, what }).unwrap();
    }
    bencher.bench(|| {
        let text = serde_json::to_vec(divan::black_box(&run)).unwrap();
        serde_json::from_slice::<Run>(&text).unwrap()
    });
}
