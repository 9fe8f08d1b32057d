//! The sandbox as a mail server on loopback (RFC 5321 with SIZE, 8BITMIME, SMTPUTF8, PIPELINING and AUTH):
//! it takes messages, keeps them and shows them, and delivers none. What is said to each line is decided by
//! [`session::Session`]; here it is read and sent: late, in drops, cut off, reset or never, as it says.

use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::sandbox::Sandbox;
use crate::smtp::session::{Said, Session, Way};

pub(crate) mod mailbox;
pub(crate) mod message;
mod session;

/// The longest line of a command, in bytes; RFC 5321 section 4.5.3.1.4 allows 512, and sign-ins more.
const LONGEST_LINE: u64 = 12 * 1024;
/// The largest message that is taken, in bytes.
pub(crate) const LARGEST_MESSAGE: usize = 25 * 1024 * 1024;

/// One connection until the client says goodbye, leaves, or is cut off by a fault.
pub(crate) async fn connection(mut stream: TcpStream, sandbox: &Sandbox, began: Instant) {
    stream.set_nodelay(true).ok();
    let mut session = Session::new(sandbox);
    let (read, mut write) = stream.split();
    let mut read = BufReader::new(read);
    let mut said = session.greeting();
    let reset = loop {
        if !said.delay.is_zero() {
            tokio::time::sleep(said.delay).await;
        }
        match said.way {
            Way::Whole if write.write_all(said.text.as_bytes()).await.is_err() => break false,
            Way::Whole => {}
            Way::Trickle(pause) => {
                for byte in said.text.bytes() {
                    tokio::time::sleep(pause).await;
                    if write.write_all(&[byte]).await.is_err() {
                        break;
                    }
                }
            }
            Way::Truncated => {
                let half = said.text.as_bytes().get(..said.text.len() / 2).unwrap_or_default();
                // The client may have gone; it is cut off anyway.
                write.write_all(half).await.ok();
                break false;
            }
            Way::Reset => break true,
            Way::Silent => std::future::pending().await,
        }
        if said.closes {
            break false;
        }
        let Some(next) = answer(&mut session, &mut read, began).await else { break false };
        said = next;
    };
    if reset {
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).ok();
    }
}

/// Reads what comes next and asks the session what to say; `None` when the client has gone.
async fn answer<R: AsyncBufRead + Unpin>(
    session: &mut Session<'_>,
    read: &mut R,
    began: Instant,
) -> Option<Said> {
    if session.awaits_message() {
        let message = message(read).await?;
        return Some(session.message(message.as_deref(), began.elapsed()));
    }
    let mut line = Vec::new();
    let most = LONGEST_LINE;
    read.take(most).read_until(b'\n', &mut line).await.ok()?;
    if !line.ends_with(b"\n") {
        // Too long, or the end.
        return (line.len() as u64 == most).then(|| Said::last("500 5.5.2 The line is too long."));
    }
    let line = String::from_utf8_lossy(&line);
    Some(session.line(line.trim_end_matches(['\r', '\n']), began.elapsed()))
}

/// The lines of a message up to the final dot, dots taken back (RFC 5321 section 4.5.2). The inner `None`:
/// it is too large, and was read to its end.
async fn message<R: AsyncBufRead + Unpin>(read: &mut R) -> Option<Option<Vec<u8>>> {
    let mut message = Vec::new();
    let (mut fits, mut begins) = (true, true);
    loop {
        let mut piece = Vec::new();
        read.take(LONGEST_LINE).read_until(b'\n', &mut piece).await.ok()?;
        if piece.is_empty() {
            return None;
        }
        if begins && piece == b".\r\n" {
            return Some(fits.then_some(message));
        }
        let taken = if begins { piece.strip_prefix(b".").unwrap_or(&piece) } else { &piece };
        fits = fits && message.len() + taken.len() <= LARGEST_MESSAGE;
        if fits {
            message.extend_from_slice(taken);
        } else {
            message = Vec::new();
        }
        begins = piece.ends_with(b"\n");
    }
}
