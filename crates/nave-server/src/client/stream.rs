//! Reads server-sent events (WHATWG HTML section 9.2.6) as they come.

use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use nave_model::Fault;
use nave_model::fault::codes;

/// The longest event that is read.
const LONGEST: usize = 16 * 1024 * 1024;

/// What happens at a hub, as it happens.
#[derive(Debug)]
pub struct Stream {
    body: Incoming,
    held: BytesMut,
}

/// One thing that happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Its kind.
    pub event: String,
    /// Its number, to go on behind.
    pub id: Option<String>,
    /// JSON.
    pub data: String,
}

impl Stream {
    pub(super) fn new(body: Incoming) -> Self {
        Stream { body, held: BytesMut::new() }
    }

    /// The next thing; `None`: the hub stopped.
    ///
    /// # Errors
    /// `E-HUB-AWAY`: the connection broke, or what comes is no stream.
    pub async fn next(&mut self) -> Result<Option<Message>, Fault> {
        loop {
            while let Some(end) = self.held.windows(2).position(|two| two == b"\n\n") {
                let block = self.held.split_to(end + 2);
                if let Some(message) = message(&String::from_utf8_lossy(&block)) {
                    return Ok(Some(message));
                }
            }
            if self.held.len() > LONGEST {
                return Err(broken("an event is too long"));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.held.extend_from_slice(&bytes);
                    }
                }
                Some(Err(error)) => return Err(broken("the connection broke").with_detail(error.to_string())),
            }
        }
    }
}

fn broken(why: &str) -> Fault {
    Fault::new(codes::HUB_AWAY, format!("the stream of the hub ended: {why}"))
}

/// The event of a block; `None` for a comment.
fn message(block: &str) -> Option<Message> {
    let mut message = Message { event: "message".to_owned(), ..Message::default() };
    let mut has_data = false;
    for line in block.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut message.event),
            "id" => message.id = Some(value.to_owned()),
            "data" => {
                if has_data {
                    message.data.push('\n');
                }
                has_data = true;
                message.data.push_str(value);
            }
            _ => {}
        }
    }
    has_data.then_some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(block: &str, expected: Option<(&str, Option<&str>, &str)>) {
        let found = message(block);
        let expected = expected.map(|(event, id, data)| Message {
            event: event.to_owned(),
            id: id.map(str::to_owned),
            data: data.to_owned(),
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn events_are_read_and_comments_passed_over() {
        check(": still here\n\n", None);
        check("event: run\nid: 7\ndata: {}\n\n", Some(("run", Some("7"), "{}")));
        check("data: a\ndata: b\n\n", Some(("message", None, "a\nb")));
        check("data:x\n\n", Some(("message", None, "x")));
    }
}
