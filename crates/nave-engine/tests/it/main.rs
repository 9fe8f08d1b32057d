//! The engine with a real store and real calls to sandboxes on loopback: what happens to flows, and what a
//! crash, a repetition or a person changes about it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, and so do its helpers")]

mod crash;
mod defects;
mod deliveries;
mod family;
mod frail;
mod hooks;
mod hub;
mod listens;
mod many;
mod people;
mod places;
mod receiver;
mod rig;
mod runs;
mod starts;
mod tenants;
mod troubles;
mod turns;
mod waits;
