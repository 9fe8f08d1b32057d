//! The sandbox: one request in, one answer out. The order of [`Sandbox::handle`] is the order in which
//! a real system would get to say no.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use nave_connector::check::{self, Checked};
use nave_connector::manifest::{ErrorMeaning, Paging};
use nave_connector::request::{self, Incoming};
use nave_connector::route::{Found, Router};
use nave_connector::{Connector, Operation};
use nave_model::{Effect, Idempotency};
use serde_json::Value;

use crate::admin;
use crate::authenticate::{Proof, prove};
use crate::faults::{Fate, Injected, Profile, Sort};
use crate::limit::Bucket;
use crate::options::{Credentials, Options};
use crate::record::{Count, Outcome, Received, Record};
use crate::refuse::{Refusal, problem, refuse};
use crate::repeat::{Known, Repeats};
use crate::wire::{Delivery, Reply, Request};
use crate::world::World;
use crate::world::answers::success;
use crate::world::list::NEXT;
use crate::world::perform::{Act, Done};
use crate::world::role::{Role, role};
use crate::{answer, cases};

/// The query field by which the sandbox's own next addresses say where a list goes on.
const AFTER: &str = "nave_after";

/// A stand-in for one system.
#[derive(Debug)]
pub struct Sandbox {
    connector: Arc<Connector>,
    options: Options,
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
    bucket: Option<Bucket>,
    /// Requests so far.
    number: u64,
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
            Some(fault) if !fault.effective => faulty(&self.connector, operation, seed, fault),
            None | Some(_) => {
                let routed = Routed { request, operation, position, path: &path };
                let reply = self.governed(&routed, state, course);
                befall(&self.connector, operation, seed, fate, reply)
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

    /// The request as checked arguments. Where several templates are the same but for the names of
    /// their parameters (`/contacts/{id}`, `/contacts/{number}`), the first that takes the request counts.
    fn read_any<'r>(
        &'r self,
        routed: &Routed<'r>,
        query: &str,
    ) -> Result<(Routed<'r>, Value, Checked), String> {
        let first = match self.read(routed, query) {
            Ok((arguments, checked)) => return Ok((*routed, arguments, checked)),
            Err(detail) => detail,
        };
        let template = without_names(&routed.operation.path);
        for (position, entry) in self.connector.entries().iter().enumerate() {
            let twin = position != routed.position
                && entry.method == routed.operation.method
                && without_names(&entry.path) == template;
            if let Some(operation) = twin.then(|| self.connector.operation_at(position).ok()).flatten() {
                let routed = Routed { operation, position, ..*routed };
                if let Ok((arguments, checked)) = self.read(&routed, query) {
                    return Ok((routed, arguments, checked));
                }
            }
        }
        Err(first)
    }

    /// The request as checked arguments of one operation, or why it is wrong.
    fn read(&self, routed: &Routed<'_>, query: &str) -> Result<(Value, Checked), String> {
        let Routed { request, operation, path, .. } = *routed;
        let incoming = Incoming { path, query, headers: &request.headers, body: &request.body };
        let words = |fault: nave_model::Fault| match fault.hint.as_deref() {
            Some(hint) => format!("{}; {hint}", fault.message),
            None => fault.message.clone(),
        };
        let arguments = request::read(&self.connector, operation, &incoming).map_err(words)?;
        let checked = check::arguments(&self.connector, operation, &arguments).map_err(words)?;
        Ok((arguments, checked))
    }

    /// The query without what is the sandbox's own or a credential.
    fn own_query(&self, request: &Request) -> OwnQuery {
        let mut after = None;
        let mut rest = Vec::new();
        for pair in request.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
            if name == AFTER {
                after = Some(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned());
            } else if !is_query_key(&self.connector, &name) || self.options.credentials == Credentials::Off {
                rest.push(pair);
            }
        }
        OwnQuery { after, rest: rest.join("&") }
    }
}

struct OwnQuery {
    after: Option<String>,
    rest: String,
}

/// A request and the operation it is for.
#[derive(Clone, Copy)]
struct Routed<'a> {
    request: &'a Request,
    operation: &'a Operation,
    position: usize,
    path: &'a str,
}

impl State {
    fn new(connector: &Connector, options: &Options) -> Self {
        State {
            world: World::default(),
            repeats: Repeats::default(),
            record: Record::new(options.remembered),
            faults: options.faults.clone(),
            bucket: Bucket::new(options.rate, connector.manifest.limits.as_ref()),
            number: 0,
        }
    }
}

/// A path template without the names of its parameters.
fn without_names(template: &str) -> String {
    let mut inside = false;
    let kept = template.chars().filter(|c| {
        inside = (inside || *c == '{') && *c != '}';
        !inside || *c == '{'
    });
    kept.collect()
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

/// Whether a query field carries a credential.
fn is_query_key(connector: &Connector, field: &str) -> bool {
    use nave_connector::connector::{KeyLocation, Scheme};
    connector.schemes.values().any(
        |scheme| matches!(scheme, Scheme::ApiKey { location: KeyLocation::Query, name } if name == field),
    )
}

/// The address of the next page, as the caller reached this one.
fn next_address(request: &Request, id: &str) -> String {
    let host = request.header("host").unwrap_or("localhost");
    let own = format!("{AFTER}=");
    let kept = request.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&own));
    let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string();
    let query: Vec<String> = kept.map(str::to_owned).chain([format!("{own}{id}")]).collect();
    format!("http://{host}{}?{}", request.path, query.join("&"))
}

/// The answer of a fault that keeps the operation from happening.
fn faulty(connector: &Connector, operation: &Operation, seed: u64, fault: Injected) -> Reply {
    match fault.sort {
        Sort::Status(status, retry_after) => {
            let meaning = ErrorMeaning::of_status(status).unwrap_or(ErrorMeaning::Unavailable);
            let refusal =
                Refusal { meaning, status: Some(status), detail: "This failure was asked for.".into() };
            let reply = refuse(connector, operation, seed, &refusal);
            match retry_after {
                Some(seconds) => reply.and_header("retry-after", seconds.to_string()),
                None => reply,
            }
        }
        Sort::Expired => {
            let refusal = Refusal::new(ErrorMeaning::Unauthenticated, "The token has expired.");
            let refusal = Refusal { status: Some(401), ..refusal };
            refuse(connector, operation, seed, &refusal).and_header(
                "www-authenticate",
                "Bearer error=\"invalid_token\", error_description=\"expired\"",
            )
        }
        Sort::Reset => Reply { delivery: Delivery::Reset, ..Reply::empty(0) },
        Sort::Timeout => Reply { delivery: Delivery::Silent, ..Reply::empty(0) },
        // Without an effect there is no answer that could be cut off, bent or slowed down.
        Sort::Truncated | Sort::Shape | Sort::Trickle(_) => {
            Reply { delivery: Delivery::Reset, ..Reply::empty(0) }
        }
    }
}

/// What a fault does to an answer whose operation took effect.
fn befall(connector: &Connector, operation: &Operation, seed: u64, fate: Fate, reply: Reply) -> Reply {
    let Some(fault) = fate.fault else { return reply };
    let delivery = match fault.sort {
        Sort::Status(..) | Sort::Expired => return faulty(connector, operation, seed, fault),
        Sort::Shape => return answer::misshapen(connector, operation, &reply),
        Sort::Reset => Delivery::Reset,
        Sort::Timeout => Delivery::Silent,
        Sort::Truncated => Delivery::Truncated,
        Sort::Trickle(pause) => Delivery::Trickle(pause),
    };
    let status = if success(operation).status == 0 { 0 } else { reply.status };
    Reply { delivery, status, ..reply }
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tables of values read better without references")]
mod tests;
