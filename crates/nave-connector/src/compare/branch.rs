//! Alternatives: which branch of the old version is which of the new, and what of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::class::{Class, Meaning};
use super::graph::{Pair, Step};
use super::note::Edit;
use super::pair::{Both, Work};
use super::rule::Rule;
use super::shape::{Shape, Types, kind_word};
use super::spot::Spot;

/// Where unions are larger, branches without a name are matched by their position alone.
const MOST_COMPARED: usize = 64;

/// A value that had one shape has several now, or the other way round: the one is matched with the most
/// alike of the several. `false` where both sides are of the same sort.
pub(super) fn one_became_several<'a>(work: &mut Work<'a>, both: &Both<'a>, pair: &Pair<'a>) -> bool {
    if pair.old.len() > 1 || pair.new.len() > 1 {
        return false;
    }
    let (old, new) = (&both.old, &both.new);
    let one = |spots: &[Spot<'a>]| spots.first().cloned().into_iter().collect::<Vec<_>>();
    match (old.unions.as_slice(), new.unions.as_slice()) {
        ([], [several]) if old.types.is_some() && !new.has_content() => {
            let members = (None, Some(several.member));
            branches(work, both, members, &one(&pair.old), &several.branches);
            true
        }
        ([several], []) if new.types.is_some() && !old.has_content() => {
            let members = (Some(several.member), None);
            branches(work, both, members, &several.branches, &one(&pair.new));
            true
        }
        _ => false,
    }
}

/// Compares the unions of both sides in the order they stand in.
pub(super) fn unions<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    let (old, new) = (&both.old.unions, &both.new.unions);
    for position in 0..old.len().max(new.len()) {
        let (before, now) = (old.get(position), new.get(position));
        let members = (before.map(|union| union.member), now.map(|union| union.member));
        let branches_of = |union: Option<&super::view::Union<'a>>| {
            union.map(|union| union.branches.clone()).unwrap_or_default()
        };
        branches(work, both, members, &branches_of(before), &branches_of(now));
    }
}

/// Schemas that apply under a condition: matched by the condition.
pub(super) fn conditions<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    for (condition, before) in &both.old.conditions {
        match both.new.conditions.get(condition) {
            Some(now) => {
                let (before, now) = (vec![before.clone()], vec![now.clone()]);
                work.lead(both.position, Step::Same, (true, true), before, now);
            }
            None => lost(work, both, (Some(0), None), before, Meaning::wider()),
        }
    }
    for (condition, now) in &both.new.conditions {
        if !both.old.conditions.contains_key(condition) {
            gained(work, both, (None, Some(0)), now, Meaning::narrower());
        }
    }
}

fn branches<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    members: (Option<usize>, Option<usize>),
    old: &[Spot<'a>],
    new: &[Spot<'a>],
) {
    if !work.spend(old.len() + new.len()) {
        return;
    }
    let matched = matched(work, old, new);
    for (before, now) in &matched {
        if let (Some(before), Some(now)) = (old.get(*before), new.get(*now)) {
            let (before, now) = (vec![before.clone()], vec![now.clone()]);
            work.lead(both.position, Step::Same, (true, true), before, now);
        }
    }
    let left_old: BTreeSet<usize> = matched.iter().map(|(old, _)| *old).collect();
    let left_new: BTreeSet<usize> = matched.iter().map(|(_, new)| *new).collect();
    let was = together(work, old);
    let is = together(work, new);
    for (_, branch) in old.iter().enumerate().filter(|(position, _)| !left_old.contains(position)) {
        let meaning = removal(work, branch, (&is, both), new.is_empty());
        lost(work, both, members, branch, meaning);
    }
    for (_, branch) in new.iter().enumerate().filter(|(position, _)| !left_new.contains(position)) {
        let meaning = addition(work, branch, &was, old.is_empty());
        gained(work, both, members, branch, meaning);
    }
}

/// Which branch of the old version is which of the new, by positions: first by name, then the most alike.
fn matched<'a>(work: &mut Work<'a>, old: &[Spot<'a>], new: &[Spot<'a>]) -> Vec<(usize, usize)> {
    let shapes = |work: &mut Work<'a>, spots: &[Spot<'a>]| -> Vec<Rc<Shape<'a>>> {
        spots.iter().map(|spot| work.shape(spot)).collect()
    };
    let (before, now) = (shapes(work, old), shapes(work, new));
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, shape) in now.iter().enumerate().rev() {
        if let Some(name) = &shape.name {
            named.entry(name).or_default().push(position);
        }
    }
    let mut matched: Vec<(usize, usize)> = Vec::new();
    let mut left_old: Vec<usize> = Vec::new();
    for (position, shape) in before.iter().enumerate() {
        let same = shape.name.as_deref().and_then(|name| named.get_mut(name)?.pop());
        match same {
            Some(same) => matched.push((position, same)),
            None => left_old.push(position),
        }
    }
    let taken: BTreeSet<usize> = matched.iter().map(|(_, new)| *new).collect();
    let mut left_new: Vec<usize> = (0..now.len()).filter(|position| !taken.contains(position)).collect();
    let is_large = left_old.len() > MOST_COMPARED || left_new.len() > MOST_COMPARED;
    let last = left_old.len() == 1 && left_new.len() == 1;
    for position in left_old {
        let Some(shape) = before.get(position) else { continue };
        let candidates = left_new.iter().filter_map(|candidate| {
            let other = now.get(*candidate)?;
            let likeness = likeness(shape, other, last || is_large)?;
            Some((likeness, *candidate))
        });
        // The most alike, and of these the first; in a large union the first that may be meant.
        let best = if is_large {
            candidates.take(1).next()
        } else {
            work.spend(left_new.len() * (1 + shape.fields.len()));
            candidates.max_by_key(|(likeness, candidate)| (*likeness, std::cmp::Reverse(*candidate)))
        };
        if let Some((_, best)) = best {
            matched.push((position, best));
            left_new.retain(|candidate| *candidate != best);
        }
    }
    matched
}

/// How alike two branches are, in thousandths; `None` where one cannot be the other. `or_else`: they
/// need not have a field in common.
fn likeness(one: &Shape<'_>, other: &Shape<'_>, or_else: bool) -> Option<usize> {
    if one.types != other.types {
        return None;
    }
    let fields = one.fields.len() + other.fields.len();
    if fields == 0 {
        return Some(1_000);
    }
    let common = one.fields.intersection(&other.fields).count();
    (common > 0 || or_else).then_some(2_000 * common / fields)
}

/// The fields and types of all branches of one side.
struct Together<'a> {
    fields: BTreeSet<&'a str>,
    types: Option<Types>,
}

fn together<'a>(work: &mut Work<'a>, branches: &[Spot<'a>]) -> Together<'a> {
    let mut together = Together { fields: BTreeSet::new(), types: Some(Types::NONE) };
    for branch in branches {
        let shape = work.shape(branch);
        work.spend(1 + shape.fields.len());
        together.fields.extend(shape.fields.iter().copied());
        together.types = together.types.zip(shape.types).map(|(before, types)| before.and(types));
    }
    together
}

/// What it means that a branch is gone. `none_left`: the value is not said to be one of several any more.
fn removal<'a>(
    work: &mut Work<'a>,
    branch: &Spot<'a>,
    (is, both): (&Together<'a>, &Both<'a>),
    none_left: bool,
) -> Meaning {
    let shape = work.shape(branch);
    let known = |name: &&str| is.fields.contains(*name) || both.new.fields.contains_key(*name);
    let fields_lost = shape.fields.iter().any(|name| !known(name));
    let types_left = if none_left { both.new.types } else { is.types };
    let types_lost = match (shape.types, types_left) {
        (Some(types), Some(left)) => types.without(left) != Types::NONE,
        (_, None) => false,
        (None, Some(_)) => !none_left,
    };
    let structure = shape.types.is_none_or(|types| types.has(Types::OBJECT.and(Types::ARRAY)));
    if fields_lost {
        return Meaning::both(Class::Removed);
    }
    if none_left && !types_lost {
        return Meaning::wider();
    }
    let sent = if types_lost { Class::Breaking } else { Class::Narrowing };
    let received = if types_lost && structure { Class::Breaking } else { Class::Additive };
    Meaning::of(sent, received)
}

/// What it means that a branch is new. `first`: the value was not said to be one of several.
fn addition<'a>(work: &mut Work<'a>, branch: &Spot<'a>, was: &Together<'a>, first: bool) -> Meaning {
    if first {
        return Meaning::narrower();
    }
    let shape = work.shape(branch);
    let is_new = match (shape.types, was.types) {
        (Some(types), Some(was)) => types.without(was) != Types::NONE,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    Meaning::of(Class::Additive, if is_new { Class::Breaking } else { Class::Narrowing })
}

fn lost<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    members: (Option<usize>, Option<usize>),
    branch: &Spot<'a>,
    meaning: Meaning,
) {
    let word = kind_word(branch);
    let place = branch.place();
    let key = (Rule::BranchRemoved, "", branch.address());
    both.note_branch(work, key, (members.0, None), |subject| {
        let message = format!("`{subject}` has one alternative less");
        Edit::new(Rule::BranchRemoved, meaning, subject, message)
            .change(Some(word), None)
            .places(Some(place), None)
    });
}

fn gained<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    members: (Option<usize>, Option<usize>),
    branch: &Spot<'a>,
    meaning: Meaning,
) {
    let word = kind_word(branch);
    let place = branch.place();
    let key = (Rule::BranchAdded, "", branch.address());
    both.note_branch(work, key, (None, members.1), |subject| {
        let message = format!("`{subject}` has one alternative more");
        Edit::new(Rule::BranchAdded, meaning, subject, message)
            .change(None, Some(word))
            .places(None, Some(place))
    });
}
