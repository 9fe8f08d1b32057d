//! A description and arguments: what passes the check is built or refused; what is built stays within
//! its path and its headers, and what is read from it is read again from what it builds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nave_connector::request::{self, Incoming, Request};
use nave_connector::{Connector, Operation, check};
use nave_fuzz::{connector, operations, parts};
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some([description, arguments]) = parts::<2>(input) else { return };
    let Ok(arguments) = serde_json::from_str::<Value>(arguments) else { return };
    let Some(connector) = connector(description.as_bytes()) else { return };
    for operation in operations(&connector).take(8) {
        let Some(built) = build(&connector, operation, &arguments) else { continue };
        sane(operation, &built);
        // Text loses types where a schema allows several, so these arguments may differ from the given
        // ones; from then on nothing may change any more.
        let Some(read) = read(&connector, operation, &built) else { continue };
        let Some(again) = build(&connector, operation, &read) else { continue };
        sane(operation, &again);
        let reread = self::read(&connector, operation, &again).expect("what was read once is read again");
        assert_eq!(read, reread, "{built:?}");
    }
});

fn read(connector: &Connector, operation: &Operation, built: &Request) -> Option<Value> {
    let body = built.body.as_deref().unwrap_or_default();
    let incoming = Incoming { path: &built.path, query: &built.query, headers: &built.headers, body };
    request::read(connector, operation, &incoming).ok()
}

fn build(connector: &Connector, operation: &Operation, arguments: &Value) -> Option<Request> {
    let checked = check::arguments(connector, operation, arguments).ok()?;
    request::build(connector, operation, &checked).ok()
}

fn sane(operation: &Operation, built: &Request) {
    let (template, _) = operation.path.split_once('?').unwrap_or((&operation.path, ""));
    let template = template.strip_prefix('/').unwrap_or(template);
    let segments = built.path.strip_prefix('/').expect("a path begins with a slash");
    assert_eq!(segments.split('/').count(), template.split('/').count(), "{} for {template}", built.path);
    assert!(
        built.path.is_ascii() && !built.path.contains(['?', '#', '\\', ' ', '\r', '\n']),
        "{}",
        built.path
    );
    assert!(!built.query.contains(['#', ' ', '\r', '\n']), "{}", built.query);
    for (name, value) in &built.headers {
        assert!(
            !name.contains(['\r', '\n', ':', ' ']) && !value.contains(['\r', '\n', '\0']),
            "{name}: {value}"
        );
    }
}
