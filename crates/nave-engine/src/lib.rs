//! Makes things happen: lanes, runs, timers, sources, deliveries, recovery. Knows no wire format and
//! serves no HTTP; what happens next in a run is decided by `nave-flow`, what is kept is kept by the store.
//!
//! The way through: `engine.rs` (the public door) → `lane.rs` (the loop that owns a lane) → `dispatch.rs`
//! (events to runs) → `runs.rs` (journal, then act) → `calls.rs` (through the pipeline, settled, parked).

pub mod engine;
pub mod intake;
pub mod project;
pub mod view;

pub use engine::{Engine, Options};
pub use project::{Definition, FlowSet};
