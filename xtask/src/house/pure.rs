//! Pure crates neither read the world nor wait for it: no files, no network, no clock, no runtime.

use crate::house::Breach;
use crate::house::tree::{Tree, production};

/// The crates that are handed bytes and give values.
const PURE: [&str; 6] =
    ["nave-model", "nave-expr", "nave-connector", "nave-flow", "nave-policy", "nave-project"];

/// Names that reach out of a pure crate. Addresses of `std::net` are values and therefore allowed.
const REACHES_OUT: [&str; 20] = [
    "std::fs",
    "std::env::",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::net::Tcp",
    "std::net::Udp",
    "std::net::ToSocketAddrs",
    "std::os::unix::net",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "tokio::",
    "async fn",
    "async move",
];

/// The same inside `use std::{…}`.
const GROUPED: [&str; 6] = ["fs", "process", "thread", "fs::", "process::", "thread::"];

/// Packages that a pure crate has no use for.
const PACKAGES: [&str; 10] = [
    "tokio",
    "tokio-util",
    "hyper",
    "hyper-util",
    "hyper-rustls",
    "rustls",
    "socket2",
    "futures-util",
    "tempfile",
    "rmcp",
];

/// No pure crate names anything that does IO, tells the time or waits.
pub(crate) fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for found in tree.crates.iter().filter(|found| PURE.contains(&found.name.as_str())) {
        for used in found.uses.iter().filter(|used| PACKAGES.contains(&used.as_str())) {
            let at = format!("{}/Cargo.toml", found.folder);
            breaches.push(Breach::new(at, format!("`{}` is pure and may not use `{used}`", found.name)));
        }
        let sources = format!("{}/src/", found.folder);
        for (name, text) in tree.rust().filter(|(name, _)| name.starts_with(&sources)) {
            breaches.extend(in_file(name, text, &found.name));
        }
    }
    breaches
}

fn in_file(name: &str, text: &str, owner: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (number, line) in production(name, text).enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let named = REACHES_OUT.iter().find(|word| code.contains(**word)).copied();
        if let Some(word) = named.or_else(|| grouped(code)) {
            let at = format!("{name}:{}", number + 1);
            breaches.push(Breach::new(
                at,
                format!("`{owner}` is pure: `{word}` belongs into a crate that does IO"),
            ));
        }
    }
    breaches
}

fn grouped(code: &str) -> Option<&'static str> {
    let (_, group) = code.split_once("use std::{")?;
    let mut members = group.split([',', '{', '}', ';']).map(str::trim);
    members.find_map(|member| {
        GROUPED
            .iter()
            .find(|word| member == **word || word.ends_with(':') && member.starts_with(**word))
            .copied()
    })
}
