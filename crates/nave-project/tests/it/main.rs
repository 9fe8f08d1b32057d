//! The projects in `examples/` as a user would have them: they check, and every flow of theirs survives
//! being crashed, repeated and failed at each step.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like the test itself")]

mod examples;
