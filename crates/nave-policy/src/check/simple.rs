//! Conditions simple enough to be compared: comparisons of paths with numbers and texts, joined by `and`.

use std::collections::BTreeMap;

use nave_expr::Expr;
use nave_expr::ast::{Kind, Operator, StepKind};
use nave_model::Decimal;

/// What each path may be for the condition to hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Simple {
    paths: BTreeMap<String, Range>,
}

/// Numbers from `least` to `most`, or one text.
#[derive(Debug, Clone, Default, PartialEq)]
struct Range {
    /// The bound, and whether it belongs to the range.
    least: Option<(Decimal, bool)>,
    most: Option<(Decimal, bool)>,
    text: Option<String>,
}

/// How the calls of two conditions lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// No call fits both.
    Apart,
    /// Every call that fits the first fits the second.
    Inside,
    /// Some calls fit both, and some only the first.
    Crossing,
}

impl Simple {
    /// The condition as ranges; `None` where it is not that simple.
    pub(super) fn of(expr: &Expr) -> Option<Simple> {
        let mut simple = Simple { paths: BTreeMap::new() };
        simple.add(expr)?;
        Some(simple)
    }

    fn add(&mut self, expr: &Expr) -> Option<()> {
        let Kind::Binary(operator, left, right) = &expr.kind else { return None };
        if *operator == Operator::And {
            self.add(left)?;
            return self.add(right);
        }
        let (path, operator, constant) = match path(left) {
            Some(path) => (path, *operator, right),
            None => (path(right)?, mirrored(*operator), left),
        };
        let range = self.paths.entry(path).or_default();
        if let Kind::Text(text) = &constant.kind {
            let is_new = operator == Operator::Equal && range.text.is_none();
            return is_new.then(|| range.text = Some(text.clone()));
        }
        let number = number(constant)?;
        match operator {
            Operator::Less => range.lower((number, false)),
            Operator::LessOrEqual => range.lower((number, true)),
            Operator::Greater => range.raise((number, false)),
            Operator::GreaterOrEqual => range.raise((number, true)),
            Operator::Equal => {
                range.lower((number.clone(), true));
                range.raise((number, true));
            }
            _ => return None,
        }
        Some(())
    }

    /// How the calls this holds for lie to those of another condition.
    pub(super) fn relation(&self, other: &Simple) -> Relation {
        let shared = self.paths.iter().filter_map(|(path, range)| Some((range, other.paths.get(path)?)));
        if shared.clone().any(|(a, b)| a.is_apart(b)) {
            return Relation::Apart;
        }
        let narrower = other
            .paths
            .iter()
            .all(|(path, wide)| self.paths.get(path).is_some_and(|range| range.is_inside(wide)));
        if narrower { Relation::Inside } else { Relation::Crossing }
    }
}

impl Range {
    fn raise(&mut self, bound: (Decimal, bool)) {
        if self.least.as_ref().is_none_or(|least| starts_later(&bound, least)) {
            self.least = Some(bound);
        }
    }

    fn lower(&mut self, bound: (Decimal, bool)) {
        if self.most.as_ref().is_none_or(|most| ends_earlier(&bound, most)) {
            self.most = Some(bound);
        }
    }

    fn is_apart(&self, other: &Range) -> bool {
        let below = |a: &Range, b: &Range| match (&a.most, &b.least) {
            (Some((most, closed)), Some((least, also_closed))) => {
                most < least || (most == least && !(*closed && *also_closed))
            }
            _ => false,
        };
        let texts = matches!((&self.text, &other.text), (Some(a), Some(b)) if a != b);
        let is_number = |range: &Range| range.least.is_some() || range.most.is_some();
        let kinds = (self.text.is_some() && is_number(other)) || (other.text.is_some() && is_number(self));
        texts || kinds || below(self, other) || below(other, self)
    }

    fn is_inside(&self, wide: &Range) -> bool {
        let least = wide
            .least
            .as_ref()
            .is_none_or(|bound| self.least.as_ref().is_some_and(|own| !starts_later(bound, own)));
        let most = wide
            .most
            .as_ref()
            .is_none_or(|bound| self.most.as_ref().is_some_and(|own| !ends_earlier(bound, own)));
        least && most && (wide.text.is_none() || wide.text == self.text)
    }
}

fn starts_later((a, a_closed): &(Decimal, bool), (b, b_closed): &(Decimal, bool)) -> bool {
    a > b || (a == b && !a_closed && *b_closed)
}

fn ends_earlier((a, a_closed): &(Decimal, bool), (b, b_closed): &(Decimal, bool)) -> bool {
    a < b || (a == b && !a_closed && *b_closed)
}

/// `.a.b` and `$x.a` as one text.
fn path(expr: &Expr) -> Option<String> {
    let Kind::Path(base, steps) = &expr.kind else { return None };
    let mut text = match &base.kind {
        Kind::Identity => String::new(),
        Kind::Variable(name) => format!("${name}"),
        _ => return None,
    };
    for step in steps {
        let StepKind::Field(name) = &step.kind else { return None };
        nave_model::place::push_token(&mut text, name);
    }
    Some(text)
}

fn number(expr: &Expr) -> Option<Decimal> {
    match &expr.kind {
        Kind::Number(text) => Decimal::parse(text),
        Kind::Negate(inner) => match &inner.kind {
            Kind::Number(text) => Decimal::parse(&format!("-{text}")),
            _ => None,
        },
        _ => None,
    }
}

fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, expected: Option<Relation>) {
        let simple = |source: &str| Simple::of(&nave_expr::syntax::parse(source).unwrap());
        let found = simple(one).zip(simple(other)).map(|(one, other)| one.relation(&other));
        assert_eq!(found, expected, "{one} | {other}");
    }

    #[test]
    fn conditions_are_apart_inside_or_crossing() {
        check(".amount > 100", ".amount <= 100", Some(Relation::Apart));
        check(".amount >= 100", ".amount <= 100", Some(Relation::Crossing));
        check(".amount > 5000", ".amount > 1000", Some(Relation::Inside));
        check(".amount > 1000", ".amount > 5000", Some(Relation::Crossing));
        check(".amount > 1000 and .currency == \"EUR\"", ".currency == \"EUR\"", Some(Relation::Inside));
        check(".currency == \"USD\"", ".currency == \"EUR\"", Some(Relation::Apart));
        check("100 < .a.b", ".a.b > 50", Some(Relation::Inside));
        check("$time.hour < 7", ".hour < 7", Some(Relation::Crossing));
        check(".amount > -1", ".amount == -1", Some(Relation::Apart));
        check(".a > 1 or .b > 1", ".a > 1", None);
        check(".a | not", ".a > 1", None);
    }
}
