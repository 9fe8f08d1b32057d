//! Records that are uploaded: the request's body as the thread of a batch reads it, bit by bit, no faster
//! than they are handed in.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use nave_call::Clock;
use tokio::sync::{mpsc, oneshot};

/// Pieces that wait to be read; hyper's are 8 KiB to 400 KiB.
const WAITING: usize = 4;
/// How long a client may go on to send what nobody wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// The body, as it is read.
pub(crate) struct Upload {
    from: mpsc::Receiver<Bytes>,
    arrival: Arrival,
    held: Bytes,
}

/// What passes a body on to an upload.
pub(crate) struct PassOn {
    body: Incoming,
    to: mpsc::Sender<Bytes>,
    arrival: Arrival,
}

/// How an upload goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrival {
    whole: Arc<AtomicBool>,
    broke: Arc<AtomicBool>,
}

impl Arrival {
    /// Whether it broke off.
    pub(crate) fn broke(&self) -> bool {
        self.broke.load(Ordering::Acquire)
    }
}

impl Upload {
    /// An upload, and what passes the body on to it until it ends or breaks off.
    pub(crate) fn of(body: Incoming) -> (Upload, PassOn) {
        let (to, from) = mpsc::channel(WAITING);
        let arrival = Arrival::default();
        let upload = Upload { from, arrival: arrival.clone(), held: Bytes::new() };
        (upload, PassOn { body, to, arrival })
    }

    /// How it goes.
    pub(crate) fn arrival(&self) -> Arrival {
        self.arrival.clone()
    }
}

impl PassOn {
    /// Passes the body on until it ends, breaks off, or nobody wants more. What comes then is read for a
    /// while and thrown away: a client that still sends would not see its answer otherwise.
    pub(crate) async fn run(self, over: oneshot::Receiver<()>, clock: Arc<dyn Clock>) {
        let PassOn { mut body, to, arrival } = self;
        tokio::select! {
            ended = passed_on(&mut body, to, &arrival) => {
                if ended {
                    return;
                }
            }
            // Whether it was said or whoever says it is gone.
            _ = over => {}
        }
        tokio::select! {
            () = async { while let Some(Ok(_)) = body.frame().await {} } => {}
            () = clock.sleep(PATIENCE) => {}
        }
    }
}

/// Whether the body ended, one way or the other.
async fn passed_on(body: &mut Incoming, to: mpsc::Sender<Bytes>, arrival: &Arrival) -> bool {
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            // Before the channel ends, which says nothing by itself.
            arrival.broke.store(true, Ordering::Release);
            return true;
        };
        let Ok(bytes) = frame.into_data() else { continue };
        if to.send(bytes).await.is_err() {
            return false;
        }
    }
    arrival.whole.store(true, Ordering::Release);
    true
}

impl Read for Upload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.held.is_empty() {
            match self.from.blocking_recv() {
                Some(bytes) => self.held = bytes,
                None if self.arrival.whole.load(Ordering::Acquire) => return Ok(0),
                None => return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the upload broke off")),
            }
        }
        let count = buffer.len().min(self.held.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), self.held.get(..count)) {
            to.copy_from_slice(from);
        }
        self.held.advance(count);
        Ok(count)
    }
}
