//! Where in an answer the thing stands that it is about, or the list of things, and which of its
//! properties is the identifier. Read from the schema alone.

use nave_connector::Schema;
use nave_connector::manifest::Paging;
use nave_connector::schema::fields::fields;

use crate::generate::items_of;

/// A place in an answer.
#[derive(Clone)]
pub(crate) struct Anchor<'a> {
    /// JSON pointer in the answer.
    pub(crate) pointer: String,
    /// Schema of the thing; of a list, the schema of its items.
    pub(crate) schema: Schema<'a>,
    /// Name of the identifier.
    pub(crate) id: Option<String>,
}

/// Names a list of things usually has.
const LISTS: [&str; 12] = [
    "data",
    "items",
    "results",
    "records",
    "entries",
    "values",
    "value",
    "list",
    "elements",
    "objects",
    "resources",
    "rows",
];
/// Names a single wrapped thing usually has.
const WRAPPERS: [&str; 8] = ["data", "result", "item", "record", "resource", "object", "response", "entity"];
/// Names an identifier usually has, the surest first.
const IDENTIFIERS: [&str; 10] = ["id", "sid", "uuid", "guid", "gid", "key", "token", "slug", "number", "ts"];

/// Where the single thing stands. `names` are what it may be called, `parameter` the name of the path
/// parameter that identifies it.
pub(crate) fn thing<'a>(schema: Schema<'a>, names: &[String], parameter: Option<&str>) -> Option<Anchor<'a>> {
    let declared = fields(schema).declared;
    // A member that is itself a thing is not an identifier, though the parameter may be called like it.
    let plain = declared.iter().filter(|(_, member)| fields(**member).declared.is_empty());
    let id = identifier(&plain.map(|(name, _)| *name), names, parameter);
    if let Some(id) = id {
        return Some(Anchor { pointer: String::new(), schema, id: Some(id) });
    }
    if let Some(items) = items_of(schema) {
        return inner(items, "/0", names, parameter);
    }
    let wrappers = names.iter().map(String::as_str).chain(WRAPPERS);
    for wanted in wrappers {
        let wanted = folded(wanted);
        let member = declared.iter().find(|(name, _)| folded(name) == wanted);
        let Some((name, member)) = member else { continue };
        let pointer = nave_model::place::child("", name);
        let found = match items_of(*member) {
            Some(items) => inner(items, &format!("{pointer}/0"), names, parameter),
            None => inner(*member, &pointer, names, parameter),
        };
        if found.is_some() {
            return found;
        }
    }
    // An object that says what it is without an identifier, for example settings.
    (!declared.is_empty()).then_some(Anchor { pointer: String::new(), schema, id: None })
}

fn inner<'a>(
    schema: Schema<'a>,
    pointer: &str,
    names: &[String],
    parameter: Option<&str>,
) -> Option<Anchor<'a>> {
    let declared = fields(schema).declared;
    let id = identifier(&declared.keys().copied(), names, parameter)?;
    Some(Anchor { pointer: pointer.to_owned(), schema, id: Some(id) })
}

/// Where the list of things stands: where the paging rule says, else the answer itself, else under a
/// usual name, else the only list of objects.
pub(crate) fn list<'a>(
    schema: Schema<'a>,
    names: &[String],
    parameter: Option<&str>,
    paging: Option<&Paging>,
) -> Option<Anchor<'a>> {
    if let Some(pointer) = paging.map(items_pointer).filter(|pointer| !pointer.is_empty()) {
        let mut found = schema;
        for token in pointer.split('/').skip(1) {
            found = fields(found).declared.get(token).copied()?;
        }
        return Some(listed(items_of(found)?, pointer.to_owned(), names, parameter));
    }
    if let Some(items) = items_of(schema) {
        return Some(listed(items, String::new(), names, parameter));
    }
    let declared = fields(schema).declared;
    let lists: Vec<(&str, Schema<'a>)> =
        declared.iter().filter_map(|(name, member)| Some((*name, items_of(*member)?))).collect();
    let wanted = names.iter().map(String::as_str).chain(LISTS);
    for name in wanted {
        let wanted = folded(name);
        if let Some((name, items)) = lists.iter().find(|(name, _)| folded(name) == wanted) {
            return Some(listed(*items, nave_model::place::child("", name), names, parameter));
        }
    }
    let mut objects = lists.iter().filter(|(_, items)| !fields(*items).declared.is_empty());
    match (objects.next(), objects.next()) {
        (Some((name, items)), None) => {
            Some(listed(*items, nave_model::place::child("", name), names, parameter))
        }
        _ => None,
    }
}

fn listed<'a>(items: Schema<'a>, pointer: String, names: &[String], parameter: Option<&str>) -> Anchor<'a> {
    let id = identifier(&fields(items).declared.keys().copied(), names, parameter);
    Anchor { pointer, schema: items, id }
}

/// Members of an answer that are things with an identifier of their own.
pub(crate) fn wrappers(schema: Schema<'_>) -> Vec<String> {
    let declared = fields(schema).declared;
    let things = declared
        .iter()
        .filter(|(_, member)| identifier(&fields(**member).declared.keys().copied(), &[], None).is_some());
    things.map(|(name, _)| (*name).to_owned()).collect()
}

/// The pointer of the items in a paging rule.
fn items_pointer(paging: &Paging) -> &str {
    match paging {
        Paging::LinkHeader { items }
        | Paging::Cursor { items, .. }
        | Paging::Offset { items, .. }
        | Paging::Page { items, .. }
        | Paging::NextUrl { items, .. } => items,
    }
}

/// Which of the declared names identifies the thing.
fn identifier<'n>(
    declared: &(impl Iterator<Item = &'n str> + Clone),
    names: &[String],
    parameter: Option<&str>,
) -> Option<String> {
    let find = |wanted: &str| declared.clone().find(|name| folded(name) == wanted).map(str::to_owned);
    if let Some(parameter) = parameter.map(folded) {
        if let Some(same) = find(&parameter) {
            return Some(same);
        }
        // `issue_number` identifies an issue by its `number`, `CustomerSid` by its `sid`.
        let ends = IDENTIFIERS.iter().chain(&["name", "code"]).filter(|known| parameter.ends_with(**known));
        if let Some(suffix) = ends.filter_map(|known| find(known)).next() {
            return Some(suffix);
        }
    }
    let own = names.iter().flat_map(|name| [format!("{}id", folded(name)), format!("{}key", folded(name))]);
    let own = own.filter_map(|name| find(&name)).next();
    find("id").or(own).or_else(|| IDENTIFIERS.iter().find_map(|known| find(known)))
}

/// A name without capitals and separators.
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What the things of a collection are called: `customers` and `customer`.
pub(crate) fn names_of(collection: &str) -> Vec<String> {
    let word = collection.to_owned();
    let singular = match word.as_str() {
        word if word.ends_with("ies") => word.strip_suffix("ies").map(|stem| format!("{stem}y")),
        word if ["sses", "xes", "ches", "shes"].iter().any(|end| word.ends_with(end)) => {
            word.strip_suffix("es").map(str::to_owned)
        }
        word => word.strip_suffix('s').map(str::to_owned),
    };
    singular.into_iter().chain([word]).collect()
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tables of values read better without references")]
mod tests {
    use super::*;
    use nave_connector::{Dialect, Documents, Place};
    use serde_json::{Value, json};

    #[track_caller]
    fn check(schema: Value, parameter: Option<&str>, expected: Option<(&str, Option<&str>)>) {
        let documents = Documents::single("test", Dialect::OpenApi30, json!({ "s": schema }));
        let found =
            thing(Schema::at(&documents, &Place::new("/s")).unwrap(), &names_of("customers"), parameter);
        let found = found.as_ref().map(|anchor| (anchor.pointer.as_str(), anchor.id.as_deref()));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_thing_and_its_identifier_are_found() {
        let thing = json!({"type": "object", "properties": {"id": {}, "name": {}}});
        check(thing.clone(), Some("customer"), Some(("", Some("id"))));
        check(json!({"properties": {"customer": thing}}), None, Some(("/customer", Some("id"))));
        check(
            json!({"properties": {"Customers": {"type": "array", "items": {"properties": {"CustomerID": {}}}}}}),
            Some("CustomerID"),
            Some(("/Customers/0", Some("CustomerID"))),
        );
        check(
            json!({"properties": {"id": {}, "number": {}}}),
            Some("issue_number"),
            Some(("", Some("number"))),
        );
        check(json!({"properties": {"sid": {}, "a": {}}}), Some("Sid"), Some(("", Some("sid"))));
        check(json!({"properties": {"theme": {}}}), None, Some(("", None)));
        check(json!({"type": "string"}), None, None);
    }

    #[test]
    fn the_list_is_found() {
        let items = json!({"type": "array", "items": {"properties": {"id": {}}}});
        for (schema, pointer) in [
            (items.clone(), ""),
            (json!({"properties": {"data": items, "tags": {"type": "array", "items": {}}}}), "/data"),
            (json!({"properties": {"customers": items, "data": {}}}), "/customers"),
            (json!({"properties": {"odd": items, "more": {"type": "boolean"}}}), "/odd"),
        ] {
            let documents = Documents::single("test", Dialect::OpenApi30, json!({ "s": schema }));
            let schema = Schema::at(&documents, &Place::new("/s")).unwrap();
            let found = list(schema, &names_of("customers"), None, None).unwrap();
            assert_eq!((found.pointer.as_str(), found.id.as_deref()), (pointer, Some("id")));
        }
    }

    #[test]
    fn things_are_called_by_their_collection() {
        assert_eq!(names_of("companies"), ["company", "companies"]);
        assert_eq!(names_of("boxes"), ["box", "boxes"]);
        assert_eq!(names_of("Invoices"), ["Invoice", "Invoices"]);
        assert_eq!(names_of("staff"), ["staff"]);
    }
}
