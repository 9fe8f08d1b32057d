//! What is wrong with a policy whatever the operations, and the schema for editors.

use serde_json::{Value, from_value, json};

use super::*;

#[track_caller]
fn check(rule: &Value, expected: &[&str]) {
    let document: Document = from_value(json!({"policy": "p", "rules": [rule]})).unwrap();
    let findings = Policy::read(&document).err().unwrap_or_default();
    let told = findings.iter().map(|one| {
        let hint = one.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{} {}: {}{hint}", one.code, one.pointer, one.message)
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn a_rule_answers_one_thing_in_words_that_are_known() {
    check(&json!({"allow": "x", "on": "a.*", "by": ["agents", "role:lead"], "when": ".a > 1"}), &[]);
    check(&json!({"cap": "10 per minute"}), &[]);
    check(&json!({"cap": "10 per day together"}), &[]);
    check(&json!({"ask": "lead", "expires": "48h", "approvals": 2}), &[]);
    check(
        &json!({"on": "a.*"}),
        &[
            "E-POLICY-INVALID /rules/0: the rule answers nothing; write exactly one of `allow`, `refuse`, `ask`, `cap` and `mask`",
        ],
    );
    check(
        &json!({"allow": "x", "refuse": "y"}),
        &[
            "E-POLICY-INVALID /rules/0: the rule answers twice: `allow`, `refuse`; write exactly one of `allow`, `refuse`, `ask`, `cap` and `mask`",
        ],
    );
    check(
        &json!({"refuse": " "}),
        &[
            "E-POLICY-INVALID /rules/0/refuse: `refuse` says nothing; the caller, or the reader of the record, wants to know why",
        ],
    );
    check(
        &json!({"allow": "x", "by": "agent"}),
        &["E-POLICY-INVALID /rules/0/by: `agent` is nobody; did you mean `agents`, `agent:NAME`?"
            .replace("`agents`, `agent:NAME`", "`agents` or `agent:NAME`")
            .as_str()],
    );
    check(
        &json!({"cap": "10 a minute"}),
        &[
            "E-POLICY-INVALID /rules/0/cap: `10 a minute` is not a limit; write a number, `per` and `minute`, `hour`, `day` or `month`: `10 per minute`, or `100 per day together` where all callers share it",
        ],
    );
    check(
        &json!({"ask": [], "expires": "5min", "approvals": 0}),
        &[
            "E-POLICY-INVALID /rules/0/ask: nobody is asked; name a role, for example `ask: finance-lead`",
            "E-POLICY-INVALID /rules/0/approvals: nobody would have to approve; write 1 or more",
            "E-POLICY-INVALID /rules/0/expires: `5min` is not a time span; write a number with `s`, `m`, `h`, `d` or `w`, for example `48h`",
        ],
    );
    check(
        &json!({"allow": "x", "expires": "1h"}),
        &["E-POLICY-INVALID /rules/0/expires: `expires` belongs to a rule that asks; add `ask: ROLE`"],
    );
    check(
        &json!({"mask": [".a", ".b[0]"]}),
        &[
            "E-POLICY-INVALID /rules/0/mask: `.b[0]` is not a path that can be hidden; write fields and lists only, for example `.cards[].number`",
        ],
    );
}

#[test]
fn names_and_zones_are_checked() {
    let rules = json!([{"name": "a", "allow": "x"}, {"name": "a", "refuse": "y"}]);
    let document: Document = from_value(json!({"policy": "p", "zone": "Berlin", "rules": rules})).unwrap();
    let messages: Vec<String> = Policy::read(&document)
        .unwrap_err()
        .into_iter()
        .map(|one| format!("{} {}", one.pointer, one.message))
        .collect();
    assert_eq!(messages, ["/zone `Berlin` is not a time zone", "/rules/1/name the name `a` stands twice"]);
}

#[test]
fn conditions_are_read_whole() {
    let document: Document =
        from_value(json!({"policy": "p", "rules": [{"allow": "x", "when": ".a > $tiem.hour"}]})).unwrap();
    let findings = Policy::read(&document).unwrap_err();
    assert_eq!(findings[0].code, codes::EXPRESSION_NAME);
    assert_eq!(findings[0].span.unwrap().text(".a > $tiem.hour"), "$tiem");
}

#[test]
fn an_approval_is_given_by_somebody_else_who_has_the_role() {
    let question = Question { roles: vec!["lead".into()], approvals: 1, expires_ms: 1, because: None };
    let somebody =
        |kind, name: &str, role: &str| Principal { kind, name: name.into(), roles: vec![role.into()] };
    let caller = somebody(PrincipalKind::Person, "ann", "lead");
    for (answering, expected) in [
        (somebody(PrincipalKind::Person, "bob", "lead"), None),
        (somebody(PrincipalKind::Person, "bob", "clerk"), Some("`bob` has none of the roles asked: lead")),
        (somebody(PrincipalKind::Person, "ann", "lead"), Some("nobody approves a call of their own")),
        (somebody(PrincipalKind::Agent, "bot", "lead"), Some("only people answer an approval")),
    ] {
        let refused = question.may_answer(&answering, &caller).err().map(|fault| fault.message.clone());
        assert_eq!(refused.as_deref(), expected);
    }
}

/// Every key of a policy, so that the schema for editors can be held to the reader.
fn full() -> Value {
    json!({
        "policy": "p", "purpose": "x", "owner": "o", "zone": "UTC",
        "rules": [
            {"name": "n", "allow": "a", "on": {"operation": "a*", "effect": ["read"], "tag": "t", "connection": ["c"], "connector": "k"}, "by": ["agents"], "when": "true", "because": "b"},
            {"refuse": "a", "on": ["a.b", {"effect": "write"}], "by": "people"},
            {"ask": ["a"], "approvals": 1, "expires": "1h"},
            {"cap": "1 per day"},
            {"cap": {"most": 1.5, "of": ".a", "per": "day", "together": true}},
            {"mask": ".a"},
        ],
        "examples": [
            {"call": "a.b", "by": "agent:a", "roles": ["r"], "with": {"a": 1}, "at": "2026-01-01T00:00:00Z", "usage": {"minute": 1, "hour": 1, "day": 1}, "expect": "allow", "rule": "n"},
        ],
    })
}

fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, member)| places(member, &nave_model::place::child(at, name), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

#[test]
fn the_schema_for_editors_takes_what_the_reader_takes() {
    let schema: Value = serde_json::from_str(crate::SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let whole = full();
    assert!(validator.is_valid(&whole) && from_value::<Document>(whole.clone()).is_ok());
    let mut pointers = Vec::new();
    places(&whole, "", &mut pointers);
    let others =
        [json!(true), json!(1), json!("x"), json!([]), json!(["x"]), json!({}), json!({"unknown": 1})];
    let (mut taken, mut all, mut lists) = (0, 0, 0);
    for pointer in pointers.iter().filter(|pointer| !pointer.starts_with("/examples/0/with")) {
        for other in &others {
            let mut changed = whole.clone();
            *changed.pointer_mut(pointer).unwrap() = other.clone();
            // Serde reads a list as the fields of a type in their order; the project's reader refuses that.
            if other.is_array()
                && from_value::<Document>(changed.clone()).is_ok() != validator.is_valid(&changed)
            {
                lists += 1;
                continue;
            }
            assert_eq!(
                from_value::<Document>(changed.clone()).is_ok(),
                validator.is_valid(&changed),
                "{pointer} = {other}"
            );
            all += 1;
            taken += usize::from(validator.is_valid(&changed));
        }
    }
    assert!(taken > 50 && all - taken > 200 && lists < 30, "{taken} of {all}, {lists} lists for keys");
}
