//! What the crate does as a whole, a file each.

mod suite;
mod syntax;
