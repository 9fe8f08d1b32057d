//! What the system sends on its own: webhooks of the description and callbacks of operations, in both
//! versions. Both are received.

use indexmap::IndexMap;
use serde_json::Value;

use super::class::{Class, Meaning};
use super::note::Edit;
use super::pair::Work;
use super::rule::Rule;
use crate::Connector;
use crate::documents::{Documents, Place};

/// The most expressions and methods of one callback.
const MOST: usize = 64;

/// Compares webhooks by name, and callbacks by the operation and their name.
pub(super) fn compare<'a>(work: &mut Work<'a>) {
    let (old, new) = (events(work.old), events(work.new));
    for (name, before) in &old {
        let root = work.root(name, true);
        let Some(now) = new.get(name) else {
            let message = format!("the event `{name}` was removed");
            let edit = Edit::new(Rule::EventRemoved, Meaning::received(Class::Removed), name, message)
                .places(Some(before.clone()), None);
            work.tell(root, edit);
            continue;
        };
        let (was, is) = (content(&work.old.documents, before), content(&work.new.documents, now));
        let mut is_paired = false;
        let mut pairs = Vec::new();
        for (position, (media, before)) in was.iter().enumerate() {
            let same = is.get(media).or_else(|| is.get_index(position).map(|(_, place)| place));
            is_paired |= same.is_some();
            pairs.extend(same.and_then(|now| work.receives(root, before, now)));
        }
        if !was.is_empty() && !is_paired {
            let message = format!("the event `{name}` has no content any more");
            let edit = Edit::new(Rule::ContentRemoved, Meaning::received(Class::Removed), name, message);
            work.tell(root, edit.places(Some(before.clone()), Some(now.clone())));
        }
        work.entrances.entry(name.clone()).or_default().events.extend(pairs);
        work.entrances.entry(name.clone()).or_default().event = Some(root);
    }
    for (name, now) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let root = work.root(name, true);
        let message = format!("the event `{name}` was added");
        let edit = Edit::new(Rule::EventAdded, Meaning::received(Class::Additive), name, message)
            .places(None, Some(now.clone()));
        work.tell(root, edit);
    }
}

/// Name → operation object, of every webhook and callback.
fn events(connector: &Connector) -> IndexMap<String, Place> {
    let mut events = IndexMap::new();
    for webhook in &connector.webhooks {
        events.entry(webhook.name.clone()).or_insert_with(|| webhook.place.clone());
    }
    for position in 0..connector.entries().len() {
        let Ok(operation) = connector.operation_at(position) else { continue };
        for callback in &operation.callbacks {
            let place = operation.place.child("callbacks").child(callback);
            let name = format!("{} {callback}", operation.name);
            callbacks(&connector.documents, &place, &name, &mut events);
        }
    }
    events
}

/// The operations of a callback: expression → method → operation.
fn callbacks(documents: &Documents, place: &Place, name: &str, events: &mut IndexMap<String, Place>) {
    let Ok((place, callback)) = documents.follow(place) else { return };
    let expressions = callback.as_object().into_iter().flatten().filter(|(key, _)| !key.starts_with("x-"));
    for (expression, _) in expressions.take(MOST) {
        let Ok((place, item)) = documents.follow(&place.child(expression)) else { continue };
        let methods = item.as_object().into_iter().flatten();
        let methods = methods.filter(|(_, operation)| operation.get("responses").is_some());
        for (method, _) in methods.take(MOST) {
            events.entry(name.to_owned()).or_insert_with(|| place.child(method));
        }
    }
}

/// Media type → schema, of what an event carries.
fn content(documents: &Documents, operation: &Place) -> IndexMap<String, Place> {
    let mut content = IndexMap::new();
    let Ok((place, body)) = documents.follow(&operation.child("requestBody")) else { return content };
    for media in body.get("content").and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key) {
        let Ok((place, object)) = documents.follow(&place.child("content").child(media)) else { continue };
        if object.get("schema").is_some() {
            content.insert(media.clone(), place.child("schema"));
        }
    }
    content
}
