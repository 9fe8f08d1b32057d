//! The things of a system as the sandbox remembers them: created ones can be read, listed, changed and
//! removed, and what was removed stays removed. Which operation does what is told by `role`.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::Value;

pub(crate) mod anchor;
pub(crate) mod answers;
pub(crate) mod list;
pub(crate) mod overlay;
pub(crate) mod perform;
pub(crate) mod role;

/// Things remembered in one collection; the oldest is forgotten first.
const MOST_THINGS: usize = 100_000;

/// Everything remembered.
#[derive(Debug, Default)]
pub(crate) struct World {
    collections: BTreeMap<String, Collection>,
    /// Paths of things that were removed.
    removed: BTreeSet<String>,
    /// Things made so far: the next one differs.
    made: u64,
}

/// The things under one path, by identifier.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    /// Oldest first.
    pub(crate) things: IndexMap<String, Value>,
    /// The things that were there before anybody created one have been made up.
    pub(crate) populated: bool,
}

impl World {
    /// Whether a path leads to something removed, or below it.
    pub(crate) fn is_removed(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.filter_map(|end| path.get(..end)).any(|prefix| self.removed.contains(prefix))
    }

    /// A thing, if it is remembered.
    pub(crate) fn thing(&self, collection: &str, id: &str) -> Option<&Value> {
        self.collections.get(collection)?.things.get(id)
    }

    /// Remembers a thing, new or changed.
    pub(crate) fn keep(&mut self, collection: &str, id: &str, value: Value) {
        self.removed.remove(&path_of(collection, id));
        let things = &mut self.collection(collection).things;
        if things.len() >= MOST_THINGS && !things.contains_key(id) {
            things.shift_remove_index(0);
        }
        things.insert(id.to_owned(), value);
    }

    /// Takes a thing away, with everything below it.
    pub(crate) fn remove(&mut self, collection: &str, id: &str) {
        let path = path_of(collection, id);
        if let Some(found) = self.collections.get_mut(collection) {
            found.things.shift_remove(id);
        }
        let below = format!("{path}/");
        self.collections.retain(|name, _| *name != path && !name.starts_with(&below));
        self.removed.insert(path);
    }

    /// A collection, empty at first.
    pub(crate) fn collection(&mut self, name: &str) -> &mut Collection {
        self.collections.entry(name.to_owned()).or_default()
    }

    /// A number no other thing was made with.
    pub(crate) fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Collections and the identifiers in them.
    pub(crate) fn summary(&self) -> BTreeMap<&str, Vec<&str>> {
        let named = |found: &'_ Collection| -> usize { found.things.len() };
        let filled = self.collections.iter().filter(|(_, found)| named(found) > 0);
        filled
            .map(|(name, found)| (name.as_str(), found.things.keys().map(String::as_str).collect()))
            .collect()
    }
}

/// The path of a thing; one there is only one of has its collection's.
pub(crate) fn path_of(collection: &str, id: &str) -> String {
    if id.is_empty() { collection.to_owned() } else { format!("{collection}/{id}") }
}

/// An identifier as it stands in a path.
pub(crate) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_takes_what_is_below_with_it() {
        let mut world = World::default();
        world.keep("/customers", "c1", Value::Bool(true));
        world.keep("/customers/c1/cards", "k1", Value::Bool(true));
        world.keep("/customers", "c10", Value::Bool(true));
        world.remove("/customers", "c1");
        assert!(world.is_removed("/customers/c1") && world.is_removed("/customers/c1/cards"));
        assert!(!world.is_removed("/customers/c10") && !world.is_removed("/customers"));
        assert_eq!(world.thing("/customers/c1/cards", "k1"), None);
        world.keep("/customers", "c1", Value::Bool(false));
        assert!(!world.is_removed("/customers/c1/cards"));
    }
}
