//! Reads flows, checks them against the real schemas of both sides, and decides what a run does next:
//! (state, event) → (state, actions). Pure: performing the actions, time and storage are left to others.

pub mod cron;
pub mod decide;
mod document;
pub mod duration;
pub mod exercise;
pub mod expression;
pub mod flow;
pub mod read;

pub use flow::Flow;
pub use read::{Read, read};
