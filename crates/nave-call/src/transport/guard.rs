//! Decides which hosts and addresses may be connected to. Rules only: the connector asks before it
//! connects, the transport before it sends and before it follows a redirect.

use std::net::IpAddr;

use nave_model::Fault;
use nave_model::fault::codes;
use url::{Host, Url};

use super::policy::HostPolicy;

mod range;

pub use range::Range;

/// Reads an address as a person or a document wrote it, and refuses spellings that hide where it leads.
///
/// Numbers in other bases, short forms, wide letters and percent signs are resolved by the URL standard
/// before the host is judged; what the standard does not resolve is refused here. The result has the
/// scheme `http` or `https` and a host; whether that host may be reached is [`check_url`]'s question.
///
/// # Errors
/// `E-ADDRESS-REFUSED`: it is no address of a web server, or it hides its host.
pub fn parse(text: &str) -> Result<Url, Fault> {
    if text.contains('\\') || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(refused("the address contains a backslash, a space or a control character"));
    }
    let url = Url::parse(text)
        .map_err(|error| refused("the address cannot be read").with_detail(format!("{text:?}: {error}")))?;
    check_form(&url)?;
    Ok(url)
}

/// Checks all that can be known of an address before its name is looked up.
///
/// # Errors
/// `E-ADDRESS-REFUSED`: not HTTP, a user name inside, or a host that is forbidden as it stands.
pub fn check_url(url: &Url, policy: &HostPolicy) -> Result<(), Fault> {
    let (host, port) = check_form(url)?;
    check_host(&host, port, policy)
}

/// Scheme, user name and host of an address.
fn check_form(url: &Url) -> Result<(Host<&str>, u16), Fault> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused(format!("the scheme `{}` is not `http` or `https`", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("the address contains a user name or password"));
    }
    match (url.host(), url.port_or_known_default()) {
        (Some(host), Some(port)) => Ok((host, port)),
        _ => Err(refused("the address has no host")),
    }
}

/// Checks a host before it is looked up: a literal address, or a name that means this machine.
///
/// # Errors
/// `E-ADDRESS-REFUSED`, unless the policy names the host.
pub(crate) fn check_host(host: &Host<&str>, port: u16, policy: &HostPolicy) -> Result<(), Fault> {
    let why = match host {
        Host::Domain(name) => name_of_this_machine(name).then_some(Range::Loopback),
        Host::Ipv4(address) => Range::of(IpAddr::V4(*address)),
        Host::Ipv6(address) => Range::of(IpAddr::V6(*address)),
    };
    match why {
        Some(range) if !policy.names(host, port) => Err(forbidden(host, range)),
        _ => Ok(()),
    }
}

/// The addresses of a looked-up name that may be connected to, in their order.
///
/// # Errors
/// `E-ADDRESS-REFUSED`: there are addresses, and none may be connected to.
pub(crate) fn admit(
    host: &Host<&str>,
    port: u16,
    addresses: Vec<IpAddr>,
    policy: &HostPolicy,
) -> Result<Vec<IpAddr>, Fault> {
    let named = policy.names(host, port);
    let mut reason = None;
    let mut admitted = addresses;
    admitted.retain(|address| match Range::of(*address) {
        None => true,
        Some(range) if named && range.opened_by_name() => true,
        Some(range) => {
            reason = Some(range);
            false
        }
    });
    match reason {
        Some(range) if admitted.is_empty() => Err(forbidden(host, range)),
        _ => Ok(admitted),
    }
}

/// Names that every machine gives itself (RFC 6761 section 6.3, and common entries of `/etc/hosts`).
fn name_of_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    matches!(last, "" | "localhost" | "localdomain" | "localhost6" | "localdomain6" | "localhost4")
        || matches!(name.as_str(), "ip6-localhost" | "ip6-loopback" | "ip6-localnet" | "ip6-allnodes")
}

fn refused(message: impl Into<String>) -> Fault {
    Fault::new(codes::ADDRESS_REFUSED, message)
}

fn forbidden(host: &Host<&str>, range: Range) -> Fault {
    refused(format!("`{host}` is {}", range.as_str())).with_hint(format!(
        "if the connection is meant to reach it, name `{host}` in its `allow_private_hosts`"
    ))
}

#[cfg(test)]
mod tests;
