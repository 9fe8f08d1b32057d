//! Opens a connection for the HTTP client. The steps stand in [`Connector::connect`], in order: no
//! byte goes out before the guard has admitted the address it goes to.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use nave_model::Fault;
use nave_model::fault::codes;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;
use url::{Host, Url};

use super::policy::HostPolicy;
use super::resolve::Resolve;
use super::stream::Stream;
use super::{eyeballs, guard, proxy, tls};
use crate::clock::Clock;

/// Ends connecting that no request waits for any more: the request itself has its own, shorter limit.
const CEILING: Duration = Duration::from_secs(60);

/// Opens connections under one policy.
#[derive(Clone, Debug)]
pub(super) struct Connector(Arc<Setup>);

/// What a connector needs. Shared by all policies but for the policy itself.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) policy: Arc<HostPolicy>,
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Connector {
    pub(super) fn new(setup: Setup) -> Self {
        Connector(Arc::new(setup))
    }

    /// From an address to an open connection.
    async fn connect(self, uri: Uri) -> Result<TokioIo<Stream>, Fault> {
        let Setup { policy, tls, .. } = &*self.0;
        let url = Url::parse(&uri.to_string()).map_err(|error| {
            Fault::new(codes::ADDRESS_REFUSED, "the address cannot be read").with_detail(error.to_string())
        })?;
        guard::check_url(&url, policy)?;
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(Fault::new(codes::ADDRESS_REFUSED, "the address has no host"));
        };
        let secure = url.scheme() == "https";
        let stream = match policy.proxy()? {
            None => self.open(&host, port).await?,
            Some((proxy_host, proxy_port)) => {
                guard::check_host(&proxy_host, proxy_port, policy)?;
                let mut stream = self.open(&proxy_host, proxy_port).await?;
                if !secure {
                    return Ok(TokioIo::new(Stream::Proxied(stream)));
                }
                proxy::tunnel(&mut stream, &host, port).await?;
                stream
            }
        };
        if !secure {
            return Ok(TokioIo::new(Stream::Plain(stream)));
        }
        let stream = tls::handshake(Arc::clone(tls), &host, stream).await?;
        Ok(TokioIo::new(Stream::Tls(stream)))
    }

    /// A TCP connection for another protocol than HTTP: guarded in the same way, and through the proxy's
    /// tunnel where there is a proxy.
    pub(super) async fn tcp(&self, host: &Host<&str>, port: u16) -> Result<TcpStream, Fault> {
        let policy = &self.0.policy;
        guard::check_host(host, port, policy)?;
        let Some((proxy_host, proxy_port)) = policy.proxy()? else { return self.open(host, port).await };
        guard::check_host(&proxy_host, proxy_port, policy)?;
        let mut stream = self.open(&proxy_host, proxy_port).await?;
        proxy::tunnel(&mut stream, host, port).await?;
        Ok(stream)
    }

    /// A TCP connection to a host whose literal form is already checked.
    async fn open(&self, host: &Host<&str>, port: u16) -> Result<TcpStream, Fault> {
        let Setup { policy, resolver, clock, .. } = &*self.0;
        let addresses = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
            Host::Domain(name) => {
                let found =
                    resolver.resolve(name).await.map_err(|error| not_found(host, &error.to_string()))?;
                if found.is_empty() {
                    return Err(not_found(host, "no addresses"));
                }
                guard::admit(host, port, found, policy)?
            }
        };
        eyeballs::connect(&addresses, port, clock.as_ref()).await.map_err(|error| {
            let message = format!("could not connect to `{host}:{port}`: {}", error.kind());
            Fault::new(codes::UNREACHABLE, message).with_detail(error.to_string())
        })
    }
}

fn not_found(host: &Host<&str>, reason: &str) -> Fault {
    Fault::new(codes::UNREACHABLE, format!("the host name `{host}` could not be looked up"))
        .with_detail(reason)
        .with_hint("check the spelling of the connection's address, and this machine's name service")
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Fault>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        let clock = Arc::clone(&self.0.clock);
        Box::pin(async move {
            tokio::select! {
                result = connector.connect(uri) => result,
                () = clock.sleep(CEILING) => {
                    Err(Fault::new(codes::UNREACHABLE, "connecting took longer than a minute"))
                }
            }
        })
    }
}
