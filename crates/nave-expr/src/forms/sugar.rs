//! What forms mean, said in the language itself, by the definitions in jq's manual and its `builtin.jq`.
//! Every node carries the place of the call, or of the argument it came from.

use crate::ast::{Assignment, Expr, Kind, Operator, Pattern, PatternKind, Step, StepKind};
use crate::span::Span;

/// Variables of sugar have names that cannot be written, so that arguments never see them.
const KEPT: &str = "*kept";
const ITEM: &str = "*item";

pub(super) fn map(span: Span, arguments: &[Expr]) -> Expr {
    at(span, Kind::Array(Some(Box::new(pipe(iterate(span), argument(span, arguments, 0))))))
}

pub(super) fn map_values(span: Span, arguments: &[Expr]) -> Expr {
    let update = Box::new(argument(span, arguments, 0));
    at(span, Kind::Assign(Assignment::Update, Box::new(iterate(span)), update))
}

pub(super) fn select(span: Span, arguments: &[Expr]) -> Expr {
    keep_if(span, argument(span, arguments, 0))
}

pub(super) fn values(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, binary(Operator::NotEqual, identity(span), at(span, Kind::Null)))
}

pub(super) fn nulls(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, binary(Operator::Equal, identity(span), at(span, Kind::Null)))
}

pub(super) fn booleans(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, is_type(span, "boolean"))
}

pub(super) fn numbers(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, is_type(span, "number"))
}

pub(super) fn strings(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, is_type(span, "string"))
}

pub(super) fn arrays(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, is_type(span, "array"))
}

pub(super) fn objects(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, is_type(span, "object"))
}

pub(super) fn iterables(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, binary(Operator::Or, is_type(span, "array"), is_type(span, "object")))
}

pub(super) fn scalars(span: Span, _: &[Expr]) -> Expr {
    let is_not = |name| binary(Operator::NotEqual, call(span, "type", Vec::new()), text(span, name));
    keep_if(span, binary(Operator::And, is_not("array"), is_not("object")))
}

pub(super) fn finites(span: Span, _: &[Expr]) -> Expr {
    let is_finite = pipe(call(span, "isinfinite", Vec::new()), call(span, "not", Vec::new()));
    keep_if(span, binary(Operator::And, is_type(span, "number"), is_finite))
}

pub(super) fn normals(span: Span, _: &[Expr]) -> Expr {
    keep_if(span, call(span, "isnormal", Vec::new()))
}

/// `to_entries | map(f) | from_entries`
pub(super) fn with_entries(span: Span, arguments: &[Expr]) -> Expr {
    let entries = call(span, "to_entries", Vec::new());
    pipe(entries, pipe(map(span, arguments), call(span, "from_entries", Vec::new())))
}

/// `message | error`
pub(super) fn error(span: Span, arguments: &[Expr]) -> Expr {
    pipe(argument(span, arguments, 0), call(span, "error", Vec::new()))
}

/// `reduce f as $item (null; . + $item)`
pub(super) fn add(span: Span, arguments: &[Expr]) -> Expr {
    let sum = binary(Operator::Add, identity(span), variable(span, ITEM));
    reduce(span, argument(span, arguments, 0), at(span, Kind::Null), sum)
}

/// `delpaths([path(f)])`
pub(super) fn del(span: Span, arguments: &[Expr]) -> Expr {
    let paths = call(span, "path", arguments.to_vec());
    call(span, "delpaths", vec![at(span, Kind::Array(Some(Box::new(paths))))])
}

/// `. as $kept | reduce path(f) as $item (null; setpath($item; $kept | getpath($item)))`
pub(super) fn pick(span: Span, arguments: &[Expr]) -> Expr {
    let value = pipe(variable(span, KEPT), call(span, "getpath", vec![variable(span, ITEM)]));
    let set = call(span, "setpath", vec![variable(span, ITEM), value]);
    let picked = reduce(span, call(span, "path", arguments.to_vec()), at(span, Kind::Null), set);
    bind(span, identity(span), KEPT, picked)
}

/// `.[0]`
pub(super) fn first(span: Span, _: &[Expr]) -> Expr {
    index(identity(span), number(span, "0"))
}

/// `.[-1]`
pub(super) fn last(span: Span, _: &[Expr]) -> Expr {
    index(identity(span), at(span, Kind::Negate(Box::new(number(span, "1")))))
}

/// `number as $kept | .[$kept]`
pub(super) fn nth(span: Span, arguments: &[Expr]) -> Expr {
    bind(span, argument(span, arguments, 0), KEPT, index(identity(span), variable(span, KEPT)))
}

/// `range(0; upto)`
pub(super) fn range(span: Span, arguments: &[Expr]) -> Expr {
    call(span, "range", vec![number(span, "0"), argument(span, arguments, 0)])
}

/// `any(.[]; condition)`
pub(super) fn any(span: Span, arguments: &[Expr]) -> Expr {
    call(span, "any", vec![iterate(span), argument(span, arguments, 0)])
}

/// `all(.[]; condition)`
pub(super) fn all(span: Span, arguments: &[Expr]) -> Expr {
    call(span, "all", vec![iterate(span), argument(span, arguments, 0)])
}

/// `. as $kept | container | has($kept)`
pub(super) fn within(span: Span, arguments: &[Expr]) -> Expr {
    let has = call(span, "has", vec![variable(span, KEPT)]);
    // The argument is evaluated on the input, so that it may stand behind the binding.
    bind(span, identity(span), KEPT, pipe(argument(span, arguments, 0), has))
}

/// `any(stream == .; .)`
pub(super) fn one_of(span: Span, arguments: &[Expr]) -> Expr {
    let equal = binary(Operator::Equal, argument(span, arguments, 0), identity(span));
    call(span, "any", vec![equal, identity(span)])
}

/// `any(source == stream; .)`
pub(super) fn any_of(span: Span, arguments: &[Expr]) -> Expr {
    let equal = binary(Operator::Equal, argument(span, arguments, 0), argument(span, arguments, 1));
    call(span, "any", vec![equal, identity(span)])
}

/// `reduce stream as $item ({}; .[$item | key | tostring] = $item)`; without a stream: of `.[]`.
pub(super) fn index_by(span: Span, arguments: &[Expr]) -> Expr {
    let (stream, key) = match arguments {
        [stream, key] => (stream.clone(), key.clone()),
        _ => (iterate(span), argument(span, arguments, 0)),
    };
    let key = pipe(variable(span, ITEM), pipe(key, call(span, "tostring", Vec::new())));
    let place = Box::new(index(identity(span), key));
    let set = at(span, Kind::Assign(Assignment::Set, place, Box::new(variable(span, ITEM))));
    reduce(span, stream, at(span, Kind::Object(Vec::new())), set)
}

/// `index as $kept | [.[] | [., $kept[key]]]`
pub(super) fn join(span: Span, arguments: &[Expr]) -> Expr {
    let rows = pipe(iterate(span), joined(span, argument(span, arguments, 1)));
    let rows = at(span, Kind::Array(Some(Box::new(rows))));
    bind(span, argument(span, arguments, 0), KEPT, rows)
}

/// `index as $kept | stream | [., $kept[key]] | row`
pub(super) fn join_stream(span: Span, arguments: &[Expr]) -> Expr {
    let row = pipe(joined(span, argument(span, arguments, 2)), argument(span, arguments, 3));
    bind(span, argument(span, arguments, 0), KEPT, pipe(argument(span, arguments, 1), row))
}

/// `[., $kept[key]]`
fn joined(span: Span, key: Expr) -> Expr {
    let found = index(variable(span, KEPT), key);
    let pair = at(span, Kind::Comma(Box::new(identity(span)), Box::new(found)));
    at(span, Kind::Array(Some(Box::new(pair))))
}

fn at(span: Span, kind: Kind) -> Expr {
    Expr { kind, span }
}

fn argument(span: Span, arguments: &[Expr], position: usize) -> Expr {
    arguments.get(position).cloned().unwrap_or_else(|| identity(span))
}

fn identity(span: Span) -> Expr {
    at(span, Kind::Identity)
}

fn number(span: Span, text: &str) -> Expr {
    at(span, Kind::Number(text.to_owned()))
}

fn text(span: Span, text: &str) -> Expr {
    at(span, Kind::Text(text.to_owned()))
}

fn variable(span: Span, name: &str) -> Expr {
    at(span, Kind::Variable(name.to_owned()))
}

fn call(span: Span, name: &str, arguments: Vec<Expr>) -> Expr {
    at(span, Kind::Call { name: name.to_owned(), name_span: span, arguments })
}

fn pipe(from: Expr, to: Expr) -> Expr {
    at(from.span.to(to.span), Kind::Pipe(Box::new(from), Box::new(to)))
}

fn binary(operator: Operator, left: Expr, right: Expr) -> Expr {
    at(left.span.to(right.span), Kind::Binary(operator, Box::new(left), Box::new(right)))
}

fn path(base: Expr, steps: Vec<StepKind>) -> Expr {
    let span = base.span;
    let steps = steps.into_iter().map(|kind| Step { kind, optional: false, span }).collect();
    at(span, Kind::Path(Box::new(base), steps))
}

fn iterate(span: Span) -> Expr {
    path(identity(span), vec![StepKind::Iterate])
}

fn index(base: Expr, key: Expr) -> Expr {
    path(base, vec![StepKind::Index(Box::new(key))])
}

fn is_type(span: Span, name: &str) -> Expr {
    binary(Operator::Equal, call(span, "type", Vec::new()), text(span, name))
}

fn branch(span: Span, condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    at(span, Kind::If { branches: vec![(condition, then)], otherwise: Some(Box::new(otherwise)) })
}

fn keep_if(span: Span, condition: Expr) -> Expr {
    branch(span, condition, identity(span), call(span, "empty", Vec::new()))
}

fn pattern(span: Span, name: &str) -> Pattern {
    Pattern { kind: PatternKind::Variable(name.to_owned()), span }
}

fn bind(span: Span, source: Expr, name: &str, body: Expr) -> Expr {
    let patterns = vec![pattern(span, name)];
    at(span, Kind::Bind { source: Box::new(source), patterns, body: Box::new(body) })
}

fn reduce(span: Span, source: Expr, init: Expr, update: Expr) -> Expr {
    let (source, init, update) = (Box::new(source), Box::new(init), Box::new(update));
    at(span, Kind::Reduce { source, pattern: pattern(span, ITEM), init, update })
}
