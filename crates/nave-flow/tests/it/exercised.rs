//! Flows over every verb and nesting, each taken through the generic check: crashed, repeated, failed,
//! lost and cancelled at every step.

use nave_flow::Flow;
use nave_flow::decide::{Action, CallOutcome, FaultRecord, Happened, Outcome};
use nave_flow::exercise::{exercise, passage, well};
use nave_flow::flow::Step;
use nave_model::fault::codes;
use serde_json::{Value, json};

use crate::build::{
    Said, ask, attempt, call, catch, each, emit, expression, flow, fork, listen, race, raise, run, set,
    switch, until, wait,
};

/// A call with an undo that needs its result.
fn act(name: &str) -> Step {
    call(name, "s.do", "{x: 1}").undo("s.undo", &format!("{{id: ${name}.id}}"))
}

/// Runs of a flow and what they are given.
fn flows() -> Vec<(&'static str, Flow, Value)> {
    let mut flows = plain();
    flows.extend(parallel());
    flows.extend(nested());
    flows
}

fn plain() -> Vec<(&'static str, Flow, Value)> {
    let mut limited = flow(vec![act("a"), wait("w", 10), act("b")]);
    limited.timeout_ms = Some(50);
    limited.output = Some(expression("{a: $a.id, b: $b.id}"));
    vec![
        ("nothing", flow(vec![]), json!(null)),
        ("straight", flow(vec![act("a"), act("b"), call("c", "s.read", ""), act("d")]), json!(null)),
        (
            "values",
            flow(vec![set("x", "{n: .n}"), call("a", "s.do", "{n: $x.n}"), emit("e", "told", "{a: $a.id}")]),
            json!({"n": 1}),
        ),
        (
            "conditions",
            flow(vec![
                act("a").only_if(".n > 5"),
                switch(
                    "s",
                    vec![(".n == 1", vec![act("b"), act("c")]), ("true", vec![act("d")])],
                    Some(vec![act("e")]),
                ),
                act("f"),
            ]),
            json!({"n": 1}),
        ),
        (
            "waits",
            flow(vec![act("a"), wait("w", 10), until("u", ".at"), act("b")]),
            json!({"at": "1970-01-02T00:00:00Z"}),
        ),
        ("limited", limited, json!(null)),
        (
            "listens",
            flow(vec![act("a"), listen("l", "s.paid", "").within(100), act("b"), emit("e", "x", "")]),
            json!(null),
        ),
        (
            "asks",
            flow(vec![act("a"), ask("ok", "lead", 2, Some(100)).undo("s.undo", "{by: $ok.by}"), act("b")]),
            json!(null),
        ),
        (
            "children",
            flow(vec![
                act("a"),
                run("child", "other", "{n: 1}", true).undo("s.undo", "{id: $child.id}"),
                run("own", "another", "", false),
                act("b"),
            ]),
            json!(null),
        ),
        (
            "raises",
            flow(vec![
                act("a"),
                attempt("t", vec![act("b"), raise("x", "stop", "")], vec![catch(&["stop"], vec![act("c")])]),
                act("d"),
            ]),
            json!(null),
        ),
    ]
}

fn parallel() -> Vec<(&'static str, Flow, Value)> {
    vec![
        (
            "one after the other",
            flow(vec![each("l", "x in .", 1, vec![act("a"), call("b", "s.do", "{x: $x}")])]),
            json!([1, 2, 3]),
        ),
        (
            "three at a time",
            flow(vec![each("l", "x in .", 3, vec![act("a"), act("b")])]),
            json!([1, 2, 3, 4]),
        ),
        (
            "batches",
            flow(vec![each("l", "xs in .", 2, vec![act("a")]).batch(2), act("b")]),
            json!([1, 2, 3, 4, 5]),
        ),
        (
            "branches",
            flow(vec![
                fork(
                    "f",
                    vec![
                        ("x", vec![act("a"), wait("w", 10), act("b")]),
                        ("y", vec![act("c"), listen("l", "told", "")]),
                        ("z", vec![run("child", "other", "", true).undo("s.undo", "{id: $child.id}")]),
                    ],
                ),
                act("d"),
            ]),
            json!(null),
        ),
        (
            "a race",
            flow(vec![
                act("o"),
                race(
                    "r",
                    vec![
                        ("x", vec![act("a"), act("b")]),
                        ("y", vec![act("c")]),
                        ("z", vec![wait("w", 5), act("d")]),
                    ],
                ),
                act("e"),
            ]),
            json!(null),
        ),
        (
            "a race against time",
            flow(vec![race(
                "r",
                vec![
                    ("answer", vec![listen("l", "s.never", "").within(500)]),
                    ("late", vec![wait("w", 100), act("a")]),
                ],
            )]),
            json!("never"),
        ),
    ]
}

fn nested() -> Vec<(&'static str, Flow, Value)> {
    let body = vec![act("a"), fork("f", vec![("x", vec![act("b")]), ("y", vec![act("c"), act("d")])])];
    let guarded = attempt("t", body, vec![catch(&["invalid"], vec![act("e")])]);
    let inner = attempt("inner", vec![act("b"), act("c")], vec![catch(&["E-OTHER"], vec![act("d")])]);
    let outer = attempt("outer", vec![act("a"), inner, act("e")], vec![catch(&[], vec![act("f")])]);
    let race_inside = each(
        "l",
        "x in .",
        2,
        vec![
            race("r", vec![("x", vec![act("a")]), ("y", vec![act("b"), act("c")])]),
            switch(
                "s",
                vec![("$x == 1", vec![attempt("t", vec![act("d")], vec![catch(&[], vec![])])])],
                None,
            ),
        ],
    );
    let deep = each(
        "i",
        "x in .",
        2,
        vec![each(
            "j",
            "y in $x",
            2,
            vec![attempt(
                "t",
                vec![act("a"), act("b").within(100)],
                vec![catch(&[], vec![call("h", "s.do", "")])],
            )],
        )],
    );
    vec![
        ("a fork in a body", flow(vec![act("o"), guarded, act("p")]), json!(null)),
        ("bodies in bodies", flow(vec![outer, act("g")]), json!(null)),
        ("bodies in rounds", flow(vec![race_inside, act("z")]), json!([1, 2])),
        ("rounds in rounds", flow(vec![deep, act("z")]), json!([[1, 2], [3]])),
        (
            "a limit around everything",
            flow(vec![
                attempt(
                    "t",
                    vec![
                        fork("f", vec![("x", vec![act("a"), wait("w", 90)]), ("y", vec![act("b")])])
                            .within(50),
                    ],
                    vec![catch(&["timeout"], vec![act("c")])],
                ),
                act("d"),
            ]),
            json!(null),
        ),
    ]
}

/// Everything goes well, but that some calls are lost and a listener hears nothing.
fn answers(action: &Action) -> Vec<Happened> {
    match action {
        Action::Subscribe { event, .. } if event == "never" => Vec::new(),
        _ => well(action),
    }
}

#[test]
fn every_flow_passes_the_check() {
    for (name, flow, data) in flows() {
        let report = exercise(&flow, &data, &answers);
        assert_eq!(report.violations, Vec::<String>::new(), "{name}");
        assert!(report.runs > 4, "{name} was taken through {} runs", report.runs);
    }
}

#[test]
fn a_flow_that_fails_by_itself_passes_too() {
    let flow =
        flow(vec![act("a"), each("l", "x in .", 2, vec![act("b"), act("c")]), raise("end", "end", "")]);
    let report = exercise(&flow, &json!([1, 2]), &answers);
    assert_eq!(report.violations, Vec::<String>::new());
    let passage = passage(&flow, &json!([1, 2]), &answers);
    let undone = passage.events.iter().filter_map(|event| match &event.what {
        Happened::CallEnded { task, .. } => task.strip_prefix("undo:"),
        _ => None,
    });
    assert_eq!(undone.collect::<Vec<_>>(), ["l[1]/c", "l[0]/c", "l[1]/b", "l[0]/b", "a"]);
    assert!(matches!(passage.outcome, Some(Outcome::Failed { .. })));
}

#[test]
fn a_flow_that_waits_for_ever_does_not_pass() {
    let report = exercise(&flow(vec![listen("l", "s.never", "")]), &json!(null), &answers);
    assert!(report.violations.iter().any(|said| said.starts_with("it waits for ever")), "{report:?}");
}

#[test]
fn outcomes_that_stay_unknown_for_a_while_change_nothing() {
    let flow = flow(vec![act("a"), act("b")]);
    let lost = |action: &Action| {
        let fault = FaultRecord::new(codes::TIMEOUT, "no answer");
        let mut happened = well(action);
        if let [Happened::CallEnded { task, .. }] = happened.as_slice() {
            let unknown = CallOutcome::Unknown { fault };
            happened.insert(0, Happened::CallEnded { task: task.clone(), outcome: unknown });
        }
        happened
    };
    assert_eq!(exercise(&flow, &json!(null), &lost).violations, Vec::<String>::new());
}
