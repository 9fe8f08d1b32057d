//! Lets agents in: an MCP server with three tools, `search`, `describe` and `call`, over every
//! connection that allows agents. Agents reach systems only through the call pipeline.

mod door;
mod serve;
mod text;
mod tools;

pub use door::{Door, Reply};
pub use serve::{Http, serve_http, serve_stdio, serve_streams};
