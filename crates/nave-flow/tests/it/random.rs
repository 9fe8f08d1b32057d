//! Flows drawn at random, with answers, faults and orders of events drawn at random.

use nave_flow::decide::{Action, CallOutcome, FaultRecord, Happened, Outcome, Verdict};
use nave_flow::exercise::{shuffled, well};
use nave_flow::flow::{Flow, Step};
use nave_model::fault::codes;
use proptest::prelude::*;
use serde_json::json;

use crate::build::{
    Said, ask, attempt, call, catch, each, emit, flow, fork, listen, race, raise, run, set, switch, wait,
};

/// A step to be, without names.
#[derive(Debug, Clone)]
enum Sketch {
    Call { undo: bool, timeout: Option<u64>, condition: bool },
    Set,
    Broken,
    Wait(u64),
    Listen(u64),
    Emit,
    Raise(bool),
    Run { wait: bool, undo: bool },
    Ask(u32, u64),
    Switch(Vec<Vec<Sketch>>),
    For { items: usize, parallel: u32, batch: Option<u32>, body: Vec<Sketch>, timeout: Option<u64> },
    Fork(Vec<Vec<Sketch>>),
    Race(Vec<Vec<Sketch>>),
    Try { body: Vec<Sketch>, handler: Vec<Sketch>, codes: usize },
}

fn leaf() -> impl Strategy<Value = Sketch> {
    let limit = || proptest::option::weighted(0.2, 1..100_u64);
    prop_oneof![
        6 => (any::<bool>(), limit(), proptest::bool::weighted(0.9))
            .prop_map(|(undo, timeout, condition)| Sketch::Call { undo, timeout, condition }),
        1 => Just(Sketch::Set),
        1 => Just(Sketch::Broken),
        1 => (1..100_u64).prop_map(Sketch::Wait),
        1 => (1..100_u64).prop_map(Sketch::Listen),
        1 => Just(Sketch::Emit),
        1 => any::<bool>().prop_map(Sketch::Raise),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(wait, undo)| Sketch::Run { wait, undo }),
        1 => (1..3_u32, 1..100_u64).prop_map(|(approvals, expires)| Sketch::Ask(approvals, expires)),
    ]
}

fn sketch() -> impl Strategy<Value = Sketch> {
    leaf().prop_recursive(4, 40, 4, |inner| {
        let block = || proptest::collection::vec(inner.clone(), 0..4);
        let blocks = || proptest::collection::vec(block(), 1..4);
        let limit = proptest::option::weighted(0.2, 1..100_u64);
        prop_oneof![
            blocks().prop_map(Sketch::Switch),
            (0..5_usize, 1..4_u32, proptest::option::weighted(0.3, 1..3_u32), block(), limit).prop_map(
                |(items, parallel, batch, body, timeout)| Sketch::For {
                    items,
                    parallel,
                    batch,
                    body,
                    timeout
                }
            ),
            blocks().prop_map(Sketch::Fork),
            blocks().prop_map(Sketch::Race),
            (block(), block(), 0..4_usize).prop_map(|(body, handler, codes)| Sketch::Try {
                body,
                handler,
                codes
            }),
        ]
    })
}

/// Gives names to what is sketched.
struct Namer(u32);

impl Namer {
    fn block(&mut self, sketches: &[Sketch]) -> Vec<Step> {
        sketches.iter().map(|sketch| self.step(sketch)).collect()
    }

    fn step(&mut self, sketch: &Sketch) -> Step {
        self.0 += 1;
        let name = &format!("s{}", self.0);
        let limited = |step: Step, limit: Option<u64>| match limit {
            Some(limit) => step.within(limit),
            None => step,
        };
        let undone = |step: Step, undo: bool| {
            if undo { step.undo("s.undo", &format!("${name}.id")) } else { step }
        };
        match sketch {
            Sketch::Call { undo, timeout, condition } => {
                let step = call(name, "s.do", "{x: 1}").only_if(&condition.to_string());
                limited(undone(step, *undo), *timeout)
            }
            Sketch::Set => set(name, "{n: 1}").undo("s.undo", "{}"),
            Sketch::Broken => set(name, "\"text\" | .field"),
            Sketch::Wait(milliseconds) => wait(name, *milliseconds),
            Sketch::Listen(milliseconds) => listen(name, "s.event", "").within(*milliseconds),
            Sketch::Emit => emit(name, "told", ""),
            Sketch::Raise(known) => raise(name, if *known { "known" } else { "strange" }, ""),
            Sketch::Run { wait, undo } => undone(run(name, "other", "", *wait), *undo && *wait),
            Sketch::Ask(approvals, expires) => ask(name, "lead", *approvals, Some(*expires)),
            Sketch::Switch(blocks) => {
                let (last, cases) = blocks.split_last().expect("at least one block");
                let cases = cases.iter().map(|case| ("false", self.block(case))).collect();
                switch(name, cases, Some(self.block(last)))
            }
            Sketch::For { items, parallel, batch, body, timeout } => {
                let list: Vec<String> = (0..*items).map(|item| item.to_string()).collect();
                let step = each(name, &format!("i in [{}]", list.join(", ")), *parallel, self.block(body));
                let step = match batch {
                    Some(batch) => step.batch(*batch),
                    None => step,
                };
                limited(step, *timeout)
            }
            Sketch::Fork(blocks) => fork(name, self.branches(blocks)),
            Sketch::Race(blocks) => race(name, self.branches(blocks)),
            Sketch::Try { body, handler, codes } => {
                let codes: &[&str] = [&["known"][..], &["E-REJECTED"], &["timeout"], &[]][*codes];
                let body = self.block(body);
                attempt(name, body, vec![catch(codes, self.block(handler))])
            }
        }
    }

    fn branches(&mut self, blocks: &[Vec<Sketch>]) -> Vec<(&'static str, Vec<Step>)> {
        ["x", "y", "z"].into_iter().zip(blocks).map(|(name, block)| (name, self.block(block))).collect()
    }
}

fn drawn() -> impl Strategy<Value = Flow> {
    (proptest::collection::vec(sketch(), 1..5), proptest::option::weighted(0.2, 1..200_u64)).prop_map(
        |(sketches, timeout_ms)| {
            let mut flow = flow(Namer(0).block(&sketches));
            flow.timeout_ms = timeout_ms;
            flow
        },
    )
}

/// Answers that follow from a seed and the name of what is asked for.
fn answers(seed: u64) -> impl Fn(&Action) -> Vec<Happened> {
    move |action| {
        let rejected = || FaultRecord::new(codes::REJECTED, "no");
        let unknown = || CallOutcome::Unknown { fault: FaultRecord::new(codes::TIMEOUT, "no answer") };
        match action {
            Action::Call { task, .. } => {
                let ended = |outcome| Happened::CallEnded { task: task.clone(), outcome };
                let settled = |outcome| Happened::Settled { task: task.clone(), outcome };
                match draw(seed, task) % 10 {
                    0 | 1 => vec![ended(CallOutcome::Failed { fault: rejected() })],
                    2 => vec![ended(unknown()), settled(CallOutcome::Failed { fault: rejected() })],
                    3 => {
                        vec![ended(unknown()), settled(CallOutcome::Done { result: json!({"id": 1}).into() })]
                    }
                    _ => well(action),
                }
            }
            Action::StartFlow { child, .. } if draw(seed, child).is_multiple_of(4) => {
                let outcome = Outcome::Failed { fault: rejected(), not_undone: Vec::new() };
                vec![Happened::FlowEnded { child: child.clone(), outcome }]
            }
            Action::Ask { approval, roles, .. } if draw(seed, approval).is_multiple_of(3) => {
                vec![Happened::Answered {
                    approval: approval.clone(),
                    by: "eva".to_owned(),
                    role: roles[0].clone(),
                    verdict: if draw(seed, approval).is_multiple_of(2) {
                        Verdict::Refused
                    } else {
                        Verdict::Approved
                    },
                    comment: None,
                }]
            }
            Action::Subscribe { subscription, .. } if draw(seed, subscription).is_multiple_of(3) => {
                Vec::new()
            }
            _ => well(action),
        }
    }
}

/// A number that follows from a seed and a name: FNV-1a.
fn draw(seed: u64, name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) >> 16
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a flow is and whatever happens to it: it ends, does nothing twice, undoes what it did once
    /// each in reverse order, and its journal and its snapshots give exactly what it was.
    #[test]
    fn runs_keep_their_promises(flow in drawn(), seeds in proptest::collection::vec(any::<u64>(), 4)) {
        for seed in seeds {
            let report = shuffled(&flow, &json!({"n": 1}), &answers(seed), seed);
            prop_assert_eq!(&report.violations, &Vec::<String>::new(), "seed {}", seed);
        }
    }
}
