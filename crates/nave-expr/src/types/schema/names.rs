//! What people call a schema: by its title, or by the name it is referred to.

use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::Place;

/// Longer names are none.
const LONGEST: usize = 60;

/// The name a schema gives itself; titles that are sentences are none.
pub(super) fn title(place: Place<'_>, keywords: &Map<String, Json>) -> Option<Rc<str>> {
    let title = keywords.get("title")?.as_str()?.trim();
    let is_name = !title.is_empty() && title.len() <= LONGEST && !title.contains(['\n', '.', '`']);
    is_name.then(|| qualified(place, title))
}

/// The name in a reference to a schema that stands among others by name.
pub(super) fn reference_name(place: Place<'_>, reference: &str) -> Option<Rc<str>> {
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let name = match fragment.rsplit_once('/') {
        Some((container, name)) => {
            let is_named = ["schemas", "definitions", "$defs", "models"]
                .iter()
                .any(|known| container.rsplit('/').next() == Some(*known));
            is_named.then_some(name)?
        }
        None if fragment.is_empty() => {
            let file = file.rsplit('/').next()?;
            file.split('.').next()?
        }
        None => fragment,
    };
    let name = name.replace("~1", "/").replace("~0", "~").replace("%20", " ");
    (!name.is_empty() && name.len() <= 2 * LONGEST).then(|| qualified(place, &name))
}

fn qualified(place: Place<'_>, name: &str) -> Rc<str> {
    match place.schemas.owner() {
        Some(owner) if !name.contains(' ') => format!("{owner}.{name}").into(),
        _ => name.into(),
    }
}
