//! Deciding, told from outside: what a run wants done on what happens.

#![expect(clippy::expect_used, reason = "a helper of a test may fail like the test itself")]

mod build;
mod documented;
mod exercised;
mod people;
mod random;
mod saga;
mod script;
mod verbs;
