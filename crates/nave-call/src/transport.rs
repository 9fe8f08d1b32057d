//! The one way out: every request Nave makes of any system passes [`Transport::send`]. It checks each
//! address before connecting, bounds time and size, and says in each fault whether anything may have
//! been sent. What to send, and what an answer means, is left to the pipeline.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use nave_model::Fault;
use rustls::pki_types::CertificateDer;
use url::Url;

use crate::clock::{Clock, SystemClock};

mod attempt;
mod body;
mod connect;
mod eyeballs;
mod failure;
pub mod guard;
mod gunzip;
mod policy;
mod pool;
mod proxy;
mod redirect;
mod resolve;
mod smtp;
mod stream;
mod tls;
mod upload;

pub use gunzip::gunzip;
pub use policy::HostPolicy;
pub(crate) use policy::origin;
pub use resolve::{Resolve, Resolving, SystemResolver};

/// A request on its way out.
///
/// The transport itself sets `Host`, `Content-Length`, `Transfer-Encoding`, `Connection` and the like,
/// and drops what `headers` says about them: two opinions about a message's length are how requests
/// are smuggled. It adds `Accept-Encoding: gzip` and a `User-Agent` where there is none.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Method.
    pub method: Method,
    /// Whole address, without user name and password: `http` or `https`, or `smtp` or `smtps` for a
    /// message, whose parts stand in the body as JSON.
    pub url: Url,
    /// Headers. Values marked sensitive are credentials.
    pub headers: HeaderMap,
    /// Body.
    pub body: Option<Bytes>,
    /// The request carries a credential: in a header, the query, a cookie or the body. It is then sent
    /// only to the policy's `credential_origins`. A header marked sensitive says the same.
    pub credential: bool,
    /// Limits of time and size.
    pub limits: Limits,
    /// What the request's connection allows.
    pub hosts: Arc<HostPolicy>,
}

/// Limits of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To look up, connect and agree on TLS.
    pub connect: Duration,
    /// From there to the first byte of the answer, while the system takes no more of the body.
    pub first_byte: Duration,
    /// For all of it, redirects included, to the last byte.
    pub attempt: Duration,
    /// Bytes of the answer's body, on the wire and unpacked.
    pub response_bytes: u64,
}

impl Default for Limits {
    /// 5 s, 30 s, 60 s, 64 MiB: the defaults of a connection.
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(30),
            attempt: Duration::from_secs(60),
            response_bytes: 64 * 1024 * 1024,
        }
    }
}

/// A system's answer, whole and unpacked.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Status, of any class.
    pub status: u16,
    /// Headers; without `Content-Encoding` and `Content-Length` where the body was unpacked.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// The address that answered: after redirects not the one asked, and what relative links refer to.
    pub url: Url,
}

/// What a transport is made from.
#[derive(Debug)]
pub struct TransportOptions {
    /// Looks up host names.
    pub resolver: Arc<dyn Resolve>,
    /// Authorities to trust besides the public ones.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Measures the limits.
    pub clock: Arc<dyn Clock>,
}

impl Default for TransportOptions {
    /// The machine's own resolver and clock, and the public authorities.
    fn default() -> Self {
        TransportOptions {
            resolver: Arc::new(SystemResolver),
            extra_roots: Vec::new(),
            clock: Arc::new(SystemClock::new()),
        }
    }
}

/// Sends requests over pooled connections. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Transport {
    pools: Arc<pool::Pools>,
    mail: Arc<connect::Setup>,
    clock: Arc<dyn Clock>,
}

impl Transport {
    /// A transport without connections.
    ///
    /// # Errors
    /// An extra root is not a certificate.
    pub fn new(options: TransportOptions) -> Result<Transport, Fault> {
        let TransportOptions { resolver, extra_roots, clock } = options;
        let tls = tls::config(extra_roots)?;
        let setup = connect::Setup {
            policy: Arc::default(),
            resolver,
            tls: Arc::new(tls),
            clock: Arc::clone(&clock),
        };
        let mail = Arc::new(connect::Setup { tls: Arc::new(tls::plain(&setup.tls)), ..setup.clone() });
        Ok(Transport { pools: Arc::new(pool::Pools::new(setup)), mail, clock })
    }

    /// Sends a request and reads the whole answer. Any status is an answer, not a fault.
    ///
    /// # Errors
    /// Nothing was sent: `E-ADDRESS-REFUSED`, `E-UNREACHABLE`, `E-TLS`, `E-REQUEST-BUILD`,
    /// `E-CONNECTION-INVALID`. Something may have been: `E-CONNECTION-LOST`, `E-TIMEOUT`,
    /// `E-RESPONSE-LIMIT`, `E-RESPONSE-SYNTAX`, `E-REDIRECT-REFUSED`. A mail server's refusal is a fault
    /// as well, and means that nothing was sent: `E-REJECTED`, `E-AUTH-REJECTED`, `E-DEFERRED`.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Incoming, Fault> {
        if smtp::SCHEMES.contains(&outgoing.url.scheme()) {
            return smtp::send(&self.mail, outgoing).await;
        }
        attempt::run(&self.pools, self.clock.as_ref(), outgoing).await
    }
}
