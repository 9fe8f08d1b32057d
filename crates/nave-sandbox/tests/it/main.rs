//! The sandbox from outside: as a server over real connections, with real descriptions.

#![expect(clippy::expect_used, reason = "a helper of a test may fail like the test itself")]

mod client;
mod corpus;
mod delivery;
mod mutations;
