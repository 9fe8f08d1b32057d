//! Flows checked against real connectors: the example project, and what is said of wrong flows.

mod diagnostics;
mod examples;
mod shown;
mod world;
