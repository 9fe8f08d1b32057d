//! SMTP: an operation is a message (RFC 5322) handed to a mail server (RFC 5321, RFC 6409). Its arguments
//! are the message's parts, by name; any other argument is for the template.
//!
//! | argument | what it is |
//! | --- | --- |
//! | `to`, `cc`, `bcc` | one address or a list; `Name <address>` is understood |
//! | `from`, `reply_to` | one address; `from` usually stands under `defaults` of the connection |
//! | `template` | name of a template of the connector |
//! | `subject` | replaces the template's |
//! | `text`, `html` | the message itself, where there is no template |
//! | `attachments` | a list of `{name, type, content}`, the content in base64 |

use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::similar::did_you_mean;
use nave_model::{At, Fault, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Kind;
use crate::check::Checked;
use crate::connector::Scheme;
use crate::operation::Codec;
use crate::request::Request;
use crate::schema::{Schema, fields};
use crate::{Connector, Operation};

/// The header that carries the idempotency key: receivers that de-duplicate go by it.
pub const MESSAGE_ID: &str = "Message-ID";

/// Recipients every server must take in one message (RFC 5321 section 4.5.3.1.8).
const MOST_RECIPIENTS: usize = 100;

/// The status of a message that was taken: accepted, and delivered later.
pub const ACCEPTED: u16 = 202;

pub(super) const KIND: Kind = Kind {
    name: "smtp",
    summary: "An operation is a message handed to a mail server.",
    schemes: &["smtp", "smtps"],
    example: "smtp://mail.example.com:587",
    build,
    check,
};

/// A message before it is put into its form: what the request of an SMTP operation carries as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Who sends it.
    pub from: String,
    /// Recipients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Recipients of a copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<String>,
    /// Recipients the others do not see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<String>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// One line.
    pub subject: String,
    /// Plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A file that goes along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The name recipients see.
    pub name: String,
    /// Media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Content in base64.
    pub content: String,
}

/// The letter of a call as the JSON body of its request.
fn build(connector: &Connector, operation: &Operation, checked: &Checked) -> Result<Request, Fault> {
    let nothing = Map::new();
    let arguments = checked.body.as_ref().and_then(Value::as_object).unwrap_or(&nothing);
    let letter = letter(connector, arguments)?;
    let body = serde_json::to_vec(&letter).map_err(|error| refuse("", error.to_string()))?;
    Ok(Request {
        method: operation.method.clone(),
        path: operation.path.clone(),
        query: String::new(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: Some(body),
    })
}

fn letter(connector: &Connector, arguments: &Map<String, Value>) -> Result<Letter, Fault> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(from) = text("from") else {
        return Err(refuse("from", "the message has no sender".to_owned())
            .with_hint("give the sender under `defaults` of the connection: `from: Name <address>`"));
    };
    let mut letter = Letter {
        from,
        to: addresses(arguments, "to"),
        cc: addresses(arguments, "cc"),
        bcc: addresses(arguments, "bcc"),
        reply_to: text("reply_to"),
        text: text("text"),
        html: text("html"),
        attachments: attachments(arguments)?,
        ..Letter::default()
    };
    let recipients = letter.to.len() + letter.cc.len() + letter.bcc.len();
    if recipients == 0 || recipients > MOST_RECIPIENTS {
        let message = format!("a message goes to 1 to {MOST_RECIPIENTS} recipients, not {recipients}");
        return Err(refuse("to", message));
    }
    let mut subject = text("subject");
    if let Some(name) = text("template") {
        let filled = template(connector, &name)?.fill(&Value::Object(arguments.clone()))?;
        subject.get_or_insert(filled.subject);
        letter.text.get_or_insert(filled.text);
        letter.html = letter.html.or(filled.html);
    }
    letter.subject = subject.unwrap_or_default();
    if letter.text.is_none() && letter.html.is_none() {
        return Err(refuse("text", "the message has neither `text` nor `html` nor a `template`".to_owned()));
    }
    one_line(&letter)?;
    Ok(letter)
}

fn template<'a>(connector: &'a Connector, name: &str) -> Result<&'a crate::template::Template, Fault> {
    connector.templates.get(name).ok_or_else(|| {
        let fault = refuse("template", format!("`{}` has no template `{name}`", connector.name));
        match did_you_mean(name, connector.templates.keys().map(String::as_str)) {
            Some(hint) => fault.with_hint(hint),
            None => {
                fault.with_hint(format!("write it as `connectors/{}/templates/{name}.txt`", connector.name))
            }
        }
    })
}

/// One address, or a list of them.
fn addresses(arguments: &Map<String, Value>, name: &str) -> Vec<String> {
    match arguments.get(name) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn attachments(arguments: &Map<String, Value>) -> Result<Vec<Attachment>, Fault> {
    match arguments.get("attachments") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(list) => Vec::<Attachment>::deserialize(list).map_err(|error| {
            refuse("attachments", format!("the attachments cannot be read: {error}"))
                .with_hint("an attachment is `{name, type, content}`, the content in base64")
        }),
    }
}

/// What becomes a header is one line. Anything else would be a second header of somebody's choice.
fn one_line(letter: &Letter) -> Result<(), Fault> {
    let lists = [("to", &letter.to), ("cc", &letter.cc), ("bcc", &letter.bcc)];
    let listed = lists.into_iter().flat_map(|(name, list)| list.iter().map(move |text| (name, text)));
    let single = [("from", &letter.from), ("subject", &letter.subject)].into_iter();
    let single = single.chain(letter.reply_to.iter().map(|text| ("reply_to", text)));
    let files = letter.attachments.iter();
    let files = files.flat_map(|file| [("attachments", &file.name), ("attachments", &file.media_type)]);
    for (name, text) in single.chain(listed).chain(files) {
        if text.chars().any(char::is_control) {
            let message = format!("`{name}` has a line break or another control character in it");
            return Err(refuse(name, message).with_hint("headers of a message are single lines"));
        }
    }
    Ok(())
}

fn refuse(argument: &str, message: String) -> Fault {
    Fault::new(codes::REQUEST_BUILD, message).with_at(At::pointer(child("", argument)))
}

/// What in a connector does not fit.
fn check(connector: &Connector) -> Vec<Problem> {
    let manifest = format!("connectors/{}/connector.yaml", connector.name);
    let mut problems = Vec::new();
    let mut report = |pointer: String, message: String, hint: String| {
        let at = At { file: Some(manifest.clone()), pointer: Some(pointer), ..At::default() };
        problems.push(Problem::new(codes::MANIFEST_INVALID, at, message).hint(hint));
    };
    if let Some(rule) = &connector.manifest.idempotency
        && !rule.header.eq_ignore_ascii_case(MESSAGE_ID)
    {
        let message = format!("mail has no header `{}` that carries a key", rule.header);
        report("/idempotency/header".into(), message, format!("write `header: {MESSAGE_ID}`"));
    }
    for (name, scheme) in &connector.schemes {
        if !matches!(scheme, Scheme::Basic) {
            let message = format!("mail servers take no credential of the scheme `{name}`");
            report("/protocol".into(), message, "describe `{type: http, scheme: basic}`".to_owned());
        }
    }
    for entry in connector.entries() {
        let Ok(operation) = connector.operation(&entry.name) else { continue };
        for (message, hint) in shape(operation) {
            report("/protocol".into(), format!("`{}` {message}", entry.name), hint.to_owned());
        }
        if operation.has_argument("template") {
            for (name, template) in named(connector, operation) {
                match template {
                    Some(_) => {}
                    None => report(
                        "/protocol".into(),
                        format!("`{}` offers the template `{name}`, which there is not", entry.name),
                        format!("write `connectors/{}/templates/{name}.txt`", connector.name),
                    ),
                }
            }
        }
    }
    problems.extend(templates(connector));
    problems
}

/// Every template against every operation that offers it.
fn templates(connector: &Connector) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entry in connector.entries() {
        let Ok(operation) = connector.operation(&entry.name) else { continue };
        if operation.has_argument("template") {
            let offered = named(connector, operation).into_iter().filter_map(|(_, template)| template);
            problems.extend(offered.flat_map(|template| template.check(connector, operation)));
        }
    }
    problems
}

/// The templates an operation offers: those its description lists, else all.
fn named<'a>(
    connector: &'a Connector,
    operation: &Operation,
) -> Vec<(String, Option<&'a crate::template::Template>)> {
    let listed = listed(connector, operation);
    if listed.is_empty() {
        return connector.templates.iter().map(|(name, template)| (name.clone(), Some(template))).collect();
    }
    listed.into_iter().map(|name| (name.clone(), connector.templates.get(&name))).collect()
}

/// The `enum` of the argument `template`.
fn listed(connector: &Connector, operation: &Operation) -> Vec<String> {
    let schema = operation.body.as_ref().and_then(|body| body.media.schema.as_ref());
    let schema = schema.and_then(|place| Schema::at(&connector.documents, place).ok());
    let values = schema.and_then(|schema| {
        let template = fields::property(schema, "template")?;
        template.resolve().unwrap_or(template).keyword("enum")?.as_array()
    });
    values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What is wrong with the description of an operation, and what would be right.
fn shape(operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let mut wrong = Vec::new();
    let is_json = operation.body.as_ref().is_some_and(|body| body.media.codec == Codec::Json);
    if operation.method != "POST" || !is_json || !operation.parameters.is_empty() {
        let message = "is not a message: it must be a POST of a JSON object, without other parameters";
        wrong.push((message, "put every argument into the body"));
    }
    if !["to", "cc", "bcc"].iter().any(|name| operation.has_argument(name)) {
        wrong.push(("has no argument for recipients", "describe `to`"));
    }
    if !["template", "text", "html"].iter().any(|name| operation.has_argument(name)) {
        wrong.push(("has no argument for what the message says", "describe `template` or `text`"));
    }
    if !operation.has_argument("from") {
        wrong.push(("has no argument for the sender", "describe `from`; connections give it a default"));
    }
    if operation.response(ACCEPTED).is_none() {
        wrong.push(("does not describe its answer", "describe `202` with a text `message_id`"));
    }
    wrong
}

#[cfg(test)]
mod tests;
