//! Reads API descriptions into checked operations, checks arguments and answers against their
//! schemas, and turns arguments into requests and back. Pure: it is handed bytes and gives values;
//! sending, time and files are left to others.
//!
//! The way through: [`source`] (bytes → value with places) → [`openapi`] (value → [`Connector`] and a
//! report) → [`check`] (flat arguments → [`check::Checked`]) → [`request`] (checked → request).

pub mod arguments;
pub mod cache;
pub mod case;
pub mod check;
pub mod codec;
pub mod compare;
pub mod connector;
pub mod describe;
pub mod documents;
pub mod effects;
pub mod manifest;
pub mod names;
pub mod openapi;
pub mod operation;
pub mod overlay;
pub mod protocol;
pub mod request;
pub mod response;
pub mod route;
pub mod schema;
pub mod search;
pub mod server;
pub mod signature;
pub mod source;
pub mod template;
pub mod webhook;

pub use case::Case;
pub use connector::Connector;
pub use documents::{Dialect, Documents, Place};
pub use operation::Operation;
pub use schema::Schema;
