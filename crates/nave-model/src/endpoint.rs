//! An address that events are delivered to, as its owner writes it in `endpoints/<name>.yaml`: where, which
//! events, signed with which secret. It never holds a secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::connection::SecretSource;

/// Who is told of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Where deliveries are sent.
    pub url: String,
    /// Which events: full names, `crm.*` for all that begin with `crm.`, `*` for all.
    pub events: Vec<String>,
    /// The secret they are signed with: base64 behind `whsec_` (Standard Webhooks).
    pub secret: SecretSource,
    /// The secret before: while it is rotated, deliveries carry both signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<SecretSource>,
    /// Headers that are sent along; never a secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Hosts that may be reached although they resolve to private or local addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_private_hosts: Vec<String>,
    /// Proxy address (`http://host:port`); never taken from the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Deliveries under way at the same time. Default 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Nothing is kept for it nor sent.
    #[serde(default)]
    pub disabled: bool,
}

impl Endpoint {
    /// Whether it is told of events of this name.
    pub fn wants(&self, event: &str) -> bool {
        self.events.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => event.starts_with(prefix),
            None => pattern == event,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_events() {
        let check = |pattern: &str, event: &str, expected: bool| {
            let endpoint = Endpoint {
                url: String::new(),
                events: vec!["never".to_owned(), pattern.to_owned()],
                secret: SecretSource::Env("KEY".to_owned()),
                previous: None,
                headers: BTreeMap::new(),
                allow_private_hosts: Vec::new(),
                proxy: None,
                concurrency: None,
                disabled: false,
            };
            assert_eq!(endpoint.wants(event), expected, "{pattern} {event}");
        };
        check("crm.deal.won", "crm.deal.won", true);
        check("crm.deal.won", "crm.deal.won.again", false);
        check("crm.*", "crm.deal.won", true);
        check("crm.*", "crmx.deal.won", false);
        check("*", "anything", true);
        check("", "anything", false);
    }
}
