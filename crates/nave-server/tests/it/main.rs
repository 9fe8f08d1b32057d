//! The hub from outside.

mod committed;
