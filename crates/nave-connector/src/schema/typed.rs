//! A connector's schemas as types: what an operation takes, what a call of it gives, and what an event
//! holds. What expressions do with types is left to `nave-expr`.

use std::rc::Rc;

use nave_expr::types::schema::{self, Schemas};
use nave_expr::types::{Field, Lazy, Object, Type};
use serde_json::Value;

use crate::connector::Webhook;
use crate::documents::{Dialect, Documents, Place};
use crate::operation::{Codec, Media, Response, Status};
use crate::{Connector, Operation};

mod arguments;

pub use arguments::argument_type;

impl Schemas for Documents {
    fn target<'a>(&'a self, document: usize, reference: &str) -> Option<(usize, &'a Value)> {
        let place = Documents::target(self, document, reference).ok()?;
        Some((place.document, self.get(&place)?))
    }

    fn dialect(&self, document: usize) -> schema::Dialect {
        let dialect = self.document(document).map_or(Dialect::Draft2020, |document| document.dialect);
        let is_old = matches!(dialect, Dialect::Swagger2 | Dialect::OpenApi30 | Dialect::Draft4);
        schema::Dialect {
            nullable: dialect == Dialect::OpenApi30,
            keeps_siblings: dialect.keeps_reference_siblings(),
            items_list: dialect != Dialect::Draft2020,
            boolean_bounds: is_old,
        }
    }
}

/// The same schemas, called by the connector's name: `stripe.charge`.
impl Schemas for Connector {
    fn target<'a>(&'a self, document: usize, reference: &str) -> Option<(usize, &'a Value)> {
        Schemas::target(&self.documents, document, reference)
    }

    fn dialect(&self, document: usize) -> schema::Dialect {
        Schemas::dialect(&self.documents, document)
    }

    fn owner(&self) -> Option<&str> {
        Some(&self.name)
    }
}

/// The type of the schema at a place. Of a schema that is not there nothing is known.
pub fn type_at<'a>(connector: &'a Connector, place: &Place) -> Type<'a> {
    match schema_at(connector, place) {
        Some(place) => Type::from_schema(place),
        None => Type::anything(format!("there is no schema at {}", place.pointer)),
    }
}

fn schema_at<'a>(connector: &'a Connector, place: &Place) -> Option<schema::Place<'a>> {
    let value = connector.documents.get(place)?;
    Some(schema::Place { schemas: connector, document: place.document, value })
}

/// The same, read when it is needed.
fn lazy_at<'a>(connector: &'a Connector, place: &Place) -> Lazy<'a> {
    match schema_at(connector, place) {
        Some(place) => Lazy::Schema(place),
        None => Lazy::known(type_at(connector, place)),
    }
}

/// What a successful call of an operation gives: the described content of every 2xx answer, `null` where
/// there is none. Where only `default` is described, that.
pub fn result_type<'a>(connector: &'a Connector, operation: &Operation) -> Type<'a> {
    let is_success = |response: &&Response| match response.status {
        Status::Exact(status) => (200..300).contains(&status),
        Status::Class(class) => class == 2,
        Status::Default => false,
    };
    let mut answers: Vec<&Response> = operation.responses.iter().filter(is_success).collect();
    if answers.is_empty() {
        answers.extend(operation.responses.iter().filter(|response| response.status == Status::Default));
    }
    if answers.is_empty() {
        let owner = &connector.name;
        return Type::anything(format!("no successful answer of {owner}.{} is described", operation.name));
    }
    let is_empty = operation.method == "HEAD";
    Type::union_of(answers.iter().map(|answer| match is_empty {
        true => Type::null(),
        false => answer_type(connector, operation, answer),
    }))
}

fn answer_type<'a>(connector: &'a Connector, operation: &Operation, answer: &Response) -> Type<'a> {
    // RFC 9110 sections 15.3.5 and 15.3.6: these have no content, whatever is described.
    if answer.media.is_empty() || matches!(answer.status, Status::Exact(204 | 205)) {
        return Type::null();
    }
    // JSON is asked for before everything else.
    let is_json = |media: &&Media| media.codec == Codec::Json;
    let mut offered: Vec<&Media> = answer.media.iter().filter(is_json).collect();
    if offered.is_empty() {
        offered.extend(&answer.media);
    }
    offered.dedup_by(|a, b| a.schema.is_some() && a.schema == b.schema && a.codec == b.codec);
    Type::union_of(offered.into_iter().map(|media| content_type(connector, operation, media)))
}

/// What content of a media type is read as.
fn content_type<'a>(connector: &'a Connector, operation: &Operation, media: &Media) -> Type<'a> {
    let described = media.schema.as_ref().map(|place| type_at(connector, place));
    let silent = || {
        let (owner, name) = (&connector.name, &operation.name);
        Type::anything(format!("the answer of {owner}.{name} is not described"))
    };
    match (media.codec, described) {
        (Codec::Binary, _) => file(),
        (Codec::Text, None) => Type::text(),
        (Codec::EventStream, _) => Type::array_of(event_of_stream()),
        (Codec::JsonLines, Some(described)) if described.arrays.is_none() => Type::array_of(described),
        (Codec::JsonLines, None) => Type::array_of(silent()),
        (_, Some(described)) => described,
        (_, None) => silent(),
    }
}

/// Bytes: a text where they are one, else in base64.
fn file<'a>() -> Type<'a> {
    let bytes = Type::record([("base64".into(), Type::text_of_format("byte"))]);
    Type::text().union(&bytes)
}

/// A server-sent event.
fn event_of_stream<'a>() -> Type<'a> {
    let text = || Field::optional(Lazy::known(Type::text()));
    let data = Type::anything("the data of server-sent events is not described");
    let fields: [(Rc<str>, Field<'a>); 4] = [
        ("event".into(), text()),
        ("id".into(), text()),
        ("retry".into(), Field::optional(Lazy::known(Type::integer()))),
        ("data".into(), Field::optional(Lazy::known(data))),
    ];
    Type::object(Object { fields: fields.into_iter().collect(), closed: true, ..Object::default() })
}

/// What an event of the connector holds: as the manifest says, else the body of the webhook of that name.
/// `None`: there is no such event.
pub fn event_type<'a>(connector: &'a Connector, event: &str) -> Option<Type<'a>> {
    let noted = connector.manifest.events.get(event);
    if let Some(place) = event_place(connector, event) {
        return Some(type_at(connector, &place));
    }
    if let Some(reference) = noted.and_then(|noted| noted.schema.as_deref()) {
        let why = format!("the schema `{reference}` of the event `{event}` is not there");
        return Some(Type::anything(why));
    }
    let is_known = noted.is_some() || webhook_of(connector, event).is_some();
    is_known.then(|| Type::anything(format!("the event `{event}` of {} is not described", connector.name)))
}

/// Where the schema of an event's data stands: as the manifest says, else that of the webhook of its name.
/// `None`: there is no such event, or nothing describes it.
pub fn event_place(connector: &Connector, event: &str) -> Option<Place> {
    let noted = connector.manifest.events.get(event);
    if let Some(reference) = noted.and_then(|noted| noted.schema.as_deref()) {
        return Documents::target(&connector.documents, 0, reference).ok();
    }
    webhook_schema(&connector.documents, &webhook_of(connector, event)?.place)
}

/// The webhook of the description that an event is, by our name of it or the vendor's.
fn webhook_of<'a>(connector: &'a Connector, event: &str) -> Option<&'a Webhook> {
    let vendor = connector.manifest.events.get(event).and_then(|noted| noted.vendor.as_deref());
    let names = |name: &str| name == event || Some(name) == vendor;
    connector.webhooks.iter().find(|webhook| names(&webhook.name))
}

/// The names of the events of a connector: those of the manifest, and the webhooks of the description.
pub fn event_names(connector: &Connector) -> Vec<&str> {
    let noted = connector.manifest.events.keys().map(String::as_str);
    let vendors: Vec<&str> =
        connector.manifest.events.values().filter_map(|event| event.vendor.as_deref()).collect();
    let webhooks = connector.webhooks.iter().map(|webhook| webhook.name.as_str());
    let others =
        webhooks.filter(|name| !connector.manifest.events.contains_key(*name) && !vendors.contains(name));
    noted.chain(others).collect()
}

/// The schema of a webhook's body, JSON where it is offered.
fn webhook_schema(documents: &Documents, webhook: &Place) -> Option<Place> {
    let (place, body) = documents.follow(&webhook.child("requestBody")).ok()?;
    let content = body.get("content")?.as_object()?;
    let is_json = |name: &&String| crate::codec::codec_of(name) == Codec::Json;
    let name = content.keys().find(is_json).or_else(|| content.keys().next())?;
    let (place, media) = documents.follow(&place.child("content").child(name)).ok()?;
    media.get("schema").map(|_| place.child("schema"))
}

#[cfg(test)]
mod tests;
