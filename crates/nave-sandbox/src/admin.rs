//! The sandbox's own addresses below `/_nave/`: what it counted, what it holds, and what goes wrong.

use serde_json::json;

use crate::faults::PROFILES;
use crate::refuse::problem;
use crate::sandbox::Sandbox;
use crate::wire::{Reply, Request};

/// What all of them begin with.
pub(crate) const PREFIX: &str = "/_nave/";

/// Methods and addresses, with what each is for.
const ADDRESSES: [(&str, &str, &str); 7] = [
    ("GET", "counts", "counts by operation"),
    ("GET", "requests", "the latest requests, oldest first"),
    ("GET", "messages", "the latest messages a mail server took, oldest first"),
    ("GET", "things", "collections and the identifiers in them"),
    ("GET", "profiles", "the fault profiles with a name"),
    ("PUT", "faults", "changes what goes wrong: the body is a profile's name or a profile written out"),
    ("POST", "reset", "forgets everything"),
];

pub(crate) fn handle(sandbox: &Sandbox, address: &str, request: &Request) -> Reply {
    match (request.method.as_str(), address) {
        ("GET", "counts") => Reply::json(200, &json!(sandbox.counts())),
        ("GET", "requests") => Reply::json(200, &json!(sandbox.received())),
        ("GET", "messages") => Reply::json(200, &json!(sandbox.messages())),
        ("GET", "things") => Reply::json(200, &json!(sandbox.state().world.summary())),
        ("GET", "profiles") => {
            let profiles = PROFILES.iter().map(
                |profile| json!({"name": profile.name, "summary": profile.summary, "rules": profile.rules}),
            );
            Reply::json(200, &profiles.collect())
        }
        ("PUT", "faults") => match String::from_utf8_lossy(&request.body).parse() {
            Ok(profile) => {
                sandbox.set_faults(profile);
                Reply::empty(204)
            }
            Err(fault) => {
                problem(400, &format!("{}; {}", fault.message, fault.hint.as_deref().unwrap_or_default()))
            }
        },
        ("POST", "reset") => {
            sandbox.reset();
            Reply::empty(204)
        }
        _ => {
            let known =
                ADDRESSES.map(|(method, address, what)| format!("{method} {PREFIX}{address} ({what})"));
            problem(404, &format!("There are: {}", known.join(", ")))
        }
    }
}
