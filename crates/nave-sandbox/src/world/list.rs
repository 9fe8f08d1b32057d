//! Shows a collection, newest first, page by page as the connector says its lists are paged.

use nave_connector::check::{self, Direction};
use nave_connector::manifest::Paging;
use nave_connector::schema::fields::fields;
use serde_json::{Map, Value};

use crate::generate::{self, Purpose, Rng};
use crate::world::anchor::{Anchor, folded};
use crate::world::answers::Chosen;
use crate::world::overlay::Overlay;
use crate::world::perform::{Act, Done};
use crate::world::{World, id_text};

/// Arguments that say how many things a page holds.
const SIZES: [&str; 12] = [
    "limit",
    "perpage",
    "pagesize",
    "count",
    "size",
    "maxresults",
    "first",
    "top",
    "rows",
    "pagelimit",
    "take",
    "max",
];
/// How often a thing of a collection is made up anew at most, on average.
const TRIES: usize = 8;
/// Things on a page where nothing says how many.
const USUAL_SIZE: usize = 20;
/// The most things on a page.
const LARGEST_SIZE: usize = 100;
/// Fields of an answer that say how many things there are.
const TOTALS: [&str; 6] = ["total", "totalcount", "totalitems", "totalresults", "totalrecords", "numfound"];
/// Fields of an answer that say whether there are more.
const MORES: [&str; 4] = ["hasmore", "more", "hasnext", "hasnextpage"];

/// The things of a collection that fit the call, and the part of them to show.
struct Page {
    things: Vec<(String, Value)>,
    start: usize,
    size: usize,
}

impl Page {
    fn end(&self) -> usize {
        self.start.saturating_add(self.size).min(self.things.len())
    }

    fn has_more(&self) -> bool {
        self.end() < self.things.len()
    }

    fn shown(&self) -> &[(String, Value)] {
        self.things.get(self.start.min(self.things.len())..self.end()).unwrap_or_default()
    }
}

/// Answers with the collection.
pub(crate) fn show(
    act: &Act<'_>,
    chosen: Chosen<'_>,
    anchor: &Anchor<'_>,
    collection: &str,
    world: &mut World,
) -> Done {
    populate(act, anchor, collection, world);
    let page = page(act, anchor, collection, world);
    let items: Vec<Value> = page.shown().iter().map(|(id, thing)| item(act, anchor, id, thing)).collect();
    let check = |value: &Value| act.problems(chosen, value);
    let made = act.made(chosen, &[collection]);
    let mut overlay = Overlay::new(made, &check);
    if !overlay.set(&anchor.pointer, Value::Array(items.clone())) {
        // The list may stand in a part that was not made up, or hold fewer things than there are.
        let members = |items: &[Value]| {
            let name = anchor.pointer.trim_start_matches('/').replace("~1", "/").replace("~0", "~");
            Map::from_iter([(name, Value::Array(items.to_vec()))])
        };
        if anchor.pointer.matches('/').count() == 1 {
            overlay.merge("", &members(&items));
        }
    }
    let last = page.shown().last();
    describe_page(act, &mut overlay, anchor, &page);
    let next = last.filter(|_| page.has_more()).map(|(id, _)| id.clone());
    Done::Answer { status: chosen.status, value: overlay.value, next }
}

/// Makes up the things that were there before anybody created one.
fn populate(act: &Act<'_>, anchor: &Anchor<'_>, collection: &str, world: &mut World) {
    if std::mem::replace(&mut world.collection(collection).populated, true) {
        return;
    }
    let Some(id_name) = &anchor.id else { return };
    let wanted = world.collection(collection).things.len().saturating_add(act.population);
    let id_schema = fields(anchor.schema).declared.get(id_name.as_str()).copied();
    // Identifiers made up may be the same by chance: each thing is made up anew until it has its own.
    for attempt in 0..act.population.saturating_mul(TRIES) {
        if world.collection(collection).things.len() >= wanted {
            return;
        }
        let number = attempt.to_string();
        let mut rng = Rng::for_words(act.seed, &[&act.connector.name, collection, "inhabitant", &number]);
        let Ok(Value::Object(mut thing)) = generate::value(anchor.schema, &mut rng, Purpose::ANSWER) else {
            return;
        };
        let fits = |thing: &Map<String, Value>| {
            check::value(anchor.schema, &Value::Object(thing.clone()), Direction::Response).is_empty()
        };
        let before = thing.get(id_name).cloned();
        if let Some(id) = id_schema.and_then(|schema| act.new_id(schema, id_name, &mut rng)) {
            thing.insert(id_name.clone(), id);
        }
        if !fits(&thing)
            && let Some(before) = before
        {
            thing.insert(id_name.clone(), before);
        }
        let Some(id) = thing.get(id_name).and_then(id_text) else { continue };
        let things = &mut world.collection(collection).things;
        if !things.contains_key(&id) {
            // Older than everything created.
            things.shift_insert(0, id, Value::Object(thing));
        }
    }
}

/// Which things the call asks for: those that agree with the arguments that are fields of theirs.
fn page(act: &Act<'_>, anchor: &Anchor<'_>, collection: &str, world: &mut World) -> Page {
    let declared = fields(anchor.schema).declared;
    let given = act.checked.parameters.iter().filter_map(|(position, value)| {
        let parameter = act.operation.parameters.get(*position)?;
        let is_field = declared.contains_key(parameter.name.as_str()) && id_text(value).is_some();
        let is_paging = paging_argument(act.paging()) == Some(parameter.name.as_str());
        (is_field && !is_paging && !is_size(&parameter.name)).then_some((parameter.name.as_str(), value))
    });
    let wanted: Vec<(&str, &Value)> = given.collect();
    let agrees = |thing: &Value| {
        wanted
            .iter()
            .all(|(name, value)| thing.get(name).is_none_or(|known| id_text(known) == id_text(value)))
    };
    let things = &world.collection(collection).things;
    let newest_first = things.iter().rev().filter(|(_, thing)| agrees(thing));
    let things: Vec<(String, Value)> = newest_first.map(|(id, thing)| (id.clone(), thing.clone())).collect();
    let sizes = act.operation.parameters.iter().filter(|parameter| is_size(&parameter.name));
    let size = sizes.filter_map(|parameter| as_count(act.argument(&parameter.name)?)).next();
    let unpaged = act.paging().is_none().then_some(LARGEST_SIZE);
    let size = size.or(unpaged).unwrap_or(USUAL_SIZE).clamp(1, LARGEST_SIZE);
    let start = start(act, &things, size);
    Page { things, start, size }
}

fn is_size(name: &str) -> bool {
    SIZES.contains(&folded(name).as_str())
}

fn paging_argument(paging: Option<&Paging>) -> Option<&str> {
    match paging? {
        Paging::Cursor { argument, .. } | Paging::Offset { argument, .. } | Paging::Page { argument, .. } => {
            Some(argument)
        }
        Paging::LinkHeader { .. } | Paging::NextUrl { .. } => None,
    }
}

/// Where the page begins.
fn start(act: &Act<'_>, things: &[(String, Value)], size: usize) -> usize {
    let after = |id: &str| things.iter().position(|(known, _)| known == id).map_or(things.len(), |at| at + 1);
    if let Some(id) = act.after {
        return after(id);
    }
    match act.paging() {
        Some(Paging::Cursor { argument, item_key, .. }) => {
            let Some(cursor) = act.argument(argument).and_then(id_text) else { return 0 };
            let by_key = item_key.as_ref().and_then(|key| {
                things
                    .iter()
                    .position(|(_, thing)| thing.pointer(key).and_then(id_text).as_ref() == Some(&cursor))
            });
            by_key.map_or_else(|| after(&cursor), |at| at + 1)
        }
        Some(Paging::Offset { argument, .. }) => act.argument(argument).and_then(as_count).unwrap_or(0),
        Some(Paging::Page { argument, first, .. }) => {
            let first = usize::try_from(*first).unwrap_or(0);
            let page = act.argument(argument).and_then(as_count).unwrap_or(first);
            page.saturating_sub(first).saturating_mul(size)
        }
        Some(Paging::LinkHeader { .. } | Paging::NextUrl { .. }) | None => 0,
    }
}

fn as_count(value: &Value) -> Option<usize> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    usize::try_from(number).ok()
}

/// One thing as this list shows it: as it is remembered, else as much of that as its schema allows.
fn item(act: &Act<'_>, anchor: &Anchor<'_>, id: &str, thing: &Value) -> Value {
    let check = |value: &Value| check::value(anchor.schema, value, Direction::Response);
    let declared = fields(anchor.schema).declared;
    let members = thing.as_object().into_iter().flatten();
    let known = members.filter(|(name, _)| declared.is_empty() || declared.contains_key(name.as_str()));
    let known: Map<String, Value> = known.map(|(name, value)| (name.clone(), value.clone())).collect();
    let exact = Value::Object(known.clone());
    if check(&exact).is_empty() {
        return exact;
    }
    let mut rng = Rng::for_words(act.seed, &[&act.connector.name, &act.operation.name, "item", id]);
    match generate::value(anchor.schema, &mut rng, Purpose::ANSWER) {
        Ok(made) => {
            let mut overlay = Overlay::new(made, &check);
            overlay.merge("", &known);
            overlay.value
        }
        Err(_) => exact,
    }
}

/// Makes everything beside the list agree with it: how many there are, whether and where it goes on.
fn describe_page(act: &Act<'_>, overlay: &mut Overlay<'_>, anchor: &Anchor<'_>, page: &Page) {
    let total = Value::from(page.things.len());
    let more = Value::Bool(page.has_more());
    let last = page.shown().last().filter(|_| page.has_more());
    let names: Vec<String> =
        overlay.value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    for name in names {
        let pointer = nave_model::place::child("", &name);
        if pointer == anchor.pointer {
            continue;
        }
        if TOTALS.contains(&folded(&name).as_str()) {
            overlay.set(&pointer, total.clone());
        } else if MORES.contains(&folded(&name).as_str()) {
            overlay.set(&pointer, more.clone());
        }
    }
    let pages = page.things.len().div_ceil(page.size.max(1));
    match act.paging() {
        Some(Paging::Cursor { next, more: more_at, .. }) => {
            set_deep(overlay, more_at.as_deref(), more);
            let cursor = last.map(|(id, _)| Value::String(id.clone()));
            set_or_clear(overlay, next.as_deref(), cursor);
        }
        Some(Paging::Offset { total: total_at, more: more_at, .. }) => {
            set_deep(overlay, total_at.as_deref(), total);
            set_deep(overlay, more_at.as_deref(), more);
        }
        Some(Paging::Page { pages: pages_at, more: more_at, .. }) => {
            set_deep(overlay, pages_at.as_deref(), Value::from(pages));
            set_deep(overlay, more_at.as_deref(), more);
        }
        Some(Paging::NextUrl { next, .. }) => {
            // The address is completed by the sandbox, which knows where it is reached.
            let address = last.map(|(id, _)| Value::String(format!("{NEXT}{id}")));
            set_or_clear(overlay, Some(next), address);
        }
        Some(Paging::LinkHeader { .. }) | None => {}
    }
}

/// Stands for the sandbox's own address in a next address.
pub(crate) const NEXT: &str = "nave-next:";

/// Sets a value, making the objects on the way where there are none.
fn set_deep(overlay: &mut Overlay<'_>, pointer: Option<&str>, value: Value) -> bool {
    let Some(pointer) = pointer else { return false };
    let mut missing = value;
    let mut at = pointer.to_owned();
    loop {
        let Some((above, name)) =
            at.rsplit_once('/').map(|(above, name)| (above.to_owned(), name.to_owned()))
        else {
            return false;
        };
        if overlay.value.pointer(&above).is_some_and(Value::is_object) {
            return overlay.set(&at, missing);
        }
        missing = Value::Object(Map::from_iter([(name, missing)]));
        at = above;
    }
}

/// Sets what leads to the next page; on the last page there is nothing there.
fn set_or_clear(overlay: &mut Overlay<'_>, pointer: Option<&str>, value: Option<Value>) {
    let Some(at) = pointer else { return };
    match value {
        Some(value) => {
            set_deep(overlay, pointer, value);
        }
        None if overlay.value.pointer(at).is_some() => {
            // Some descriptions say nothing by leaving it out, some by null, some by an empty text.
            let cleared = overlay.remove(at) || overlay.set(at, Value::Null);
            if !cleared && !overlay.set(at, Value::String(String::new())) {
                let above = at.rsplit_once('/').map_or("", |(above, _)| above).to_owned();
                overlay.remove(&above);
            }
        }
        None => {}
    }
}
