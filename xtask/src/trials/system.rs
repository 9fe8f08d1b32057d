//! The systems of a trial: servers on loopback that count what was done, honour idempotency keys or not,
//! and can be unwell. What they counted is the only truth a trial believes.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::clock;
use super::figures::Times;

/// How a system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It answers.
    Calm,
    /// It asks to be left alone: 429 with `Retry-After`.
    TooMany,
    /// It takes five seconds for everything.
    Slow,
    /// It answers and fails in turn, half a second each.
    Flapping,
    /// It takes requests and answers none.
    Hanging,
    /// It fails: 503.
    Down,
}

/// What a system is like.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    /// Whether it repeats nothing that comes with a key it knows.
    pub(crate) honours_keys: bool,
    /// The longest it takes, in milliseconds, by chance; half before the effect and half behind it.
    pub(crate) slowness: u64,
    /// Whether it keeps when each request came.
    pub(crate) keeps_arrivals: bool,
    /// The step whose effect ends a flow, and where that is noted by the number in the id.
    pub(crate) ends: Option<(&'static str, Arc<Times>)>,
}

/// A system that runs.
pub(crate) struct System {
    /// Where it is.
    pub(crate) address: SocketAddr,
    /// What it has seen.
    pub(crate) seen: Arc<Seen>,
    /// Ends what is in it when it is dropped.
    _serving: JoinSet<()>,
}

/// What a system has seen.
pub(crate) struct Seen {
    manner: Manner,
    origin: Instant,
    mood: Mutex<Mood>,
    requests: AtomicU64,
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    effects: BTreeMap<(String, String), u32>,
    keys: BTreeSet<String>,
    repeats: u64,
    arrivals: Vec<u64>,
}

impl System {
    /// Starts one.
    ///
    /// # Errors
    /// No port is free.
    pub(crate) async fn start(manner: Manner) -> anyhow::Result<System> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen {
            manner,
            origin: clock::now(),
            mood: Mutex::new(Mood::Calm),
            requests: AtomicU64::new(0),
            record: Mutex::default(),
        });
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::clone(&seen)));
        Ok(System { address, seen, _serving: serving })
    }
}

async fn serve(listener: TcpListener, seen: Arc<Seen>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                // Without it answers would wait for more to be sent with them.
                let _best = stream.set_nodelay(true);
                let seen = Arc::clone(&seen);
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&seen), request));
                    // A connection that breaks is the hub's doing, and its loss.
                    let _ended = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(seen: Arc<Seen>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    seen.requests.fetch_add(1, Ordering::Relaxed);
    let moment = clock::micros(seen.origin);
    if seen.manner.keeps_arrivals {
        seen.record().arrivals.push(moment);
    }
    let refused = match seen.mood() {
        Mood::Calm => None,
        Mood::TooMany => Some(429),
        Mood::Slow => {
            clock::pause(5000).await;
            None
        }
        Mood::Flapping => (moment / 500_000 % 2 == 1).then_some(503),
        Mood::Hanging => std::future::pending().await,
        Mood::Down => Some(503),
    };
    if let Some(status) = refused {
        let mut response = said(status, &json!({"error": "not now"}));
        if status == 429 {
            response.headers_mut().insert(RETRY_AFTER, hyper::header::HeaderValue::from_static("1"));
        }
        return Ok(response);
    }
    Ok(if request.method() == Method::POST {
        effect(&seen, request).await
    } else {
        item(&seen, &request).await
    })
}

async fn item(seen: &Seen, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    seen.dawdle().await;
    let id = request.uri().path().rsplit('/').next().unwrap_or_default();
    said(200, &json!({"id": id, "name": "An item"}))
}

async fn effect(seen: &Seen, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let key = request.headers().get("idempotency-key").map(|key| key.as_bytes().to_vec());
    let key = key.map(|key| String::from_utf8_lossy(&key).into_owned());
    let Ok(body) = request.into_body().collect().await else {
        return said(400, &json!({"error": "broken off"}));
    };
    let Ok(value) = serde_json::from_slice::<Value>(&body.to_bytes()) else {
        return said(400, &json!({"error": "no JSON"}));
    };
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, step) = (field("id"), field("step"));
    seen.dawdle().await;
    seen.count(&id, &step, key);
    seen.dawdle().await;
    said(201, &value)
}

fn said(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    response
}

impl Seen {
    /// From now on it is like this.
    pub(crate) fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, id: &str, step: &str, key: Option<String>) {
        if let Some((last, times)) = &self.manner.ends
            && *last == step
            && let Ok(number) = id.parse()
        {
            times.done(number);
        }
        let mut record = self.record();
        if self.manner.honours_keys
            && let Some(key) = key
            && !record.keys.insert(key)
        {
            record.repeats += 1;
            return;
        }
        *record.effects.entry((id.to_owned(), step.to_owned())).or_insert(0) += 1;
    }

    async fn dawdle(&self) {
        if self.manner.slowness > 0 {
            clock::pause(fastrand::u64(0..=self.manner.slowness / 2)).await;
        }
    }

    /// How often a step was done for an id.
    pub(crate) fn times(&self, id: &str, step: &str) -> u32 {
        self.record().effects.get(&(id.to_owned(), step.to_owned())).copied().unwrap_or(0)
    }

    /// How many different effects there were.
    pub(crate) fn effects(&self) -> usize {
        self.record().effects.len()
    }

    /// What was done more than once: id, step and how often.
    pub(crate) fn doubled(&self) -> Vec<(String, String, u32)> {
        let record = self.record();
        let twice = record.effects.iter().filter(|(_, times)| **times > 1);
        twice.map(|((id, step), times)| (id.clone(), step.clone(), *times)).collect()
    }

    /// Ids and steps of everything that was done.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        self.record().effects.keys().cloned().collect()
    }

    /// How often something came again with a key that was known.
    pub(crate) fn repeats(&self) -> u64 {
        self.record().repeats
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// When each request came: microseconds, in order.
    pub(crate) fn arrivals(&self) -> Vec<u64> {
        let mut arrivals = self.record().arrivals.clone();
        arrivals.sort_unstable();
        arrivals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trials::wire::{Line, request};

    async fn post(line: &mut Line, key: Option<&str>, body: &str) -> u16 {
        let key = key.map(|key| ("idempotency-key", key));
        let headers: Vec<(&str, &str)> = key.into_iter().collect();
        line.exchange(&request("POST", "/effects", &headers, body.as_bytes())).await.unwrap().status
    }

    async fn check(honours_keys: bool, expected: u32) {
        let system = System::start(Manner { honours_keys, ..Manner::default() }).await.unwrap();
        let mut line = Line::open(system.address).await.unwrap();
        let body = r#"{"id":"7","step":"paid"}"#;
        for key in [Some("k"), Some("k"), None] {
            assert_eq!(post(&mut line, key, body).await, 201);
        }
        assert_eq!(system.seen.times("7", "paid"), expected);
        assert_eq!(system.seen.doubled().len(), 1);
        assert_eq!((system.seen.requests(), system.seen.effects()), (3, 1));
    }

    #[tokio::test]
    async fn one_honours_keys_and_one_does_again_what_it_is_sent_again() {
        check(true, 2).await;
        check(false, 3).await;
    }

    #[tokio::test]
    async fn an_unwell_system_does_nothing() {
        let system = System::start(Manner { keeps_arrivals: true, ..Manner::default() }).await.unwrap();
        let mut line = Line::open(system.address).await.unwrap();
        system.seen.becomes(Mood::TooMany);
        let answer = line.exchange(&request("POST", "/effects", &[], b"{}")).await.unwrap();
        assert_eq!((answer.status, answer.retry_after.as_deref()), (429, Some("1")));
        system.seen.becomes(Mood::Down);
        assert_eq!(post(&mut line, None, "{}").await, 503);
        assert_eq!((system.seen.effects(), system.seen.arrivals().len()), (0, 2));
    }
}
