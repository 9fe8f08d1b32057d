//! What the crate does as a whole, a file each.

mod jq;
mod suite;
mod syntax;
