//! Discriminators: which values of a field lead to which schema.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::Place;

/// Of larger mappings the rest is left out.
const MOST_NAMES: usize = 1_000;

/// A discriminator's field and the values that lead to one schema.
#[derive(Clone)]
pub(super) struct Tag {
    pub field: Rc<str>,
    pub values: Vec<String>,
}

/// A discriminator's mapping, by the schemas it leads to.
pub(super) struct Tags<'a> {
    field: Rc<str>,
    /// Identity of a schema → the reference as written in full, and the values.
    found: BTreeMap<usize, Vec<String>>,
    /// The schemas in the order of the mapping, each with the reference that leads there.
    pub targets: Vec<(Place<'a>, String)>,
}

impl<'a> Tags<'a> {
    /// `None` where a discriminator has no mapping.
    pub(super) fn read(place: Place<'a>, discriminator: &Json) -> Option<Self> {
        let mapping = discriminator.get("mapping")?.as_object()?;
        let field = discriminator.get("propertyName").and_then(Json::as_str).unwrap_or_default();
        let mut tags = Tags { field: field.into(), found: BTreeMap::new(), targets: Vec::new() };
        for (value, reference) in mapping.iter().take(MOST_NAMES) {
            let full = full_references(reference.as_str().unwrap_or_default());
            let found = full.into_iter().find_map(|one| Some((place.follow(&one)?, one)));
            let Some((target, reference)) = found else { continue };
            let values = tags.found.entry(target.identity()).or_default();
            if values.is_empty() {
                tags.targets.push((target, reference));
            }
            values.push(value.clone());
        }
        Some(tags)
    }

    /// The values that lead to a schema, where there are any.
    pub(super) fn of(&self, target: Place<'_>) -> Option<Tag> {
        let values = self.found.get(&target.identity())?.clone();
        (!self.field.is_empty()).then(|| Tag { field: Rc::clone(&self.field), values })
    }
}

/// The references a name in a mapping may stand for.
fn full_references(written: &str) -> Vec<String> {
    if written.contains('#') || written.contains('/') {
        return vec![written.to_owned()];
    }
    let escaped = written.replace('~', "~0").replace('/', "~1");
    vec![format!("#/components/schemas/{escaped}"), format!("#/definitions/{escaped}")]
}
