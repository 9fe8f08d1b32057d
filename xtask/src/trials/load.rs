//! Senders: signed webhooks and CloudEvents, sent again until they are acknowledged, as vendors do.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use tokio::sync::watch;

use super::hub::Target;
use super::wire::{self, Answer, Line};
use super::{clock, documents};

/// The address of the webhooks of the connection every trial has.
pub(crate) const WEBHOOK: &str = "/webhooks/honest";

/// The name of the event flows begin with.
pub(crate) const PLACED: &str = "honest.placed";

/// A delivery signed as Standard Webhooks 1.0.0 says: `vendor` is the vendor's name of the event, `data` its
/// data as JSON.
pub(crate) fn webhook(id: &str, vendor: &str, data: &str) -> Vec<u8> {
    let body = format!(r#"{{"type":"{vendor}","timestamp":"2026-11-30T00:00:00Z","data":{data}}}"#);
    let seconds = clock::since_1970().as_secs().to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, documents::SECRET);
    let signed = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(signed));
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", seconds.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    wire::request("POST", WEBHOOK, &headers, body.as_bytes())
}

/// A CloudEvent in binary form.
pub(crate) fn cloud_event(target: &Target, id: &str, name: &str, data: &str) -> Vec<u8> {
    let headers = [
        ("authorization", target.bearer.as_str()),
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", id),
        ("ce-source", "/trial"),
        ("ce-type", name),
    ];
    wire::request("POST", "/api/v1/events", &headers, data.as_bytes())
}

/// Several CloudEvents at once: ids with their data.
pub(crate) fn batch(target: &Target, name: &str, events: &[(String, String)]) -> Vec<u8> {
    let each = events.iter().map(|(id, data)| {
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"/trial","type":"{name}","datacontenttype":"application/json","data":{data}}}"#
        )
    });
    let body = format!("[{}]", each.collect::<Vec<_>>().join(","));
    let headers =
        [("authorization", target.bearer.as_str()), ("content-type", "application/cloudevents-batch+json")];
    wire::request("POST", "/api/v1/events", &headers, body.as_bytes())
}

/// What became of sending something until it was acknowledged.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tries {
    /// How often no answer came.
    pub(crate) broken: u64,
    /// How often the hub could not take it: 5xx.
    pub(crate) away: u64,
}

/// Somebody who sends to a hub that may die and come back elsewhere.
pub(crate) struct Sender {
    target: watch::Receiver<Option<Target>>,
    line: Option<Line>,
}

impl Sender {
    /// One that follows the hub wherever it is.
    pub(crate) fn new(target: watch::Receiver<Option<Target>>) -> Self {
        Sender { target, line: None }
    }

    /// One for a hub that stays.
    pub(crate) fn to(target: &Target) -> Self {
        Sender::new(watch::Sender::new(Some(target.clone())).subscribe())
    }

    /// Connects ahead of the first request.
    pub(crate) async fn connect(&mut self) -> io::Result<()> {
        if self.line.is_none() {
            let target = self.target().await?;
            self.line = Some(Line::open(target.address).await?);
        }
        Ok(())
    }

    /// Sends once.
    pub(crate) async fn send(&mut self, make: &impl Fn(&Target) -> Vec<u8>) -> io::Result<Answer> {
        let target = self.target().await?;
        self.connect().await?;
        // It is put back only when the exchange went well.
        let Some(mut line) = self.line.take() else { return Err(io::ErrorKind::NotConnected.into()) };
        let answer = line.exchange(&make(&target)).await?;
        self.line = Some(line);
        Ok(answer)
    }

    /// Sends again and again until it is acknowledged.
    ///
    /// # Errors
    /// The hub says that the delivery itself is wrong: 4xx.
    pub(crate) async fn insist(&mut self, make: &impl Fn(&Target) -> Vec<u8>) -> anyhow::Result<Tries> {
        let mut tries = Tries::default();
        loop {
            match self.send(make).await {
                Ok(answer) if answer.status < 300 => return Ok(tries),
                Ok(answer) if answer.status >= 500 => tries.away += 1,
                Ok(answer) => {
                    anyhow::bail!("refused: {} {}", answer.status, String::from_utf8_lossy(&answer.body))
                }
                Err(_) => tries.broken += 1,
            }
            clock::pause(20).await;
        }
    }

    async fn target(&mut self) -> io::Result<Target> {
        let known = self.target.wait_for(Option::is_some).await;
        let known = known.map_err(|_| io::Error::other("the trial is over"))?;
        known.clone().ok_or_else(|| io::Error::other("the trial is over"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_signed_over_id_time_and_body() {
        let text = String::from_utf8(webhook("e1", "order.placed", r#"{"id":"1"}"#)).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        let signed = format!("{}.{}.{body}", header("webhook-id: "), header("webhook-timestamp: "));
        let code = STANDARD.decode(header("webhook-signature: v1,")).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, documents::SECRET);
        hmac::verify(&key, signed.as_bytes(), &code).unwrap();
    }

    #[test]
    fn a_batch_is_one_json_list() {
        let target = Target { address: ([127, 0, 0, 1], 1).into(), bearer: "Bearer x".to_owned() };
        let events = ["1", "2"].map(|id| (id.to_owned(), format!(r#"{{"id":"{id}"}}"#)));
        let text = String::from_utf8(batch(&target, PLACED, &events)).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let list: Vec<serde_json::Value> = serde_json::from_str(body).unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(list[1]["data"]["id"], "2");
    }
}
