//! Calls against real listeners on loopback: what really leaves, and what really comes back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod guard;
mod limits;
mod mail;
mod proxy;
mod reload;
mod rig;
mod storm;
mod system;
mod tls;
mod transport;
