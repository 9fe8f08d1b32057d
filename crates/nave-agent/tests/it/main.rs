//! What an agent meets: the official client SDK against the server, over a sandbox of a real connector.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail like the test itself")]

mod http;
mod rig;
mod talk;
