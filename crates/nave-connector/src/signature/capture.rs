//! A delivery as a file: an HTTP/1.1 request message (RFC 9112, section 2.1), so that recorded deliveries
//! can be read, signed again and sent. Chunked bodies are not read.

use nave_model::fault::codes;
use nave_model::{At, Fault};

use super::{Delivery, Headers, Refusal, Signature};

/// A recorded delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The method, in capitals.
    pub method: String,
    /// What was asked for: path and query.
    pub target: String,
    /// The headers, in order.
    pub headers: Headers,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Capture {
    /// Reads a request message. Lines may end with a line feed alone; with a `Content-Length`, line breaks
    /// behind the body do not belong to it.
    ///
    /// # Errors
    /// `E-EVENT-INVALID`: it is no request message, or its body is shorter or longer than it says.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Capture, Fault> {
        let (head, rest) = split(bytes)
            .ok_or_else(|| invalid(file, 1, "there is no empty line between the headers and the body"))?;
        let head = std::str::from_utf8(head).map_err(|_| invalid(file, 1, "the headers are not UTF-8"))?;
        let mut lines = head.lines().zip(1_u32..);
        let first = lines.next().map(|(line, _)| line).unwrap_or_default();
        let words: Vec<&str> = first.split(' ').collect();
        let [method, target, "HTTP/1.1"] = words.as_slice() else {
            return Err(invalid(file, 1, "the first line is not `METHOD /path HTTP/1.1`"));
        };
        if !target.starts_with('/') || method.is_empty() || !method.bytes().all(|c| c.is_ascii_uppercase()) {
            return Err(invalid(file, 1, "the first line is not `METHOD /path HTTP/1.1`"));
        }
        let mut headers = Headers::new();
        for (line, number) in lines {
            let pair = line.split_once(':').filter(|(name, _)| !name.is_empty() && !name.contains(' '));
            let Some((name, value)) = pair else {
                return Err(invalid(file, number, "this is no header: `Name: value`"));
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut capture = Capture {
            method: (*method).to_owned(),
            target: (*target).to_owned(),
            headers,
            body: rest.to_vec(),
        };
        capture.cut(file)?;
        Ok(capture)
    }

    /// The body ends where the message says.
    fn cut(&mut self, file: &str) -> Result<(), Fault> {
        let Some(length) = self.header("Content-Length") else { return Ok(()) };
        let Ok(length) = length.parse::<usize>() else {
            return Err(invalid(file, 1, "`Content-Length` is no number"));
        };
        let behind = self.body.get(length..);
        if behind.is_none_or(|behind| !behind.iter().all(u8::is_ascii_whitespace)) {
            let message =
                format!("the body has {} bytes, and `Content-Length` says {length}", self.body.len());
            return Err(invalid(file, 1, &message));
        }
        self.body.truncate(length);
        Ok(())
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// As a signature sees it; `url`: the whole address as the sender knows it.
    pub fn delivery<'a>(&'a self, url: &'a str) -> Delivery<'a> {
        Delivery { method: &self.method, url, headers: &self.headers, body: &self.body }
    }

    /// The same delivery with the headers that sign it at another time, in place of those of before.
    ///
    /// # Errors
    /// As for [`Signature::sign`].
    pub fn signed(
        &self,
        signature: &Signature,
        url: &str,
        secret: &str,
        id: &str,
        now_ms: u64,
    ) -> Result<Capture, Refusal> {
        let proof = signature.sign(self.delivery(url), secret, id, now_ms)?;
        let mut signed = self.clone();
        let is_proof = |name: &str| proof.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        signed.headers.retain(|(name, _)| !is_proof(name));
        signed.headers.extend(proof);
        Ok(signed)
    }

    /// As a file, with line feeds; what [`Capture::parse`] reads.
    pub fn write(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\n", self.method, self.target);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        text.push('\n');
        let mut bytes = text.into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}

/// The headers with their first line, and the body.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let end = from + bytes.get(from..)?.iter().position(|byte| *byte == b'\n')?;
        let line = bytes.get(from..end)?;
        if line.is_empty() || line == b"\r" {
            return Some((bytes.get(..from)?, bytes.get(end + 1..)?));
        }
        from = end + 1;
    }
}

fn invalid(file: &str, line: u32, message: &str) -> Fault {
    let at = At { line: Some(line), ..At::file(file) };
    Fault::new(codes::EVENT_INVALID, format!("the recorded delivery cannot be read: {message}")).with_at(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        let told = match Capture::parse("a.http", text.as_bytes()) {
            Ok(capture) => {
                let body = String::from_utf8_lossy(&capture.body);
                format!("{} {} {:?} {body:?}", capture.method, capture.target, capture.headers)
            }
            Err(fault) => {
                let line = fault.at.as_ref().and_then(|at| at.line).unwrap_or_default();
                format!("{line}: {}", fault.message.replace("the recorded delivery cannot be read: ", ""))
            }
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn a_recorded_delivery_is_a_request_message() {
        check("POST /a?b=1 HTTP/1.1\nA: b: c\n\n{}", r#"POST /a?b=1 [("A", "b: c")] "{}""#);
        check("PUT / HTTP/1.1\r\nA:b\r\n\r\nx\r\n", "PUT / [(\"A\", \"b\")] \"x\\r\\n\"");
        check("POST / HTTP/1.1\ncontent-length: 2\n\n{}\n", r#"POST / [("content-length", "2")] "{}""#);
        check("POST / HTTP/1.1\n\n", r#"POST / [] """#);
    }

    #[test]
    fn what_is_none_is_told() {
        check("", "1: there is no empty line between the headers and the body");
        check("POST / HTTP/1.1\nA: b", "1: there is no empty line between the headers and the body");
        check("post / HTTP/1.1\n\n", "1: the first line is not `METHOD /path HTTP/1.1`");
        check("POST https://x/ HTTP/1.1\n\n", "1: the first line is not `METHOD /path HTTP/1.1`");
        check("POST / HTTP/1.1\nA b: c\n\n", "2: this is no header: `Name: value`");
        check(
            "POST / HTTP/1.1\nContent-Length: 1\n\n{}\n",
            "1: the body has 3 bytes, and `Content-Length` says 1",
        );
        check(
            "POST / HTTP/1.1\nContent-Length: 9\n\n{}",
            "1: the body has 2 bytes, and `Content-Length` says 9",
        );
    }

    #[test]
    fn it_is_signed_again() {
        let signature: Signature = serde_json::from_str(r#"{"kind":"hubspot_v3"}"#).unwrap();
        let old = Capture::parse("a.http", b"POST /w HTTP/1.1\nx-hubspot-signature-v3: old\n\n{}").unwrap();
        let new = old.signed(&signature, "https://hub.example/w", "s", "id", 1_790_000_000_000).unwrap();
        assert_eq!(new.headers.len(), 2, "{:?}", new.headers);
        signature.verify(new.delivery("https://hub.example/w"), &["s"], 1_790_000_000_000).unwrap();
        assert_eq!(Capture::parse("a.http", &new.write()).unwrap(), new);
    }

    proptest! {
        #[test]
        fn no_file_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[A-Z]{1,3} /[ -~]{0,5} HTTP/1.1\n\\PC{0,40}\n\n\\PC{0,9}") {
            for input in [bytes.as_slice(), text.as_bytes()] {
                if let Ok(capture) = Capture::parse("a.http", input) {
                    prop_assert_eq!(Capture::parse("a.http", &capture.write()).unwrap(), capture);
                }
            }
        }
    }
}
