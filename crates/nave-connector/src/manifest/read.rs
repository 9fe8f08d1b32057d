//! Reads a manifest, and says what in it cannot be meant whatever the description holds.

use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};

use super::{Manifest, Paging};
use crate::case::http::is_token;
use crate::source::{self, Source};

/// Methods an idempotency key can be sent with (RFC 9110 section 9.3, RFC 5789).
const METHODS: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];

/// Headers that belong to the credential, the transport or the content.
const RESERVED: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
];

/// What is wrong, and where: a pointer, a sentence, and what would be right.
type Wrong = (String, String, &'static str);

impl Manifest {
    /// Reads a manifest from the bytes of its file.
    ///
    /// # Errors
    /// Text that is not YAML or JSON, keys and values that do not belong in a manifest, and values
    /// that cannot be meant; each with line and column, and with the nearest right key.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Manifest, Fault> {
        let source = source::read(name, bytes)?;
        let manifest: Manifest = source::typed(&source, bytes, codes::MANIFEST_INVALID)?;
        let wrong = wrong(&manifest);
        if wrong.is_empty() {
            return Ok(manifest);
        }
        let problems = wrong.into_iter().map(|wrong| problem(&source, bytes, wrong)).collect();
        Err(Fault::from_problems(&format!("`{name}`"), problems))
    }
}

fn problem(source: &Source, bytes: &[u8], (pointer, message, hint): Wrong) -> Problem {
    let place = source::locate(bytes, &pointer);
    let at = At {
        file: Some(source.name.clone()),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        pointer: Some(pointer),
        ..At::default()
    };
    Problem::new(codes::MANIFEST_INVALID, at, message).hint(hint)
}

fn wrong(manifest: &Manifest) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    let name = &manifest.connector;
    if !is_name(name) {
        let hint = "a name begins with a small letter and goes on with small letters, digits, `-` and `_`";
        wrong.push(("/connector".into(), format!("`{name}` cannot be the name of a connector"), hint));
    }
    for (key, file) in [("description", Some(&manifest.description)), ("overlay", manifest.overlay.as_ref())]
    {
        if file.is_some_and(String::is_empty) {
            wrong.push((
                format!("/{key}"),
                format!("`{key}` names no file"),
                "name a file beside the manifest",
            ));
        }
    }
    limits(manifest, &mut wrong);
    headers(manifest, &mut wrong);
    pointers(manifest, &mut wrong);
    let signature = manifest.webhooks.iter().flat_map(|webhooks| webhooks.signature.wrong());
    wrong.extend(signature.map(|(key, message, hint)| (format!("/webhooks/signature/{key}"), message, hint)));
    for (name, event) in &manifest.events {
        if event.summary.is_empty() {
            let at = nave_model::place::child("/events", name);
            wrong.push((
                format!("{at}/summary"),
                format!("the event `{name}` is not explained"),
                "say in one sentence when it is sent",
            ));
        }
    }
    wrong
}

/// Also the rule of `schema/connector.schema.json`.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(fits)
}

fn limits(manifest: &Manifest, wrong: &mut Vec<Wrong>) {
    let Some(limits) = &manifest.limits else { return };
    if limits.per_second.is_some_and(|rate| rate <= 0.0) {
        let message = "no call could ever be made".to_owned();
        wrong.push(("/limits/per_second".into(), message, "give a rate above 0, or leave the key out"));
    }
    for (key, value) in [("burst", limits.burst), ("concurrency", limits.concurrency)] {
        if value == Some(0) {
            let message = "no call could ever be made".to_owned();
            wrong.push((format!("/limits/{key}"), message, "give at least 1, or leave the key out"));
        }
    }
}

fn headers(manifest: &Manifest, wrong: &mut Vec<Wrong>) {
    for (name, value) in &manifest.headers {
        let at = nave_model::place::child("/headers", name);
        if !is_token(name) {
            let hint = "a header's name has letters, digits and `-`";
            wrong.push((at, format!("`{name}` cannot be the name of a header"), hint));
        } else if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            let hint = "credentials belong to the connection; the rest is made for each request";
            wrong.push((at, format!("the header `{name}` cannot be set for all requests"), hint));
        } else if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let message = format!("the value of `{name}` has characters a header cannot carry");
            wrong.push((at, message, "use printable ASCII characters"));
        }
    }
    let Some(rule) = &manifest.idempotency else { return };
    if !is_token(&rule.header) {
        let message = format!("`{}` cannot be the name of a header", rule.header);
        wrong.push(("/idempotency/header".into(), message, "a header's name has letters, digits and `-`"));
    }
    if rule.methods.is_empty() {
        let message = "the key works for no method".to_owned();
        wrong.push(("/idempotency/methods".into(), message, "name the methods, for example `[POST]`"));
    }
    for (index, method) in rule.methods.iter().enumerate() {
        if !METHODS.contains(&method.as_str()) {
            let message = format!("`{method}` is not a method a key is sent with");
            wrong.push((format!("/idempotency/methods/{index}"), message, "use POST, PUT, PATCH or DELETE"));
        }
    }
}

fn pointers(manifest: &Manifest, wrong: &mut Vec<Wrong>) {
    let mut check = |at: String, pointer: &str| {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            wrong.push((at, format!("`{pointer}` is not a JSON pointer"), "a pointer begins with `/`"));
        }
    };
    if let Some(rule) = &manifest.errors {
        for (key, pointer) in [("message", &rule.message), ("code", &rule.code)] {
            check(format!("/errors/{key}"), pointer.as_deref().unwrap_or_default());
        }
        if let Some(when) = &rule.failed_when {
            check("/errors/failed_when/pointer".into(), &when.pointer);
        }
    }
    let mut pagings: Vec<(String, &Paging)> = Vec::new();
    pagings.extend(manifest.paging.as_ref().map(|paging| ("/paging".to_owned(), paging)));
    for (name, notes) in &manifest.operations {
        let at = nave_model::place::child("/operations", name);
        pagings.extend(notes.paging.as_ref().map(|paging| (format!("{at}/paging"), paging)));
    }
    for (at, paging) in pagings {
        for (key, pointer) in paging.pointers() {
            check(format!("{at}/{key}"), pointer);
        }
        if let Paging::Cursor { item_key: Some(pointer), .. } = paging {
            check(format!("{at}/item_key"), pointer);
        }
    }
}
