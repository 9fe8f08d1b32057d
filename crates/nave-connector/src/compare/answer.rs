//! What an operation answers: statuses, content and headers, in both versions.

use super::class::{Class, Meaning};
use super::note::Edit;
use super::operation::Operations;
use super::pair::Work;
use super::rule::Rule;
use crate::codec::essence;
use crate::operation::{Media, Operation, Parameter, Response, Status};

/// Compares what an operation answers.
pub(super) fn compare<'a>(work: &mut Work<'a>, both: Operations<'a>) {
    let successes = |operation: &'a Operation| -> Vec<&'a Response> {
        operation.responses.iter().filter(|response| is_success(response.status)).collect()
    };
    // One success that is now answered with another status is the same answer.
    let other_status = match (successes(both.old).as_slice(), successes(both.new).as_slice()) {
        ([old], [new]) if old.status != new.status => Some((*old, *new)),
        _ => None,
    };
    if let Some((old, new)) = other_status {
        let message = "success is answered with another status";
        let edit = Edit::new(Rule::AnswerStatus, Meaning::received(Class::Narrowing), "answer", message)
            .change(Some(old.status.to_string()), Some(new.status.to_string()));
        both.tell(work, edit);
        response(work, both, old, new);
    }
    let is_told = |response: &Response| {
        other_status.is_some_and(|(old, new)| std::ptr::eq(old, response) || std::ptr::eq(new, response))
    };
    for old in both.old.responses.iter().filter(|response| !is_told(response)) {
        match covering(both.new, old.status) {
            Some(new) => response(work, both, old, new),
            None => {
                let class = if is_success(old.status) { Class::Removed } else { Class::Narrowing };
                let message = format!("the answer {} is no longer described", old.status);
                let subject = format!("answer {}", old.status);
                both.tell(work, Edit::new(Rule::AnswerRemoved, Meaning::received(class), subject, message));
            }
        }
    }
    for new in both.new.responses.iter().filter(|response| !is_told(response)) {
        if both.old.responses.iter().any(|old| old.status == new.status) {
            continue;
        }
        let is_new = is_success(new.status) && covering(both.old, new.status).is_none();
        let class = if is_new { Class::Narrowing } else { Class::Additive };
        let message = format!("the answer {} is described now", new.status);
        let subject = format!("answer {}", new.status);
        both.tell(work, Edit::new(Rule::AnswerAdded, Meaning::received(class), subject, message));
    }
}

/// The description of the other version for a status: its own, that of its class, or the default.
fn covering(operation: &Operation, status: Status) -> Option<&Response> {
    let covers = |other: Status| match (other, status) {
        (Status::Default, _) => true,
        (Status::Class(class), Status::Exact(exact)) => u16::from(class) == exact / 100,
        (other, status) => other == status,
    };
    operation.responses.iter().filter(|response| covers(response.status)).min_by_key(|one| one.status)
}

fn is_success(status: Status) -> bool {
    matches!(status, Status::Exact(200..=299) | Status::Class(2))
}

fn response<'a>(work: &mut Work<'a>, both: Operations<'a>, old: &'a Response, new: &'a Response) {
    content(work, both, old, new);
    headers(work, both, old, new);
    if old.description != new.description {
        let message = format!("the text of the answer {} changed", old.status);
        let meaning = Meaning::received(Class::Documentation);
        both.tell(work, Edit::new(Rule::Documentation, meaning, "answer", message));
    }
}

fn content<'a>(work: &mut Work<'a>, both: Operations<'a>, old: &'a Response, new: &'a Response) {
    if !work.spend(old.media.len() * new.media.len()) {
        return;
    }
    let received = Meaning::received;
    let subject = format!("answer {}", old.status);
    match (old.media.is_empty(), new.media.is_empty()) {
        (true, true) => return,
        (true, false) => {
            let message = format!("the answer {} has content now", old.status);
            return both
                .tell(work, Edit::new(Rule::ContentAdded, received(Class::Additive), subject, message));
        }
        (false, true) => {
            let message = format!("the answer {} has no content any more", old.status);
            return both
                .tell(work, Edit::new(Rule::ContentRemoved, received(Class::Removed), subject, message));
        }
        (false, false) => {}
    }
    let of = |list: &'a [Media], wanted: &Media| {
        list.iter().find(|media| essence(&media.media_type) == essence(&wanted.media_type))
    };
    let mut pairs: Vec<(&Media, &Media)> =
        old.media.iter().filter_map(|media| Some((media, of(&new.media, media)?))).collect();
    for (list, other, rule, class, what) in [
        (&old.media, &new.media, Rule::MediaRemoved, Class::Narrowing, "no longer answered"),
        (&new.media, &old.media, Rule::MediaAdded, Class::Additive, "answered, too"),
    ] {
        for media in list.iter().filter(|media| of(other, media).is_none()) {
            let message = format!("`{}` is {what}", media.media_type);
            both.tell(work, Edit::new(rule, received(class), &media.media_type, message).wire());
        }
    }
    if let (true, Some(old), Some(new)) = (pairs.is_empty(), old.media.first(), new.media.first()) {
        pairs.push((old, new));
    }
    for (before, now) in pairs {
        match (&before.schema, &now.schema) {
            (Some(before), Some(now)) => {
                let pair = work.receives(both.root, before, now);
                let entrance = work.entrances.entry(both.old.name.clone()).or_default();
                entrance.answers.extend(pair.map(|pair| (old.status, pair)));
            }
            (None, None) => {}
            (before, _) => {
                let class = if before.is_some() { Class::Removed } else { Class::Additive };
                let word = |said: bool| Some(if said { "described" } else { "anything" }.to_owned());
                let message = format!("the type of the answer {} changed", old.status);
                let edit = Edit::new(Rule::TypeChanged, received(class), &subject, message)
                    .change(word(before.is_some()), word(before.is_none()));
                both.tell(work, edit);
            }
        }
    }
}

fn headers<'a>(work: &mut Work<'a>, both: Operations<'a>, old: &'a Response, new: &'a Response) {
    if !work.spend(old.headers.len() * new.headers.len()) {
        return;
    }
    let of =
        |list: &'a [Parameter], name: &str| list.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let tell = |work: &mut Work<'a>, name: &'a str, rule: Rule, class: Class, what: &str| {
        let message = format!("the header `{name}` of the answer {} {what}", old.status);
        both.tell(work, Edit::new(rule, Meaning::received(class), name, message).about(name));
    };
    for before in &old.headers {
        let Some(now) = of(&new.headers, &before.name) else {
            tell(work, &before.name, Rule::HeaderRemoved, Class::Removed, "was removed");
            continue;
        };
        match (before.required, now.required) {
            (true, false) => {
                tell(work, &before.name, Rule::HeaderOptional, Class::Breaking, "may be missing now");
            }
            (false, true) => {
                tell(work, &before.name, Rule::HeaderRequired, Class::Additive, "is always there now");
            }
            _ => {}
        }
        if now.deprecated && !before.deprecated {
            tell(work, &before.name, Rule::Deprecated, Class::Deprecated, "is deprecated now");
        }
        if let (Some(before), Some(now)) = (&before.schema, &now.schema) {
            work.receives(both.root, before, now);
        }
    }
    for now in new.headers.iter().filter(|header| of(&old.headers, &header.name).is_none()) {
        tell(work, &now.name, Rule::HeaderAdded, Class::Additive, "was added");
    }
}
