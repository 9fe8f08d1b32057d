//! Flows checked against real connectors, and decided on: what is said of wrong ones, and what a run wants
//! done on what happens.

mod build;
mod diagnostics;
mod examples;
mod exercised;
mod people;
mod random;
mod saga;
mod script;
mod shown;
mod verbs;
mod world;
