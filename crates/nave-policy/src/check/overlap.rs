//! Rules of all policies held against each other: those without effect, and those that contradict.

use nave_model::fault::codes;

use super::Known;
use super::simple::{Relation, Simple};
use crate::document::Document;
use crate::finding::{Finding, at};
use crate::rules::{Answer, Checked, Policy};
use crate::selector::{Meant, Principal, PrincipalKind, Who};

/// How strong an answer is; `None` for those that answer beside the others.
fn strength(answer: &Answer) -> Option<u8> {
    match answer {
        Answer::Allow { .. } => Some(0),
        Answer::Ask(_) => Some(1),
        Answer::Refuse { .. } => Some(2),
        Answer::Cap { .. } | Answer::Mask(_) => None,
    }
}

/// A rule with everything that is compared.
struct Entry<'p> {
    policy: usize,
    index: usize,
    rule: &'p Checked,
    condition: Option<Option<Simple>>,
    operations: Vec<usize>,
}

/// Rules that have no effect, and rules that answer the same calls differently: with the position of
/// the policy each stands in. A narrower rule that is stronger is an exception, and means what it says.
pub fn contradictions(policies: &[(&Document, &Policy)], operations: &[Known<'_>]) -> Vec<(usize, Finding)> {
    let mut entries = Vec::new();
    for (position, (document, policy)) in policies.iter().enumerate() {
        for (index, (written, rule)) in document.rules.iter().zip(&policy.rules).enumerate() {
            let condition = written
                .when
                .as_ref()
                .map(|source| nave_expr::syntax::parse(source).ok().and_then(|expr| Simple::of(&expr)));
            let covered = operations.iter().enumerate().filter(|(_, known)| rule.covers(&known.facts));
            let operations = covered.map(|(position, _)| position).collect();
            entries.push(Entry { policy: position, index, rule, condition, operations });
        }
    }
    let mut found = Vec::new();
    for weaker in &entries {
        let stronger = entries.iter().filter(|other| is_stronger(other, weaker));
        if let Some(finding) = stronger.filter_map(|stronger| compare(weaker, stronger)).next() {
            found.push((weaker.policy, finding));
        }
    }
    found
}

fn is_stronger(other: &Entry<'_>, than: &Entry<'_>) -> bool {
    match (strength(&other.rule.answer), strength(&than.rule.answer)) {
        (Some(other), Some(than)) => other > than,
        // A limit or mask on calls that are refused anyway has no effect.
        (Some(2), None) => true,
        _ => false,
    }
}

/// What the stronger rule does to the weaker one.
fn compare(weaker: &Entry<'_>, stronger: &Entry<'_>) -> Option<Finding> {
    let shared = weaker.operations.iter().any(|one| stronger.operations.binary_search(one).is_ok());
    let people = relation_of_people(&weaker.rule.by, &stronger.rule.by);
    let calls = relation_of_conditions(weaker.condition.as_ref(), stronger.condition.as_ref())?;
    if !shared || people == Relation::Apart || calls == Relation::Apart {
        return None;
    }
    let operations_inside =
        weaker.operations.iter().all(|one| stronger.operations.binary_search(one).is_ok());
    let inside = operations_inside && people == Relation::Inside && calls == Relation::Inside;
    let answer = match &stronger.rule.answer {
        Answer::Refuse { .. } => "refuses",
        _ => "asks about",
    };
    let pointer = at(weaker.index, "on").trim_end_matches("/on").to_owned();
    let (id, other) = (&weaker.rule.id, &stronger.rule.id);
    if inside && matches!(stronger.rule.answer, Answer::Refuse { .. }) {
        let message = format!("`{id}` has no effect: `{other}` refuses every call it is for");
        let hint = "remove one of the two, or narrow the one that refuses".to_owned();
        return Some(Finding::new(codes::POLICY_UNREACHABLE, pointer, message).hint(hint).warning());
    }
    let exception = is_exception(weaker, stronger);
    if exception || strength(&weaker.rule.answer).is_none() {
        return None;
    }
    let message = format!("`{id}` and `{other}` are for the same calls, and `{other}` {answer} them");
    let hint = "narrow one of the two with `on`, `by` or `when`".to_owned();
    Some(Finding::new(codes::POLICY_OVERLAP, pointer, message).hint(hint).warning())
}

/// Whether the stronger rule is for a part of the weaker one's calls, as an exception is.
fn is_exception(weaker: &Entry<'_>, stronger: &Entry<'_>) -> bool {
    let operations = stronger.operations.iter().all(|one| weaker.operations.binary_search(one).is_ok());
    let people = relation_of_people(&stronger.rule.by, &weaker.rule.by) == Relation::Inside;
    let calls = relation_of_conditions(stronger.condition.as_ref(), weaker.condition.as_ref());
    let is_narrower = stronger.operations.len() < weaker.operations.len()
        || relation_of_people(&weaker.rule.by, &stronger.rule.by) != Relation::Inside
        || relation_of_conditions(weaker.condition.as_ref(), stronger.condition.as_ref())
            != Some(Relation::Inside);
    operations && people && calls.is_none_or(|calls| calls == Relation::Inside) && is_narrower
}

/// `None` where a condition is too involved to say.
fn relation_of_conditions(one: Option<&Option<Simple>>, other: Option<&Option<Simple>>) -> Option<Relation> {
    match (one, other) {
        (_, None) => Some(Relation::Inside),
        (None, Some(_)) => Some(Relation::Crossing),
        (Some(one), Some(other)) => Some(one.as_ref()?.relation(other.as_ref()?)),
    }
}

/// Whether the first are among the second, by what can be said of names, kinds and roles.
fn relation_of_people(one: &[Who], other: &[Who]) -> Relation {
    let everybody =
        |who: &[Who]| who.is_empty() || who.iter().any(|who| who.meant() == Some(Meant::Everyone));
    if everybody(other) {
        return Relation::Inside;
    }
    if everybody(one) {
        return Relation::Crossing;
    }
    let covered = |who: &Who| other.iter().any(|wide| is_among(who, wide));
    if one.iter().all(covered) {
        return Relation::Inside;
    }
    let meets = |who: &Who| other.iter().any(|wide| may_meet(who, wide));
    if one.iter().any(meets) { Relation::Crossing } else { Relation::Apart }
}

fn is_among(who: &Who, wide: &Who) -> bool {
    match (who.meant(), wide.meant()) {
        (Some(Meant::Named(kind, name)), Some(Meant::Named(wide_kind, pattern))) => {
            kind == wide_kind
                && (pattern == "*" || pattern == name || (!name.contains('*') && named(kind, name, wide)))
        }
        (Some(Meant::Role(role)), Some(Meant::Role(pattern))) => pattern == "*" || pattern == role,
        _ => false,
    }
}

fn may_meet(who: &Who, wide: &Who) -> bool {
    match (who.meant(), wide.meant()) {
        (Some(Meant::Named(kind, name)), Some(Meant::Named(wide_kind, pattern))) => {
            kind == wide_kind
                && (name.contains('*') || pattern.contains('*') || name == pattern)
                && (name.contains('*') || named(kind, name, wide))
        }
        // Anybody may have any role.
        _ => true,
    }
}

fn named(kind: PrincipalKind, name: &str, wide: &Who) -> bool {
    wide.fits(&Principal { kind, name: name.to_owned(), roles: Vec::new() })
}
