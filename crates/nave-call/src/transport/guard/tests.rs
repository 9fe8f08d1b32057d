//! Spellings and ranges the guard must refuse, and those it must let through.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[track_caller]
fn check(range: Option<Range>, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(Range::of(ip(address)), range, "{address}");
    }
}

#[test]
fn public_addresses_are_free() {
    check(None, &["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"]);
    check(None, &["126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255"]);
    check(None, &["172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0"]);
    check(None, &["223.255.255.255", "192.0.1.0", "203.0.114.0"]);
    check(None, &["2606:4700:4700::1111", "2a00:1450:4001::200e", "2001:200::1", "2003::1", "3ffe:ffff::1"]);
}

#[test]
fn each_forbidden_range_to_its_edges() {
    check(Some(Range::Unspecified), &["0.0.0.0", "0.255.255.255", "::"]);
    check(Some(Range::Loopback), &["127.0.0.0", "127.255.255.255", "::1"]);
    check(Some(Range::Private), &["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255"]);
    check(Some(Range::Private), &["192.168.0.0", "192.168.255.255", "fec0::", "feff:ffff::1"]);
    check(Some(Range::UniqueLocal), &["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]);
    check(Some(Range::Shared), &["100.64.0.0", "100.127.255.255"]);
    check(Some(Range::LinkLocal), &["169.254.0.0", "169.254.255.255", "fe80::", "febf::1"]);
    check(Some(Range::Metadata), &["169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192"]);
    check(Some(Range::Metadata), &["169.254.170.2", "fd00:ec2::254", "fd20:ce::254"]);
    check(Some(Range::Multicast), &["224.0.0.0", "239.255.255.255", "ff00::", "ff02::1"]);
    check(Some(Range::Broadcast), &["255.255.255.255"]);
    check(
        Some(Range::Documentation),
        &["192.0.2.0", "198.51.100.255", "203.0.113.1", "2001:db8::", "3fff::1"],
    );
    check(Some(Range::Benchmarking), &["198.18.0.0", "198.19.255.255", "2001:2::1"]);
    check(Some(Range::Reserved), &["240.0.0.0", "255.255.255.254", "192.0.0.1", "192.88.99.1"]);
    check(Some(Range::Reserved), &["2001:1::1", "2001:1ff::1", "4000::1", "1fff::1", "100::1", "5f00::1"]);
    check(Some(Range::Translated), &["::2", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8"]);
    check(Some(Range::Translated), &["64:ff9b:1::1", "2001:0:1::1", "2002:808:808::1"]);
    check(Some(Range::Translated), &["2a00:1450::5efe:8.8.8.8", "2a00:1450::200:5efe:808:808"]);
}

#[test]
fn a_mixed_answer_leaves_only_its_public_addresses() {
    let host = Host::Domain("erp.example.com");
    let answer = vec![ip("10.0.0.1"), ip("1.1.1.1"), ip("::1"), ip("169.254.169.254")];
    let nobody = HostPolicy::default();
    assert_eq!(admit(&host, 443, answer.clone(), &nobody).unwrap(), [ip("1.1.1.1")]);
    let named = HostPolicy { allow_private: vec!["erp.example.com".into()], ..HostPolicy::default() };
    let opened = [ip("10.0.0.1"), ip("1.1.1.1"), ip("::1")];
    assert_eq!(admit(&host, 443, answer, &named).unwrap(), opened, "metadata is not opened by a name");
    let fault = admit(&host, 443, vec![ip("10.0.0.1")], &nobody).unwrap_err();
    assert_eq!(fault.message, "`erp.example.com` is a private address");
}

#[test]
fn an_address_is_read_as_it_stands_or_not_at_all() {
    assert_eq!(parse("https://API.example.com/v1").unwrap().as_str(), "https://api.example.com/v1");
    for text in [
        "http:\\\\example.com",
        "http://example.com\\@127.0.0.1/",
        "http://user:password@example.com/",
        "http://good.example@127.0.0.1/",
        "http://example.com/a b",
        "http://exa\tmple.com/",
        " http://example.com",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://127.0.0.256/",
        "http://0x100000000/",
        "http://exa%00mple.com/",
        "http://",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "//example.com/",
        "example.com",
        "",
    ] {
        assert_eq!(parse(text).unwrap_err().code, codes::ADDRESS_REFUSED, "{text:?}");
    }
}

proptest! {
    #[test]
    fn every_ipv6_form_of_every_ipv4_address_is_refused(bits in any::<u32>(), prefix in 0x2000_u16..0x4000) {
        let v4 = Ipv4Addr::from(bits);
        let [a, b, c, d] = v4.octets().map(u16::from);
        let (high, low) = (a << 8 | b, c << 8 | d);
        for form in [
            [0, 0, 0, 0, 0, 0xffff, high, low],
            [0, 0, 0, 0, 0, 0, high, low],
            [0, 0, 0, 0, 0xffff, 0, high, low],
            [0x64, 0xff9b, 0, 0, 0, 0, high, low],
            [0x64, 0xff9b, 1, 0, 0, 0, high, low],
            [0x2002, high, low, 0, 0, 0, 0, 1],
            [0x2001, 0, high, low, 0, 0, !high, !low],
            [prefix, 1, 2, 3, 0, 0x5efe, high, low],
            [prefix, 1, 2, 3, 0x200, 0x5efe, high, low],
        ] {
            let v6 = Ipv6Addr::from(form);
            prop_assert!(Range::of(IpAddr::V6(v6)).is_some(), "{v6}");
            let url = Url::parse(&format!("http://[{v6}]/")).unwrap();
            prop_assert!(check_url(&url, &HostPolicy::default()).is_err(), "{url}");
        }
    }

    #[test]
    fn every_spelling_of_an_ipv4_address_is_judged_as_that_address(bits in any::<u32>()) {
        let v4 = Ipv4Addr::from(bits);
        let [a, b, c, d] = v4.octets();
        let rest = u32::from(b) << 16 | u32::from(c) << 8 | u32::from(d);
        let forbidden = Range::of(IpAddr::V4(v4)).is_some();
        for spelling in [
            format!("{v4}"),
            format!("{v4}."),
            format!("{bits}"),
            format!("0x{bits:x}"),
            format!("0{bits:o}"),
            format!("0x{a:X}.0x{b:x}.0{c:o}.{d}"),
            format!("{a}.{rest}"),
            format!("{a}.{b}.{}", u16::from(c) << 8 | u16::from(d)),
        ] {
            let url = Url::parse(&format!("http://{spelling}/")).unwrap();
            prop_assert_eq!(check_url(&url, &HostPolicy::default()).is_err(), forbidden, "{}", spelling);
        }
    }

    #[test]
    fn reading_an_address_never_panics(text in "\\PC{0,64}") {
        if let Ok(url) = parse(&text) {
            drop(check_url(&url, &HostPolicy::default()));
        }
    }
}
