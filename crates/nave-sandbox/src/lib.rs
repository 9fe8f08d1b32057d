//! A stand-in for any system, made from its connector alone: it answers as described, remembers what
//! was created, asks for credentials, counts what it does, and fails on purpose. Used as a library by
//! tests and as a server by people. It never holds a real credential and never calls anybody.
//!
//! The way through: [`serve`] (bytes ↔ [`Request`]) → [`Sandbox::handle`] (who may, how often, how it
//! fails) → `world` (what the operation does to the things remembered) → [`generate`] (whatever has to
//! be made up).

mod admin;
mod answer;
mod authenticate;
mod befall;
mod cases;
pub mod faults;
pub mod generate;
mod limit;
pub mod options;
mod reading;
pub mod record;
mod refuse;
mod repeat;
mod sandbox;
pub mod serve;
mod smtp;
mod wire;
mod world;

pub use faults::Profile;
pub use options::{Credentials, Options, Rate, Strangers};
pub use sandbox::Sandbox;
pub use smtp::message::Message;
pub use wire::{Delivery, Reply, Request};
