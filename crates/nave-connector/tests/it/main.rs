//! What the crate shows on whole documents: real descriptions from many vendors, and hostile ones.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of a test may fail and print like the test itself"
)]

mod agents;
mod changes;
mod cold_start;
mod corpus;
mod hostile;
mod measure;
mod seeded;
mod signatures;
mod types;
