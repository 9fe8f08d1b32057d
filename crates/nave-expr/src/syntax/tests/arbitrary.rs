//! Random trees, of every shape that reading can give.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::ast::{
    Assignment, Entry, Expr, Key, KeyKind, Kind, Operator, Part, Pattern, PatternKind, Step, StepKind,
};
use crate::span::Span;

const OPERATORS: [Operator; 14] = [
    Operator::Add,
    Operator::Subtract,
    Operator::Multiply,
    Operator::Divide,
    Operator::Remainder,
    Operator::Equal,
    Operator::NotEqual,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
    Operator::And,
    Operator::Or,
    Operator::Alternative,
];

fn expr(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn boxed(kind: Expr) -> Box<Expr> {
    Box::new(kind)
}

/// Trees of a few levels.
pub(super) fn tree() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(5, 60, 4, |inner| {
        prop_oneof![operation(inner.clone()), collection(inner.clone()), control(inner)]
    })
}

fn name() -> impl Strategy<Value = String> {
    select(vec!["a", "b_1", "_", "if", "end", "as"]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,2}", ".{1,4}", "(\\PC|[\\x00-\\x20\"\\\\()]){1,5}"]
}

fn leaf() -> impl Strategy<Value = Expr> {
    let number = select(vec!["0", "1", "1.10", "0.5", "1e3", "2E-7", "12345678901234567890"]);
    let function = select(vec!["f", "not", "keys", "iffy"]);
    prop_oneof![
        Just(Kind::Identity),
        Just(Kind::Null),
        any::<bool>().prop_map(Kind::Bool),
        number.prop_map(|number| Kind::Number(number.to_owned())),
        option::of(text()).prop_map(|text| Kind::Text(text.unwrap_or_default())),
        name().prop_map(Kind::Format),
        Just(Kind::Array(None)),
        Just(Kind::Object(Vec::new())),
        name().prop_map(Kind::Variable),
        name().prop_map(Kind::Break),
        function.prop_map(|name| Kind::Call {
            name: name.to_owned(),
            name_span: Span::default(),
            arguments: Vec::new()
        }),
    ]
    .prop_map(expr)
}

fn operation(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let pair = (inner.clone(), inner.clone());
    let assignment = prop_oneof![
        Just(Assignment::Set),
        Just(Assignment::Update),
        select(vec![Operator::Add, Operator::Divide, Operator::Alternative]).prop_map(Assignment::Arithmetic),
    ];
    prop_oneof![
        inner.clone().prop_map(|operand| Kind::Negate(boxed(operand))),
        pair.clone().prop_map(|(left, right)| Kind::Pipe(boxed(left), boxed(right))),
        pair.clone().prop_map(|(left, right)| Kind::Comma(boxed(left), boxed(right))),
        (select(OPERATORS.to_vec()), pair.clone()).prop_map(|(operator, (left, right))| Kind::Binary(
            operator,
            boxed(left),
            boxed(right)
        )),
        (assignment, pair).prop_map(|(how, (left, right))| Kind::Assign(how, boxed(left), boxed(right))),
        (inner.clone(), vec(step(inner), 1..4)).prop_map(|(base, steps)| Kind::Path(boxed(base), steps)),
    ]
    .prop_map(expr)
}

fn collection(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let function = select(vec!["f", "select", "any", "null"]);
    prop_oneof![
        inner.clone().prop_map(|inner| Kind::Array(Some(boxed(inner)))),
        vec(entry(inner.clone()), 1..4).prop_map(Kind::Object),
        interpolation(inner.clone()),
        (function, vec(inner, 1..4)).prop_map(|(name, arguments)| Kind::Call {
            name: name.to_owned(),
            name_span: Span::default(),
            arguments
        }),
    ]
    .prop_map(expr)
}

fn control(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let maybe = option::of(inner.clone().prop_map(boxed));
    let part = inner.clone().prop_map(boxed);
    let own = pattern(inner.clone());
    prop_oneof![
        (part.clone(), vec(own.clone(), 1..3), part.clone())
            .prop_map(|(source, patterns, body)| Kind::Bind { source, patterns, body }),
        (part.clone(), own.clone(), part.clone(), part.clone())
            .prop_map(|(source, pattern, init, update)| Kind::Reduce { source, pattern, init, update }),
        (part.clone(), own, part.clone(), part.clone(), maybe.clone()).prop_map(
            |(source, pattern, init, update, extract)| Kind::Foreach {
                source,
                pattern,
                init,
                update,
                extract
            }
        ),
        (vec((inner.clone(), inner), 1..3), maybe.clone())
            .prop_map(|(branches, otherwise)| Kind::If { branches, otherwise }),
        (part.clone(), maybe).prop_map(|(body, handler)| Kind::Try { body, handler }),
        (name(), part).prop_map(|(name, body)| Kind::Label { name, body }),
    ]
    .prop_map(expr)
}

/// Texts and expressions in turn, at least one of these.
fn interpolation(inner: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Kind> {
    let pair = (option::of(text()), inner);
    (option::of(name()), vec(pair, 1..3), option::of(text())).prop_map(|(format, pairs, last)| {
        let pairs =
            pairs.into_iter().flat_map(|(text, inner)| [text.map(Part::Text), Some(Part::Expr(inner))]);
        Kind::Interpolation { format, parts: pairs.chain([last.map(Part::Text)]).flatten().collect() }
    })
}

fn step(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Step> {
    let bound = inner.clone().prop_map(boxed);
    let kind = prop_oneof![
        prop_oneof![name(), text()].prop_map(StepKind::Field),
        inner.prop_map(|key| match key.kind {
            Kind::Text(name) => StepKind::Field(name),
            kind => StepKind::Index(boxed(expr(kind))),
        }),
        Just(StepKind::Iterate),
        bound.clone().prop_map(|from| StepKind::Slice(Some(from), None)),
        bound.clone().prop_map(|to| StepKind::Slice(None, Some(to))),
        (bound.clone(), bound).prop_map(|(from, to)| StepKind::Slice(Some(from), Some(to))),
    ];
    (kind, any::<bool>()).prop_map(|(kind, optional)| Step { kind, optional, span: Span::default() })
}

fn key(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Key> {
    prop_oneof![
        prop_oneof![name(), text()].prop_map(KeyKind::Name),
        name().prop_map(KeyKind::Variable),
        inner.prop_map(|inner| match inner.kind {
            // A constant that is no text is refused as a key.
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Array(None) | Kind::Object(_) =>
                KeyKind::Expr(boxed(expr(Kind::Text("k".to_owned())))),
            kind => KeyKind::Expr(boxed(expr(kind))),
        }),
    ]
    .prop_map(|kind| Key { kind, span: Span::default() })
}

fn entry(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Entry> {
    (key(inner.clone()), option::of(inner)).prop_map(|(key, value)| {
        let is_short = match &key.kind {
            KeyKind::Name(_) | KeyKind::Variable(_) => true,
            KeyKind::Expr(inner) => matches!(inner.kind, Kind::Interpolation { .. }),
        };
        let value = value.or_else(|| (!is_short).then(|| expr(Kind::Identity)));
        Entry { key, value, span: Span::default() }
    })
}

fn pattern(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Pattern> + Clone {
    let named = |kind| Pattern { kind, span: Span::default() };
    let leaf = name().prop_map(PatternKind::Variable).prop_map(named);
    leaf.prop_recursive(2, 6, 3, move |own| {
        let entry = (key(inner.clone()), option::of(own.clone())).prop_map(move |(key, pattern)| {
            let is_short = matches!(key.kind, KeyKind::Variable(_));
            let name = || named(PatternKind::Variable("p".to_owned()));
            let pattern = pattern.or_else(|| (!is_short).then(name));
            (key, pattern)
        });
        prop_oneof![
            vec(own, 1..3).prop_map(PatternKind::Array),
            vec(entry, 1..3).prop_map(PatternKind::Object)
        ]
        .prop_map(named)
    })
}
