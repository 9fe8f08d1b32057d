//! Tells what an operation takes and gives, as compact as a reader needs: exact names and types, one
//! sentence each, the rest on request by naming a part. The same text serves people and agents.

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{Effect, Fault, Idempotency};
use serde::Serialize;
use serde_json::Value;

use crate::operation::{BodyArguments, Operation};
use crate::search::first_sentence;
use crate::{Connector, Schema};

mod fields;
mod outline;
mod render;

pub use fields::{Field, fields};
pub use outline::Level;

/// One argument of the flat argument object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Argument {
    /// Name in the flat argument object.
    pub name: String,
    /// `path`, `query`, `header`, `cookie`, `form` or `body`.
    pub place: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// Its type, in the notation of [`outline`].
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The vendor says not to use it any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
}

/// What there is to know about an operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// `connector.operation`.
    pub operation: String,
    /// One sentence.
    pub summary: String,
    /// HTTP method.
    pub method: String,
    /// Path template.
    pub path: String,
    /// What it does to the system.
    pub effect: Effect,
    /// How it may be repeated.
    pub idempotency: Idempotency,
    /// The vendor says not to use it any more.
    pub deprecated: bool,
    /// The arguments, required ones first.
    pub arguments: Vec<Argument>,
    /// Type of a successful answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Credentials that suffice, each a list of schemes needed together.
    pub auth: Vec<String>,
    /// How its list is paged, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paging: Option<String>,
    /// The system's limits, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
    /// Arguments that make a valid call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
}

/// What of an operation to describe, and in how much space.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The name the operation is called under: the connector's, or a connection's.
    pub owner: &'a str,
    /// A part, as dotted names: `line_items.price_data`, or `answer.data`. `None`: the whole operation.
    pub part: Option<&'a str>,
    /// Most characters of the text; details are left out until it fits.
    pub budget: usize,
    /// Arguments that make a valid call.
    pub example: Option<&'a Value>,
}

/// Describes an operation of `owner` (a connector's or a connection's name) at a level of detail.
pub fn describe(owner: &str, connector: &Connector, operation: &Operation, level: Level) -> Description {
    Description {
        operation: format!("{owner}.{}", operation.name),
        summary: summary(operation),
        method: operation.method.clone(),
        path: operation.path.clone(),
        effect: operation.effect,
        idempotency: operation.idempotency.clone(),
        deprecated: operation.deprecated,
        arguments: arguments(connector, operation, level),
        answer: answer(connector, operation).map(|schema| outline::text(schema, level)),
        auth: operation.security.iter().map(requirement).collect(),
        paging: operation.paging.as_ref().map(|paging| paging_words(paging).to_owned()),
        limits: limits(connector),
        example: None,
    }
}

/// Describes an operation, or a part of it, as text that fits the budget.
///
/// # Errors
/// The part does not exist (with the nearest names).
pub fn text(connector: &Connector, operation: &Operation, request: &Request<'_>) -> Result<String, Fault> {
    match request.part.map(str::trim).filter(|part| !part.is_empty()) {
        Some(part) => {
            let schema = find(connector, operation, part)?;
            Ok(render::part(&format!("{}.{} {part}", request.owner, operation.name), schema, request.budget))
        }
        None => Ok(render::whole(connector, operation, request)),
    }
}

fn summary(operation: &Operation) -> String {
    let text = operation.summary.as_deref().or(operation.description.as_deref()).unwrap_or_default();
    match first_sentence(text, 160) {
        text if text.is_empty() => format!("{} {}", operation.method, operation.path),
        text => text,
    }
}

/// The arguments with their types, required ones first, else in the order described.
fn arguments(connector: &Connector, operation: &Operation, level: Level) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = operation
        .parameters
        .iter()
        .map(|parameter| parameter_argument(connector, parameter, level))
        .collect();
    arguments.extend(body_arguments(connector, operation, level));
    arguments.sort_by_key(|argument| (!argument.required, argument.deprecated));
    arguments
}

fn parameter_argument(
    connector: &Connector,
    parameter: &crate::operation::Parameter,
    level: Level,
) -> Argument {
    let place = parameter.schema.as_ref();
    let schema = place.and_then(|place| Schema::at(&connector.documents, place).ok());
    Argument {
        name: parameter.argument.clone(),
        place: parameter.location.as_str(),
        required: parameter.required,
        kind: schema.map_or_else(|| "any".to_owned(), |schema| outline::text(schema, level)),
        description: sentence(parameter.description.as_deref(), level),
        deprecated: parameter.deprecated,
    }
}

fn body_arguments(connector: &Connector, operation: &Operation, level: Level) -> Vec<Argument> {
    let Some(body) = &operation.body else { return Vec::new() };
    let schema = body.media.schema.as_ref().and_then(|place| Schema::at(&connector.documents, place).ok());
    match &operation.arguments.body {
        BodyArguments::None => Vec::new(),
        BodyArguments::Whole { argument } => vec![Argument {
            name: argument.clone(),
            place: "body",
            required: body.required,
            kind: schema.map_or_else(|| "any".to_owned(), |schema| outline::text(schema, level)),
            description: sentence(body.description.as_deref(), level),
            deprecated: false,
        }],
        BodyArguments::Fields { fields: names } => {
            let known = schema.map(fields).unwrap_or_default();
            let writable = |field: &Field<'_>| !field.read_only();
            let one = |(argument, name): (&String, &String)| {
                let field = known.iter().find(|field| field.name == name)?;
                writable(field).then(|| Argument {
                    name: argument.clone(),
                    place: "body",
                    required: field.required && body.required,
                    kind: outline::text(field.schema, level),
                    description: sentence(field.description(), level),
                    deprecated: field.deprecated(),
                })
            };
            names.iter().filter_map(one).collect()
        }
    }
}

fn sentence(text: Option<&str>, level: Level) -> Option<String> {
    let text = first_sentence(text?, level.sentence);
    (level.sentence > 0 && !text.is_empty()).then_some(text)
}

/// The schema of a successful answer: the lowest 2xx status that has content, else the default's.
fn answer<'a>(connector: &'a Connector, operation: &Operation) -> Option<Schema<'a>> {
    use crate::operation::Status;
    let success = |status: Status| match status {
        Status::Exact(code) => (200..300).contains(&code),
        Status::Class(class) => class == 2,
        Status::Default => false,
    };
    let responses = || operation.responses.iter();
    let media = responses()
        .filter(|response| success(response.status))
        .chain(responses().filter(|response| response.status == Status::Default))
        .find_map(|response| response.media.iter().find(|media| media.schema.is_some()))?;
    Schema::at(&connector.documents, media.schema.as_ref()?).ok()
}

/// Finds a part by dotted names: an argument and fields below it, or `answer` and fields below it.
fn find<'a>(connector: &'a Connector, operation: &Operation, part: &str) -> Result<Schema<'a>, Fault> {
    let mut names = part.split('.');
    let first = names.next().unwrap_or_default();
    let name = format!("{}.{}", connector.name, operation.name);
    let Some(mut schema) = start(connector, operation, first) else {
        return Err(unknown_part(&name, first, &argument_names(operation)));
    };
    let mut path = first.to_owned();
    for next in names {
        let known = fields(fields::inner(schema));
        let Some(field) = known.iter().find(|field| field.name == next) else {
            let candidates: Vec<&str> = known.iter().map(|field| field.name).collect();
            return Err(unknown_part(&format!("{name} {path}"), next, &candidates));
        };
        schema = field.schema;
        path = format!("{path}.{next}");
    }
    Ok(schema)
}

fn start<'a>(connector: &'a Connector, operation: &Operation, name: &str) -> Option<Schema<'a>> {
    let documents = &connector.documents;
    if let Some(parameter) = operation.parameters.iter().find(|parameter| parameter.argument == name) {
        return Schema::at(documents, parameter.schema.as_ref()?).ok();
    }
    let body = || Schema::at(documents, operation.body.as_ref()?.media.schema.as_ref()?).ok();
    match &operation.arguments.body {
        BodyArguments::Whole { argument } if argument == name => return body(),
        BodyArguments::Fields { fields: names } => {
            if let Some(field) = names.get(name) {
                return fields(body()?)
                    .into_iter()
                    .find(|found| found.name == field)
                    .map(|found| found.schema);
            }
        }
        BodyArguments::Whole { .. } | BodyArguments::None => {}
    }
    (name == "answer").then(|| answer(connector, operation)).flatten()
}

fn argument_names(operation: &Operation) -> Vec<&str> {
    let mut names: Vec<&str> =
        operation.parameters.iter().map(|parameter| parameter.argument.as_str()).collect();
    match &operation.arguments.body {
        BodyArguments::None => {}
        BodyArguments::Whole { argument } => names.push(argument),
        BodyArguments::Fields { fields } => names.extend(fields.keys().map(String::as_str)),
    }
    names.push("answer");
    names
}

fn unknown_part(owner: &str, part: &str, candidates: &[&str]) -> Fault {
    let fault = Fault::new(codes::ARGUMENT_UNKNOWN, format!("`{owner}` has no part `{part}`"));
    match did_you_mean(part, candidates.iter().copied()) {
        Some(hint) => fault.with_hint(hint),
        None => {
            let known: Vec<String> = candidates.iter().take(12).map(|name| format!("`{name}`")).collect();
            fault.with_hint(format!("there are {}", known.join(", ")))
        }
    }
}

fn requirement(requirement: &crate::operation::Requirement) -> String {
    if requirement.is_empty() {
        return "none".to_owned();
    }
    let schemes: Vec<String> = requirement
        .iter()
        .map(|(scheme, scopes)| match scopes.len() {
            0 => scheme.clone(),
            _ => format!("{scheme} ({})", scopes.join(" ")),
        })
        .collect();
    schemes.join(" with ")
}

fn paging_words(paging: &crate::manifest::Paging) -> &'static str {
    use crate::manifest::Paging;
    match paging {
        Paging::LinkHeader { .. } => "by Link header",
        Paging::Cursor { .. } => "by cursor",
        Paging::Offset { .. } => "by offset",
        Paging::Page { .. } => "by page number",
        Paging::NextUrl { .. } => "by the address of the next page",
    }
}

fn limits(connector: &Connector) -> Option<String> {
    let limits = connector.manifest.limits.as_ref()?;
    let mut words = Vec::new();
    if let Some(rate) = limits.per_second {
        words.push(format!("{rate} calls per second"));
    }
    if let Some(burst) = limits.burst {
        words.push(format!("{burst} at once"));
    }
    if let Some(concurrency) = limits.concurrency {
        words.push(format!("{concurrency} under way"));
    }
    (!words.is_empty()).then(|| words.join(", "))
}

#[cfg(test)]
mod tests;
