//! Where paths lead, as far as their form tells: whether what is changed at some places can meet what is
//! changed at others. What a change makes of a type is `change`.

use std::rc::Rc;

use crate::ast::{Expr, Kind, Operator, Step, StepKind};
use crate::check::fields;
use crate::forms::{self, Form, Primitive};

/// Where a path leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Reach {
    keys: Vec<Key>,
    /// It may go on from there to anywhere.
    is_open: bool,
    /// It leads to exactly one place, whatever the value.
    is_certain: bool,
}

/// One step on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Field(Rc<str>),
    Item(i64),
    /// Every field or item there is.
    Each,
    /// Any field, item or part of a list.
    Any,
}

/// More places than this are not told apart.
const MOST_PLACES: usize = 1_000;

/// Whether changes at the places of `right`, which are found in a value as it was, can be followed in what
/// changes at those of `left` have made of it. `is_taken_later`: what is taken away stays until the end.
pub(super) fn may_follow(left: &Expr, right: &Expr, is_taken_later: bool) -> bool {
    let (left, right) = (reaches(left), reaches(right));
    let are_apart = left.iter().all(|one| right.iter().all(|other| other.is_apart_from(one)));
    are_apart || !is_taken_later && right.iter().all(|reach| reach.is_certain)
}

/// Whether a path leads to exactly one place, whatever the value.
pub(super) fn is_certain(expr: &Expr) -> bool {
    matches!(reaches(expr).as_slice(), [reach] if reach.is_certain)
}

/// The path without every `?`.
pub(super) fn insisting(expr: &Expr) -> Expr {
    let kind = match &expr.kind {
        Kind::Try { body, handler: None } => return insisting(body),
        Kind::Path(base, steps) => {
            let step = |step: &Step| Step { optional: false, ..step.clone() };
            Kind::Path(Box::new(insisting(base)), steps.iter().map(step).collect())
        }
        Kind::Pipe(left, right) => Kind::Pipe(Box::new(insisting(left)), Box::new(insisting(right))),
        other => other.clone(),
    };
    Expr { kind, span: expr.span }
}

impl Reach {
    fn anywhere() -> Self {
        Reach { is_open: true, ..Reach::default() }
    }

    /// Whether no place of the one lies in, around or at a place of the other, also where the other one
    /// comes to be first.
    fn is_apart_from(&self, earlier: &Reach) -> bool {
        for (key, earlier) in self.keys.iter().zip(&earlier.keys) {
            match (key, earlier) {
                (Key::Field(one), Key::Field(other)) if one != other => return true,
                (Key::Item(one), Key::Item(other)) if one != other => return true,
                (Key::Field(_), Key::Field(_)) | (Key::Item(_), Key::Item(_)) => {}
                (Key::Each | Key::Field(_) | Key::Item(_), Key::Each) => {}
                // What was set first may be one more of those there are.
                (Key::Each, Key::Field(_) | Key::Item(_)) => return false,
                (Key::Field(_), Key::Item(_)) | (Key::Item(_), Key::Field(_)) => return false,
                (Key::Any, _) | (_, Key::Any) => return false,
            }
        }
        false
    }

    fn then(&self, next: &Reach) -> Self {
        if self.is_open {
            return self.clone();
        }
        Reach {
            keys: self.keys.iter().chain(&next.keys).cloned().collect(),
            is_open: next.is_open,
            is_certain: self.is_certain && next.is_certain,
        }
    }

    fn step(mut self, step: &Step) -> Self {
        if self.is_open {
            return self;
        }
        let (key, is_certain) = key(&step.kind);
        self.keys.push(key);
        self.is_certain &= is_certain && !step.optional;
        self
    }
}

fn key(step: &StepKind) -> (Key, bool) {
    match step {
        StepKind::Field(name) => (Key::Field(name.as_str().into()), true),
        StepKind::Index(index) => match &index.kind {
            Kind::Text(name) => (Key::Field(name.as_str().into()), true),
            Kind::Number(number) => {
                let position = number.parse().ok().and_then(fields::whole);
                (position.map_or(Key::Any, Key::Item), true)
            }
            // Counted from the end, it may be any.
            Kind::Negate(number) => (Key::Any, matches!(number.kind, Kind::Number(_))),
            _ => (Key::Any, false),
        },
        StepKind::Iterate => (Key::Each, false),
        StepKind::Slice(..) => (Key::Any, false),
    }
}

fn reaches(expr: &Expr) -> Vec<Reach> {
    let perhaps = |expr: &Expr| {
        let reaches = reaches(expr).into_iter();
        reaches.map(|reach| Reach { is_certain: false, ..reach }).collect::<Vec<_>>()
    };
    let all = match &expr.kind {
        Kind::Identity => vec![Reach { is_certain: true, ..Reach::default() }],
        Kind::Path(base, steps) => {
            let along = |reach: Reach| steps.iter().fold(reach, Reach::step);
            reaches(base).into_iter().map(along).collect()
        }
        Kind::Pipe(left, right) => {
            let (left, right) = (reaches(left), reaches(right));
            if left.len().saturating_mul(right.len()) > MOST_PLACES {
                return vec![Reach::anywhere()];
            }
            left.iter().flat_map(|one| right.iter().map(|other| one.then(other))).collect()
        }
        Kind::Comma(left, right) => reaches(left).into_iter().chain(reaches(right)).collect(),
        Kind::Binary(Operator::Alternative, left, right) => {
            perhaps(left).into_iter().chain(perhaps(right)).collect()
        }
        Kind::Try { body, handler: None } => perhaps(body),
        Kind::Call { name, arguments, .. } => match forms::form(name, arguments.len()) {
            Some(Form::Sugar(longer)) => reaches(&longer(expr.span, arguments)),
            Some(Form::Primitive(Primitive::Empty | Primitive::Error)) => Vec::new(),
            Some(Form::Primitive(Primitive::First | Primitive::Limit | Primitive::Skip | Primitive::Nth)) => {
                arguments.last().map(perhaps).unwrap_or_default()
            }
            _ => vec![Reach::anywhere()],
        },
        // A condition may look at everything.
        _ => vec![Reach::anywhere()],
    };
    if all.len() > MOST_PLACES { vec![Reach::anywhere()] } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    /// Whether changes at the places can be followed one after the other: always, where nothing is taken
    /// away at the end, or not.
    #[track_caller]
    fn check(left: &str, right: &str, expected: &str) {
        let (one, other) = (parse(left).unwrap(), parse(right).unwrap());
        let found = match (may_follow(&one, &other, true), may_follow(&one, &other, false)) {
            (true, true) => "always",
            (false, true) => "where nothing is taken away later",
            _ => "not",
        };
        assert_eq!(found, expected, "{left} and {right}");
    }

    #[test]
    fn places_that_cannot_meet_are_followed_and_plain_ones_too() {
        check(".a", ".b.c", "always");
        check(".items[].price", ".items[].note", "always");
        check(".items[] | select(.x) | .price", ".note[]?", "always");
        check(".note", ".items[] | select(.x)", "always");
        check(".[].a", ".kind.c", "always");
        check(".a[0]", ".a[1]", "always");
        check("(.a, .b)", "(.c[], .d // .e)", "always");
        check(".a", "empty", "always");
        check(".a", "first(.b[])", "always");
        check(".a", ".a.b", "where nothing is taken away later");
        check(".[]", ".b", "where nothing is taken away later");
        check("if .a then .b else .c end", ".b", "where nothing is taken away later");
        check(".", ".[-1]", "where nothing is taken away later");
    }

    #[test]
    fn places_that_may_meet_are_not_followed() {
        check(".", ".[].c", "not");
        check(".c", ".[].b?", "not");
        check(".a", ".a.b?", "not");
        check(".a", ".[$x]", "not");
        check(".a[0]", ".a[1:]", "not");
        check(".b", "if .a then .b else .c end", "not");
        check(".b", "getpath([\"a\"])", "not");
        check("(.a, .b)", "(.c, .b[])", "not");
        check(".a.x", ".a | select(.x) | .y", "not");
        check(".kind.c", ".[].a", "not");
        check(".[5][].x", ".[1:][].y", "not");
    }

    #[test]
    fn what_insists_has_no_question_mark() {
        let insists = |source: &str| crate::syntax::print(&insisting(&parse(source).unwrap()));
        assert_eq!(insists(".a?.b[0]?"), ".a.b[0]");
        assert_eq!(insists("(.a? | .b)?.c"), "(.a | .b).c");
    }
}
