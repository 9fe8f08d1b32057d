//! Random programs on random values: they end within their budget, and never panic.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::ast::{
    Assignment, Entry, Expr, Key, KeyKind, Kind, Operator, Part, Pattern, PatternKind, Step, StepKind,
};
use crate::{Budget, Program, Span, forms, functions};

fn at(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn json_values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        (-3..4_i64).prop_map(Json::from),
        Just(json!(1.5)),
        Just(serde_json::from_str("1e400").expect("a number")),
        "[aé,\\n]{0,4}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::vec(("[abk]", inner), 0..3)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// Calls of everything there is, with as many arguments as it takes.
fn calls(inner: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    let known: Vec<(&'static str, usize)> =
        forms::names().chain(functions::all().map(|function| (function.name, function.arity))).collect();
    let written = prop_oneof![
        Just(at(Kind::Text("a".to_owned()))),
        Just(at(Kind::Text("(?<x>a?)".to_owned()))),
        Just(at(Kind::Text("g".to_owned()))),
    ];
    let argument = prop_oneof![3 => inner, 1 => written];
    (proptest::sample::select(known), proptest::collection::vec(argument, 4))
        .prop_map(|((name, arity), arguments)| {
            let arguments = arguments.into_iter().take(arity).collect();
            at(Kind::Call { name: name.to_owned(), name_span: Span::default(), arguments })
        })
        .boxed()
}

fn steps(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        "[abk]".prop_map(StepKind::Field),
        inner.clone().prop_map(|key| StepKind::Index(Box::new(key))),
        (proptest::option::of(inner.clone()), inner)
            .prop_map(|(from, to)| StepKind::Slice(from.map(Box::new), Some(Box::new(to)))),
        Just(StepKind::Iterate),
    ];
    (kind, any::<bool>()).prop_map(|(kind, optional)| Step { kind, optional, span: Span::default() })
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let variable = || Pattern { kind: PatternKind::Variable("x".to_owned()), span: Span::default() };
    let key = Key { kind: KeyKind::Name("a".to_owned()), span: Span::default() };
    prop_oneof![
        Just(variable()),
        Just(Pattern { kind: PatternKind::Array(vec![variable(), variable()]), span: Span::default() }),
        Just(Pattern { kind: PatternKind::Object(vec![(key, Some(variable()))]), span: Span::default() }),
    ]
}

fn operators() -> impl Strategy<Value = Operator> {
    proptest::sample::select(vec![
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
        Operator::Remainder,
        Operator::Equal,
        Operator::Less,
        Operator::And,
        Operator::Or,
        Operator::Alternative,
    ])
}

fn entries(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Entry> {
    let key = prop_oneof![
        "[abk]".prop_map(KeyKind::Name),
        inner.clone().prop_map(|key| KeyKind::Expr(Box::new(key))),
    ];
    (key, proptest::option::of(inner)).prop_map(|(kind, value)| {
        let span = Span::default();
        Entry { key: Key { kind, span }, value, span }
    })
}

fn composed(inner: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    let one = || inner.clone().prop_map(Box::new);
    let binding = prop_oneof![
        (one(), proptest::collection::vec(pattern(), 1..3), one())
            .prop_map(|(source, patterns, body)| Kind::Bind { source, patterns, body }),
        (one(), pattern(), one(), one()).prop_map(|(source, pattern, init, update)| Kind::Reduce {
            source,
            pattern,
            init,
            update
        }),
        (one(), pattern(), one(), one(), proptest::option::of(one())).prop_map(
            |(source, pattern, init, update, extract)| Kind::Foreach {
                source,
                pattern,
                init,
                update,
                extract
            }
        ),
    ];
    let assignment = prop_oneof![
        Just(Assignment::Set),
        Just(Assignment::Update),
        operators()
            .prop_filter("an assignment", |operator| !matches!(
                operator,
                Operator::And | Operator::Or | Operator::Equal | Operator::Less
            ))
            .prop_map(Assignment::Arithmetic),
    ];
    let kinds = prop_oneof![
        3 => (one(), one()).prop_map(|(from, to)| Kind::Pipe(from, to)),
        2 => (one(), one()).prop_map(|(one, other)| Kind::Comma(one, other)),
        3 => (operators(), one(), one()).prop_map(|(operator, one, other)| Kind::Binary(operator, one, other)),
        2 => (assignment, one(), one()).prop_map(|(assignment, place, to)| Kind::Assign(assignment, place, to)),
        3 => (one(), proptest::collection::vec(steps(inner.clone()), 1..3)).prop_map(|(base, steps)| Kind::Path(base, steps)),
        2 => binding,
        1 => one().prop_map(|items| Kind::Array(Some(items))),
        1 => proptest::collection::vec(entries(inner.clone()), 0..3).prop_map(Kind::Object),
        1 => one().prop_map(Kind::Negate),
        1 => (inner.clone(), inner.clone(), proptest::option::of(one()))
            .prop_map(|(condition, then, otherwise)| Kind::If { branches: vec![(condition, then)], otherwise }),
        1 => (one(), proptest::option::of(one())).prop_map(|(body, handler)| Kind::Try { body, handler }),
        1 => one().prop_map(|body| Kind::Label { name: "out".to_owned(), body }),
        1 => (proptest::option::of(Just("csv".to_owned())), inner.clone())
            .prop_map(|(format, part)| Kind::Interpolation { format, parts: vec![Part::Expr(part)] }),
    ];
    prop_oneof![3 => kinds.prop_map(at), 2 => calls(inner)].boxed()
}

fn programs() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        3 => Just(Kind::Identity),
        1 => Just(Kind::Null),
        2 => proptest::sample::select(vec!["0", "1", "-1", "2.50", "1e3", "40"]).prop_map(|text| Kind::Number(text.to_owned())),
        1 => "[aé,]{0,3}".prop_map(Kind::Text),
        2 => Just(Kind::Variable("x".to_owned())),
        1 => Just(Kind::Break("out".to_owned())),
        1 => proptest::sample::select(vec!["csv", "base64", "uri", "json"]).prop_map(|name| Kind::Format(name.to_owned())),
    ];
    leaf.prop_map(at).prop_recursive(5, 48, 4, composed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_end_within_their_budget(
        program in programs(),
        input in json_values(),
        variable in json_values(),
        steps in 0..20_000_u64,
    ) {
        let body = Kind::Label { name: "out".to_owned(), body: Box::new(program) };
        if let Ok(program) = Program::from_expr("", &at(body), &["x"]) {
            let budget = Budget { steps, depth: 20, bytes: 100_000 };
            let mut bytes = 0;
            let ended = program.each(&input, &[&variable], budget, &mut |output| bytes += output.to_string().len());
            if let Err(fault) = ended {
                let is_expected = ["E-EXPR-FAILED", "E-EXPR-LIMIT"].contains(&fault.code.name);
                prop_assert!(is_expected, "{}: {}", fault.code, fault);
            }
            // Numbers, names and signs are not charged by their bytes; sixteen an item are.
            prop_assert!(bytes < 2_000_000, "{bytes}");
        }
    }

    #[test]
    fn compiling_a_text_says_what_is_wrong(source in "[.a\\[\\]\\(\\)|,+0-9\" $x{}:?/=@*-]{0,40}") {
        if let Err(wrong) = Program::compile(&source, &["x"]) {
            prop_assert!(!wrong.is_empty());
        }
    }
}
