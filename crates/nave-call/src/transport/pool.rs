//! Pooled connections, kept apart by policy: a connection opened under one policy is never used for a
//! request under another. Idle ones are closed after a while, and policies not used give way.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioTimer;
use indexmap::IndexMap;

use super::connect::{Connector, Setup};
use super::policy::HostPolicy;
use super::upload::Upload;

/// Idle connections are closed after this time. Most servers keep theirs for 60 seconds or more.
const IDLE: Duration = Duration::from_secs(50);
/// Idle connections kept per host: as many calls as a connection has under way by default.
const MOST_IDLE: usize = 64;
/// Policies with a pool at the same time.
const MOST_POLICIES: usize = 1024;
/// Bytes of all headers of one answer. Over HTTP/1.1 there may be 100 of them, which is hyper's own limit.
const HEADER_BYTES: u32 = 64 * 1024;
/// A silent HTTP/2 connection is asked for a sign of life at this interval, and given up soon after:
/// otherwise every later request would wait on a connection that died without a word.
const PING: Duration = Duration::from_secs(20);
const PONG: Duration = Duration::from_secs(10);

/// An HTTP client whose connections all stand under one policy.
pub(super) type Pooled = Client<Connector, Upload>;

/// One client per policy.
#[derive(Debug)]
pub(super) struct Pools {
    setup: Setup,
    clients: RwLock<IndexMap<Arc<HostPolicy>, Arc<Pooled>>>,
}

impl Pools {
    pub(super) fn new(setup: Setup) -> Self {
        Pools { setup, clients: RwLock::default() }
    }

    /// The client whose connections stand under this policy.
    pub(super) fn under(&self, policy: &Arc<HostPolicy>) -> Arc<Pooled> {
        let known = self.clients.read().unwrap_or_else(PoisonError::into_inner).get(policy).cloned();
        known.unwrap_or_else(|| self.open(policy))
    }

    fn open(&self, policy: &Arc<HostPolicy>) -> Arc<Pooled> {
        let mut clients = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MOST_POLICIES && !clients.contains_key(policy) {
            // The oldest is no worse a guess than any other, and its calls under way still end well.
            drop(clients.shift_remove_index(0));
        }
        let setup = Setup { policy: Arc::clone(policy), ..self.setup.clone() };
        Arc::clone(clients.entry(Arc::clone(policy)).or_insert_with(|| Arc::new(client(setup))))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the guarded transport's own client")]
fn client(setup: Setup) -> Pooled {
    Client::builder(Tasks)
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MOST_IDLE)
        .http1_max_buf_size(HEADER_BYTES as usize)
        .http2_max_header_list_size(HEADER_BYTES)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PONG)
        .http2_keep_alive_while_idle(true)
        .build(Connector::new(setup))
}

/// Runs a connection's background work under a name.
#[derive(Clone, Copy)]
struct Tasks;

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Tasks {
    fn execute(&self, future: F) {
        drop(crate::task::spawn("http connection", future));
    }
}
