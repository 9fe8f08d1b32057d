//! Policies against operations: typed conditions, rules without effect, contradictions, examples.

use nave_expr::types::schema::{Dialect, Place, Schemas};
use nave_model::Effect;
use serde_json::{Value, from_value, json};

use super::*;
use crate::examples::{self, Operations};

struct Shop;

impl Schemas for Shop {
    fn target<'a>(&'a self, _document: usize, _reference: &str) -> Option<(usize, &'a Value)> {
        None
    }

    fn dialect(&self, _document: usize) -> Dialect {
        Dialect { nullable: false, keeps_siblings: true, items_list: false, boolean_bounds: false }
    }
}

/// Three operations of a shop: name, effect, arguments, answer.
fn described() -> Vec<(&'static str, Effect, Value, Value)> {
    let refund = json!({
        "type": "object", "required": ["charge"], "additionalProperties": false,
        "properties": {"charge": {"type": "string"}, "amount": {"type": "integer"}, "currency": {"enum": ["EUR", "USD"]}},
    });
    let customer = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "email": {"type": "string"}}});
    let by_id = json!({"type": "object", "required": ["id"], "additionalProperties": false, "properties": {"id": {"type": "string"}}});
    vec![
        ("create_refund", Effect::Destructive, refund, json!({"type": "object"})),
        ("get_customer", Effect::Read, by_id.clone(), customer.clone()),
        ("update_customer", Effect::Write, by_id, customer),
    ]
}

fn facts(name: &str, effect: Effect) -> OperationFacts {
    OperationFacts {
        name: name.into(),
        connection: "shop".into(),
        connector: "shop".into(),
        effect,
        tags: Vec::new(),
    }
}

fn told(findings: &[Finding], source: &str) -> Vec<String> {
    let told = findings.iter().map(|one| {
        let word = if one.is_warning { "warning" } else { "error" };
        let part = one.span.map(|span| format!(" `{}`", span.text(source))).unwrap_or_default();
        let hint = one.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{word} {} {}{part}: {}{hint}", one.code, one.pointer, one.message)
    });
    told.collect()
}

#[track_caller]
fn check_rules(rules: &Value, expected: &[&str]) {
    let described = described();
    let at = |value| Type::from_schema(Place { schemas: &Shop, document: 0, value });
    let known: Vec<Known<'_>> = described
        .iter()
        .map(|(name, effect, arguments, answer)| Known {
            facts: facts(name, *effect),
            arguments: Box::new(move || at(arguments)),
            answer: Box::new(move || at(answer)),
        })
        .collect();
    let document: Document = from_value(json!({"policy": "p", "rules": rules})).unwrap();
    let policy = Policy::read(&document).unwrap();
    let source = document.rules.iter().find_map(|rule| rule.when.clone()).unwrap_or_default();
    let mut found = told(&check(&document, &policy, &known), &source);
    let together = contradictions(&[(&document, &policy)], &known);
    found.extend(told(&together.into_iter().map(|(_, one)| one).collect::<Vec<_>>(), ""));
    assert_eq!(found, expected);
}

#[test]
fn conditions_are_typed_by_the_arguments() {
    let rule = |on: &str, when: &str| json!([{"refuse": "r", "on": on, "when": when}]);
    check_rules(&rule("shop.create_refund", "(.amount // 0) > 100"), &[]);
    check_rules(&rule("shop.create_refund", ".amount != null and .amount > 100"), &[]);
    check_rules(
        &rule("shop.create_refund", ".amount > 100"),
        &[
            "warning E-MAP-NULL /rules/0/when `.amount`: `.amount` may be missing, and then the rule is not for the call; say what a missing value means: `(.amount // 0)`, or `.amount == null or …`",
        ],
    );
    check_rules(
        &rule("shop.create_refund", ".amuont > 100"),
        &[
            "error E-MAP-FIELD /rules/0/when `.amuont`: no field `amuont` on the arguments of `shop.create_refund`; did you mean `amount` (integer or null)?",
        ],
    );
    check_rules(
        &rule("shop.create_refund", "$principal.role == \"x\""),
        &[
            "error E-MAP-FIELD /rules/0/when `.role`: no field `role` on `$principal`; did you mean `roles` (list of string)?",
        ],
    );
    check_rules(
        &rule("shop.*_customer", ".amount > 100"),
        &[
            "error E-MAP-FIELD /rules/0/when `.amount`: no field `amount` on the arguments of `shop.get_customer`; the same in 1 more of the 2 operations the rule is for; it has `id`",
        ],
    );
}

#[test]
fn a_rule_for_nothing_is_an_error() {
    check_rules(
        &json!([{"allow": "x", "on": "shop.create_refnud"}]),
        &[
            "error E-POLICY-UNREACHABLE /rules/0/on: no operation of the project is what this rule is for; did you mean `shop.create_refund`?",
        ],
    );
    check_rules(
        &json!([{"allow": "x", "on": {"tag": "Money"}}]),
        &[
            "error E-POLICY-UNREACHABLE /rules/0/on: no operation of the project is what this rule is for; `nave ops` lists the operations of each connector",
        ],
    );
}

#[test]
fn limits_are_numbers_and_masks_lead_somewhere() {
    check_rules(
        &json!([{"cap": {"most": 5, "of": ".amount // 0", "per": "day"}, "on": "shop.create_refund"}]),
        &[],
    );
    check_rules(&json!([{"mask": ".email", "on": "shop.*_customer"}]), &[]);
    check_rules(
        &json!([{"mask": ".mail", "on": "shop.*_customer"}]),
        &[
            "error E-MAP-FIELD /rules/0/mask: `.mail` hides nothing: no field `mail` on the answer of `shop.get_customer`; did you mean `email` (string or null)?",
        ],
    );
}

#[test]
fn rules_without_effect_and_contradictions_are_named() {
    let refuse = |on: &str| json!({"name": "stop", "refuse": "r", "on": on});
    // An exception to a wider rule means what it says.
    check_rules(&json!([{"name": "all", "allow": "x"}, refuse("shop.create_refund")]), &[]);
    check_rules(
        &json!([{"name": "one", "allow": "x", "on": "shop.create_refund"}, refuse("shop.*")]),
        &[
            "warning E-POLICY-UNREACHABLE /rules/0: `p/one` has no effect: `p/stop` refuses every call it is for; remove one of the two, or narrow the one that refuses",
        ],
    );
    check_rules(
        &json!([{"name": "some", "allow": "x", "on": ["shop.create_refund", "shop.get_customer"]}, {"name": "stop", "refuse": "r", "on": "shop.*_customer"}]),
        &[
            "warning E-POLICY-OVERLAP /rules/0: `p/some` and `p/stop` are for the same calls, and `p/stop` refuses them; narrow one of the two with `on`, `by` or `when`",
        ],
    );
    let on = "shop.create_refund";
    check_rules(
        &json!([{"name": "ask", "ask": "lead", "on": on, "when": "$time.hour > 10"}, {"name": "stop", "refuse": "r", "on": on, "when": "$time.hour > 18"}]),
        &[],
    );
    check_rules(
        &json!([{"name": "ask", "ask": "lead", "on": on, "when": "$time.hour > 10"}, {"name": "stop", "refuse": "r", "on": on, "when": "$time.hour < 12"}]),
        &[
            "warning E-POLICY-OVERLAP /rules/0: `p/ask` and `p/stop` are for the same calls, and `p/stop` refuses them; narrow one of the two with `on`, `by` or `when`",
        ],
    );
    check_rules(
        &json!([{"name": "ask", "ask": "lead", "on": on, "when": "$time.hour > 10"}, {"name": "stop", "refuse": "r", "on": on, "when": "$time.hour <= 10"}]),
        &[],
    );
    check_rules(
        &json!([{"name": "a", "allow": "x", "by": "agents"}, {"name": "stop", "refuse": "r", "by": "people"}]),
        &[],
    );
}

impl Operations for Shop {
    fn operation(&self, call: &str) -> Result<OperationFacts, Option<String>> {
        let described = described();
        let found = described.iter().find(|(name, ..)| format!("shop.{name}") == call);
        found.map(|(name, effect, ..)| facts(name, *effect)).ok_or_else(|| Some("did you mean it?".into()))
    }

    fn grants(&self, operation: &OperationFacts) -> bool {
        operation.effect == Effect::Read
    }
}

#[test]
fn examples_hold_or_say_what_was_decided() {
    let rules = json!([
        {"name": "big", "ask": "lead", "on": "shop.create_refund", "when": ".amount > 100"},
        {"name": "stop", "refuse": "not by agents", "on": "shop.update_customer", "by": "agents"},
    ]);
    let examples = json!([
        {"call": "shop.get_customer", "by": "agent:a", "expect": "allow"},
        {"call": "shop.create_refund", "by": "person:p", "with": {"amount": 101}, "expect": "ask lead", "rule": "big"},
        {"call": "shop.update_customer", "by": "agent:a", "expect": "refuse", "rule": "p/stop"},
        {"call": "shop.create_refund", "by": "person:p", "with": {"amount": 100}, "expect": "ask lead"},
        {"call": "shop.update_customer", "by": "agent:a", "expect": "allow"},
        {"call": "shop.update_customer", "by": "agent:a", "expect": "refuse", "rule": "big"},
        {"call": "shop.none", "by": "agent:a", "expect": "allow"},
        {"call": "shop.get_customer", "by": "a", "expect": "allow"},
        {"call": "shop.get_customer", "by": "agent:a", "expect": "yes"},
        {"call": "shop.get_customer", "by": "agent:a", "at": "today", "expect": "allow"},
    ]);
    let document: Document =
        from_value(json!({"policy": "p", "rules": rules, "examples": examples})).unwrap();
    let policies = [Policy::read(&document).unwrap()];
    let found = told(&examples::run(&policies[0], &policies, &Shop), "");
    let expected = [
        "error E-POLICY-TEST /examples/3/expect: the call is allowed, and `ask lead` was expected",
        "error E-POLICY-TEST /examples/4/expect: the call is refused: not by agents by `p/stop`, and `allow` was expected",
        "error E-POLICY-TEST /examples/5/rule: the rule `big` had no part in it by `p/stop`",
        "error E-POLICY-TEST /examples/6/call: there is no operation `shop.none`; did you mean it?",
        "error E-POLICY-TEST /examples/7/by: `a` is nobody; write `agent:NAME`, `person:NAME` or `flow:NAME`",
        "error E-POLICY-TEST /examples/8/expect: `yes` is not an answer; write `allow`, `refuse` or `ask ROLE`",
        "error E-POLICY-TEST /examples/9/at: `today` is not a time; write it as 2026-11-30T09:00:00Z",
    ];
    assert_eq!(found, expected);
}
