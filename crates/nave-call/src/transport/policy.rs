//! What a connection allows its requests to do: which private hosts it names on purpose, through
//! which proxy it goes, and to which origins its credential may be sent.

use nave_model::Fault;
use nave_model::fault::codes;
use url::{Host, Origin, Url};

use super::smtp;

/// The reach of one connection. The default reaches public addresses only, directly, without credentials.
///
/// Requests share pooled connections only under an equal policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct HostPolicy {
    /// Hosts that may be reached although they are private or local: a name or an address, with or
    /// without a port (`erp.internal`, `localhost:8080`, `127.0.0.1`, `[::1]`).
    ///
    /// A name opens private, loopback, unique-local and shared (carrier-grade) addresses. Any other
    /// forbidden address, such as a cloud's metadata service, must be named itself.
    pub allow_private: Vec<String>,
    /// HTTP proxy (`http://host:port`). Nothing is taken from the environment. The proxy's own address
    /// is guarded like any other, so a private proxy stands in `allow_private` too.
    pub proxy: Option<Url>,
    /// Origins a credential may be sent to; to any other, a request that carries one is refused.
    pub credential_origins: Vec<Origin>,
}

impl HostPolicy {
    /// Whether a credential may be sent to this address: its scheme, host and port are listed.
    pub fn admits_credential(&self, url: &Url) -> bool {
        !self.credential_origins.is_empty() && self.credential_origins.contains(&origin(url))
    }

    /// Whether `host` at `port` is named in `allow_private`.
    pub(crate) fn names(&self, host: &Host<&str>, port: u16) -> bool {
        self.allow_private.iter().any(|entry| is(entry, host, port))
    }

    /// The proxy's host and port, if there is a proxy.
    ///
    /// # Errors
    /// The proxy's address is not of the form `http://host:port`.
    pub(crate) fn proxy(&self) -> Result<Option<(Host<&str>, u16)>, Fault> {
        let Some(proxy) = &self.proxy else {
            return Ok(None);
        };
        let plain = proxy.username().is_empty() && proxy.password().is_none();
        match (proxy.scheme(), proxy.host(), proxy.port_or_known_default()) {
            ("http", Some(host), Some(port)) if plain => Ok(Some((host, port))),
            _ => Err(Fault::new(codes::CONNECTION_INVALID, "the connection's proxy cannot be used")
                .with_hint("write it as `http://host:port`, without user name and password")),
        }
    }
}

/// The origin of an address. The URL standard knows none of mail servers; here scheme, host and port make
/// one for them as well.
pub(crate) fn origin(url: &Url) -> Origin {
    let host = url.host_str().and_then(|host| Host::parse(host).ok());
    match (url.scheme(), host) {
        ("smtp" | "smtps", Some(host)) => {
            let port = smtp::port(url);
            Origin::Tuple(url.scheme().to_owned(), host, port)
        }
        _ => url.origin(),
    }
}

/// Whether one entry of `allow_private` names this host and port.
fn is(entry: &str, host: &Host<&str>, port: u16) -> bool {
    let (name, wanted) = split_port(entry);
    if wanted.is_some_and(|wanted| wanted != port) {
        return false;
    }
    match (Host::parse(name), host) {
        (Ok(Host::Domain(named)), Host::Domain(host)) => {
            named.trim_end_matches('.') == host.trim_end_matches('.').to_ascii_lowercase()
        }
        (Ok(Host::Ipv4(named)), Host::Ipv4(host)) => named == *host,
        (Ok(Host::Ipv6(named)), Host::Ipv6(host)) => named == *host,
        _ => false,
    }
}

/// `name:port` → name and port. An IPv6 address may stand without its brackets when it has no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entry: &str, address: &str, expected: bool) {
        let policy = HostPolicy { allow_private: vec![entry.into()], ..HostPolicy::default() };
        let url = Url::parse(address).unwrap();
        let named = policy.names(&url.host().unwrap(), url.port_or_known_default().unwrap());
        assert_eq!(named, expected, "{entry} names {address}");
    }

    #[test]
    fn an_entry_names_one_host() {
        check("erp.internal", "http://ERP.internal./", true);
        check("ERP.internal", "https://erp.internal:8443/", true);
        check("erp.internal", "http://www.erp.internal/", false);
        check("erp.internal", "http://erp.internal.example/", false);
        check("localhost:8080", "http://localhost:8080/", true);
        check("localhost:8080", "http://localhost/", false);
        check("127.0.0.1", "http://127.1/", true);
        check("127.0.0.1", "http://127.0.0.2/", false);
        check("127.0.0.1:80", "http://2130706433/", true);
        check("[::1]", "http://[0:0:0:0:0:0:0:1]/", true);
        check("[::1]:99", "http://[::1]:98/", false);
        check("*", "http://localhost/", false);
        check("", "http://localhost/", false);
    }

    #[test]
    fn a_credential_goes_to_listed_origins_only() {
        let origin = |text: &str| Url::parse(text).unwrap();
        let policy = HostPolicy {
            credential_origins: vec![origin("https://api.example.com").origin()],
            ..HostPolicy::default()
        };
        assert!(policy.admits_credential(&origin("https://API.example.com:443/v1?x=1")));
        assert!(!policy.admits_credential(&origin("http://api.example.com/")));
        assert!(!policy.admits_credential(&origin("https://api.example.com:8443/")));
        assert!(!policy.admits_credential(&origin("https://api.example.com.evil.test/")));
        assert!(!HostPolicy::default().admits_credential(&origin("https://api.example.com/")));
    }

    #[test]
    fn a_proxy_is_plain_http_without_password() {
        for address in ["https://proxy:3128", "http://user:password@proxy", "socks5://proxy:1080"] {
            let policy = HostPolicy { proxy: Some(Url::parse(address).unwrap()), ..HostPolicy::default() };
            assert_eq!(policy.proxy().unwrap_err().code, codes::CONNECTION_INVALID, "{address}");
        }
    }
}
