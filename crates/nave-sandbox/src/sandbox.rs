//! The sandbox: one request in, one answer out. The order of [`Sandbox::handle`] is the order in which
//! a real system would get to say no.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use nave_connector::check::Checked;
use nave_connector::manifest::{ErrorMeaning, Paging};
use nave_connector::protocol::Protocol;
use nave_connector::route::{Found, Router};
use nave_connector::{Connector, Operation};
use nave_model::{Effect, Idempotency};
use serde_json::Value;

use crate::authenticate::{Proof, prove};
use crate::faults::{Fate, Profile};
use crate::limit::Bucket;
use crate::options::Options;
use crate::reading::{Routed, next_address};
use crate::record::{Count, Outcome, Received, Record};
use crate::refuse::{Refusal, problem, refuse};
use crate::repeat::{Known, Repeats};
use crate::smtp::mailbox::Mailbox;
use crate::smtp::message::Message;
use crate::wire::{Reply, Request};
use crate::world::World;
use crate::world::list::NEXT;
use crate::world::perform::{Act, Done};
use crate::world::role::{Role, role};
use crate::{admin, answer, befall, cases};

/// A stand-in for one system.
#[derive(Debug)]
pub struct Sandbox {
    pub(crate) connector: Arc<Connector>,
    pub(crate) options: Options,
    router: Router,
    roles: Vec<OnceLock<Role>>,
    state: Mutex<State>,
}

/// Everything that changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) repeats: Repeats,
    pub(crate) record: Record,
    pub(crate) faults: Profile,
    mail: Mailbox,
    bucket: Option<Bucket>,
    /// Requests so far.
    number: u64,
}

/// A body as it is remembered.
fn text(body: &[u8]) -> Option<String> {
    std::str::from_utf8(body).ok().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What became of a request, for the record.
#[derive(Default)]
struct Course {
    operation: String,
    key: Option<String>,
    outcome: Outcome,
    fault: bool,
}

impl Sandbox {
    /// A stand-in for the system a connector describes.
    pub fn new(connector: Arc<Connector>, options: Options) -> Self {
        let router = Router::new(&connector);
        let roles = connector.entries().iter().map(|_| OnceLock::new()).collect();
        let state = Mutex::new(State::new(&connector, &options));
        Sandbox { connector, options, router, roles, state }
    }

    /// The connector it stands in for.
    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Counts by operation; requests that match none stand under the empty name.
    pub fn counts(&self) -> BTreeMap<String, Count> {
        self.state().record.counts()
    }

    /// The counts of one operation.
    pub fn count(&self, operation: &str) -> Count {
        self.counts().get(operation).copied().unwrap_or_default()
    }

    /// The latest requests, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.state().record.latest()
    }

    /// The latest messages a stand-in for a mail server took, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.state().mail.messages()
    }

    /// How many messages were ever taken, those included that are remembered no longer.
    pub fn messages_taken(&self) -> u64 {
        self.state().mail.taken()
    }

    /// Keeps a message; says whether it is new. Its name counts where the connector says that the server
    /// goes by it.
    pub(crate) fn take_message(&self, message: Message) -> bool {
        let names_count = self.options.idempotency && self.connector.manifest.idempotency.is_some();
        self.state().mail.take(message, names_count, self.options.remembered)
    }

    /// What befalls the next message.
    pub(crate) fn next_fate(&self) -> Fate {
        let mut state = self.state();
        state.number += 1;
        state.faults.fate(self.options.seed, state.number)
    }

    /// Whether the rate admits one more message.
    pub(crate) fn admits(&self, now: Duration) -> bool {
        self.state().bucket.as_mut().is_none_or(|bucket| bucket.take(now).admitted)
    }

    /// The address to put into a connection for a sandbox that is served here, for example
    /// `http://127.0.0.1:40123`, or `smtp://127.0.0.1:40123` for a mail server.
    pub fn url(&self, address: SocketAddr) -> String {
        match self.connector.manifest.protocol {
            Protocol::Http => format!("http://{address}"),
            Protocol::Smtp => format!("smtp://{address}"),
        }
    }

    /// Changes what goes wrong from now on.
    pub fn set_faults(&self, faults: Profile) {
        self.state().faults = faults;
    }

    /// Forgets everything: things, keys, counts and the fill of the rate limit.
    pub fn reset(&self) {
        let faults = self.state().faults.clone();
        let mut fresh = State::new(&self.connector, &self.options);
        fresh.faults = faults;
        *self.state() = fresh;
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // What a request that panicked left behind is no worse than what a failing system leaves.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request that arrived at a time since the sandbox began.
    pub fn handle(&self, request: &Request, now: Duration) -> Reply {
        if let Some(rest) = request.path.strip_prefix(admin::PREFIX) {
            return admin::handle(self, rest, request);
        }
        let mut state = self.state();
        state.number += 1;
        let mut course = Course::default();
        let reply = self.answered(request, now, &mut state, &mut course);
        state.record.add(Received {
            at_us: u64::try_from(now.as_micros()).unwrap_or(u64::MAX),
            operation: course.operation,
            method: request.method.clone(),
            path: request.path.clone(),
            status: reply.status,
            key: course.key,
            outcome: course.outcome,
            fault: course.fault,
            body: text(&request.body),
        });
        reply
    }

    fn answered(&self, request: &Request, now: Duration, state: &mut State, course: &mut Course) -> Reply {
        let seed = self.options.seed;
        // The rate first: a system counts what arrives, not what is right.
        let verdict = state.bucket.as_mut().map(|bucket| bucket.take(now));
        let limits = verdict.map(|verdict| verdict.headers()).unwrap_or_default();
        let with_limits = |mut reply: Reply| {
            reply.headers.extend(limits.iter().cloned());
            reply
        };
        let (position, path) = match self.router.find(&request.method, &request.path) {
            Found::Operation { position, path } => (position, path.to_owned()),
            Found::MethodNotAllowed { allowed } => {
                course.outcome = Outcome::Refused;
                let allowed = allowed.join(", ");
                let detail = format!("`{}` is not possible here; possible are {allowed}", request.method);
                return with_limits(problem(405, &detail).and_header("allow", allowed));
            }
            Found::NotFound => {
                course.outcome = Outcome::Refused;
                let detail =
                    format!("`{}` has no operation with the path `{}`", self.connector.name, request.path);
                return with_limits(problem(404, &detail));
            }
        };
        let operation = match self.connector.operation_at(position) {
            Ok(operation) => operation,
            Err(fault) => {
                course.outcome = Outcome::Refused;
                return with_limits(problem(501, &fault.message));
            }
        };
        course.operation.clone_from(&operation.name);
        if verdict.is_some_and(|verdict| !verdict.admitted) {
            course.outcome = Outcome::Refused;
            let refusal = Refusal::new(ErrorMeaning::RateLimited, "Too many requests; try again later.");
            let refusal = Refusal { status: Some(429), ..refusal };
            return with_limits(refuse(&self.connector, operation, seed, &refusal));
        }
        let number = state.number;
        let fate = match request.header("x-nave-fault") {
            Some(text) => match Profile::asked(text, seed, number) {
                Ok(fate) => fate,
                Err(fault) => {
                    course.outcome = Outcome::Refused;
                    let hint = fault.hint.as_deref().unwrap_or_default();
                    return problem(400, &format!("X-Nave-Fault: {}; {hint}", fault.message));
                }
            },
            None => state.faults.fate(seed, number),
        };
        course.fault = fate.fault.is_some();
        let mut reply = match fate.fault {
            Some(fault) if !fault.effective => befall::instead(&self.connector, operation, seed, fault),
            None | Some(_) => {
                let routed = Routed { request, operation, position, path: &path };
                let reply = self.governed(&routed, state, course);
                befall::after(&self.connector, operation, seed, fate, reply)
            }
        };
        reply.delay = fate.delay;
        with_limits(reply)
    }

    /// Everything a system asks of a request before it does anything.
    fn governed(&self, routed: &Routed<'_>, state: &mut State, course: &mut Course) -> Reply {
        let Routed { request, operation, .. } = *routed;
        match prove(&self.connector, operation, &self.options.credentials, request) {
            Proof::Accepted => {}
            Proof::Missing => {
                let detail = "No credential was sent, and this operation needs one.";
                let reply = self.no(operation, course, ErrorMeaning::Unauthenticated, detail);
                return reply.and_header("www-authenticate", "Bearer");
            }
            Proof::Wrong => {
                let detail = "The credential was not accepted.";
                let reply = self.no(operation, course, ErrorMeaning::Unauthenticated, detail);
                return reply.and_header("www-authenticate", "Bearer error=\"invalid_token\"");
            }
        }
        let query = self.own_query(request);
        let (routed, arguments, checked) = match self.read_any(routed, &query.rest) {
            Ok(read) => read,
            Err(detail) => return self.no(operation, course, ErrorMeaning::Rejected, &detail),
        };
        let Routed { operation, .. } = routed;
        course.operation.clone_from(&operation.name);
        let key = key_of(&self.connector, operation, request).filter(|_| self.options.idempotency);
        let key = key.map(|key| format!("{} {key}", operation.name));
        if let Some(key) = &key {
            match state.repeats.look(key, request) {
                Known::New => {}
                Known::Answered(reply) => {
                    course.outcome = Outcome::Replayed;
                    return reply.and_header("idempotent-replayed", "true");
                }
                Known::Other => {
                    let detail = "This idempotency key was used with another request.";
                    return self.no(operation, course, ErrorMeaning::Conflict, detail);
                }
            }
        }
        course.key = key_of(&self.connector, operation, request);
        let reply = match cases::answer(&self.options.cases, operation, &arguments) {
            Some(reply) => {
                course.outcome = Outcome::Effect;
                reply
            }
            None => self.performed(&routed, &checked, query.after.as_deref(), state, course),
        };
        if let Some(key) = key.filter(|_| course.outcome == Outcome::Effect) {
            state.repeats.keep(key, request, &reply);
        }
        reply
    }

    fn no(&self, operation: &Operation, course: &mut Course, meaning: ErrorMeaning, detail: &str) -> Reply {
        course.outcome = Outcome::Refused;
        refuse(&self.connector, operation, self.options.seed, &Refusal::new(meaning, detail))
    }

    fn performed(
        &self,
        routed: &Routed<'_>,
        checked: &Checked,
        after: Option<&str>,
        state: &mut State,
        course: &mut Course,
    ) -> Reply {
        let Routed { request, operation, position, .. } = *routed;
        let Some(cell) = self.roles.get(position) else {
            return problem(500, "the operation is not in the index");
        };
        let act = Act {
            connector: &self.connector,
            operation,
            role: cell.get_or_init(|| role(&self.connector, operation)),
            checked,
            seed: self.options.seed,
            population: self.options.population,
            strangers: self.options.strangers,
            after,
        };
        match act.perform(&mut state.world) {
            Done::Missing { path } => {
                let detail = format!("There is nothing at `{path}`.");
                self.no(operation, course, ErrorMeaning::NotFound, &detail)
            }
            Done::Answer { status, mut value, next } => {
                course.outcome = Outcome::Effect;
                let address = next.map(|id| next_address(request, &id));
                let mut headers = Vec::new();
                match (&operation.paging, address) {
                    (Some(Paging::LinkHeader { .. }), Some(address)) => {
                        headers.push(("link".to_owned(), format!("<{address}>; rel=\"next\"")));
                    }
                    (Some(Paging::NextUrl { next, .. }), Some(address)) => {
                        if let Some(place) = value.pointer_mut(next)
                            && place.as_str().is_some_and(|text| text.starts_with(NEXT))
                        {
                            *place = Value::String(address);
                        }
                    }
                    _ => {}
                }
                let mut reply = answer::reply(&self.connector, operation, status, &value, self.options.seed);
                reply.headers.extend(headers);
                reply
            }
        }
    }
}

impl State {
    fn new(connector: &Connector, options: &Options) -> Self {
        State {
            world: World::default(),
            repeats: Repeats::default(),
            record: Record::new(options.remembered),
            faults: options.faults.clone(),
            mail: Mailbox::default(),
            bucket: Bucket::new(options.rate, connector.manifest.limits.as_ref()),
            number: 0,
        }
    }
}

/// The idempotency key of a request whose operation knows such keys.
fn key_of(connector: &Connector, operation: &Operation, request: &Request) -> Option<String> {
    let rule = connector.manifest.idempotency.as_ref();
    let rule = rule.filter(|rule| rule.methods.contains(&operation.method)).map(|rule| rule.header.as_str());
    let header = match &operation.idempotency {
        Idempotency::Key { header } => header.as_str(),
        Idempotency::Natural | Idempotency::None if operation.effect != Effect::Read => rule?,
        Idempotency::Natural | Idempotency::None => return None,
    };
    request.header(header).filter(|key| !key.is_empty()).map(str::to_owned)
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tables of values read better without references")]
mod tests;
