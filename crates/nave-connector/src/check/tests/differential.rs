//! The same schemas and values by another validator, the `jsonschema` crate: random schemas of every
//! draft, random values, one verdict. The rules that differ on purpose are switched off (closed objects,
//! overlapping `oneOf`, read-only) by asking as plain JSON Schema, or not generated (`format`, because
//! only clear errors are refused here; whole numbers with a fraction, on which the drafts disagree).

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Number};

use super::*;
use crate::check::frame::{Frame, Root};
use crate::check::walk::Checker;

const NAMES: [&str; 4] = ["a", "b", "c", "ab"];
const TEXTS: [&str; 6] = ["", "a", "ab", "1", "äö", "a b"];
const PATTERNS: [&str; 6] = ["^a", "b$", "^[a-c]+$", "^\\d$", "^\\S*$", "^.{2}$"];

fn number() -> BoxedStrategy<Value> {
    prop_oneof![
        (-4_i64..8).prop_map(Value::from),
        select(vec![-1.5, 0.5, 2.25]).prop_map(|float| Value::Number(Number::from_f64(float).unwrap())),
    ]
    .boxed()
}

fn instance() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        select(&TEXTS[..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            fields(inner, 0..4).prop_map(Value::Object),
        ]
    })
    .boxed()
}

fn fields(
    inner: impl Strategy<Value = Value>,
    size: std::ops::Range<usize>,
) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((select(&NAMES[..]), inner), size)
        .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn names() -> impl Strategy<Value = Value> {
    subsequence(&NAMES[..], 1..3).prop_map(|names| json!(names))
}

fn types() -> impl Strategy<Value = Value> {
    let all = ["null", "boolean", "integer", "number", "string", "array", "object"];
    prop_oneof![
        select(all.to_vec()).prop_map(Value::from),
        subsequence(all.to_vec(), 1..4).prop_map(|names| json!(names)),
    ]
}

type Keyword = (&'static str, BoxedStrategy<Value>);

fn simple_keywords(dialect: Dialect) -> Vec<Keyword> {
    let small = || (0_u64..4).prop_map(Value::from).boxed();
    let mut keywords: Vec<Keyword> = vec![
        ("type", types().boxed()),
        ("type", types().boxed()),
        ("enum", prop::collection::vec(instance(), 1..4).prop_map(Value::from).boxed()),
        ("minimum", number()),
        ("maximum", number()),
        ("multipleOf", select(vec![json!(1), json!(2), json!(0.5)]).boxed()),
        ("minLength", small()),
        ("maxLength", small()),
        ("pattern", select(&PATTERNS[..]).prop_map(Value::from).boxed()),
        ("minItems", small()),
        ("maxItems", small()),
        ("uniqueItems", any::<bool>().prop_map(Value::from).boxed()),
        ("required", names().boxed()),
        ("minProperties", small()),
        ("maxProperties", small()),
        ("$ref", select(vec![json!("#/definitions/x"), json!("#/definitions/y")]).boxed()),
    ];
    if dialect == Dialect::Draft4 {
        keywords.push(("exclusiveMinimum", any::<bool>().prop_map(Value::from).boxed()));
        keywords.push(("exclusiveMaximum", any::<bool>().prop_map(Value::from).boxed()));
    } else {
        keywords.push(("exclusiveMinimum", number()));
        keywords.push(("exclusiveMaximum", number()));
        keywords.push(("const", instance()));
    }
    keywords
}

fn nested_keywords(dialect: Dialect, inner: &BoxedStrategy<Value>) -> Vec<Keyword> {
    let one = || inner.clone();
    let list = || prop::collection::vec(one(), 1..4).prop_map(Value::from).boxed();
    let map = || fields(one(), 1..4).prop_map(Value::Object).boxed();
    let patterns = prop::collection::vec((select(&PATTERNS[..]), one()), 1..3).prop_map(|pairs| {
        Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    });
    let mut keywords: Vec<Keyword> = vec![
        ("properties", map()),
        ("properties", map()),
        ("patternProperties", patterns.boxed()),
        ("additionalProperties", one()),
        ("items", one()),
        ("allOf", list()),
        ("anyOf", list()),
        ("oneOf", list()),
        ("not", one()),
    ];
    if matches!(dialect, Dialect::Draft4 | Dialect::Draft6 | Dialect::Draft7) {
        keywords.push(("dependencies", map()));
        keywords.push(("dependencies", fields(names(), 1..3).prop_map(Value::Object).boxed()));
    } else {
        keywords.push(("dependentSchemas", map()));
        keywords.push(("dependentRequired", fields(names(), 1..3).prop_map(Value::Object).boxed()));
        keywords.push(("unevaluatedProperties", one()));
        keywords.push(("unevaluatedItems", one()));
        keywords.push(("minContains", (0_u64..3).prop_map(Value::from).boxed()));
        keywords.push(("maxContains", (0_u64..3).prop_map(Value::from).boxed()));
    }
    if dialect == Dialect::Draft2020 {
        keywords.push(("prefixItems", list()));
    } else {
        keywords.push(("items", list()));
        keywords.push(("additionalItems", one()));
    }
    // Whether `contains` evaluates items was left open by 2019-09, and validators differ.
    if !matches!(dialect, Dialect::Draft4 | Dialect::Draft2019) {
        keywords.push(("contains", one()));
    }
    if dialect != Dialect::Draft4 {
        keywords.push(("propertyNames", one()));
    }
    if !matches!(dialect, Dialect::Draft4 | Dialect::Draft6) {
        keywords.extend([("if", one()), ("then", one()), ("else", one())]);
    }
    keywords
}

fn some_of(keywords: Vec<Keyword>) -> BoxedStrategy<Value> {
    let most = keywords.len().min(4);
    subsequence(keywords, 0..=most)
        .prop_flat_map(|chosen| {
            let (names, values): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
            values.prop_map(move |values| {
                names.iter().map(|name| (*name).to_owned()).zip(values).collect::<Map<_, _>>().into()
            })
        })
        .boxed()
}

fn schema(dialect: Dialect) -> BoxedStrategy<Value> {
    let leaf = some_of(simple_keywords(dialect));
    let nested = leaf.prop_recursive(3, 24, 3, move |inner| {
        let mut keywords = nested_keywords(dialect, &inner.boxed());
        keywords.extend(simple_keywords(dialect));
        some_of(keywords)
    });
    (nested.clone(), nested.clone(), nested)
        .prop_map(|(root, mut x, mut y)| {
            unloop(&mut x);
            unloop(&mut y);
            json!({"allOf": [root], "definitions": {"x": {"anyOf": [x, {"type": "null"}]}, "y": y}})
        })
        .boxed()
}

/// Takes out the references by which a definition would apply itself to the same value: what such a
/// schema means is undefined (JSON Schema 2020-12 core, section 9.4.1). Those further in stay.
fn unloop(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    keywords.remove("$ref");
    for (keyword, operand) in keywords {
        match (keyword.as_str(), operand) {
            ("allOf" | "anyOf" | "oneOf", Value::Array(members)) => members.iter_mut().for_each(unloop),
            ("dependencies" | "dependentSchemas", Value::Object(members)) => {
                members.values_mut().for_each(unloop);
            }
            ("not" | "if" | "then" | "else", member) => unloop(member),
            _ => {}
        }
    }
}

/// The verdict of this crate, as plain JSON Schema, and as a check of an answer.
fn ours(dialect: Dialect, schema: &Value, given: &Value) -> (bool, bool) {
    let documents = Documents::single("test", dialect, schema.clone());
    let schema = Schema::at(&documents, &Place::new("")).unwrap();
    let root = Root { title: "the value", flat: None };
    let mut checker = Checker::new(Direction::Response, 1_000);
    checker.exact = true;
    let plain = checker.location(given, &Frame::root(&root, schema));
    (plain, value(schema, given, Direction::Response).is_empty())
}

fn compare(dialect: Dialect, draft: jsonschema::Draft) {
    // `PROPTEST_CASES` multiplies the run.
    let cases = ProptestConfig::default().cases * 6;
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..ProptestConfig::default()
    };
    let given = (schema(dialect), prop::collection::vec(instance(), 6));
    let mut verdicts = (0, 0);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let counted = std::cell::RefCell::new(&mut verdicts);
    let outcome = runner.run(&given, |(schema, values)| {
        // Schemas that refer to themselves without progress are not valid, and only we bear them.
        let Ok(validator) =
            jsonschema::options().with_draft(draft).should_validate_formats(false).build(&schema)
        else {
            return Ok(());
        };
        for value in &values {
            let theirs = validator.is_valid(value);
            let (plain, answer) = ours(dialect, &schema, value);
            prop_assert_eq!(plain, theirs, "{} under {}", value, &schema);
            // What plain JSON Schema accepts is accepted in answers; `oneOf` may overlap there.
            prop_assert!(answer || !plain, "{} under {} in an answer", value, &schema);
            let mut counted = counted.borrow_mut();
            counted.0 += usize::from(theirs);
            counted.1 += usize::from(!theirs);
        }
        Ok(())
    });
    outcome.unwrap();
    println!("{dialect:?}: {} accepted, {} refused by both", verdicts.0, verdicts.1);
    assert!(verdicts.0 > 500 && verdicts.1 > 500, "the cases are one-sided: {verdicts:?}");
}

#[test]
fn draft_4_agrees() {
    compare(Dialect::Draft4, jsonschema::Draft::Draft4);
}

#[test]
fn draft_6_agrees() {
    compare(Dialect::Draft6, jsonschema::Draft::Draft6);
}

#[test]
fn draft_7_agrees() {
    compare(Dialect::Draft7, jsonschema::Draft::Draft7);
}

#[test]
fn draft_2019_09_agrees() {
    compare(Dialect::Draft2019, jsonschema::Draft::Draft201909);
}

#[test]
fn draft_2020_12_agrees() {
    compare(Dialect::Draft2020, jsonschema::Draft::Draft202012);
}
