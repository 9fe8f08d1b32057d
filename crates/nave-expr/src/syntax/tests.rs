//! Examples of trees, places, problems and refusals, and properties of all of them.

mod arbitrary;
mod dump;
mod limits;
mod problems;
mod properties;
mod refusals;
mod spans;
mod trees;
