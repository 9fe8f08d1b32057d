//! Makes things happen: lanes, runs, timers, sources, deliveries, recovery. Knows no wire format and
//! serves no HTTP; what happens next in a run is decided by `nave-flow`, what is kept is kept by the store.
//!
//! The way through: `engine.rs` (the public door) → `lane.rs` (the loop that owns a lane) → `dispatch.rs`
//! (events to runs) → `run.rs` (a run and its journal) → `lane/act.rs` (what runs want done) → `calls.rs`
//! (through the pipeline, settled, held back).

pub mod batch;
mod calls;
mod catalogue;
mod dead;
pub mod deliveries;
mod dispatch;
pub mod engine;
pub mod figures;
mod group;
mod herald;
pub mod intake;
mod lane;
mod names;
mod pending;
pub mod project;
mod replay;
mod run;
mod shared;
pub mod sources;
pub mod view;
mod written;

pub use engine::{Cause, Engine, Options};
pub use figures::{Figure, FigureKind};
pub use project::{Definition, FlowSet};
