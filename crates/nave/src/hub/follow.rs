//! Reads along what happens at a hub, over its restarts, until the reader or the hub ends it.

use std::time::Duration;

use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::Client;
use nave_server::client::{Message, Stream};

use super::{At, Hub};

/// How often a hub that went away is looked for, and how long.
const PAUSE: Duration = Duration::from_millis(500);
const TRIES: usize = 60;

/// A stream that is open.
pub(crate) struct Following {
    stream: Stream,
    query: String,
    last: Option<String>,
    at: At,
}

impl Hub<'_> {
    /// Opens the stream of what happens from now on; `query` as `kinds=run&flow=x`.
    ///
    /// # Errors
    /// What the hub answers.
    pub(crate) fn open_stream(&self, at: &At, query: &str) -> Result<Following, Fault> {
        let stream = self.runtime.block_on(self.client.stream(query, None))?;
        Ok(Following { stream, query: query.to_owned(), last: None, at: at.clone() })
    }

    /// Hands over what happens, until Ctrl-C.
    ///
    /// # Errors
    /// `E-HUB-AWAY`: the hub ended and did not come back; or what `each` fails with.
    pub(crate) fn follow(
        &self,
        following: Following,
        mut each: impl FnMut(&Message) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.follow_until(following, |message| each(message).map(|()| false)).map(drop)
    }

    /// The same, until `each` says that it is over; whether it was, or Ctrl-C came first.
    ///
    /// # Errors
    /// As for [`Hub::follow`].
    pub(crate) fn follow_until(
        &self,
        mut following: Following,
        mut each: impl FnMut(&Message) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        self.runtime.block_on(async {
            let interrupted = self.context.interrupted();
            tokio::pin!(interrupted);
            loop {
                let next = tokio::select! {
                    biased;
                    () = &mut interrupted => return Ok(false),
                    next = following.next(self) => next?,
                };
                if each(&next)? {
                    return Ok(true);
                }
            }
        })
    }
}

impl Following {
    /// The next thing that happened.
    async fn next(&mut self, hub: &Hub<'_>) -> Result<Message, Fault> {
        loop {
            match self.stream.next().await {
                Ok(Some(message)) => {
                    if message.id.is_some() {
                        self.last.clone_from(&message.id);
                    }
                    return Ok(message);
                }
                Ok(None) | Err(_) => self.again(hub).await?,
            }
        }
    }

    /// Waits for the hub to come back, which may then have another address.
    async fn again(&mut self, hub: &Hub<'_>) -> Result<(), Fault> {
        hub.context.output.say("the hub went away; waiting for it");
        let mut missing = None;
        for _ in 0..TRIES {
            match self.reopen(hub).await {
                Ok(stream) => {
                    self.stream = stream;
                    hub.context.output.say("the hub is back");
                    return Ok(());
                }
                Err(fault) if fault.code == codes::HUB_AWAY || fault.code == codes::FILE => {
                    missing = Some(fault);
                }
                Err(fault) => return Err(fault),
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(missing.unwrap_or_else(|| Fault::new(codes::HUB_AWAY, "the hub did not come back")))
    }

    async fn reopen(&self, hub: &Hub<'_>) -> Result<Stream, Fault> {
        let client: Client = self.at.client(hub.context)?;
        client.stream(&self.query, self.last.as_deref()).await
    }
}
