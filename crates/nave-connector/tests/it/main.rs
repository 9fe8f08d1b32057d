//! What the crate shows on whole documents: real descriptions from many vendors, and hostile ones.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like the test itself")]

mod agents;
mod corpus;
mod measure;
