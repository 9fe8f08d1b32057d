//! How a connector's operations travel: the protocol its manifest names. A protocol binding is a kind:
//! one file that says which addresses it takes, what it makes of checked arguments, and what it asks of a
//! connector. Moving the bytes is left to `nave-call`.

use nave_model::{Fault, Problem};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::check::Checked;
use crate::request::Request;
use crate::{Connector, Operation};

mod http;
pub mod smtp;

/// The protocol of a connector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP: an operation is a request.
    #[default]
    Http,
    /// SMTP: an operation is a message handed to a mail server.
    Smtp,
}

/// A protocol binding.
#[derive(Debug)]
pub struct Kind {
    /// The word in a manifest.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Schemes of the addresses it takes, the usual one first.
    pub schemes: &'static [&'static str],
    /// An address, by example.
    pub example: &'static str,
    /// Makes a request of checked arguments.
    ///
    /// # Errors
    /// `E-REQUEST-BUILD`: an argument cannot be sent.
    pub build: fn(&Connector, &Operation, &Checked) -> Result<Request, Fault>,
    /// What in a connector does not fit the protocol.
    pub check: fn(&Connector) -> Vec<Problem>,
}

/// Every protocol binding.
pub const ALL: &[&Kind] = &[&http::KIND, &smtp::KIND];

impl Protocol {
    /// Its binding.
    pub fn kind(self) -> &'static Kind {
        match self {
            Protocol::Http => &http::KIND,
            Protocol::Smtp => &smtp::KIND,
        }
    }

    /// Whether it is the usual one.
    pub fn is_http(&self) -> bool {
        *self == Protocol::Http
    }

    /// An address of this protocol, its host in the one form in which hosts are compared.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow the address.
    pub fn address(self, text: &str) -> Result<Url, String> {
        let mut url = Url::parse(text).map_err(|error| format!("is no address: {error}"))?;
        let schemes = self.kind().schemes;
        if !schemes.contains(&url.scheme()) {
            return Err(format!("is neither {}", schemes.join(" nor ")));
        }
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() {
            return Err("names no host".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a credential, which belongs into `credential`".to_owned());
        }
        if self == Protocol::Smtp {
            // The URL standard reads the hosts of other schemes than the web's as plain text: an address
            // like `smtp://127.1` would be taken for a name.
            let host = Host::parse(host).map_err(|error| format!("names no host: {error}"))?;
            url.set_host(Some(&host.to_string())).map_err(|error| format!("names no host: {error}"))?;
            if !matches!(url.path(), "" | "/") {
                return Err("has a path, which a mail server does not".to_owned());
            }
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }
}

/// Whether two addresses lead to the same server: scheme, host and port.
pub fn same_server(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_its_example_and_has_its_word() {
        for kind in ALL {
            let protocol: Protocol = serde_json::from_value(kind.name.into()).unwrap();
            assert_eq!(protocol.kind().name, kind.name);
            assert!(kind.summary.ends_with('.'), "{}", kind.name);
            let address = protocol.address(kind.example).unwrap();
            assert!(kind.schemes.contains(&address.scheme()), "{address}");
        }
    }

    #[track_caller]
    fn check(protocol: Protocol, text: &str, expected: &str) {
        let read = protocol.address(text);
        assert_eq!(read.map_or_else(|why| format!("! {why}"), |url| url.to_string()), expected);
    }

    #[test]
    fn addresses_are_read_in_one_form() {
        check(Protocol::Http, "https://API.example/v1?x=1#y", "https://api.example/v1");
        check(Protocol::Http, "smtp://mail.example", "! is neither http nor https");
        check(Protocol::Smtp, "smtp://Mail.Example:2525", "smtp://mail.example:2525");
        check(Protocol::Smtp, "smtps://mail.example", "smtps://mail.example");
        // What hides an address in a name is read as what it is.
        check(Protocol::Smtp, "smtp://127.1:25", "smtp://127.0.0.1:25");
        check(Protocol::Smtp, "smtp://2130706433", "smtp://127.0.0.1");
        check(Protocol::Smtp, "smtp://[0:0:0:0:0:0:0:1]", "smtp://[::1]");
        check(Protocol::Smtp, "https://mail.example", "! is neither smtp nor smtps");
        check(Protocol::Smtp, "smtp:mail.example", "! names no host");
        check(
            Protocol::Smtp,
            "smtp://u:p@mail.example",
            "! holds a credential, which belongs into `credential`",
        );
        check(Protocol::Smtp, "smtp://mail.example/in", "! has a path, which a mail server does not");
    }
}
