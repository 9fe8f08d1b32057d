//! The hub's settings: one struct, whose defaults are the documented file `nave.default.yaml`. What is set
//! comes from `hub:` in `nave.yaml`, then the environment, then the command line; the later wins. Names
//! nobody knows are refused with the nearest right one, and so is an address that is not loopback.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use nave_model::fault::codes;
use nave_model::{At, Fault};
use nave_store::record;
use serde_json::Value;

use crate::config::written::Written;

mod layers;
mod sizes;
mod written;

pub use layers::Layers;

/// The defaults, every one with what it means: what `nave serve --print-config` prints.
pub const DEFAULTS: &str = include_str!("nave.default.yaml");

/// `docs/configuration.md`: the documented defaults, as a page.
pub fn page() -> String {
    format!(
        "# Settings of the hub\n\n\
         This page is made from the file that is also the default, and a test keeps the two equal; \
         `nave serve --print-config` prints it.\n\
         Names nobody knows are refused with the nearest right one.\n\n```yaml\n{DEFAULTS}```\n"
    )
}

/// The settings, settled.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the hub listens: loopback.
    pub listen: SocketAddr,
    /// What others know the hub by, without a final slash; `None`: the address it listens at.
    pub public_address: Option<String>,
    /// Where everything is kept.
    pub store: Store,
    /// How long what has ended is kept.
    pub retention: Retention,
    /// How much is done at the same time.
    pub engine: nave_engine::Options,
    /// The largest bodies that are taken.
    pub bodies: Bodies,
    /// Below which folder files of batches are read, from the project's folder.
    pub batches: PathBuf,
    /// How long work under way may take to end.
    pub drain: Duration,
    /// How often files are looked at in dev.
    pub watch: Duration,
    /// What the log says.
    pub log: Log,
}

/// Where everything is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The folder, from the project's folder.
    pub folder: PathBuf,
    /// Lanes of a new store.
    pub lanes: u32,
    /// How often what is too old is dropped.
    pub sweep: Duration,
}

/// How long what has ended is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention(record::Retention);

impl Retention {
    /// As the store takes it.
    pub fn kept(&self) -> record::Retention {
        self.0.clone()
    }
}

/// The largest bodies that are taken, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bodies {
    /// Of a webhook.
    pub webhook: usize,
    /// Of a request to the API.
    pub request: usize,
}

/// What the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// As `tracing` filters.
    pub filter: String,
    /// For people or for programs.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// The settings of a project whose `nave.yaml` has this `hub:` (null: none), with an environment and
    /// settings of the command line (`path=value`).
    ///
    /// # Errors
    /// `E-SETTING-INVALID` (`E-PROJECT-INVALID` for what stands in `nave.yaml`): an unknown name, a value
    /// that cannot be, or an address that is not loopback.
    pub fn read(layers: &Layers<'_>) -> Result<Self, Fault> {
        let written: Written = layers.merged()?;
        written.settled().map_err(|fault| layers.placed(fault))
    }

    /// The defaults alone.
    ///
    /// # Errors
    /// Never, as a test shows.
    pub fn defaults() -> Result<Self, Fault> {
        Config::read(&Layers::default())
    }
}

/// The address in a setting: a loopback address with a port, or `localhost`.
fn loopback(text: &str) -> Result<SocketAddr, Fault> {
    let wrong = |message: String, hint: &str| {
        let at = At { pointer: Some("/listen".to_owned()), ..At::default() };
        Fault::new(codes::SETTING_INVALID, message).with_hint(hint).with_at(at)
    };
    let hint = "write `127.0.0.1:7466`, `[::1]:7466` or `localhost:7466`; port 0 takes a free one";
    // No name but this one is looked up: what it stands for must not depend on somebody else's server.
    let named = text.strip_prefix("localhost:").and_then(|port| port.parse::<u16>().ok());
    let address = match named {
        Some(port) => ("127.0.0.1", port).to_socket_addrs().ok().and_then(|mut found| found.next()),
        None => text.parse().ok(),
    };
    let Some(address) = address else {
        return Err(wrong(format!("`{text}` is no address to listen at"), hint));
    };
    if !address.ip().is_loopback() {
        let message = format!("`{text}` can be reached from other machines, and the hub has no sign-in yet");
        return Err(wrong(
            message,
            "listen on loopback, and put a proxy that knows its callers before the webhooks' paths",
        ));
    }
    Ok(address)
}

/// What others know the hub by: nothing, or an address of HTTP that paths can be put behind.
fn public(text: &str) -> Result<Option<String>, Fault> {
    let address = text.trim_end_matches('/');
    if address.is_empty() {
        return Ok(None);
    }
    let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let fits =
        |host: &str| !host.is_empty() && !host.starts_with('/') && !host.contains(['?', '#', '@', ' ']);
    if !host.is_some_and(fits) {
        let at = At { pointer: Some("/public_address".to_owned()), ..At::default() };
        let fault = Fault::new(codes::SETTING_INVALID, format!("`{text}` is no public address"));
        return Err(fault.with_hint("write it as `https://hub.example.com`").with_at(at));
    }
    Ok(Some(address.to_owned()))
}

/// The value at a path of names, for the layers.
fn value_at<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(tree, |tree, name| tree.get(name))
}

#[cfg(test)]
mod tests;
