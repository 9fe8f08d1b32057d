//! Calls decided by policies: who wins, what fails safe, what is counted and what is hidden.

use std::cell::RefCell;
use std::collections::BTreeMap;

use nave_model::Effect;
use proptest::prelude::*;
use serde_json::from_value;

use super::*;
use crate::document::Document;

#[derive(Default)]
struct Counted(RefCell<BTreeMap<(String, Window), Decimal>>);

impl Counters for Counted {
    fn used(&self, counter: &str, window: Window) -> Decimal {
        let key = (counter.to_owned(), window);
        self.0.borrow().get(&key).cloned().unwrap_or_else(|| Decimal::scaled(0, 0))
    }
}

impl Counted {
    fn charge(&self, charges: &[Charge]) {
        for charge in charges {
            let key = (charge.counter.clone(), charge.window);
            let used = self.used(&charge.counter, charge.window).plus(&charge.amount).unwrap();
            self.0.borrow_mut().insert(key, used);
        }
    }
}

fn policy(rules: &Value) -> Policy {
    let document: Document =
        from_value(json!({"policy": "p", "zone": "Europe/Berlin", "rules": rules})).unwrap();
    Policy::read(&document).unwrap()
}

fn refund() -> OperationFacts {
    OperationFacts {
        name: "create_refund".into(),
        connection: "shop".into(),
        connector: "stripe".into(),
        effect: Effect::Destructive,
        tags: Vec::new(),
    }
}

fn principal(who: &str) -> Principal {
    let (kind, name) = who.split_once(':').unwrap();
    let kind = match kind {
        "agent" => PrincipalKind::Agent,
        "flow" => PrincipalKind::Flow,
        _ => PrincipalKind::Person,
    };
    Principal { kind, name: name.into(), roles: Vec::new() }
}

/// 2026-11-30 is a Monday; 08:30 in Berlin.
const MONDAY_MS: i64 = 1_796_023_800_000;

fn told(policies: &[Policy], who: &str, arguments: &Value, is_granted: bool, counted: &Counted) -> String {
    let (operation, principal) = (refund(), principal(who));
    let used = UsedBefore { minute: 3, hour: 3, day: 3 };
    let request = Request {
        operation: &operation,
        principal: &principal,
        arguments,
        is_granted,
        at_ms: MONDAY_MS,
        used,
    };
    let decision = decide(policies, &request, counted);
    counted.charge(&decision.charges);
    let verdict = match &decision.verdict {
        Verdict::Allow => "allow".to_owned(),
        Verdict::Ask(questions) => {
            let told = questions.iter().map(|one| format!("{}×{}", one.approvals, one.roles.join("|")));
            format!("ask {}", told.collect::<Vec<_>>().join(" and "))
        }
        Verdict::Refuse(fault) => format!("refuse: {}", fault.message),
    };
    format!("{verdict} [{}]", decision.rules.join(" "))
}

#[track_caller]
fn check(rules: &Value, who: &str, arguments: &Value, expected: &str) {
    assert_eq!(told(&[policy(rules)], who, arguments, false, &Counted::default()), expected);
}

#[test]
fn refuse_wins_over_ask_and_ask_over_allow() {
    let allow = json!({"allow": "fine"});
    let ask = json!({"ask": ["lead", "boss"], "approvals": 2});
    let refuse = json!({"refuse": "not today"});
    let nothing = json!({});
    check(&json!([allow]), "agent:a", &nothing, "allow [p/#1]");
    check(&json!([allow, ask]), "agent:a", &nothing, "ask 2×lead|boss [p/#1 p/#2]");
    check(&json!([ask, refuse, allow]), "agent:a", &nothing, "refuse: not today [p/#2]");
    check(&json!([ask, {"ask": "audit"}]), "flow:f", &nothing, "ask 2×lead|boss and 1×audit [p/#1 p/#2]");
}

#[test]
fn agents_need_a_rule_or_a_grant() {
    let nobody = "refuse: no rule allows `shop.create_refund` to agents []";
    check(&json!([]), "agent:a", &json!({}), nobody);
    check(&json!([{"allow": "x", "by": "people"}]), "agent:a", &json!({}), nobody);
    check(&json!([{"cap": "5 per day"}]), "agent:a", &json!({}), nobody);
    check(&json!([]), "person:ann", &json!({}), "allow []");
    check(&json!([]), "flow:f", &json!({}), "allow []");
    check(&json!([{"ask": "lead", "by": "agents"}]), "agent:a", &json!({}), "ask 1×lead [p/#1]");
    assert_eq!(told(&[] as &[Policy], "agent:a", &json!({}), true, &Counted::default()), "allow []");
}

#[test]
fn conditions_see_the_call() {
    for (when, expected) in [
        (".amount > 100", true),
        (".amount > 500", false),
        ("$principal.kind == \"flow\" and $principal.name == \"f\"", true),
        ("$operation.effect == \"destructive\"", true),
        ("$connection.connector == \"stripe\"", true),
        ("$time.hour == 8 and $time.minute == 30 and $time.weekday == 1", true),
        ("$time.date == \"2026-11-30\" and $time.at == \"2026-11-30T07:30:00Z\"", true),
        ("$usage.day >= 3", true),
        ("$operation.name | startswith(\"create_\")", true),
    ] {
        let expected = if expected { "refuse: no [p/#1]" } else { "allow []" };
        check(&json!([{"refuse": "no", "when": when}]), "flow:f", &json!({"amount": 200}), expected);
    }
}

#[test]
fn what_cannot_be_decided_is_refused() {
    let undecided = "refuse: the rule `p/#1` could not be decided [p/#1]";
    for when in [".amount.cents > 1", "error", "empty", "1, 2", "[limit(200000; range(200000))] == []"] {
        for rule in [json!({"allow": "x", "when": when}), json!({"refuse": "x", "when": when})] {
            check(&json!([rule]), "person:ann", &json!({"amount": 5}), undecided);
        }
    }
}

#[test]
fn limits_count_for_each_caller_or_together() {
    let counted = Counted::default();
    let own = [policy(&json!([{"name": "few", "cap": "2 per day", "because": "it is costly"}]))];
    for (who, expected) in [
        ("person:ann", "allow [p/few]"),
        ("person:ann", "allow [p/few]"),
        ("person:ann", "refuse: 2 calls per day is allowed, and 2 is used: it is costly [p/few]"),
        ("person:bob", "allow [p/few]"),
    ] {
        assert_eq!(told(&own, who, &json!({}), false, &counted), expected);
    }
    let counted = Counted::default();
    let amount = json!({"most": 100.5, "of": ".amount", "per": "hour", "together": true});
    let together = [policy(&json!([{"name": "sum", "cap": amount}]))];
    for (who, amount, expected) in [
        ("person:ann", json!(100), "allow [p/sum]"),
        ("person:bob", json!(0.5), "allow [p/sum]"),
        (
            "person:bob",
            json!(0.01),
            "refuse: an amount of 100.5 per hour is allowed, and 100.5 is used [p/sum]",
        ),
        (
            "person:bob",
            json!(-5),
            "refuse: the amount that `p/sum` limits is no number from 0 upwards [p/sum]",
        ),
        (
            "person:bob",
            json!("5"),
            "refuse: the amount that `p/sum` limits is no number from 0 upwards [p/sum]",
        ),
    ] {
        assert_eq!(told(&together, who, &json!({"amount": amount}), false, &counted), expected);
    }
}

#[test]
fn masks_hide_what_they_lead_to() {
    let rules = json!([{"mask": [".email", ".cards[].number", ".none.x"], "by": "agents"}, {"allow": "x"}]);
    let policies = [policy(&rules)];
    let (operation, who) = (refund(), principal("agent:a"));
    let arguments = json!({});
    let request = Request {
        operation: &operation,
        principal: &who,
        arguments: &arguments,
        is_granted: false,
        at_ms: MONDAY_MS,
        used: UsedBefore::default(),
    };
    let decision = decide(&policies, &request, &Counted::default());
    let mut answer =
        json!({"email": "a@b.example", "cards": [{"number": "42"}, {"number": null}], "name": "A"});
    assert_eq!(crate::examples::hide(&decision, &mut answer), 2);
    let hidden = json!({"email": "***", "cards": [{"number": "***"}, {"number": null}], "name": "A"});
    assert_eq!(answer, hidden);
}

fn any_rule() -> impl Strategy<Value = Value> {
    let answer = prop_oneof![
        Just(json!({"allow": "a"})),
        Just(json!({"refuse": "r"})),
        Just(json!({"ask": "lead"})),
        Just(json!({"cap": "1 per day"})),
        Just(json!({"mask": ".a"})),
    ];
    let by = prop_oneof![Just("everyone"), Just("agents"), Just("people"), Just("agent:b*")];
    let when = prop_oneof![Just("true"), Just("false"), Just(".amount > 5"), Just(".amount.x")];
    (answer, by, when).prop_map(|(mut rule, by, when)| {
        rule["by"] = json!(by);
        rule["when"] = json!(when);
        rule
    })
}

proptest! {
    #[test]
    fn order_means_nothing_and_more_refusals_never_allow(
        rules in prop::collection::vec(any_rule(), 0..6),
        extra in any_rule(),
        amount in 0..10_i32,
        who in prop_oneof![Just("agent:bot"), Just("person:ann")],
    ) {
        let arguments = json!({"amount": amount});
        let answer = |rules: &[Value]| {
            let told = told(&[policy(&json!(rules))], who, &arguments, false, &Counted::default());
            told.split([' ', ':']).next().unwrap().to_owned()
        };
        let backwards: Vec<Value> = rules.iter().rev().cloned().collect();
        prop_assert_eq!(answer(&rules), answer(&backwards));
        let mut more = rules.clone();
        more.push(extra);
        if answer(&rules) == "refuse" && !answer(&rules).contains("no rule allows") {
            let refused_by_rule = told(&[policy(&json!(rules))], who, &arguments, false, &Counted::default());
            if !refused_by_rule.ends_with("[]") {
                prop_assert_eq!(answer(&more), "refuse");
            }
        }
    }
}
