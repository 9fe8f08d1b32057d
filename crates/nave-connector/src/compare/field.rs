//! Fields of an object: gone, new, required, optional, hidden or shown; and what other fields are.

use nave_model::similar::nearest;

use super::class::{Class, Meaning};
use super::graph::Step;
use super::note::Edit;
use super::pair::{Both, Work};
use super::rule::Rule;
use super::shape::kind_word;
use super::spot::{Spot, Token};
use super::view::{Field, View};
use crate::documents::Place;

/// New fields among which a hint looks for the one that took the place of a removed one.
const MOST_FRESH: usize = 100;

/// Whether a field is part of an object that goes one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Optional,
    Required,
}

/// The states of a field in what is sent and in what is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct States {
    sent: State,
    received: State,
}

impl States {
    fn of(field: Option<&Field<'_>>) -> Self {
        let Some(field) = field else { return States { sent: State::Absent, received: State::Absent } };
        let state = |takes_part: bool| match (takes_part, field.required) {
            (false, _) => State::Absent,
            (true, Some(_)) => State::Required,
            (true, None) => State::Optional,
        };
        States { sent: state(field.is_sent()), received: state(field.is_received()) }
    }
}

/// Compares the fields that have names of their own.
pub(super) fn compare<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    let marks = both.old.fields.values().chain(both.new.fields.values()).map(Field::cost).sum();
    if !work.spend(marks) {
        return;
    }
    for (name, old) in &both.old.fields {
        let new = both.new.fields.get(name);
        // A name that is only required may be covered by what is said of other fields.
        match new {
            Some(new) => kept(work, both, name, (old, new)),
            None if old.declared.is_none() => no_longer_required(work, both, name, old),
            None => match elsewhere(work, &both.new, name) {
                Some(moved) => into_alternatives(work, both, name, (old, moved)),
                None => removed(work, both, name, old),
            },
        }
    }
    for (name, new) in both.new.fields.iter().filter(|(name, _)| !both.old.fields.contains_key(*name)) {
        if new.declared.is_none() {
            required(work, both, name, new);
            continue;
        }
        match elsewhere(work, &both.old, name) {
            Some(moved) => out_of_alternatives(work, both, name, (moved, new)),
            None => added(work, both, name, new),
        }
    }
}

/// The schemas of a field that only an alternative, or a schema under a condition, declares.
fn elsewhere<'a>(work: &mut Work<'a>, view: &View<'a>, name: &str) -> Option<Vec<Spot<'a>>> {
    let branches = view.unions.iter().flat_map(|union| &union.branches);
    for branch in branches.chain(view.conditions.values()) {
        if !work.spend(1) {
            return None;
        }
        if !work.shape(branch).fields.contains(name) {
            continue;
        }
        let inner = super::view::view(std::slice::from_ref(branch));
        work.spend(inner.cost());
        let spots = inner.fields.get(name).map(|field| field.spots.clone()).unwrap_or_default();
        if !spots.is_empty() {
            return Some(spots);
        }
    }
    None
}

/// A field is still there, but in some alternatives only; that there are alternatives is told as such.
fn into_alternatives<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    name: &'a str,
    (old, moved): (&Field<'a>, Vec<Spot<'a>>),
) {
    if old.required.is_some() && both.new.fields.get(name).is_none_or(|new| new.required.is_none()) {
        no_longer_required(work, both, name, old);
    }
    let way = (old.is_sent(), old.is_received());
    work.lead(both.position, Step::Field(name), way, old.spots.clone(), moved);
}

/// A field that was there in some alternatives is there in any case.
fn out_of_alternatives<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    name: &'a str,
    (moved, new): (Vec<Spot<'a>>, &Field<'a>),
) {
    if new.required.is_some() {
        required(work, both, name, new);
    }
    let way = (new.is_sent(), new.is_received());
    work.lead(both.position, Step::Field(name), way, moved, new.spots.clone());
}

fn kept<'a>(work: &mut Work<'a>, both: &Both<'a>, name: &'a str, (old, new): (&Field<'a>, &Field<'a>)) {
    let (before, now) = (States::of(Some(old)), States::of(Some(new)));
    let takes_part = |one: State, other: State| one != State::Absent && other != State::Absent;
    let way = (takes_part(before.sent, now.sent), takes_part(before.received, now.received));
    if before != now {
        hidden_or_shown(work, both, name, (old, new), (before, now));
        let (sent, received) = (way.0.then_some(()), way.1.then_some(()));
        match (old.required, new.required) {
            (None, Some(_)) => {
                let meaning = Meaning {
                    sent: sent.map(|()| Class::Breaking),
                    received: received.map(|()| Class::Additive),
                };
                must(work, both, name, (old.declared, new.required), meaning);
            }
            (Some(_), None) => {
                let meaning = Meaning {
                    sent: sent.map(|()| Class::Additive),
                    received: received.map(|()| Class::Breaking),
                };
                may(work, both, name, (old.required, new.declared), meaning);
            }
            _ => {}
        }
    }
    if old.spots.is_empty() || new.spots.is_empty() {
        if old.spots.is_empty() != new.spots.is_empty() {
            described(work, both, name, (old, new));
        }
        return;
    }
    work.lead(both.position, Step::Field(name), way, old.spots.clone(), new.spots.clone());
}

/// A field that stays becomes `readOnly` or `writeOnly`, or is so no longer.
fn hidden_or_shown<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    name: &'a str,
    (old, new): (&Field<'a>, &Field<'a>),
    (before, now): (States, States),
) {
    let gone = |before: State, now: State| before != State::Absent && now == State::Absent;
    let by = (old.declared, new.declared);
    if gone(before.sent, now.sent) || gone(before.received, now.received) {
        let class = |gone: bool| gone.then_some(Class::Removed);
        let meaning = Meaning {
            sent: class(gone(before.sent, now.sent)),
            received: class(gone(before.received, now.received)),
        };
        let what =
            if meaning.sent.is_some() { "only answered, not sent," } else { "only sent, not answered," };
        both.note(work, (Rule::FieldHidden, name), by, |object| {
            let subject = join(object, name);
            let message = format!("`{subject}` is {what} now");
            Edit::new(Rule::FieldHidden, meaning, subject, message)
                .about(name)
                .places(place(&both.old, old.declared, name), place(&both.new, new.declared, name))
        });
    }
    if gone(now.sent, before.sent) || gone(now.received, before.received) {
        let sent = match now.sent {
            State::Required => Class::Breaking,
            State::Optional | State::Absent => Class::Additive,
        };
        let meaning = Meaning {
            sent: gone(now.sent, before.sent).then_some(sent),
            received: gone(now.received, before.received).then_some(Class::Additive),
        };
        both.note(work, (Rule::FieldShown, name), by, |object| {
            let subject = join(object, name);
            let what = if meaning.sent.is_some() { "sent" } else { "answered" };
            let must = if meaning.sent == Some(Class::Breaking) { "must" } else { "may" };
            let message = format!("`{subject}` {must} be {what} now, too");
            Edit::new(Rule::FieldShown, meaning, subject, message)
                .about(name)
                .places(place(&both.old, old.declared, name), place(&both.new, new.declared, name))
        });
    }
}

fn removed<'a>(work: &mut Work<'a>, both: &Both<'a>, name: &'a str, old: &Field<'a>) {
    let states = States::of(Some(old));
    let class = |state: State| (state != State::Absent).then_some(Class::Removed);
    let meaning = Meaning { sent: class(states.sent), received: class(states.received) };
    let from = old.spots.first().map(|spot| kind_word(spot));
    let fresh = both.new.fields.keys().copied().filter(|name| !both.old.fields.contains_key(*name));
    let fresh: Vec<&str> = fresh.take(MOST_FRESH).collect();
    work.spend(10 * fresh.len());
    let near = nearest(name, fresh, 1).first().map(|near| format!("perhaps it is `{near}` now"));
    both.note(work, (Rule::FieldRemoved, name), (old.declared, None), |object| {
        let subject = join(object, name);
        let message = format!("`{subject}` was removed");
        Edit::new(Rule::FieldRemoved, meaning, subject, message)
            .change(from, None)
            .hint(near)
            .about(name)
            .places(place(&both.old, old.declared, name), None)
    });
}

fn added<'a>(work: &mut Work<'a>, both: &Both<'a>, name: &'a str, new: &Field<'a>) {
    let states = States::of(Some(new));
    let sent = match states.sent {
        State::Absent => None,
        State::Optional => Some(Class::Additive),
        State::Required => Some(Class::Breaking),
    };
    let received = (states.received != State::Absent).then_some(Class::Additive);
    let to = new.spots.first().map(|spot| kind_word(spot));
    both.note(work, (Rule::FieldAdded, name), (None, new.declared), |object| {
        let subject = join(object, name);
        let must = if states.sent == State::Required { " and is required" } else { "" };
        let message = format!("`{subject}` was added{must}");
        Edit::new(Rule::FieldAdded, Meaning { sent, received }, subject, message)
            .change(None, to)
            .about(name)
            .places(None, place(&both.new, new.declared, name))
    });
}

/// A name that is required now without being declared.
fn required<'a>(work: &mut Work<'a>, both: &Both<'a>, name: &'a str, new: &Field<'a>) {
    must(work, both, name, (None, new.required), Meaning::of(Class::Breaking, Class::Additive));
}

/// A name that was required without being declared.
fn no_longer_required<'a>(work: &mut Work<'a>, both: &Both<'a>, name: &'a str, old: &Field<'a>) {
    may(work, both, name, (old.required, None), Meaning::of(Class::Additive, Class::Breaking));
}

fn must<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    name: &'a str,
    by: (Option<usize>, Option<usize>),
    meaning: Meaning,
) {
    both.note(work, (Rule::FieldRequired, name), (None, by.1), |object| {
        let subject = join(object, name);
        let message = format!("`{subject}` is required now");
        Edit::new(Rule::FieldRequired, meaning, subject, message)
            .about(name)
            .places(place(&both.old, by.0, name), declared(&both.new, name))
    });
}

fn may<'a>(
    work: &mut Work<'a>,
    both: &Both<'a>,
    name: &'a str,
    by: (Option<usize>, Option<usize>),
    meaning: Meaning,
) {
    both.note(work, (Rule::FieldOptional, name), (by.0, None), |object| {
        let subject = join(object, name);
        let message = format!("`{subject}` is no longer required");
        Edit::new(Rule::FieldOptional, meaning, subject, message)
            .about(name)
            .places(declared(&both.old, name), place(&both.new, by.1, name))
    });
}

/// A required field is described in one version only.
fn described<'a>(work: &mut Work<'a>, both: &Both<'a>, name: &'a str, (old, new): (&Field<'a>, &Field<'a>)) {
    let is_said = old.spots.is_empty();
    let meaning = if is_said {
        Meaning::of(Class::Narrowing, Class::Additive)
    } else {
        Meaning::of(Class::Additive, Class::Removed)
    };
    let word = |field: &Field<'a>| Some(field.spots.first().map_or_else(|| "anything".to_owned(), kind_word));
    let by = (old.declared.or(old.required), new.declared.or(new.required));
    both.note(work, (Rule::TypeChanged, name), by, |object| {
        let subject = join(object, name);
        let message = format!("the type of `{subject}` changed");
        Edit::new(Rule::TypeChanged, meaning, subject, message).change(word(old), word(new)).about(name)
    });
}

/// Compares what is said of fields without a name of their own.
pub(super) fn others<'a>(work: &mut Work<'a>, both: &Both<'a>) {
    let (old, new) = (&both.old, &both.new);
    for (pattern, before) in &old.patterns {
        match new.patterns.get(pattern) {
            Some(now) => {
                let (before, now) = (vec![before.clone()], vec![now.clone()]);
                work.lead(both.position, Step::Extra, (true, true), before, now);
            }
            None => by_pattern(work, both, pattern, (Rule::FieldRemoved, Class::Removed)),
        }
    }
    for pattern in new.patterns.keys().filter(|pattern| !old.patterns.contains_key(*pattern)) {
        by_pattern(work, both, pattern, (Rule::FieldAdded, Class::Additive));
    }
    match (old.is_map(), new.is_map()) {
        (true, true) => {
            work.lead(both.position, Step::Extra, (true, true), old.extra.clone(), new.extra.clone());
        }
        (true, false) if new.closed.is_some() => closed(work, both, Meaning::both(Class::Removed)),
        (true, false) => opened(work, both, Meaning::of(Class::Additive, Class::Narrowing), "anything"),
        (false, true) if old.closed.is_some() => {
            opened(work, both, Meaning::both(Class::Additive), "described");
        }
        (false, true) => {
            both.note(work, (Rule::BoundTightened, "additionalProperties"), (None, Some(0)), |subject| {
                let message = format!("what other fields of `{subject}` may be is described now");
                Edit::new(Rule::BoundTightened, Meaning::narrower(), subject, message)
            });
        }
        (false, false) if old.closed.is_none() && new.closed.is_some() => {
            closed(work, both, Meaning::of(Class::Narrowing, Class::Additive));
        }
        (false, false) if old.closed.is_some() && new.closed.is_none() => {
            opened(work, both, Meaning::both(Class::Additive), "anything");
        }
        (false, false) => {}
    }
}

fn by_pattern<'a>(work: &mut Work<'a>, both: &Both<'a>, pattern: &'a str, (rule, class): (Rule, Class)) {
    let by = if rule == Rule::FieldRemoved { (Some(0), None) } else { (None, Some(0)) };
    both.note(work, (rule, pattern), by, |object| {
        let what = if rule == Rule::FieldRemoved { "removed" } else { "added" };
        let message = format!("the fields of `{object}` whose names match /{pattern}/ were {what}");
        Edit::new(rule, Meaning::both(class), object, message)
    });
}

fn closed<'a>(work: &mut Work<'a>, both: &Both<'a>, meaning: Meaning) {
    both.note(work, (Rule::ObjectClosed, ""), (None, both.new.closed), |subject| {
        let message = format!("`{subject}` has no fields any more besides those that are named");
        Edit::new(Rule::ObjectClosed, meaning, subject, message)
    });
}

fn opened<'a>(work: &mut Work<'a>, both: &Both<'a>, meaning: Meaning, what: &str) {
    both.note(work, (Rule::ObjectOpened, ""), (both.old.closed.or(Some(0)), None), |subject| {
        let message = format!("fields of `{subject}` that are not named may be {what} now");
        Edit::new(Rule::ObjectOpened, meaning, subject, message)
    });
}

/// `object.name`; a name that could be taken for a path is quoted.
fn join(object: &str, name: &str) -> String {
    super::subject::join(object, name)
}

/// The place of a field where it is declared.
fn declared<'a>(view: &View<'a>, name: &'a str) -> Option<Place> {
    place(view, view.fields.get(name)?.declared, name)
}

/// The place of a field that a member declares.
fn place<'a>(view: &View<'a>, member: Option<usize>, name: &'a str) -> Option<Place> {
    let member: &Spot<'a> = view.members.get(member?)?;
    let properties = member.value.get("properties").and_then(|properties| properties.get(name));
    properties.map(|value| member.below("properties", Some(Token::Key(name)), value).place())
}
