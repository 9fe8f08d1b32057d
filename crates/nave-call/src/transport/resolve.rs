//! Names to addresses. Only the connector asks, once per connection, and connects to what was
//! answered then: there is no second look-up for a rebinding name to answer differently.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// The answer to a look-up, when it comes.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Looks up host names.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// All addresses of a host name, in the order they should be tried.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host, 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}
