//! A socket that gives up where its reader takes nothing for too long: answers that nobody reads, and
//! streams whose reader stands still, would hold a place for ever otherwise.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use nave_call::Clock;
use nave_call::clock::Sleep;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How long a reader may take nothing while there is something for it.
const STILL: Duration = Duration::from_secs(60);

/// A socket, and since when its reader stands still.
pub(super) struct Impatient<S> {
    inner: S,
    clock: Arc<dyn Clock>,
    until: Option<Sleep>,
}

impl<S: AsyncWrite + Unpin> Impatient<S> {
    pub(super) fn new(inner: S, clock: Arc<dyn Clock>) -> Self {
        Impatient { inner, clock, until: None }
    }

    /// What came of a write: done, or waited for until it takes too long.
    fn waited<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.until = None;
            return polled;
        }
        let clock = &self.clock;
        let until = self.until.get_or_insert_with(|| clock.sleep(STILL));
        match until.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        let polled = Pin::new(&mut own.inner).poll_write(context, bytes);
        own.waited(context, polled)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let own = self.get_mut();
        let polled = Pin::new(&mut own.inner).poll_flush(context);
        own.waited(context, polled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let own = self.get_mut();
        let polled = Pin::new(&mut own.inner).poll_shutdown(context);
        own.waited(context, polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        let polled = Pin::new(&mut own.inner).poll_write_vectored(context, pieces);
        own.waited(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use nave_call::SystemClock;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stands_still_is_given_up() {
        let (hub, mut reader) = tokio::io::duplex(16);
        let clock = Arc::new(SystemClock::new());
        let mut hub = Impatient::new(hub, Arc::<SystemClock>::clone(&clock));
        let began = clock.now();
        // Slowly is well: each piece that is taken begins the time anew.
        let writing = nave_call::task::spawn("writer", async move {
            hub.write_all(&[7; 64]).await.unwrap();
            hub.write_all(&[7; 64]).await.unwrap_err()
        });
        let mut piece = [0; 16];
        for _ in 0..4 {
            clock.sleep(STILL - Duration::from_secs(1)).await;
            reader.read_exact(&mut piece).await.unwrap();
        }
        let error = writing.await.unwrap();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let took = clock.now().saturating_sub(began);
        assert!((STILL * 4..STILL * 6).contains(&took), "{took:?}");
        drop(reader);
    }
}
