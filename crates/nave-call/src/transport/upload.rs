//! A request's body on its way out, in pieces, so that a long upload can be told from a silent system.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// What is handed on at once. The client asks for more only when the connection has taken it.
const PIECE: usize = 64 * 1024;

/// A body of known length.
#[derive(Debug, Default)]
pub(super) struct Upload {
    rest: Bytes,
    pieces: Arc<AtomicUsize>,
}

/// How much of a body was handed on.
#[derive(Debug, Clone)]
pub(super) struct Progress(Arc<AtomicUsize>);

impl Upload {
    pub(super) fn new(body: Option<Bytes>) -> Self {
        Upload { rest: body.unwrap_or_default(), pieces: Arc::default() }
    }

    /// Watches the body from outside.
    pub(super) fn progress(&self) -> Progress {
        Progress(Arc::clone(&self.pieces))
    }
}

impl Progress {
    /// Pieces handed on after the first, which is taken at once by any connection.
    pub(super) fn further_pieces(&self) -> usize {
        self.0.load(Ordering::Relaxed).saturating_sub(1)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.pieces.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
