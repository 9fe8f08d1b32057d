//! The flat argument object: which name stands for which parameter or body field, and how given
//! arguments are taken apart and put together again. Whether values fit is left to [`crate::check`].

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::Operation;
use crate::documents::Documents;
use crate::operation::{Arguments, Body, BodyArguments, Codec, Location, Parameter};
use crate::schema::Schema;
use crate::schema::fields::{fields, is_read_only};

/// Gives every parameter and body field its name in the flat argument object.
///
/// A name that stands for one thing is used as it is. A name that stands for several is qualified by
/// its place for each of them (`path_id`, `query_id`, `header_id`, `cookie_id`, `body_id`), and the
/// plain name is listed as ambiguous. A body without declared fields stands under `body`, or
/// `request_body` where a parameter has that name. Fields only the system sets take no part.
pub fn layout(documents: &Documents, parameters: &mut [Parameter], body: Option<&Body>) -> Arguments {
    let body_fields = body.and_then(|body| body_fields(documents, body));
    let mut uses: IndexMap<String, Vec<&'static str>> = IndexMap::new();
    for parameter in parameters.iter() {
        uses.entry(parameter.name.clone()).or_default().push(prefix(parameter.location));
    }
    for field in body_fields.iter().flatten() {
        uses.entry(field.clone()).or_default().push("body");
    }
    let mut names = Names { taken: uses.keys().cloned().collect(), ambiguous: IndexMap::new() };
    for parameter in parameters.iter_mut() {
        let shared = uses.get(&parameter.name).is_some_and(|places| places.len() > 1);
        parameter.argument = names.assign(&parameter.name, prefix(parameter.location), shared);
    }
    let body = match (body, body_fields) {
        (None, _) => BodyArguments::None,
        (Some(_), None) => {
            let taken = names.taken.iter().any(|name| name == "body");
            let argument = if taken { names.free("request_body") } else { "body".to_owned() };
            BodyArguments::Whole { argument }
        }
        (Some(_), Some(fields)) => {
            let named = fields.into_iter().map(|field| {
                let shared = uses.get(&field).is_some_and(|places| places.len() > 1);
                (names.assign(&field, "body", shared), field)
            });
            BodyArguments::Fields { fields: named.collect() }
        }
    };
    Arguments { body, ambiguous: names.ambiguous }
}

/// A flat argument object taken apart.
#[derive(Debug, Default)]
pub struct Split<'v> {
    /// Position in the operation's parameters → the value given.
    pub parameters: Vec<(usize, &'v Value)>,
    /// The body, where one is to be sent.
    pub body: Option<Value>,
    /// Names that stand for nothing in an operation whose body has no fields of its own.
    pub unknown: Vec<&'v str>,
    /// Names that stand for several things.
    pub ambiguous: Vec<&'v str>,
}

/// Takes a flat argument object apart. Names that are neither parameters nor declared body fields
/// become fields of a body that has fields; whether it admits them is left to the check.
pub fn split<'v>(operation: &Operation, given: &'v Map<String, Value>) -> Split<'v> {
    let mut split = Split::default();
    let mut fields = Map::new();
    for (name, value) in given {
        if let Some(position) = operation.parameters.iter().position(|known| known.argument == *name) {
            split.parameters.push((position, value));
            continue;
        }
        match &operation.arguments.body {
            BodyArguments::Whole { argument } if argument == name => split.body = Some(value.clone()),
            BodyArguments::Fields { fields: names } if names.contains_key(name) => {
                let field = names.get(name).unwrap_or(name);
                fields.insert(field.clone(), value.clone());
            }
            _ if operation.arguments.ambiguous.contains_key(name) => split.ambiguous.push(name),
            BodyArguments::Fields { .. } if is_whole_body(name, value) => split.body = Some(value.clone()),
            BodyArguments::Fields { .. } => {
                fields.insert(name.clone(), value.clone());
            }
            BodyArguments::Whole { .. } | BodyArguments::None => split.unknown.push(name),
        }
    }
    if !fields.is_empty()
        && let Some(whole) = split.body.take()
    {
        // A body cannot be both: beside fields the name means a field, which the check may not know.
        fields.insert("body".to_owned(), whole);
    }
    let required = operation.body.as_ref().is_some_and(|body| body.required);
    if matches!(operation.arguments.body, BodyArguments::Fields { .. })
        && (!fields.is_empty() || (required && split.body.is_none()))
    {
        split.body = Some(Value::Object(fields));
    }
    split
}

/// A body that is usually an object may also admit something else, for example a list: it is then given
/// under `body`.
fn is_whole_body(name: &str, value: &Value) -> bool {
    name == "body" && !value.is_object()
}

/// Puts parameters, by their position, and a body together as the flat argument object: the inverse of
/// [`split`]. The empty body of an object without given fields leaves no trace.
pub fn join(
    operation: &Operation,
    parameters: impl IntoIterator<Item = (usize, Value)>,
    body: Option<Value>,
) -> Value {
    let mut flat = Map::new();
    for (position, value) in parameters {
        if let Some(parameter) = operation.parameters.get(position) {
            flat.insert(parameter.argument.clone(), value);
        }
    }
    match (&operation.arguments.body, body) {
        (_, None) | (BodyArguments::None, Some(_)) => {}
        (BodyArguments::Whole { argument }, Some(body)) => {
            flat.insert(argument.clone(), body);
        }
        (BodyArguments::Fields { fields: names }, Some(Value::Object(fields))) => {
            for (field, value) in fields {
                let argument =
                    names.iter().find(|(_, named)| **named == field).map(|(argument, _)| argument.clone());
                flat.insert(argument.unwrap_or(field), value);
            }
        }
        (BodyArguments::Fields { .. }, Some(body)) => {
            flat.insert("body".to_owned(), body);
        }
    }
    Value::Object(flat)
}

/// The names of the fields a caller may set in the body, or `None` where it stands as a whole.
fn body_fields(documents: &Documents, body: &Body) -> Option<Vec<String>> {
    match body.media.codec {
        Codec::Json | Codec::Form | Codec::Multipart | Codec::Xml => {}
        Codec::Text | Codec::JsonLines | Codec::EventStream | Codec::Binary => return None,
    }
    let schema = Schema::at(documents, body.media.schema.as_ref()?).ok()?;
    let found = fields(schema);
    if found.declared.is_empty() {
        return None;
    }
    let settable = found.declared.into_iter().filter(|(_, field)| !is_read_only(*field));
    Some(settable.map(|(name, _)| name.to_owned()).collect())
}

/// The word that qualifies a name by its place. Form fields travel in the body.
fn prefix(location: Location) -> &'static str {
    match location {
        Location::Path => "path",
        Location::Query | Location::Querystring => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
        Location::Form => "body",
    }
}

struct Names {
    taken: indexmap::IndexSet<String>,
    ambiguous: IndexMap<String, Vec<String>>,
}

impl Names {
    fn assign(&mut self, name: &str, place: &str, shared: bool) -> String {
        if !shared {
            return name.to_owned();
        }
        let qualified = self.free(&format!("{place}_{name}"));
        self.ambiguous.entry(name.to_owned()).or_default().push(qualified.clone());
        qualified
    }

    /// `wanted`, or where another thing has that name already, `wanted_2` and so on.
    fn free(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2_usize;
        while !self.taken.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        name
    }
}

#[cfg(test)]
mod tests;
