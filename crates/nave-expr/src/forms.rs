//! The functions that take filters: `map`, `select`, `limit` and the like. Most of them are said in the
//! language itself, so that checker and evaluator understand them for nothing; the few primitive ones
//! are listed here and evaluated in `evaluate/`. Functions on values stand in `functions.rs`.

use crate::ast::Expr;
use crate::span::Span;

mod sugar;

/// A function that takes filters.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Another way to write something: from the place of the call and its arguments to what is meant.
    /// Variables that it binds have names nobody can write.
    Sugar(fn(Span, &[Expr]) -> Expr),
    /// Part of the language.
    Primitive(Primitive),
}

/// The functions that are part of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// `empty`: nothing.
    Empty,
    /// `error`: fails with the input.
    Error,
    /// `path(f)`: where the values of `f` stand in the input.
    Path,
    /// `paths`: where everything below the input stands.
    Paths,
    /// `paths(f)`: where everything stands of which `f` is true.
    PathsWhere,
    /// `getpath(path)`: what stands there; a place itself.
    GetPath,
    /// `setpath(path; value)`.
    SetPath,
    /// `delpaths(paths)`.
    DeletePaths,
    /// `limit(count; f)`: the first values of `f`.
    Limit,
    /// `skip(count; f)`: the other ones.
    Skip,
    /// `first(f)`: the first value of `f`, if there is one.
    First,
    /// `last(f)`: the last value of `f`, if there is one.
    Last,
    /// `nth(number; f)`: the value of `f` with this number, counted from 0, if there is one.
    Nth,
    /// `isempty(f)`: whether `f` gives nothing.
    IsEmpty,
    /// `any(f; condition)`: whether the condition is true of any value of `f`.
    Any,
    /// `all(f; condition)`: whether the condition is true of all values of `f`.
    All,
    /// `range(from; upto)`.
    Range,
    /// `range(from; upto; by)`.
    RangeBy,
    /// `sort_by(f)`.
    SortBy,
    /// `group_by(f)`.
    GroupBy,
    /// `unique_by(f)`.
    UniqueBy,
    /// `min_by(f)`.
    MinBy,
    /// `max_by(f)`.
    MaxBy,
    /// `walk(f)`: `f` on everything in the input, the innermost first.
    Walk,
    /// `combinations`: one item of each list of the input.
    Combinations,
    /// `combinations(count)`: so many items of the input.
    CombinationsOf,
    /// `tostream`: the input as events of paths and values.
    ToStream,
    /// `format(name)`: as `@name`.
    Format,
    /// `test(pattern)`, `test(pattern; flags)`.
    Test,
    /// `match(pattern)`, `match(pattern; flags)`.
    Match,
    /// `capture(pattern)`, `capture(pattern; flags)`.
    Capture,
    /// `scan(pattern)`, `scan(pattern; flags)`.
    Scan,
    /// `split(pattern; flags)`.
    Split,
    /// `splits(pattern)`, `splits(pattern; flags)`.
    Splits,
    /// `sub(pattern; replacement)`, `sub(pattern; replacement; flags)`.
    Sub,
    /// `gsub(pattern; replacement)`, `gsub(pattern; replacement; flags)`.
    SubAll,
}

/// The form of this name and number of arguments.
pub fn form(name: &str, arity: usize) -> Option<Form> {
    let sugar = SUGAR.iter().find(|(known, takes, _)| *known == name && *takes == arity);
    if let Some((_, _, meant)) = sugar {
        return Some(Form::Sugar(*meant));
    }
    let primitive = PRIMITIVES.iter().find(|(known, takes, _)| *known == name && *takes == arity);
    primitive.map(|(_, _, primitive)| Form::Primitive(*primitive))
}

/// Names and numbers of arguments of all forms.
pub fn names() -> impl Iterator<Item = (&'static str, usize)> {
    let sugar = SUGAR.iter().map(|(name, arity, _)| (*name, *arity));
    sugar.chain(PRIMITIVES.iter().map(|(name, arity, _)| (*name, *arity)))
}

const PRIMITIVES: &[(&str, usize, Primitive)] = &[
    ("empty", 0, Primitive::Empty),
    ("error", 0, Primitive::Error),
    ("path", 1, Primitive::Path),
    ("paths", 0, Primitive::Paths),
    ("paths", 1, Primitive::PathsWhere),
    ("getpath", 1, Primitive::GetPath),
    ("setpath", 2, Primitive::SetPath),
    ("delpaths", 1, Primitive::DeletePaths),
    ("limit", 2, Primitive::Limit),
    ("skip", 2, Primitive::Skip),
    ("first", 1, Primitive::First),
    ("last", 1, Primitive::Last),
    ("nth", 2, Primitive::Nth),
    ("isempty", 1, Primitive::IsEmpty),
    ("any", 2, Primitive::Any),
    ("all", 2, Primitive::All),
    ("range", 2, Primitive::Range),
    ("range", 3, Primitive::RangeBy),
    ("sort_by", 1, Primitive::SortBy),
    ("group_by", 1, Primitive::GroupBy),
    ("unique_by", 1, Primitive::UniqueBy),
    ("min_by", 1, Primitive::MinBy),
    ("max_by", 1, Primitive::MaxBy),
    ("walk", 1, Primitive::Walk),
    ("combinations", 0, Primitive::Combinations),
    ("combinations", 1, Primitive::CombinationsOf),
    ("tostream", 0, Primitive::ToStream),
    ("format", 1, Primitive::Format),
    ("test", 1, Primitive::Test),
    ("test", 2, Primitive::Test),
    ("match", 1, Primitive::Match),
    ("match", 2, Primitive::Match),
    ("capture", 1, Primitive::Capture),
    ("capture", 2, Primitive::Capture),
    ("scan", 1, Primitive::Scan),
    ("scan", 2, Primitive::Scan),
    ("split", 2, Primitive::Split),
    ("splits", 1, Primitive::Splits),
    ("splits", 2, Primitive::Splits),
    ("sub", 2, Primitive::Sub),
    ("sub", 3, Primitive::Sub),
    ("gsub", 2, Primitive::SubAll),
    ("gsub", 3, Primitive::SubAll),
];

type Meant = fn(Span, &[Expr]) -> Expr;

const SUGAR: &[(&str, usize, Meant)] = &[
    ("map", 1, sugar::map),
    ("map_values", 1, sugar::map_values),
    ("select", 1, sugar::select),
    ("values", 0, sugar::values),
    ("nulls", 0, sugar::nulls),
    ("booleans", 0, sugar::booleans),
    ("numbers", 0, sugar::numbers),
    ("strings", 0, sugar::strings),
    ("arrays", 0, sugar::arrays),
    ("objects", 0, sugar::objects),
    ("iterables", 0, sugar::iterables),
    ("scalars", 0, sugar::scalars),
    ("finites", 0, sugar::finites),
    ("normals", 0, sugar::normals),
    ("with_entries", 1, sugar::with_entries),
    ("error", 1, sugar::error),
    ("add", 1, sugar::add),
    ("del", 1, sugar::del),
    ("pick", 1, sugar::pick),
    ("first", 0, sugar::first),
    ("last", 0, sugar::last),
    ("nth", 1, sugar::nth),
    ("range", 1, sugar::range),
    ("any", 0, sugar::any),
    ("any", 1, sugar::any),
    ("all", 0, sugar::all),
    ("all", 1, sugar::all),
    ("in", 1, sugar::within),
    ("IN", 1, sugar::one_of),
    ("IN", 2, sugar::any_of),
    ("INDEX", 1, sugar::index_by),
    ("INDEX", 2, sugar::index_by),
    ("JOIN", 2, sugar::join),
    ("JOIN", 3, sugar::join_stream),
    ("JOIN", 4, sugar::join_stream),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions;
    use crate::syntax::profile::When;

    #[test]
    fn a_name_means_one_thing() {
        // What is refused has no meaning.
        for (name, arity) in names() {
            let refusal = crate::syntax::refusal(name, arity);
            let is_refused = refusal.is_some_and(|refusal| refusal.when == When::Always);
            assert!(!is_refused, "{name}/{arity}");
        }
        let mut seen = std::collections::BTreeSet::new();
        let functions = functions::all().map(|function| (function.name, function.arity));
        for (name, arity) in names().chain(functions) {
            assert!(seen.insert((name, arity)), "{name}/{arity}");
        }
    }
}
