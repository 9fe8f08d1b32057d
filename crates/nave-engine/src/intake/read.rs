//! What is to be done with a request to a webhook: answered at once, kept as events, or a flow started.
//! Decides and does nothing, so that the same request always gives the same.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use nave_connector::check::{Direction, value};
use nave_connector::signature::Delivery;
use nave_connector::signature::handshake::{self, Asked, Handshake, Reply, Stage};
use nave_connector::webhook::{Found, drift};
use nave_connector::{Place, Schema};
use nave_model::event::Body;
use nave_model::fault::codes;
use nave_model::{Event, Fault, Secret, trace};
use serde_json::Value;

use super::answer::{HookAnswer, problem, problem_as};
use super::hooks::{ConnectionHook, Hooks, PathHook, Proof};
use super::{Hook, Target, decode};
use crate::written::Grouped;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Decision {
    /// This is the answer.
    Answer(HookAnswer),
    /// These are kept, then this is the answer.
    Events { events: Vec<Event>, reply: Reply },
    /// The secret that the vendor brought for a connection is kept in a file, then this is the answer.
    Keep { connection: String, file: PathBuf, secret: Secret, reply: Reply },
    /// A flow is started.
    Start { flow: String, item: Grouped, dedup: Option<String> },
}

impl Hooks {
    /// What is to be done with a request.
    pub(super) fn read(&self, hook: Hook) -> Decision {
        let decided = match self.refused(&hook) {
            Some(answer) => Ok(Decision::Answer(answer)),
            None => match hook.target.clone() {
                Target::Connection(name) => match self.connections.get(&name) {
                    Some(own) => of_connection(own, &name, hook),
                    None => Err(nothing_here()),
                },
                Target::Path(path) => match self.paths.get(&path) {
                    Some(own) => of_flow(own, &path, &hook),
                    None => Err(nothing_here()),
                },
            },
        };
        decided.unwrap_or_else(|fault| Decision::Answer(problem(&fault)))
    }

    /// What no webhook takes.
    fn refused(&self, hook: &Hook) -> Option<HookAnswer> {
        if hook.body.len() > self.most_bytes {
            let message = format!("the body is larger than the {} bytes that are taken", self.most_bytes);
            return Some(problem_as(&Fault::new(codes::EVENT_INVALID, message), 413));
        }
        let encoding = header(hook, "Content-Encoding").filter(|encoding| *encoding != "identity");
        encoding.map(|encoding| {
            let message = format!("a body with the content encoding `{encoding}` is not taken");
            problem_as(&Fault::new(codes::EVENT_INVALID, message), 415)
        })
    }
}

fn nothing_here() -> Fault {
    Fault::new(codes::RUN_UNKNOWN, "there is no webhook at this address")
}

fn wrong_method(allowed: &str) -> Decision {
    let answer = problem_as(&Fault::new(codes::EVENT_INVALID, "a webhook is sent by POST"), 405);
    Decision::Answer(answer.with("Allow", allowed))
}

fn header<'a>(hook: &'a Hook, name: &str) -> Option<&'a str> {
    let found = hook.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

impl Proof {
    /// The address as the sender knows it: the public one with the query that was sent.
    fn address(&self, hook: &Hook) -> String {
        match hook.uri.split_once('?') {
            Some((_, query)) if !self.url.contains('?') => format!("{}?{query}", self.url),
            _ => self.url.clone(),
        }
    }

    fn verify(&self, delivery: Delivery<'_>, now_ms: u64) -> Result<(), Fault> {
        self.signature.verify(delivery, &self.secrets()?, now_ms).map_err(|refusal| refusal.fault())
    }

    /// The secrets by which a signature counts now.
    fn secrets(&self) -> Result<Vec<&str>, Fault> {
        match (&self.secrets, self.brought.get()) {
            (Ok(secrets), _) => Ok(secrets.iter().map(Secret::reveal).collect()),
            (Err(_), Some(brought)) => Ok(vec![brought.reveal()]),
            (Err(fault), None) => Err(fault.clone()),
        }
    }
}

fn of_connection(own: &ConnectionHook, name: &str, hook: Hook) -> Result<Decision, Fault> {
    let url = own.proof.address(&hook);
    let delivery = Delivery { method: &hook.method, url: &url, headers: &hook.headers, body: &hook.body };
    let secrets = own.proof.secrets();
    let token = own.token.as_ref().map(Secret::reveal);
    let asked = Asked { delivery, token, secrets: secrets.as_deref().unwrap_or_default() };
    let handshake = |stage| own.handshake?.answer(stage, &asked);
    if let Some(reply) = handshake(Stage::Unsigned) {
        return match own.handshake.is_some_and(Handshake::brings_secret) {
            true => brought(own, name, &asked, reply),
            false => Ok(Decision::Answer(HookAnswer::from_reply(reply))),
        };
    }
    if !matches!(hook.method.as_str(), "POST" | "PUT") {
        return Ok(wrong_method("POST"));
    }
    if let Err(fault) = own.proof.verify(delivery, hook.now_ms) {
        return match own.handshake.is_some_and(Handshake::wants_bare_answers) {
            true => Ok(Decision::Answer(problem(&fault).bare())),
            false => Err(fault),
        };
    }
    if let Some(reply) = handshake(Stage::Signed) {
        return Ok(Decision::Answer(HookAnswer::from_reply(reply)));
    }
    let delivered = own.proof.signature.id(&delivery).map(str::to_owned);
    let events = events(own, name, hook, delivered);
    Ok(Decision::Events { events, reply: own.answer.reply() })
}

/// A vendor that brings the secret itself: the first one is kept, and no other takes its place unasked.
fn brought(own: &ConnectionHook, name: &str, asked: &Asked<'_>, reply: Reply) -> Result<Decision, Fault> {
    let given = handshake::secret(&asked.delivery).unwrap_or_default();
    // Digests are compared, so that the time it takes tells nothing about the secret.
    let digest = sha256(given.as_bytes());
    if asked.secrets.iter().any(|known| sha256(known.as_bytes()) == digest) {
        return Ok(Decision::Answer(HookAnswer::from_reply(reply)));
    }
    match &own.keeps {
        Some(file) if asked.secrets.is_empty() => Ok(Decision::Keep {
            connection: name.to_owned(),
            file: file.clone(),
            secret: Secret::new(given),
            reply,
        }),
        _ => Err(another()),
    }
}

/// The fault of a secret that comes where there is one.
pub(super) fn another() -> Fault {
    Fault::new(codes::SIGNATURE_INVALID, "the webhook of this connection has another secret already")
        .with_hint("to take a new one, remove the file of its `secret` and load the project again")
}

/// The events of a delivery that is genuine: nothing of it is lost, whatever is wrong with it.
fn events(own: &ConnectionHook, name: &str, hook: Hook, delivered: Option<String>) -> Vec<Event> {
    let media = header(&hook, "Content-Type").unwrap_or("application/json").to_owned();
    let read = decode(&media, &hook.body).and_then(|body| {
        let found = own.reader.read(&own.connector, &body, &hook.headers)?;
        Ok((body, found))
    });
    let (body, found) = match read {
        Ok(read) => read,
        Err(fault) => {
            // What the fault says may hold what was sent, which stands in the event.
            tracing::warn!(connection = name, code = fault.code.name, "a delivery cannot be read");
            (Value::Null, vec![Found { name: "unreadable".to_owned(), ..Found::default() }])
        }
    };
    let digest = delivered.unwrap_or_else(|| sha256(&hook.body));
    let base = Event {
        id: String::new(),
        source: format!("/connections/{name}"),
        name: String::new(),
        subject: None,
        time_ms: None,
        received_ms: hook.now_ms,
        trace: trace_of(&hook),
        extensions: BTreeMap::new(),
        media,
        body: Body::Inline(Vec::new()),
    };
    let several = found.len() > 1;
    let mut raw = Some(hook.body);
    let make = |(index, found): (usize, Found)| {
        note(own, name, &found, found.data.as_ref().unwrap_or(&body));
        let fallback = || if several { format!("{digest}-{index}") } else { digest.clone() };
        let (media, bytes) = match &found.data {
            Some(data) => ("application/json".to_owned(), data.to_string().into_bytes()),
            None => (base.media.clone(), raw.take().unwrap_or_default()),
        };
        Event {
            id: found.id.unwrap_or_else(fallback),
            name: format!("{name}.{}", found.name),
            subject: found.subject,
            time_ms: found.time_ms,
            media,
            body: Body::Inline(bytes),
            ..base.clone()
        }
    };
    found.into_iter().enumerate().map(make).collect()
}

/// What the operator should know of an event that is kept all the same.
fn note(own: &ConnectionHook, connection: &str, found: &Found, data: &Value) {
    if !found.is_known {
        tracing::info!(connection, kind = found.name, "an event that the connector does not name");
        return;
    }
    if let Some(first) = drift(&own.connector, &found.name, data).first() {
        let (kind, at) = (found.name.as_str(), first.at.pointer.as_deref());
        tracing::warn!(connection, kind, code = first.code.name, at, "an event is not as described");
    }
}

fn of_flow(own: &PathHook, path: &str, hook: &Hook) -> Result<Decision, Fault> {
    if !matches!(hook.method.as_str(), "POST" | "PUT") {
        return Ok(wrong_method("POST, PUT"));
    }
    let mut id = header(hook, "Idempotency-Key").map(str::to_owned);
    match &own.proof {
        Some(proof) => {
            let url = proof.address(hook);
            let delivery =
                Delivery { method: &hook.method, url: &url, headers: &hook.headers, body: &hook.body };
            proof.verify(delivery, hook.now_ms)?;
            // What is signed tells repeats before what anybody on the way could have added.
            id = proof.signature.id(&delivery).map(str::to_owned).or(id);
        }
        None if hook.has_token => {}
        None => {
            let fault = Fault::new(codes::TOKEN_REJECTED, "this webhook is sent with the hub's token");
            return Err(
                fault.with_hint("send `Authorization: Bearer …`, or say `signed` in the flow's trigger")
            );
        }
    }
    let data = decode(header(hook, "Content-Type").unwrap_or("application/json"), &hook.body)?;
    if let Some(documents) = &own.schema {
        let schema = Schema::at(documents, &Place::new(""))?;
        let mut problems = value(schema, &data, Direction::Response);
        for problem in &mut problems {
            problem.code = codes::EVENT_INVALID;
        }
        if !problems.is_empty() {
            return Err(Fault::from_problems(&format!("the body of the webhook `{path}`"), problems));
        }
    }
    Ok(Decision::Start {
        flow: own.flow.clone(),
        item: Grouped { data: Arc::new(data), cause: format!("webhook:{path}"), trace: trace_of(hook) },
        dedup: id.map(|id| format!("/hooks/{path} {id}")),
    })
}

/// The trace a request came with.
fn trace_of(hook: &Hook) -> Option<String> {
    trace::kept(header(hook, trace::PARENT)?, header(hook, trace::STATE))
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
