//! Webhooks in: a request that is proven, read and durable before it is answered. Serving HTTP is left to
//! the server, runs to the engine; which rule a sender follows is data of its connector or flow.

use nave_model::event::Body;
use nave_model::{Event, Fault};
use nave_store::record::Appended;

use crate::engine::Engine;

mod answer;
pub mod cloud_events;
mod decode;
mod hooks;
mod keep;
mod read;
mod sign;

pub use answer::{HookAnswer, problem};
pub use decode::decode;
pub use hooks::{Hooks, own_address};
pub use sign::sign;

use read::Decision;

/// The one tenant there is.
pub const TENANT: &str = "default";
/// The largest body that is taken where nothing else is said: 8 MiB.
pub const MOST_BYTES: usize = 8 << 20;
/// Larger bodies are kept as blobs, so that no lane and no run carries them.
const INLINE_BYTES: usize = 64 << 10;

/// A request to one of the hub's webhook addresses.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Which address.
    pub target: Target,
    /// The method, in capitals.
    pub method: String,
    /// The address as it was asked for, with the query. What is signed is not taken from here, but from the
    /// public address of the hub, the connection or the flow.
    pub uri: String,
    /// The headers; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte as it came.
    pub body: Vec<u8>,
    /// When it came: milliseconds since 1970, UTC.
    pub now_ms: u64,
    /// Whether it carried the hub's own token, which the server verified.
    pub has_token: bool,
}

/// Which webhook is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// That of a connection: `/webhooks/{connection}`.
    Connection(String),
    /// That of a flow: `/hooks/{path}`.
    Path(String),
}

/// Proves, reads and keeps a delivery, and says what to answer. A 2xx is given only once everything is on
/// disk; whatever was sent before is told by its id and acknowledged again.
pub async fn receive(engine: &Engine, hooks: &Hooks, hook: Hook) -> HookAnswer {
    let target = hook.target.clone();
    let answer = answered(engine, hooks, hooks.read(hook)).await;
    if answer.status >= 400 {
        let (Target::Connection(at) | Target::Path(at)) = target;
        tracing::debug!(at, status = answer.status, "a webhook is not taken");
    }
    answer
}

async fn answered(engine: &Engine, hooks: &Hooks, decision: Decision) -> HookAnswer {
    match decision {
        Decision::Answer(answer) => answer,
        Decision::Events { events, reply } => match accept(engine, events).await {
            Ok(_) => HookAnswer::from_reply(reply),
            Err(fault) => problem(&fault),
        },
        Decision::Keep { connection, file, secret, reply } => match keep::keep(file, &secret).await {
            Ok(()) => {
                hooks.brought(&connection, secret);
                HookAnswer::from_reply(reply)
            }
            Err(fault) => problem(&fault),
        },
        Decision::Start { flow, item, dedup } => {
            match engine.start_by_hook(TENANT, &flow, item, dedup).await {
                Ok(run) => HookAnswer::started(run.as_deref()),
                Err(fault) => problem(&fault),
            }
        }
    }
}

/// Keeps events, large bodies first, and says where each is.
///
/// # Errors
/// The store cannot take them; nothing was accepted.
pub async fn accept(engine: &Engine, mut events: Vec<Event>) -> Result<Vec<Appended>, Fault> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    for event in &mut events {
        if let Body::Inline(bytes) = &mut event.body
            && bytes.len() > INLINE_BYTES
        {
            let bytes = std::mem::take(bytes);
            let length = bytes.len() as u64;
            let sha256 = engine.store().put_blob(bytes).await?;
            event.body = Body::Blob { sha256, length };
        }
    }
    engine.accept(TENANT, events, Vec::new()).await
}

#[cfg(test)]
mod tests;
