//! The engine with a real store and real calls to sandboxes on loopback: what happens to flows, and what a
//! crash, a repetition or a person changes about it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod crash;
mod frail;
mod rig;
mod runs;
