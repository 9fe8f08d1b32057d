//! A project's documents, loaded and checked as one whole: settings, connectors, connections, flows,
//! policies, and the built-in catalogue. Pure: reading files and keeping a cache are left to the [`Files`] it is handed.
//!
//! The way through: [`Files`] → [`Project::load`] (documents as written, with problems) →
//! [`Project::connector`] (imported on first use) → [`Project::check`] (everything, with every problem).

pub mod against;
pub mod catalogue;
pub mod check;
pub mod connectors;
pub mod documents;
pub mod endpoints;
pub mod files;
pub mod flows;
pub mod incremental;
pub mod names;
pub mod operations;
pub mod policies;
pub mod project;
pub mod settings;
pub mod shapes;
pub mod users;

#[cfg(test)]
mod schemas;

pub use against::Against;
pub use check::Checked;
pub use files::{Files, Memory};
pub use incremental::Incremental;
pub use names::Target;
pub use project::Project;
pub use settings::Settings;
