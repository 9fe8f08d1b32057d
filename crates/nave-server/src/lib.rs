//! The process: configuration, admin API, webhooks in, metrics and logs around the engine. What happens to
//! events and runs is left to the engine; commands for people are left to the command line, which is a
//! client of this crate's API.
//!
//! The way through: [`config`] (settings) → [`hub`] (start, run, stop) → `projects.rs` (the project and its
//! changes) → `http.rs` (the socket) → [`api`] (the table of endpoints) → [`client`] (the other side of it).

pub mod api;
mod batches;
pub mod callers;
pub mod client;
pub mod config;
mod feed;
pub mod folder;
mod http;
pub mod hub;
pub mod log;
mod metrics;
pub mod places;
pub mod problem;
mod projects;
mod state;
pub mod token;
mod trace;
pub mod view;

pub use client::Client;
pub use config::Config;
pub use hub::{Hub, HubOptions};
pub use projects::Mode;
