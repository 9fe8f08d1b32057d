//! No spelling of a forbidden address is ever connected to: not written out, not as a name's address,
//! not after a name changed its mind, not by redirect. The proof is a listener that nobody visits.

use std::sync::Arc;
use std::time::Duration;

use nave_call::transport::guard;
use nave_call::{HostPolicy, Limits};
use url::Url;

use crate::system::{Names, System, get, naming, never, outcome, transport};

/// Hosts as an attacker may write them. All of the first block lead to this machine's loopback, where
/// a listener waits; so does every host of the second block on one system or another.
const SPELLINGS: &[&str] = &[
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "2130706433.",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "0x0000007f.0.0.1",
    "017700000001",
    "0177.1",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.0.0.1",
    "0177.0x0.0.1",
    "127.0x0.00.0x1",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "%6c%6f%63%61%6c%68%6f%73%74",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "１２７.０.０.１",
    "①②⑦.⓪.⓪.①",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "localhost",
    "LOCALHOST",
    "LocalHost.",
    "ｌｏｃａｌｈｏｓｔ",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "loc\u{ad}alhost",
    "admin.localhost",
    "a.b.localhost.",
    "localhost.localdomain",
    "ip6-localhost",
    "ip6-loopback",
    "0",
    "0.0.0.0",
    "0x0",
    "00000000",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::0.0.0.1]",
    "[::]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::FFFF:7F00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[::ffff:0.0.0.0]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[2001:0:808:808:0:0:80ff:fffe]",
    "[2a00:1450:4001:81b:0:5efe:7f00:1]",
    "[2a00:1450:4001:81b:200:5efe:127.0.0.1]",
    "127.255.255.254",
    // Not this machine, and no less forbidden.
    "10.0.0.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "0300.0250.1",
    "100.64.0.1",
    "169.254.1.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[ff02::1]",
    "[2001:db8::1]",
];

/// Addresses that do not even parse, or hide their host from a hasty reader.
const TRICKS: &[&str] = &[
    "http://good.example@127.0.0.1:PORT/",
    "http://good.example:80@127.0.0.1:PORT/",
    "http://good.example%40@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@good.example/",
    "http:\\\\127.0.0.1:PORT/",
    "http:/\\127.0.0.1:PORT/",
    "http:127.0.0.1:PORT",
    "http:////127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@good.example/",
    "http://127.0.0.1:PORT?@good.example/",
    "http://127.0.0.1\t:PORT/",
    "\u{1}http://127.0.0.1:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://[::ffff:127.0.0.1%25lo]:PORT/",
    "http://127.0.0.1%00.good.example:PORT/",
    "ftp://127.0.0.1:PORT/",
    "file://127.0.0.1/etc/passwd",
    "ws://127.0.0.1:PORT/",
];

/// A system on both loopback addresses, at one port, that must not be visited.
struct Trap(Vec<System>);

impl Trap {
    async fn set() -> Trap {
        let first = System::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let mut listeners = Vec::new();
        // Where a machine has no IPv6, nobody can be lured there either.
        let six = format!("[::1]:{}", first.address.port()).parse().unwrap();
        listeners.extend(System::start(six, None, |_| never()).await);
        listeners.push(first);
        Trap(listeners)
    }

    fn port(&self) -> u16 {
        self.0.last().unwrap().address.port()
    }

    fn visited(&self) -> usize {
        self.0.iter().map(System::accepted).sum()
    }
}

/// A request that gives up soon, so that a guard that lets one through fails quickly.
fn hasty(address: &str, hosts: &Arc<HostPolicy>) -> nave_call::Outgoing {
    let limits = Limits { connect: Duration::from_millis(200), ..Limits::default() };
    nave_call::Outgoing { limits, ..get(address, hosts) }
}

#[tokio::test]
async fn there_are_enough_spellings_and_they_are_different() {
    let mut all = SPELLINGS.to_vec();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), SPELLINGS.len());
    assert!(all.len() >= 60, "{}", all.len());
}

#[tokio::test]
async fn the_trap_works() {
    let trap = Trap::set().await;
    let transport = transport(&Names::new("erp.example=127.0.0.1"));
    for host in ["127.1", "localhost", "erp.example"] {
        let transport = match host {
            "localhost" => crate::system::transport(&Names::new("localhost=127.0.0.1")),
            _ => transport.clone(),
        };
        let before = trap.visited();
        let address = format!("http://{host}:{}/", trap.port());
        assert_eq!(
            outcome(&transport, get(&address, &naming(&["127.0.0.1", "localhost", "erp.example"]))).await,
            "200"
        );
        assert_eq!(trap.visited(), before + 1, "{host} named on purpose is reached");
    }
}

#[tokio::test]
async fn not_written_out() {
    let trap = Trap::set().await;
    let transport = transport(&Names::new("localhost=127.0.0.1; ip6-localhost=::1"));
    for host in SPELLINGS {
        for scheme in ["http", "https"] {
            let address = format!("{scheme}://{host}:{}/", trap.port());
            let outgoing = hasty(&address, &naming(&["other.example", "[fe80::2]"]));
            assert_eq!(outcome(&transport, outgoing).await, "E-ADDRESS-REFUSED", "{address}");
        }
    }
    for trick in TRICKS {
        let address = trick.replace("PORT", &trap.port().to_string());
        assert_eq!(guarded(&transport, &address).await, "E-ADDRESS-REFUSED", "{address}");
    }
    assert_eq!(trap.visited(), 0);
}

/// Sends to an address however it can be read at all: by our own reader, and by the lenient one.
async fn guarded(transport: &nave_call::Transport, address: &str) -> String {
    let nobody = Arc::default();
    if let Ok(url) = guard::parse(address) {
        return outcome(transport, hasty(url.as_str(), &nobody)).await;
    }
    match Url::parse(address) {
        Ok(url) if !url.host_str().is_some_and(|host| host.ends_with("good.example")) => {
            outcome(transport, hasty(url.as_str(), &nobody)).await
        }
        _ => "E-ADDRESS-REFUSED".to_owned(),
    }
}

#[tokio::test]
async fn not_as_the_address_of_a_name() {
    let trap = Trap::set().await;
    for address in numeric() {
        let names = Names::new(&format!("good.example={address}; two.example={address} {address}"));
        let transport = transport(&names);
        for name in ["good.example", "GOOD.example.", "two.example"] {
            let url = format!("http://{name}:{}/", trap.port());
            let outgoing = hasty(&url, &Arc::default());
            assert_eq!(outcome(&transport, outgoing).await, "E-ADDRESS-REFUSED", "{name} is {address}");
        }
    }
    assert_eq!(trap.visited(), 0);
}

/// The addresses of the spellings that are numbers, as a name service would answer them.
fn numeric() -> Vec<String> {
    let mut numeric: Vec<String> = SPELLINGS
        .iter()
        .filter_map(|host| match Url::parse(&format!("http://{host}/")).ok()?.host()? {
            url::Host::Ipv4(address) => Some(address.to_string()),
            url::Host::Ipv6(address) => Some(address.to_string()),
            url::Host::Domain(_) => None,
        })
        .collect();
    numeric.sort_unstable();
    numeric.dedup();
    assert!(numeric.len() >= 40, "{}", numeric.len());
    numeric
}

#[tokio::test]
async fn not_when_a_name_changes_its_mind() {
    // On Linux the unspecified address leads to this machine, so a connection would be seen.
    let system = System::answering("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
    let names = Names::new("good.example=127.0.0.1 then 0.0.0.0 then ::ffff:127.0.0.1 then 0.0.0.0 ::");
    let (transport, policy) = (transport(&names), naming(&["good.example"]));
    let address = system.at("http", "good.example", "/");
    // The first look-up was fine, so the connection goes to what it said, and nobody looks again.
    assert_eq!(outcome(&transport, hasty(&address, &policy)).await, "200");
    assert_eq!(names.asked("good.example"), 1);
    for turn in 2..=4 {
        assert_eq!(outcome(&transport, hasty(&address, &policy)).await, "E-ADDRESS-REFUSED");
        assert_eq!(names.asked("good.example"), turn);
    }
    assert_eq!(system.requests().len(), 1);
}

#[tokio::test]
async fn not_beside_an_admitted_address() {
    let system = System::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let names = Names::new("good.example=0.0.0.0 127.0.0.1 ::ffff:127.0.0.1");
    let address = system.at("http", "good.example", "/");
    assert_eq!(outcome(&transport(&names), hasty(&address, &naming(&["good.example"]))).await, "200");
    let forbidden = Names::new("good.example=0.0.0.0 ::ffff:127.0.0.1");
    let refused = outcome(&transport(&forbidden), hasty(&address, &naming(&["good.example"]))).await;
    assert_eq!(refused, "E-ADDRESS-REFUSED");
    assert_eq!(system.requests().len(), 1);
}

#[tokio::test]
async fn not_by_redirect() {
    let trap = Trap::set().await;
    let port = trap.port();
    let door = System::playing(move |mut guest| async move {
        while let Some(request) = guest.request().await {
            let number: usize = request.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
            let host = SPELLINGS[number];
            let answer =
                format!("HTTP/1.1 302 Found\r\nlocation: //{host}:{port}/\r\ncontent-length: 0\r\n\r\n");
            guest.send(answer).await;
        }
    })
    .await;
    let transport = transport(&Names::new("door.example=127.0.0.1; localhost=127.0.0.1"));
    let policy = naming(&["door.example"]);
    for (number, host) in SPELLINGS.iter().enumerate() {
        let outgoing = hasty(&door.at("http", "door.example", &format!("/{number}")), &policy);
        assert_eq!(outcome(&transport, outgoing).await, "E-ADDRESS-REFUSED", "redirect to {host}");
    }
    assert_eq!(door.requests().len(), SPELLINGS.len(), "every redirect was really answered");
    assert_eq!(trap.visited(), 0);
}

#[tokio::test]
async fn a_name_opens_internal_services_and_nothing_worse() {
    let trap = Trap::set().await;
    for address in
        ["169.254.169.254", "fd00:ec2::254", "0.0.0.0", "::", "::ffff:127.0.0.1", "255.255.255.255"]
    {
        let names = Names::new(&format!("erp.example={address}"));
        let url = format!("http://erp.example:{}/", trap.port());
        let outgoing = hasty(&url, &naming(&["erp.example"]));
        assert_eq!(outcome(&transport(&names), outgoing).await, "E-ADDRESS-REFUSED", "{address}");
    }
    assert_eq!(trap.visited(), 0);
}

#[tokio::test]
async fn connections_are_not_shared_between_policies() {
    let system = System::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let transport = transport(&Names::new("erp.example=127.0.0.1"));
    let address = system.at("http", "erp.example", "/");
    let (named, nobody) = (naming(&["erp.example"]), Arc::default());
    assert_eq!(outcome(&transport, get(&address, &named)).await, "200");
    assert_eq!(outcome(&transport, get(&address, &nobody)).await, "E-ADDRESS-REFUSED");
    assert_eq!(outcome(&transport, get(&address, &naming(&["erp.example", "x.example"]))).await, "200");
    assert_eq!(system.accepted(), 2, "the second policy opened its own connection");
    assert_eq!(outcome(&transport, get(&address, &naming(&["erp.example"]))).await, "200");
    assert_eq!(system.accepted(), 2, "an equal policy shares");
}

#[tokio::test]
async fn the_refusal_says_what_and_how_to_allow_it() {
    let fault =
        transport(&Names::new("")).send(get("http://2852039166/latest", &Arc::default())).await.unwrap_err();
    assert_eq!(fault.message, "`169.254.169.254` is a cloud metadata service");
    assert_eq!(
        fault.hint.as_deref(),
        Some("if the connection is meant to reach it, name `169.254.169.254` in its `allow_private_hosts`")
    );
}
