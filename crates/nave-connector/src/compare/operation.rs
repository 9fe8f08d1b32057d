//! One operation in both versions: everything besides its arguments and answers, which have files of
//! their own.

use super::class::{Class, Meaning};
use super::note::Edit;
use super::pair::Work;
use super::rule::Rule;
use super::{answer, argument, security};
use crate::Operation;
use crate::documents::Place;
use crate::operation::Server;

/// An operation in both versions, and the position its edits are noticed at.
#[derive(Clone, Copy)]
pub(super) struct Operations<'a> {
    pub(super) root: usize,
    pub(super) old: &'a Operation,
    pub(super) new: &'a Operation,
}

impl<'a> Operations<'a> {
    /// Notices an edit of this operation.
    pub(super) fn tell(self, work: &mut Work<'a>, edit: Edit<'a>) {
        let (old, new) = (edit.old.clone(), edit.new.clone());
        let place = |place: Option<Place>, operation: &Operation| {
            Some(place.unwrap_or_else(|| operation.place.clone()))
        };
        work.tell(self.root, edit.places(place(old, self.old), place(new, self.new)));
    }
}

/// Compares one operation.
pub(super) fn compare<'a>(work: &mut Work<'a>, root: usize, old: &'a Operation, new: &'a Operation) {
    let both = Operations { root, old, new };
    work.entrances.entry(old.name.clone()).or_default().root = Some(root);
    argument::compare(work, both);
    answer::compare(work, both);
    security::required(work, both);
    servers(work, both);
    if new.deprecated && !old.deprecated {
        let message = format!("`{}` is deprecated now", old.name);
        let edit = Edit::new(Rule::Deprecated, Meaning::both(Class::Deprecated), &old.name, message);
        both.tell(work, edit);
    }
    documentation(work, both);
}

fn servers<'a>(work: &mut Work<'a>, both: Operations<'a>) {
    let Operations { old, new, .. } = both;
    if !work.spend(old.servers.len() * new.servers.len()) {
        return;
    }
    let addresses = |servers: &[Server]| servers.iter().map(|server| server.url.clone()).collect::<Vec<_>>();
    let (before, now) = (addresses(&old.servers), addresses(&new.servers));
    if before == now {
        return;
    }
    let shown = |urls: &[String]| if urls.is_empty() { "none".to_owned() } else { urls.join(", ") };
    let is_kept = before.iter().all(|url| now.contains(url)) && before.first() == now.first();
    let class = if is_kept { Class::Additive } else { Class::Narrowing };
    let versions = |urls: &[String]| urls.iter().map(|url| super::version::split(url)).collect::<Vec<_>>();
    let (split_before, split_now) = (versions(&before), versions(&now));
    let is_version = split_before.iter().map(|(rest, _)| rest).eq(split_now.iter().map(|(rest, _)| rest));
    let message = match (split_before.first(), split_now.first()) {
        (Some((_, from)), Some((_, to))) if is_version && !from.is_empty() && !to.is_empty() => {
            format!("the version in the address changed from {from} to {to}")
        }
        _ => "the address of the system changed".to_owned(),
    };
    let edit = Edit::new(Rule::ServerChanged, Meaning::both(class), "servers", message)
        .change(Some(shown(&before)), Some(shown(&now)))
        .wire();
    both.tell(work, edit);
}

fn documentation<'a>(work: &mut Work<'a>, both: Operations<'a>) {
    let Operations { old, new, .. } = both;
    let changed = [
        ("summary", old.summary != new.summary),
        ("description", old.description != new.description),
        ("tags", old.tags != new.tags),
        ("deprecated", old.deprecated && !new.deprecated),
    ];
    let changed: Vec<&str> = changed.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect();
    if changed.is_empty() {
        return;
    }
    let message = format!("`{}` of `{}` changed", changed.join("`, `"), old.name);
    let meaning = Meaning::both(Class::Documentation);
    both.tell(work, Edit::new(Rule::Documentation, meaning, &old.name, message));
}
