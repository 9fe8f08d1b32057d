//! Which operation of the old version is which of the new one: by method and path, then by the path
//! without names and version, then by name.

use std::collections::{BTreeMap, BTreeSet};

use nave_model::similar::nearest;

use super::class::{Class, Meaning};
use super::note::Edit;
use super::pair::Work;
use super::rule::Rule;
use super::version::{nameless, split};
use crate::Operation;
use crate::connector::{Connector, Entry};
use crate::documents::Place;

/// New operations among which a hint looks for the one that took the place of a removed one.
const MOST_FRESH: usize = 200;

/// Operations by what became of them.
pub(super) struct Matching<'a> {
    /// In both versions: the position edits are noticed at, and both operations.
    pub(super) pairs: Vec<(usize, &'a Operation, &'a Operation)>,
    removed: Vec<&'a Entry>,
    added: Vec<&'a Entry>,
}

/// A key that matches operations, or `None` for one that this way of matching leaves out.
type By = fn(&Entry) -> Option<String>;

/// The ways operations are matched, the surest first. What one way has matched the next leaves alone.
const WAYS: [By; 4] = [
    |entry| Some(format!("{} {}", entry.method, entry.path)),
    |entry| Some(format!("{} {}", entry.method, nameless(&entry.path))),
    |entry| Some(format!("{} {}", entry.method, split(&nameless(&entry.path)).0)),
    |entry| Some(entry.name.clone()),
];

/// Matches the operations of both versions.
pub(super) fn operations<'a>(work: &mut Work<'a>) -> Matching<'a> {
    let (old, new) = (work.old, work.new);
    let mut left_old: Vec<usize> = (0..old.entries().len()).collect();
    let mut left_new: Vec<usize> = (0..new.entries().len()).collect();
    let mut matched: Vec<(usize, usize)> = Vec::new();
    for way in WAYS {
        let found = by(way, (old.entries(), &left_old), (new.entries(), &left_new));
        let (taken_old, taken_new): (BTreeSet<usize>, BTreeSet<usize>) = found.iter().copied().unzip();
        left_old.retain(|position| !taken_old.contains(position));
        left_new.retain(|position| !taken_new.contains(position));
        matched.extend(found);
    }
    matched.sort_unstable();
    let mut matching = Matching { pairs: Vec::new(), removed: Vec::new(), added: Vec::new() };
    for (before, now) in matched {
        // Whatever cannot be compiled was left out by the import; a connector from elsewhere may differ.
        match (old.operation_at(before), new.operation_at(now)) {
            (Ok(before), Ok(now)) => {
                let root = work.root(&before.name, false);
                matching.pairs.push((root, before, now));
            }
            (Ok(_), Err(_)) => matching.removed.extend(old.entries().get(before)),
            (Err(_), Ok(_)) => matching.added.extend(new.entries().get(now)),
            (Err(_), Err(_)) => {}
        }
    }
    matching.removed.extend(left_old.into_iter().filter_map(|position| old.entries().get(position)));
    matching.added.extend(left_new.into_iter().filter_map(|position| new.entries().get(position)));
    work.matched = matching.pairs.len();
    matching
}

/// Pairs of positions whose key is the same and stands for one operation on each side.
fn by(way: By, old: (&[Entry], &[usize]), new: (&[Entry], &[usize])) -> Vec<(usize, usize)> {
    let index = |(entries, left): (&[Entry], &[usize])| {
        let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for position in left {
            if let Some(key) = entries.get(*position).and_then(way) {
                index.entry(key).or_default().push(*position);
            }
        }
        index
    };
    let candidates = index(new);
    let mut found = Vec::new();
    for (key, positions) in index(old) {
        if let ([old], Some([new])) = (positions.as_slice(), candidates.get(&key).map(Vec::as_slice)) {
            found.push((*old, *new));
        }
    }
    found
}

/// Tells of operations that are gone, new, renamed or moved.
pub(super) fn report<'a>(work: &mut Work<'a>, matching: &Matching<'_>) {
    for entry in &matching.removed {
        gone(work, entry, &matching.added);
    }
    for entry in &matching.added {
        let root = work.root(&entry.name, false);
        let message = format!("`{}` was added", entry.name);
        let edit = Edit::new(Rule::OperationAdded, Meaning::both(Class::Additive), &entry.name, message)
            .change(None, Some(line(&entry.method, &entry.path)))
            .places(None, Some(entry.place.clone()));
        work.tell(root, edit);
    }
    for (root, old, new) in &matching.pairs {
        moved(work, *root, old, new);
    }
}

fn gone<'a>(work: &mut Work<'a>, entry: &Entry, added: &[&Entry]) {
    let root = work.root(&entry.name, false);
    let name = &entry.name;
    work.entrances.entry(name.clone()).or_default().root = Some(root);
    let described = described(work.new, entry);
    let (rule, message) = if described.is_some() {
        let why = "it is still described, but in a way that cannot be used";
        (Rule::OperationUnusable, format!("`{name}` was removed: {why}"))
    } else {
        (Rule::OperationRemoved, format!("`{name}` was removed"))
    };
    let fresh: Vec<&str> = added.iter().take(MOST_FRESH).map(|entry| entry.name.as_str()).collect();
    work.spend(10 * fresh.len());
    let near = nearest(name, fresh, 1);
    let edit = Edit::new(rule, Meaning::both(Class::Removed), name, message)
        .change(Some(line(&entry.method, &entry.path)), None)
        .hint(near.first().map(|near| format!("perhaps it is `{near}` now")))
        .places(Some(entry.place.clone()), described);
    work.tell(root, edit);
}

/// Where an operation that is not in the index is described all the same.
fn described(connector: &Connector, entry: &Entry) -> Option<Place> {
    let item = Place::new("").child("paths").child(&entry.path);
    let place = item.child(&entry.method.to_ascii_lowercase());
    connector.documents.get(&place).map(|_| place)
}

fn moved<'a>(work: &mut Work<'a>, root: usize, old: &Operation, new: &Operation) {
    let places = (Some(old.place.clone()), Some(new.place.clone()));
    if old.method != new.method || nameless(&old.path) != nameless(&new.path) {
        let ((before, from), (now, to)) = (split(&nameless(&old.path)), split(&nameless(&new.path)));
        let meaning = Meaning::both(Class::Narrowing);
        let edit = if before == now && old.method == new.method {
            let word = |version: String| if version.is_empty() { "none".to_owned() } else { version };
            let (from, to) = (word(from), word(to));
            let message = format!("the version in the path changed from {from} to {to}");
            Edit::new(Rule::PathVersion, meaning, "path", message).change(Some(from), Some(to))
        } else {
            let message = format!("`{}` is called by another method or path", old.name);
            Edit::new(Rule::OperationMoved, meaning, &old.name, message)
                .change(Some(line(&old.method, &old.path)), Some(line(&new.method, &new.path)))
        };
        work.tell(root, edit.wire().places(places.0.clone(), places.1.clone()));
    }
    if old.name != new.name {
        let message = format!("`{}` is called `{}` now", old.name, new.name);
        let edit = Edit::new(Rule::OperationRenamed, Meaning::both(Class::Breaking), &old.name, message)
            .change(Some(old.name.clone()), Some(new.name.clone()))
            .places(places.0, places.1);
        work.tell(root, edit);
    }
}

fn line(method: &str, path: &str) -> String {
    format!("{method} {path}")
}
