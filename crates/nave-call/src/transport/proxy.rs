//! A tunnel through an HTTP proxy (`CONNECT`, RFC 9110 section 9.3.6), for systems reached by HTTPS.

use std::io;

use nave_model::Fault;
use nave_model::fault::codes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Host;

/// A proxy's answer to `CONNECT` is a status line and a few headers.
const MOST: usize = 8 * 1024;

/// Asks the proxy at the other end of `stream` for a tunnel. Afterwards the stream is the target's.
///
/// # Errors
/// `E-UNREACHABLE`: the proxy refused, or its answer was not one. Nothing reached the target.
pub(super) async fn tunnel(stream: &mut TcpStream, target: &Host<&str>, port: u16) -> Result<(), Fault> {
    let head = format!("CONNECT {target}:{port} HTTP/1.1\r\nHost: {target}:{port}\r\n\r\n");
    let answer = async {
        stream.write_all(head.as_bytes()).await?;
        read_head(stream).await
    };
    let answer = answer.await.map_err(|error| {
        unreachable("the proxy broke the connection before there was a tunnel").with_detail(error.to_string())
    })?;
    match status(&answer) {
        Some(200..=299) => Ok(()),
        Some(407) => Err(unreachable("the proxy asks for a user name and password")
            .with_hint("let the proxy admit this machine without them")),
        Some(status) => {
            Err(unreachable(format!("the proxy refused a tunnel to `{target}:{port}`: {status}"))
                .with_hint("ask the proxy's operator whether it may reach this host and port"))
        }
        None => Err(unreachable("the proxy's answer is not HTTP/1.1")
            .with_hint("check the host and port of the connection's `proxy`")),
    }
}

/// Reads up to and including the empty line. One byte at a time, because what follows belongs to TLS;
/// the socket is read once per connection, so its cost does not matter.
async fn read_head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MOST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the proxy's answer is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}

/// The status of `HTTP/1.1 200 Connection established`.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    words.next()?.strip_prefix("HTTP/1.")?;
    words.next().filter(|digits| digits.len() == 3)?.parse().ok()
}

fn unreachable(message: impl Into<String>) -> Fault {
    Fault::new(codes::UNREACHABLE, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_has_a_status() {
        assert_eq!(status(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407 Proxy Authentication Required\r\n\r\n"), Some(407));
        assert_eq!(status(b"HTTP/1.1 2000\r\n\r\n"), None);
        assert_eq!(status(b"SSH-2.0-OpenSSH_9\r\n\r\n"), None);
        assert_eq!(status(b"\xff\xfe"), None);
    }
}
