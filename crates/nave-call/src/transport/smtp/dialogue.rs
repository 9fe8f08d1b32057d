//! The lines of an SMTP dialogue: commands out, replies in, the message with its dots doubled. Bounded in
//! length; what a reply means is left to the session.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest line of a reply, in bytes; RFC 5321 section 4.5.3.1.5 allows 512.
const LONGEST_LINE: usize = 4096;
/// Most lines of one reply.
const MOST_LINES: usize = 128;
/// What is shown of a reply, in characters.
const SHOWN: usize = 300;

/// A dialogue that cannot go on.
#[derive(Debug)]
pub(super) enum Broken {
    /// The time allowed is over.
    Late,
    /// The connection ended, or what came is not SMTP; for the log.
    Lost(String),
}

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// Code and words in one line of bounded length.
    pub(super) fn line(&self) -> String {
        let words = self.lines.join(" ");
        let clean = words.chars().map(|c| if c.is_control() { ' ' } else { c });
        let shown: String = clean.take(SHOWN).collect();
        format!("{} {shown}", self.code).trim_end().to_owned()
    }
}

/// What a server offers in its answer to EHLO.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one extension that is offered or not")]
pub(super) struct Offers {
    /// STARTTLS (RFC 3207).
    pub(super) tls: bool,
    /// AUTH PLAIN (RFC 4954, RFC 4616).
    pub(super) plain: bool,
    /// AUTH LOGIN, of older servers.
    pub(super) login: bool,
    /// SMTPUTF8 (RFC 6531).
    pub(super) international: bool,
    /// SIZE (RFC 1870): the largest message in bytes. The outer `None`: not offered; no limit is the
    /// largest number.
    pub(super) size: Option<usize>,
}

impl Offers {
    pub(super) fn read(reply: &Reply) -> Self {
        let mut offers = Offers::default();
        // The first line is the server's name.
        for line in reply.lines.iter().skip(1) {
            // Old servers write `AUTH=LOGIN`.
            let line = line.to_ascii_uppercase().replace('=', " ");
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default() {
                "STARTTLS" => offers.tls = true,
                "SMTPUTF8" => offers.international = true,
                "SIZE" => {
                    let size = words.next().and_then(|size| size.parse().ok()).filter(|size| *size > 0);
                    offers.size = Some(size.unwrap_or(usize::MAX));
                }
                "AUTH" => {
                    for word in words {
                        offers.plain |= word == "PLAIN";
                        offers.login |= word == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        offers
    }
}

/// A dialogue over a stream.
pub(super) struct Dialogue<S> {
    stream: S,
    /// What was read and belongs to later lines.
    rest: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    pub(super) fn new(stream: S) -> Self {
        Dialogue { stream, rest: Vec::new() }
    }

    /// The stream, where nothing that was read is left over.
    pub(super) fn into_stream(self) -> Option<S> {
        self.rest.is_empty().then_some(self.stream)
    }

    /// Sends one line and reads the reply.
    pub(super) async fn command(&mut self, line: &str) -> Result<Reply, Broken> {
        if line.contains(['\r', '\n', '\0']) {
            return Err(Broken::Lost("a command has a line break in it".to_owned()));
        }
        self.send(format!("{line}\r\n").as_bytes()).await?;
        self.reply().await
    }

    /// Sends the lines of a message, those that begin with a dot with one more (RFC 5321 section 4.5.2),
    /// and ends the last.
    pub(super) async fn write(&mut self, message: &[u8]) -> Result<(), Broken> {
        let mut out = Vec::with_capacity(message.len() + message.len() / 64 + 2);
        for line in message.split_inclusive(|byte| *byte == b'\n') {
            if line.first() == Some(&b'.') {
                out.push(b'.');
            }
            out.extend_from_slice(line);
        }
        if !out.is_empty() && !out.ends_with(b"\r\n") {
            out.extend_from_slice(b"\r\n");
        }
        self.send(&out).await
    }

    /// Sends the final dot and reads the reply.
    pub(super) async fn end(&mut self) -> Result<Reply, Broken> {
        self.send(b".\r\n").await?;
        self.reply().await
    }

    /// Reads one reply.
    pub(super) async fn reply(&mut self) -> Result<Reply, Broken> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?;
            let (code, is_last, words) = parse(&line).ok_or_else(|| {
                Broken::Lost(format!("`{}` is not a reply", line.chars().take(80).collect::<String>()))
            })?;
            lines.push(words.to_owned());
            if is_last {
                return Ok(Reply { code, lines });
            }
            if lines.len() >= MOST_LINES {
                return Err(Broken::Lost("a reply has too many lines".to_owned()));
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let sent = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|error| Broken::Lost(error.to_string()))
    }

    async fn line(&mut self) -> Result<String, Broken> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            if self.rest.len() > LONGEST_LINE {
                return Err(Broken::Lost("a line of a reply is too long".to_owned()));
            }
            match self.stream.read_buf(&mut self.rest).await {
                Ok(0) => return Err(Broken::Lost("the server closed the connection".to_owned())),
                Ok(_) => {}
                Err(error) => return Err(Broken::Lost(error.to_string())),
            }
        }
    }
}

/// `250-SIZE 1000` → code, whether it is the last line, words.
fn parse(line: &str) -> Option<(u16, bool, &str)> {
    let (digits, rest) = line.split_at_checked(3)?;
    let is_code = digits.bytes().all(|byte| byte.is_ascii_digit());
    let code = digits.parse().ok().filter(|code| is_code && (200..600).contains(code))?;
    match rest.strip_prefix('-') {
        Some(words) => Some((code, false, words)),
        None if rest.is_empty() => Some((code, true, "")),
        None => Some((code, true, rest.strip_prefix(' ')?)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A dialogue with a server that says `says`; what the client sent comes back.
    async fn against(says: &str, message: &[u8]) -> (Result<Reply, String>, String) {
        let (client, mut server) = tokio::io::duplex(1 << 20);
        server.write_all(says.as_bytes()).await.unwrap();
        let mut dialogue = Dialogue::new(client);
        let reply = dialogue.reply().await.map_err(|broken| format!("{broken:?}"));
        dialogue.write(message).await.unwrap();
        drop(dialogue);
        let mut sent = String::new();
        server.read_to_string(&mut sent).await.unwrap();
        (reply, sent)
    }

    #[tokio::test]
    async fn replies_have_one_line_or_several() {
        let line = async |says: &str| against(says, b"").await.0.map(|reply| reply.line());
        assert_eq!(line("250 Ok\r\n").await.unwrap(), "250 Ok");
        assert_eq!(line("250\r\n").await.unwrap(), "250");
        assert_eq!(line("550-5.1.1 No such\r\n550 user\r\n").await.unwrap(), "550 5.1.1 No such user");
        for wrong in
            ["HTTP/1.1 400 Bad Request\r\n\r\n", "25 Ok\r\n", "250_Ok\r\n", "999 Ok\r\n", "é50 Ok\r\n"]
        {
            assert!(line(wrong).await.unwrap_err().contains("is not a reply"), "{wrong}");
        }
        let endless = "250-more\r\n".repeat(MOST_LINES + 1);
        assert!(line(&endless).await.unwrap_err().contains("too many lines"));
        assert!(line(&"2".repeat(2 * LONGEST_LINE)).await.unwrap_err().contains("too long"));
    }

    #[tokio::test]
    async fn dots_at_the_beginning_of_a_line_are_doubled() {
        let sent = async |message: &[u8]| against("250 Ok\r\n", message).await.1;
        assert_eq!(sent(b"a\r\n.\r\n..b").await, "a\r\n..\r\n...b\r\n");
        assert_eq!(sent(b".").await, "..\r\n");
        assert_eq!(sent(b"").await, "");
    }

    #[test]
    fn what_a_server_offers_is_read() {
        let lines = ["mail.example", "SIZE 1000", "AUTH LOGIN PLAIN", "starttls", "8BITMIME"];
        let reply = Reply { code: 250, lines: lines.map(str::to_owned).to_vec() };
        let offers = Offers { tls: true, plain: true, login: true, international: false, size: Some(1000) };
        assert_eq!(Offers::read(&reply), offers);
        let reply =
            Reply { code: 250, lines: ["SIZE 5", "AUTH=LOGIN", "SIZE 0"].map(str::to_owned).to_vec() };
        assert_eq!(
            Offers::read(&reply),
            Offers { login: true, size: Some(usize::MAX), ..Offers::default() },
            "the first line is a name, and a size of 0 is no limit"
        );
    }

    proptest! {
        /// No message can end itself: between what is sent there is never a line that is only a dot.
        #[test]
        fn no_message_ends_early(lines in proptest::collection::vec("[.a]{0,3}", 0..8)) {
            let message = lines.join("\r\n");
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (_, sent) = runtime.block_on(against("250 Ok\r\n", message.as_bytes()));
            prop_assert!(sent.split("\r\n").all(|line| line != "."));
        }
    }
}
