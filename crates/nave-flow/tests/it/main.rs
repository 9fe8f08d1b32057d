//! Flows checked against real connectors, and decided on: what is said of wrong ones, and what a run wants
//! done on what happens.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test may fail like the test itself"
)]

mod build;
mod built_in;
mod diagnostics;
mod documented;
mod examples;
mod exercised;
mod known;
mod people;
mod random;
mod saga;
mod script;
mod shown;
mod used;
mod verbs;
mod wild;
mod world;
