//! Which range of the address space an address lies in, where that range must not be connected to.
//! Sources: the IANA special-purpose address registries (RFC 6890), and the clouds' own pages for
//! metadata services.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A forbidden range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// `0.0.0.0/8`, `::`: this host, on this network.
    Unspecified,
    /// `127.0.0.0/8`, `::1`, and the names that mean them.
    Loopback,
    /// RFC 1918, and site-local `fec0::/10` (RFC 3879).
    Private,
    /// `fc00::/7` (RFC 4193).
    UniqueLocal,
    /// `100.64.0.0/10`: behind carrier-grade NAT (RFC 6598).
    Shared,
    /// `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// A cloud's metadata service, which hands out credentials.
    Metadata,
    /// `224.0.0.0/4`, `ff00::/8`.
    Multicast,
    /// `255.255.255.255`.
    Broadcast,
    /// Reserved for documentation (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Reserved for benchmarks (RFC 2544, RFC 5180).
    Benchmarking,
    /// An IPv6 address that stands for an IPv4 address, which a router or the kernel may unpack.
    Translated,
    /// Reserved, or assigned to a protocol, or not assigned to the public internet.
    Reserved,
}

impl Range {
    /// The forbidden range an address lies in; `None` for a public one.
    pub fn of(address: IpAddr) -> Option<Range> {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }

    /// Whether a host *name* in `allow_private` opens this range. Whoever runs the name's DNS chooses
    /// the address, so what no internal service lives at is opened by the address itself only.
    pub(crate) fn opened_by_name(self) -> bool {
        matches!(self, Range::Loopback | Range::Private | Range::UniqueLocal | Range::Shared)
    }

    /// The words after "`host` is …".
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Range::Unspecified => "an unspecified address",
            Range::Loopback => "this machine itself (loopback)",
            Range::Private => "a private address",
            Range::UniqueLocal => "a private (unique-local) address",
            Range::Shared => "a shared address behind carrier-grade NAT",
            Range::LinkLocal => "a link-local address",
            Range::Metadata => "a cloud metadata service",
            Range::Multicast => "a multicast address",
            Range::Broadcast => "the broadcast address",
            Range::Documentation => "an address reserved for documentation",
            Range::Benchmarking => "an address reserved for benchmarks",
            Range::Translated => "an IPv6 address that stands for an IPv4 address",
            Range::Reserved => "a reserved address",
        }
    }
}

/// Metadata services outside the link-local ranges, and the well-known ones inside, so that the
/// refusal says what it is: AWS, GCP, Azure and most others; AWS ECS and EKS; Alibaba; Azure's wire
/// server; Oracle.
const METADATA_V4: [Ipv4Addr; 6] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// AWS instance metadata, AWS EKS pod identity, GCP.
const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

fn of_v4(address: Ipv4Addr) -> Option<Range> {
    if METADATA_V4.contains(&address) {
        return Some(Range::Metadata);
    }
    match address.octets() {
        [0, ..] => Some(Range::Unspecified),
        [127, ..] => Some(Range::Loopback),
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Some(Range::Private),
        [100, 64..=127, ..] => Some(Range::Shared),
        [169, 254, ..] => Some(Range::LinkLocal),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some(Range::Documentation),
        [198, 18 | 19, ..] => Some(Range::Benchmarking),
        // IETF protocol assignments (RFC 6890), and the withdrawn 6to4 relays (RFC 7526).
        [192, 0, 0, _] | [192, 88, 99, _] => Some(Range::Reserved),
        [255, 255, 255, 255] => Some(Range::Broadcast),
        [224..=239, ..] => Some(Range::Multicast),
        [240..=255, ..] => Some(Range::Reserved),
        _ => None,
    }
}

fn of_v6(address: Ipv6Addr) -> Option<Range> {
    if METADATA_V6.contains(&address) {
        return Some(Range::Metadata);
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(Range::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Range::Loopback),
        // Compatible (RFC 4291), mapped, and the older translated form (RFC 2765).
        [0, 0, 0, 0, 0, 0, _, _] | [0, 0, 0, 0, 0, 0xffff, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] => {
            Some(Range::Translated)
        }
        // NAT64: the well-known prefix (RFC 6052) and the local one (RFC 8215).
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0x64, 0xff9b, 1, ..] => Some(Range::Translated),
        // Teredo (RFC 4380) and 6to4 (RFC 3056).
        [0x2001, 0, ..] | [0x2002, ..] => Some(Range::Translated),
        // ISATAP (RFC 5214 section 6.1): an interface identifier, so under any prefix.
        [_, _, _, _, 0 | 0x0200, 0x5efe, _, _] => Some(Range::Translated),
        [0x2001, 2, 0, ..] => Some(Range::Benchmarking),
        [0x2001, 0xdb8, ..] => Some(Range::Documentation),
        [0x3fff, second, ..] if second < 0x1000 => Some(Range::Documentation),
        // The rest of the IETF protocol assignments, 2001::/23.
        [0x2001, second, ..] if second < 0x200 => Some(Range::Reserved),
        [first, ..] => match first {
            0xfc00..=0xfdff => Some(Range::UniqueLocal),
            0xfe80..=0xfebf => Some(Range::LinkLocal),
            0xfec0..=0xfeff => Some(Range::Private),
            0xff00..=0xffff => Some(Range::Multicast),
            // Global unicast, the only space with public hosts (RFC 4291 section 2.4).
            0x2000..=0x3fff => None,
            _ => Some(Range::Reserved),
        },
    }
}
