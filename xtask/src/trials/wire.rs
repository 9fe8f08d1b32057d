//! A keep-alive connection that sends prepared HTTP/1.1 requests and reads answers (RFC 9112). It does
//! next to nothing for each, so that the load takes as little as possible from the hub it is put on.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The largest answer that is read.
const LARGEST: usize = 64 * 1024 * 1024;

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// `Retry-After`, as it stands.
    pub(crate) retry_after: Option<String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// A connection.
pub(crate) struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Line> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Line { stream, buffer: Vec::new() })
    }

    /// Sends a request and reads its answer. After an error the connection is of no more use.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let Head { status, length, chunked, retry_after } =
            head_of(self.buffer.get(..head).unwrap_or_default())?;
        self.buffer.drain(..head);
        let body = if chunked { self.chunks().await? } else { self.bytes(length).await? };
        Ok(Answer { status, retry_after, body })
    }

    async fn bytes(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > LARGEST {
            return Err(strange("an answer is too large"));
        }
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match find(&self.buffer, b"\r\n") {
                    Some(end) => break end,
                    None => self.more().await?,
                }
            };
            let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
            let size = line.split(|byte| matches!(byte, b';' | b'\r')).next().unwrap_or_default();
            let size =
                std::str::from_utf8(size).ok().and_then(|text| usize::from_str_radix(text.trim(), 16).ok());
            let size = size
                .filter(|size| body.len() + size <= LARGEST)
                .ok_or_else(|| strange("a chunk has no size"))?;
            body.extend(self.bytes(size).await?);
            self.bytes(2).await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::new(ErrorKind::UnexpectedEof, "the hub closed the connection")),
            _ => Ok(()),
        }
    }
}

/// A request with a body, ready to be sent.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n").into_bytes();
    for (name, value) in headers {
        for part in [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: usize,
    chunked: bool,
    retry_after: Option<String>,
}

fn head_of(bytes: &[u8]) -> io::Result<Head> {
    let text = std::str::from_utf8(bytes).map_err(|_| strange("a head is no text"))?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| strange("an answer has no status"))?;
    let mut head = Head { status, length: 0, chunked: false, retry_after: None };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            head.length = value.parse().map_err(|_| strange("an answer has no length"))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            head.chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("retry-after") {
            head.retry_after = Some(value.to_owned());
        }
    }
    Ok(head)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn strange(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn check(answer: &'static str, expected: Result<(u16, &str), ErrorKind>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answering = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = vec![0; 1000];
            let length = stream.read(&mut read).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            read.truncate(length);
            String::from_utf8(read).unwrap()
        };
        let asking = async {
            let mut line = Line::open(address).await.unwrap();
            line.exchange(&request("POST", "/x", &[("a", "b")], b"{}")).await
        };
        let (asked, answered) = tokio::join!(answering, asking);
        assert_eq!(asked, "POST /x HTTP/1.1\r\nhost: 127.0.0.1\r\na: b\r\ncontent-length: 2\r\n\r\n{}");
        let answered = answered.map(|answer| (answer.status, String::from_utf8(answer.body).unwrap()));
        match (answered, expected) {
            (Ok((status, body)), Ok(expected)) => assert_eq!((status, body.as_str()), expected),
            (Err(error), Err(kind)) => assert_eq!(error.kind(), kind),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[tokio::test]
    async fn bodies_by_length_by_chunks_and_none_are_read() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", Ok((200, "hi"))).await;
        check("HTTP/1.1 204 No Content\r\n\r\n", Ok((204, ""))).await;
        let chunks = "HTTP/1.1 503 Away\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\na;x=y\r\n 123456789\r\n0\r\n\r\n";
        check(chunks, Ok((503, "hi 123456789"))).await;
    }

    #[tokio::test]
    async fn what_breaks_off_or_is_no_answer_is_an_error() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", Err(ErrorKind::UnexpectedEof)).await;
        check("SSH-2.0\r\n\r\n", Err(ErrorKind::InvalidData)).await;
        check("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", Err(ErrorKind::InvalidData)).await;
    }

    #[test]
    fn retry_after_is_kept() {
        let head = head_of(b"HTTP/1.1 503 x\r\nRetry-After: 5\r\n\r\n").unwrap();
        assert_eq!((head.status, head.retry_after.as_deref()), (503, Some("5")));
    }
}
