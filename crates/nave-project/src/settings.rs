//! The settings of a project as written in `nave.yaml`. Everything has a good default, so an empty
//! file is a project.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The name of the settings file; the folder that holds it is the project.
pub const FILE: &str = "nave.yaml";

/// The JSON Schema of `nave.yaml`, for editors.
pub const SCHEMA: &str = include_str!("../../../schema/nave.schema.json");

/// What is logged unless somebody says otherwise: what is odd, and every attempt that is repeated,
/// because a call that waits should say why.
const LOG: &str = "warn,nave_call=info";

/// A project's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The project's name, for people. Default: the name of its folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What goes to the log on stderr, as `tracing` filters: `warn`, `info`, `nave_call=debug`.
    /// Default: `warn,nave_call=info`.
    pub log: String,
    /// Whether imported connectors are kept compiled in `.nave/cache`.
    pub cache: bool,
    /// Whether the connectors that ship with Nave can be used.
    pub catalogue: bool,
    /// Settings of the hub, as written: what they mean is known to the process that runs it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub hub: Value,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { name: None, log: LOG.to_owned(), cache: true, catalogue: true, hub: Value::Null }
    }
}
