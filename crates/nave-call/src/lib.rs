//! Makes one call well: the pipeline every call passes, whoever makes it. Knows nothing of flows and
//! serves no HTTP.
//!
//! `pipeline.rs` is the list of layers a call passes; read it first.

pub mod admit;
pub mod answer;
pub mod authenticate;
pub mod breaker;
mod cache;
pub mod caller;
pub mod clock;
mod connection;
mod dedup;
mod digest;
#[cfg(test)]
mod fixture;
pub mod http_date;
mod identity;
mod ledger;
pub mod meter;
pub mod outcome;
pub mod paging;
mod pipeline;
pub mod redact;
pub mod retry;
pub mod secret;
pub mod settle;
pub mod task;
pub mod transport;
pub mod verify;

pub use admit::Priority;
pub use answer::{Answer, CallRequest, Principal};
pub use caller::Caller;
pub use clock::{Clock, SystemClock};
pub use pipeline::preview::Preview;
pub use settle::{Ended, Settled};
pub use transport::{HostPolicy, Incoming, Limits, Outgoing, Resolve, Transport, TransportOptions};
