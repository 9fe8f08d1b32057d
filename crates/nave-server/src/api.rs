//! The hub's API below `/api/v1`: one table of endpoints, from which requests are routed, the OpenAPI
//! description is made (`describe.rs`) and `docs/api.md` is written (`document.rs`). What an endpoint does
//! stands in the file of its group; what runs and calls *are* is left to the engine.

use std::sync::OnceLock;

use crate::api::endpoint::Endpoint;

pub(crate) mod answer;
mod approvals;
mod audit;
mod batches;
mod bulk;
mod connections;
mod dead;
mod deliveries;
pub mod describe;
pub mod document;
pub(crate) mod endpoint;
mod events;
mod flows;
mod hub;
mod ledger;
mod mails;
mod parameter;
pub(crate) mod request;
mod runs;
mod store;
mod stream;
mod time;

pub(crate) use answer::{Answer, Payload};

/// What every path begins with.
pub const PREFIX: &str = "/api/v1";

/// A group of endpoints.
pub(crate) struct Group {
    /// Its name: the tag of the description.
    pub(crate) name: &'static str,
    /// What it is about, in a sentence or two.
    pub(crate) about: &'static str,
    /// Its endpoints.
    pub(crate) endpoints: Vec<Endpoint>,
}

/// Every endpoint, in the order in which a newcomer meets them.
pub(crate) fn groups() -> &'static [Group] {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        vec![
            events::group(),
            dead::group(),
            runs::group(),
            bulk::group(),
            approvals::group(),
            ledger::group(),
            connections::group(),
            mails::group(),
            flows::group(),
            batches::group(),
            deliveries::group(),
            store::group(),
            audit::group(),
            stream::group(),
            hub::group(),
        ]
    })
}

/// Every endpoint's method, path and name, for tests that each is described, documented and tried.
pub fn endpoints() -> Vec<(&'static str, String, &'static str)> {
    groups()
        .iter()
        .flat_map(|group| &group.endpoints)
        .map(|endpoint| (endpoint.method.as_str(), format!("{PREFIX}{}", endpoint.path), endpoint.name))
        .collect()
}
