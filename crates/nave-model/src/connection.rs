//! A connection as its owner writes it in `connections/<name>.yaml`: which connector, at which
//! address, with which credential source, under which limits. It never holds a secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A tenant's account on a system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Name of the connector this connection uses.
    pub connector: String,
    /// Base address, replacing the server of the description. Absent: the description's first server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Values for the variables of the description's server address.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// Where the credential comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// How deliveries of its webhook prove themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// What agents may do here. Default: read.
    #[serde(default)]
    pub agents: Agents,
    /// Answers that do not fit the description are failures instead of findings.
    #[serde(default)]
    pub strict: bool,
    /// Hosts this connection may reach although they resolve to private or local addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_private_hosts: Vec<String>,
    /// Proxy address (`http://host:port`) for this connection; never taken from the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Tightens or replaces the limits of the connector.
    #[serde(default)]
    pub limits: Limits,
    /// Time limits of a call.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// Name of a connection of the same connector that takes read calls while the breaker is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Seconds for which answers of read operations may be reused. Absent: as the connector says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_seconds: Option<u64>,
    /// Values sent with every operation that has an argument of that name and was not given one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub defaults: BTreeMap<String, serde_json::Value>,
}

/// What agents may do through a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Agents {
    /// Nothing: the connection does not exist for agents.
    None,
    /// Operations whose effect is `read`.
    #[default]
    Read,
    /// Every operation.
    Write,
}

/// Where a credential's values come from until they live in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Name of the security scheme of the description. Absent: the first one an operation accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// API key or bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretSource>,
    /// User name for basic authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<SecretSource>,
    /// Password for basic authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretSource>,
}

/// One secret value's place outside the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// Name of an environment variable.
    Env(String),
    /// Path of a file whose content, without the final line break, is the value.
    File(String),
}

/// How deliveries of a connection's webhook prove themselves; by which rule, the connector says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The secret the vendor signs with, or the public key it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretSource>,
    /// The secret before, which counts too while it is rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<SecretSource>,
    /// The word the vendor repeats in its handshake, where it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretSource>,
    /// The public address that was given to the vendor, where it is part of what is signed. Absent: the
    /// hub's own, `PUBLIC_ADDRESS/webhooks/NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Deliveries are taken although nothing proves them, where the vendor cannot sign.
    #[serde(default)]
    pub unsigned: bool,
}

/// Limits of a connection. Absent values are the connector's, else the defaults named here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Calls per second on average. Default: the connector's limit, else none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<f64>,
    /// Calls that may be made at once after a pause. Default: one second's worth, at least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
    /// Calls under way at the same time. Default 64; adapts downwards to latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// Calls that may wait for their turn. Default 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<u32>,
    /// Largest answer in bytes after decompression. Default 64 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_bytes: Option<u64>,
}

/// Time limits of a call, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// To connect, with TLS. Default 5,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<u64>,
    /// From the request sent to the first byte of the answer. Default 30,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<u64>,
    /// For one attempt, from start to the last byte. Default 60,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_ms: Option<u64>,
    /// For the whole call with queueing and retries. Default 120,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<u64>,
}
