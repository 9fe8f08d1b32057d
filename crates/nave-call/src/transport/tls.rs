//! TLS to a system: whom Nave trusts, and what to tell people when a handshake fails.

use std::sync::Arc;

use nave_model::Fault;
use nave_model::fault::codes;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use super::stream::H2;

/// Trusts the public authorities and `extra_roots`; offers HTTP/2, then HTTP/1.1.
///
/// # Errors
/// An extra root is not a certificate.
pub(super) fn config(extra_roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, Fault> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for root in extra_roots {
        roots.add(root).map_err(|error| {
            Fault::new(codes::SETTING_INVALID, "an extra root certificate cannot be used")
                .with_detail(error.to_string())
                .with_hint("give an authority's certificate in DER or PEM form")
        })?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(codes::INTERNAL, "TLS cannot be set up").with_detail(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The same trust without offering the protocols of the web: a mail server may refuse what it does not know.
pub(super) fn plain(web: &ClientConfig) -> ClientConfig {
    let mut config = web.clone();
    config.alpn_protocols.clear();
    config
}

/// Makes a TLS connection to `host` of an open TCP connection.
///
/// # Errors
/// `E-TLS` with the reason; `E-UNREACHABLE` when the connection broke.
pub(super) async fn handshake(
    config: Arc<ClientConfig>,
    host: &Host<&str>,
    stream: TcpStream,
) -> Result<Box<TlsStream<TcpStream>>, Fault> {
    let name = match host {
        Host::Domain(name) => {
            ServerName::try_from((*name).trim_end_matches('.').to_owned()).map_err(|_| {
                Fault::new(codes::TLS, format!("`{host}` is not a name a certificate can be for"))
            })?
        }
        Host::Ipv4(address) => ServerName::from(std::net::IpAddr::from(*address)),
        Host::Ipv6(address) => ServerName::from(std::net::IpAddr::from(*address)),
    };
    let handshake = TlsConnector::from(config).connect(name, stream);
    handshake.await.map(Box::new).map_err(|error| {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(reason) => explain(reason, host),
            None => Fault::new(
                codes::UNREACHABLE,
                format!("`{host}` closed the connection during the TLS handshake"),
            )
            .with_detail(error.to_string()),
        }
    })
}

/// A TLS error as what happened and what to do about it.
fn explain(error: &rustls::Error, host: &Host<&str>) -> Fault {
    let (what, hint) = match error {
        rustls::Error::InvalidCertificate(reason) => certificate(reason),
        rustls::Error::InvalidMessage(_) => (
            "does not speak TLS on this port",
            "check the port, and whether the address begins with `http://`",
        ),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        ) => (
            "offers no TLS version or cipher that is still secure",
            "TLS 1.2 with forward secrecy or TLS 1.3 must be enabled at the system",
        ),
        rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            ("has no certificate for this name", "check the host name of the address")
        }
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::AccessDenied,
        ) => ("asks for a client certificate", "ask the system's operator for another way to sign in"),
        _ => ("failed the TLS handshake", "look at the system's TLS settings"),
    };
    Fault::new(codes::TLS, format!("`{host}` {what}")).with_hint(hint).with_detail(error.to_string())
}

fn certificate(reason: &CertificateError) -> (&'static str, &'static str) {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("has an expired certificate", "the system's operator must renew it")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("has a certificate that is not valid yet", "check the clocks of both machines")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "has a certificate for another name",
            "use the host name the certificate is for; its names stand in the log",
        ),
        CertificateError::UnknownIssuer => (
            "has a certificate from an unknown authority, or a self-signed one",
            "if it is your own authority, give its certificate as an extra root",
        ),
        CertificateError::Revoked => {
            ("has a revoked certificate", "the system's operator must replace it; do not connect until then")
        }
        CertificateError::BadSignature => {
            ("has a certificate with a wrong signature", "someone may be intercepting the connection")
        }
        _ => ("has a certificate that cannot be accepted", "the system's operator must replace it"),
    }
}
