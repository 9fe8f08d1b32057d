//! A body that leaves in pieces, with pauses between them, and may end early.

use std::collections::VecDeque;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// Pieces a body that comes in drops is cut into.
const DROPS: usize = 16;

/// A body in pieces.
pub(crate) struct Pieces {
    pieces: VecDeque<Bytes>,
    /// Bytes announced and not sent yet.
    left: u64,
    /// The connection breaks after the last piece.
    broken: bool,
    pause: Option<Duration>,
    waiting: Option<Pin<Box<Sleep>>>,
}

/// The body ended early, on purpose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndedEarly;

impl std::fmt::Display for EndedEarly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer was cut off on purpose")
    }
}

impl std::error::Error for EndedEarly {}

impl Pieces {
    /// The body as it is.
    pub(crate) fn whole(body: Bytes) -> Self {
        let left = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let pieces = if body.is_empty() { VecDeque::new() } else { VecDeque::from([body]) };
        Pieces { pieces, left, broken: false, pause: None, waiting: None }
    }

    /// The first half, announced as the whole.
    pub(crate) fn truncated(body: Bytes) -> Self {
        let half = body.slice(..body.len() / 2);
        let mut pieces = Pieces::whole(body);
        pieces.pieces = if half.is_empty() { VecDeque::new() } else { VecDeque::from([half]) };
        pieces.broken = true;
        pieces
    }

    /// In drops, with a pause before each.
    pub(crate) fn trickle(mut body: Bytes, pause: Duration) -> Self {
        let size = body.len().div_ceil(DROPS).max(1);
        let mut pieces = Pieces::whole(body.clone());
        pieces.pieces.clear();
        while !body.is_empty() {
            pieces.pieces.push_back(body.split_to(size.min(body.len())));
        }
        pieces.pause = Some(pause);
        pieces
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = EndedEarly;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, EndedEarly>>> {
        if self.pieces.is_empty() {
            let broken = std::mem::take(&mut self.broken);
            return Poll::Ready(broken.then_some(Err(EndedEarly)));
        }
        if let Some(pause) = self.pause {
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            ready!(waiting.as_mut().poll(context));
            self.waiting = None;
        }
        let piece = self.pieces.pop_front().unwrap_or_default();
        self.left = self.left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.broken
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
