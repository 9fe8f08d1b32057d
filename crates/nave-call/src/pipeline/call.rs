//! A call on its way through the pipeline: what was asked, what will be sent, by when, and what is known
//! about its outcome.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use nave_connector::check::{Checked, Repair};
use nave_connector::operation::BodyArguments;
use nave_connector::protocol::Protocol;
use nave_connector::protocol::smtp::MESSAGE_ID;
use nave_connector::request::{self, Request};
use nave_connector::{Operation, server};
use nave_model::fault::codes;
use nave_model::{Effect, Fault, Idempotency};
use nave_store::batch::Intent;
use serde_json::Value;
use url::Url;

use crate::admit::Priority;
use crate::answer::{Answer, CallRequest, Principal};
use crate::caller::Caller;
use crate::connection::Connection;
use crate::digest::Digest;
use crate::pipeline::trail::{Past, Trail, may_have_happened};
use crate::retry::Repeatable;
use crate::{identity, ledger};

/// A longer key is not what it is meant for; systems refuse it anyway.
const LONGEST_KEY: usize = 255;

/// One call under way.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) connection: &'a Arc<Connection>,
    pub(crate) operation: &'a Operation,
    /// Position of the operation in its connector.
    pub(crate) position: usize,
    pub(crate) principal: Principal,
    pub(crate) priority: Priority,
    /// What its caller put.
    pub(crate) asked: &'a CallRequest,
    /// What is known of it from before.
    pub(crate) past: Past,
    /// The arguments with the connection's defaults, as they are kept in the ledger.
    pub(crate) arguments: &'a Value,
    /// Its id in the ledger, where it is one that is written down.
    pub(crate) id: Option<String>,
    /// The caller's own idempotency key.
    pub(crate) key: Option<&'a str>,
    pub(crate) request: Request,
    /// Address of a further page, instead of the request's own.
    pub(crate) page: Option<Url>,
    pub(crate) repairs: Vec<Repair>,
    pub(crate) digest: Digest,
    pub(crate) started: Duration,
    pub(crate) deadline: Duration,
    /// The idempotency key that is sent.
    sent_key: Option<String>,
    is_recorded: AtomicBool,
    is_in_doubt: AtomicBool,
    was_in_doubt: AtomicBool,
    attempts: AtomicU32,
    from_cache: AtomicBool,
}

impl<'a> Call<'a> {
    /// Builds the request of a checked call.
    ///
    /// # Errors
    /// The request cannot be built, the key cannot be sent, or the page's address leaves the system.
    pub(super) fn new(
        (caller, connection, operation): (&'a Caller, &'a Arc<Connection>, &'a Operation),
        (asked, arguments, past): (&'a CallRequest, &'a Value, Past),
        checked: Checked,
        page: Option<&str>,
    ) -> Result<Self, Fault> {
        let started = caller.clock.now();
        let connector = &connection.connector;
        let mut request = request::build(connector, operation, &checked)?;
        let page = page.map(|page| page_address(connection, operation, &request, page)).transpose()?;
        let digest = digest((operation, asked), &request, page.as_ref());
        let key = asked.idempotency_key.as_deref().filter(|_| operation.effect != Effect::Read);
        let sent_key = attach_key(connector.manifest.protocol, operation, &mut request, key)?;
        let position = connector.entries().binary_search_by(|entry| entry.name.cmp(&operation.name));
        Ok(Call {
            caller,
            connection,
            operation,
            position: position.unwrap_or_default(),
            principal: asked.principal,
            priority: asked.priority,
            asked,
            past,
            arguments,
            id: id(caller, operation, asked)?,
            key,
            request,
            page,
            repairs: checked.repairs,
            digest,
            started,
            deadline: started.saturating_add(connection.total),
            sent_key,
            is_recorded: AtomicBool::new(past.is_recorded),
            is_in_doubt: AtomicBool::new(past.is_in_doubt),
            was_in_doubt: AtomicBool::new(past.is_in_doubt),
            attempts: AtomicU32::new(0),
            from_cache: AtomicBool::new(false),
        })
    }

    /// What is known about repeating it.
    pub(super) fn repeatable(&self) -> Repeatable<'_> {
        Repeatable {
            effect: self.operation.effect,
            idempotency: &self.operation.idempotency,
            key_attached: self.sent_key.is_some() && !self.past.is_forgotten,
        }
    }

    /// Waits for something that comes before sending, unless the call is cancelled meanwhile.
    ///
    /// # Errors
    /// Those of what it waits for, and `E-FLOW-CANCELLED`.
    pub(super) async fn unless_cancelled<T>(
        &self,
        waiting: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let Some(cancel) = &self.asked.cancel else { return waiting.await };
        tokio::select! {
            biased;
            () = cancel.cancelled() => {
                Err(Fault::new(codes::FLOW_CANCELLED, "the call was cancelled before it was sent"))
            }
            ended = waiting => ended,
        }
    }

    /// What goes into the ledger before it is sent.
    pub(super) fn intent(&self, tenant: &str, id: &str) -> Intent {
        Intent {
            id: id.to_owned(),
            tenant: tenant.to_owned(),
            connection: self.connection.name.clone(),
            operation: self.operation.name.clone(),
            effect: self.operation.effect.as_str().to_owned(),
            digest: ledger::digest(self.arguments),
            key: self.sent_key.clone(),
            principal: self.principal.as_str().to_owned(),
            run: self.asked.run.clone(),
            trace: self.asked.trace.clone(),
            arguments: self.arguments.to_string().into_bytes(),
        }
    }

    /// Remembers that the ledger holds its intent.
    pub(super) fn set_recorded(&self) {
        self.is_recorded.store(true, Ordering::Relaxed);
    }

    /// An answer came: whatever was in doubt is not any more.
    pub(super) fn answered(&self) {
        self.is_in_doubt.store(false, Ordering::Relaxed);
    }

    /// Learns from an attempt that was sent and ended so, and says whether it may have been done.
    ///
    /// What an earlier attempt left in doubt is settled by a refusal only where the system knows the two
    /// for the same by their key: then it would have repeated its earlier answer.
    pub(super) fn learn(&self, fault: &Fault) -> bool {
        if self.operation.effect == Effect::Read {
            return false;
        }
        let may = may_have_happened(fault);
        if may {
            self.is_in_doubt.store(true, Ordering::Relaxed);
            self.was_in_doubt.store(true, Ordering::Relaxed);
        } else if [codes::REJECTED, codes::NOT_FOUND].contains(&fault.code)
            && matches!(self.operation.idempotency, Idempotency::Key { .. })
            && self.repeatable().harmless()
        {
            self.answered();
        }
        may
    }

    /// What it leaves behind.
    pub(super) fn trail(&self) -> Trail {
        Trail {
            id: self.id.clone(),
            is_recorded: self.is_recorded.load(Ordering::Relaxed),
            is_in_doubt: self.is_in_doubt.load(Ordering::Relaxed),
            was_in_doubt: self.was_in_doubt.load(Ordering::Relaxed),
            is_harmless: self.repeatable().harmless(),
            is_used_up: self.is_used_up(),
        }
    }

    /// Whether no further attempt is allowed.
    pub(super) fn is_used_up(&self) -> bool {
        let made = self.past.attempts.saturating_add(self.attempts());
        self.asked.attempts.is_some_and(|most| made >= most)
    }

    /// Whether an attempt of this call or of an earlier one was in doubt for a time.
    pub(super) fn was_in_doubt(&self) -> bool {
        self.was_in_doubt.load(Ordering::Relaxed)
    }

    /// The connection that takes this call while the breaker of its own is open, if there is one and
    /// the caller may use it. Only first pages: the address of a further one belongs to one system.
    pub(super) fn fallback(&self) -> Option<&Arc<Connection>> {
        if self.operation.effect != Effect::Read || self.page.is_some() {
            return None;
        }
        let fallback = self.caller.connection(self.connection.document.fallback.as_deref()?).ok()?;
        fallback.allow(self.principal, self.operation).is_ok().then_some(fallback)
    }

    /// Takes the connection's credential values out of an answer.
    pub(super) fn redact(&self, answer: &mut Answer) {
        for connection in std::iter::once(self.connection).chain(self.fallback()) {
            if let Some(read) = connection.keys.known() {
                read.redactor.answer(answer);
            }
        }
    }

    /// A fault without the connection's credential values.
    pub(super) fn redacted(&self, fault: Fault) -> Fault {
        let keys = std::iter::once(self.connection).chain(self.fallback());
        keys.filter_map(|connection| connection.keys.known())
            .fold(fault, |fault, read| read.redactor.fault(fault))
    }

    /// Counts one more attempt.
    pub(super) fn count_attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was sent.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Remembers that the answer was remembered.
    pub(super) fn set_from_cache(&self) {
        self.from_cache.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_from_cache(&self) -> bool {
        self.from_cache.load(Ordering::Relaxed)
    }
}

/// The arguments with the connection's defaults for those that were not given.
pub(crate) fn with_defaults<'v>(
    connection: &Connection,
    operation: &Operation,
    arguments: &'v Value,
) -> Cow<'v, Value> {
    let Some(given) = arguments.as_object().filter(|_| !connection.document.defaults.is_empty()) else {
        return Cow::Borrowed(arguments);
    };
    let mut filled = given.clone();
    for (name, value) in &connection.document.defaults {
        if knows(operation, name) && !given.contains_key(name) {
            filled.insert(name.clone(), value.clone());
        }
    }
    Cow::Owned(Value::Object(filled))
}

/// Whether an operation has an argument of this name.
fn knows(operation: &Operation, name: &str) -> bool {
    let in_body = match &operation.arguments.body {
        BodyArguments::None => false,
        BodyArguments::Whole { argument } => argument == name,
        BodyArguments::Fields { fields } => fields.contains_key(name),
    };
    in_body || operation.parameters.iter().any(|parameter| parameter.argument == name)
}

/// The digest of everything that makes two calls of one connection equal.
fn digest((operation, asked): (&Operation, &CallRequest), request: &Request, page: Option<&Url>) -> Digest {
    let tenant = asked.tenant.as_deref().unwrap_or_default();
    let fixed = [operation.name.as_str(), tenant, &request.method, &request.path, &request.query];
    let fixed = fixed.into_iter().map(str::as_bytes);
    let headers = request.headers.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    let body = request.body.iter().map(Vec::as_slice);
    let page = page.into_iter().map(|page| page.as_str().as_bytes());
    Digest::of(fixed.chain(page).chain([b"".as_slice()]).chain(body).chain([b"".as_slice()]).chain(headers))
}

/// Adds the idempotency key, where the system takes one: the caller's, else one made for this call and
/// the same for all its attempts. Gives the key the request carries where the system goes by it.
///
/// A message carries one in any case: it is its name, whether or not the receiver goes by it.
fn attach_key(
    protocol: Protocol,
    operation: &Operation,
    request: &mut Request,
    key: Option<&str>,
) -> Result<Option<String>, Fault> {
    if key.is_some_and(|key| !is_sendable(key)) {
        let message = format!("an idempotency key is 1 to {LONGEST_KEY} visible ASCII characters");
        return Err(Fault::new(codes::ARGUMENT_VALUE, message));
    }
    let (header, counts) = match (&operation.idempotency, protocol) {
        (Idempotency::Key { header }, _) => (header.as_str(), true),
        (Idempotency::Natural | Idempotency::None, Protocol::Smtp) => (MESSAGE_ID, false),
        (Idempotency::Natural | Idempotency::None, Protocol::Http) => return Ok(None),
    };
    if operation.effect == Effect::Read {
        return Ok(None);
    }
    let given = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(header));
    if let Some((_, given)) = given {
        return Ok(counts.then(|| given.clone()));
    }
    let key = key.map_or_else(identity::key, |key| Ok(key.to_owned()))?;
    request.headers.push((header.to_owned(), key.clone()));
    Ok(counts.then_some(key))
}

fn is_sendable(key: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
}

/// The id of a call in the ledger; reads have none.
fn id(caller: &Caller, operation: &Operation, asked: &CallRequest) -> Result<Option<String>, Fault> {
    if caller.ledger.is_none() || operation.effect == Effect::Read {
        return Ok(None);
    }
    let made = || identity::ordered(ledger::now_ms(caller.clock.as_ref()));
    asked.call_id.clone().map_or_else(made, Ok).map(Some)
}

/// The address of a further page. It must stay on the operation's own server, because the credential
/// goes there. A link that says `http` on a server reached by https is taken for what was meant.
fn page_address(
    connection: &Connection,
    operation: &Operation,
    request: &Request,
    page: &str,
) -> Result<Url, Fault> {
    let own = server::address(&connection.connector, operation, &connection.document, request)?;
    let mut address = own
        .join(page)
        .map_err(|_| Fault::new(codes::PAGING, "the address of the next page cannot be read"))?;
    if own.scheme() == "https" && address.scheme() == "http" && address.port().is_none() {
        // An `http` address without a port can always become `https`.
        address.set_scheme("https").unwrap_or_default();
    }
    address.set_fragment(None);
    let plain = address.username().is_empty() && address.password().is_none();
    if plain && address.origin() == own.origin() {
        return Ok(address);
    }
    let host = address.host_str().unwrap_or_default();
    let message = format!("the address of the next page leads to another server, `{host}`");
    Err(Fault::new(codes::PAGING, message)
        .with_hint("pages are fetched from the connection's own server only"))
}
