//! The examples of a policy: calls with the answer they must get, decided by all policies of the project
//! together, as real calls are.

use jiff::Timestamp;
use nave_model::Decimal;
use nave_model::fault::codes;
use nave_model::place::child;
use serde_json::{Value, json};

use crate::decide::{Counters, Decision, Request, Verdict, decide};
use crate::document::Example;
use crate::finding::Finding;
use crate::rules::{Policy, Window};
use crate::selector::{OperationFacts, Principal, PrincipalKind};

/// When an example happens that does not say: 2026-01-01T12:00:00Z, a Thursday.
const NOON_MS: i64 = 1_767_268_800_000;

/// Nothing was charged before.
struct Unused;

impl Counters for Unused {
    fn used(&self, _counter: &str, _window: Window) -> Decimal {
        Decimal::scaled(0, 0)
    }
}

/// What is asked of the project about the call of an example.
pub trait Operations {
    /// The operation `connection.operation` names, or the hint to the nearest one.
    fn operation(&self, call: &str) -> Result<OperationFacts, Option<String>>;

    /// Whether the connection grants the operation to agents.
    fn grants(&self, operation: &OperationFacts) -> bool;
}

/// Runs the examples of one policy, decided by all of them; says what does not hold.
pub fn run<P: AsRef<Policy>>(policy: &Policy, all: &[P], operations: &dyn Operations) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, example) in policy.examples.iter().enumerate() {
        let pointer = format!("/examples/{index}");
        match one(example, all, operations) {
            Ok(()) => {}
            Err((key, message, hint)) => {
                let at = if key.is_empty() { pointer } else { child(&pointer, key) };
                findings.push(Finding::new(codes::POLICY_TEST, at, message).hint(hint));
            }
        }
    }
    findings
}

type Wrong = (&'static str, String, Option<String>);

fn one<P: AsRef<Policy>>(example: &Example, all: &[P], operations: &dyn Operations) -> Result<(), Wrong> {
    let operation = operations
        .operation(&example.call)
        .map_err(|hint| ("call", format!("there is no operation `{}`", example.call), hint))?;
    let principal = principal(example)?;
    let at_ms = match &example.at {
        None => NOON_MS,
        Some(text) => text.parse::<Timestamp>().map(Timestamp::as_millisecond).map_err(|_| {
            ("at", format!("`{text}` is not a time"), Some("write it as 2026-11-30T09:00:00Z".into()))
        })?,
    };
    let nothing = json!({});
    let request = Request {
        operation: &operation,
        principal: &principal,
        arguments: example.with.as_ref().unwrap_or(&nothing),
        is_granted: principal.kind != PrincipalKind::Agent || operations.grants(&operation),
        at_ms,
        used: example.usage.unwrap_or_default(),
    };
    let decision = decide(all, &request, &Unused);
    let (answer, roles) = answer(&decision.verdict);
    let expected: Vec<&str> = example.expect.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let Some((word, expected_roles)) =
        expected.split_first().filter(|(word, _)| ["allow", "refuse", "ask"].contains(word))
    else {
        let hint = "write `allow`, `refuse` or `ask ROLE`".to_owned();
        return Err(("expect", format!("`{}` is not an answer", example.expect), Some(hint)));
    };
    let same_roles = expected_roles.iter().all(|role| roles.iter().any(|known| known == role));
    if *word != answer || !same_roles {
        let by = by(&decision);
        let told = match &decision.verdict {
            Verdict::Allow => "allowed".to_owned(),
            Verdict::Ask(_) => format!("a question to {}", roles.join(", ")),
            Verdict::Refuse(fault) => format!("refused: {}", fault.message),
        };
        return Err((
            "expect",
            format!("the call is {told}{by}, and `{}` was expected", example.expect),
            None,
        ));
    }
    match &example.rule {
        Some(rule) if !decision.rules.iter().any(|id| *id == rule || id.rsplit('/').next() == Some(rule)) => {
            let hint = nave_model::similar::did_you_mean(rule, decision.rules.iter().copied());
            Err(("rule", format!("the rule `{rule}` had no part in it{}", by(&decision)), hint))
        }
        _ => Ok(()),
    }
}

fn principal(example: &Example) -> Result<Principal, Wrong> {
    let kinds = [PrincipalKind::Agent, PrincipalKind::Person, PrincipalKind::Flow];
    let found = example.by.split_once(':').and_then(|(kind, name)| {
        let kind = kinds.into_iter().find(|known| known.as_str() == kind)?;
        (!name.is_empty()).then(|| Principal { kind, name: name.to_owned(), roles: example.roles.clone() })
    });
    found.ok_or_else(|| {
        let hint = "write `agent:NAME`, `person:NAME` or `flow:NAME`".to_owned();
        ("by", format!("`{}` is nobody", example.by), Some(hint))
    })
}

fn answer(verdict: &Verdict) -> (&'static str, Vec<String>) {
    match verdict {
        Verdict::Allow => ("allow", Vec::new()),
        Verdict::Refuse(_) => ("refuse", Vec::new()),
        Verdict::Ask(questions) => {
            ("ask", questions.iter().flat_map(|question| question.roles.iter().cloned()).collect())
        }
    }
}

fn by(decision: &Decision<'_>) -> String {
    match decision.rules.as_slice() {
        [] => String::new(),
        rules => format!(" by `{}`", rules.join("`, `")),
    }
}

/// The value an answer becomes for this caller: what the masks of a decision lead to is hidden.
pub fn hide(decision: &Decision<'_>, answer: &mut Value) -> usize {
    decision.masks.iter().map(|mask| mask.apply(answer)).sum()
}
