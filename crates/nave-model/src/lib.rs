//! The words every Nave crate shares: faults, effects, places in documents, and documents as a
//! user writes them. No IO, no clock, no async; what anything *means* is left to the other crates.

pub mod connection;
pub mod decimal;
pub mod effect;
pub mod endpoint;
pub mod event;
pub mod fault;
pub mod place;
pub mod secret;
pub mod similar;
pub mod trace;

pub use decimal::Decimal;
pub use effect::{Effect, Idempotency};
pub use event::{Body, Event};
pub use fault::{Blame, Code, Fault, Kind, Problem, Retry};
pub use place::At;
pub use secret::Secret;
