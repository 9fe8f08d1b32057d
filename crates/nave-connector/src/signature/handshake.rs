//! What a vendor asks before, or instead of, sending events, and what it wants as an answer. Each kind is
//! a row of one list; the answers that acknowledge a delivery stand beside it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Delivery;
use super::mac::same;

/// The longest text that is sent back.
const LONGEST: usize = 1024;

/// Which handshake, as a document says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the list below says what each of them is")]
pub enum Handshake {
    Slack,
    Echo,
    HubChallenge,
    Graph,
    GithubPing,
    XeroIntent,
}

/// When a handshake is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Before the signature is looked at: it cannot have one yet.
    Unsigned,
    /// Only where the signature is right.
    Signed,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Media type of the body; empty where there is none.
    pub media: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// One kind of handshake.
pub struct Kind {
    /// Which one.
    pub handshake: Handshake,
    /// Its name in documents.
    pub name: &'static str,
    /// One sentence for lists.
    pub summary: &'static str,
    /// The vendor's page.
    pub source: &'static str,
    /// When it is answered.
    pub stage: Stage,
    /// A request that is one, and its answer; a test holds the kind to it.
    pub example: Example,
    answer: fn(&Delivery<'_>, Option<&str>) -> Option<Reply>,
}

/// A handshake as it goes.
pub struct Example {
    /// The method.
    pub method: &'static str,
    /// The query, with its question mark.
    pub query: &'static str,
    /// The headers.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: &'static str,
    /// Status, media type and body of the answer.
    pub answer: (u16, &'static str, &'static str),
}

/// Every kind of handshake.
pub const ALL: [Kind; 6] = [
    Kind {
        handshake: Handshake::Slack,
        name: "slack",
        summary: "Slack sends `url_verification` and wants its challenge back.",
        source: "https://docs.slack.dev/reference/events/url_verification",
        stage: Stage::Signed,
        example: Example {
            method: "POST",
            query: "",
            headers: &[],
            body: r#"{"token":"t","challenge":"3eZbrw1a","type":"url_verification"}"#,
            answer: (200, "text/plain", "3eZbrw1a"),
        },
        answer: slack,
    },
    Kind {
        handshake: Handshake::Echo,
        name: "echo",
        summary: "An object with nothing but a `challenge` is sent back as it came (monday.com and others).",
        source: "https://developer.monday.com/api-reference/reference/webhooks",
        stage: Stage::Unsigned,
        example: Example {
            method: "POST",
            query: "",
            headers: &[],
            body: r#"{"challenge":"3eZbrw1a"}"#,
            answer: (200, "application/json", r#"{"challenge":"3eZbrw1a"}"#),
        },
        answer: echo,
    },
    Kind {
        handshake: Handshake::HubChallenge,
        name: "hub_challenge",
        summary: "Meta asks by GET with the connection's `token` and wants `hub.challenge` back.",
        source: "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
        stage: Stage::Unsigned,
        example: Example {
            method: "GET",
            query: "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock",
            headers: &[],
            body: "",
            answer: (200, "text/plain", "1158201444"),
        },
        answer: hub_challenge,
    },
    Kind {
        handshake: Handshake::Graph,
        name: "graph",
        summary: "Microsoft Graph sends a `validationToken` in the query and wants it back as text.",
        source: "https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
        stage: Stage::Unsigned,
        example: Example {
            method: "POST",
            query: "?validationToken=Validation%3A+Testing+client",
            headers: &[],
            body: "",
            answer: (200, "text/plain", "Validation: Testing client"),
        },
        answer: graph,
    },
    Kind {
        handshake: Handshake::GithubPing,
        name: "github_ping",
        summary: "GitHub sends a `ping` when a webhook is made; it is acknowledged and is no event.",
        source: "https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping",
        stage: Stage::Signed,
        example: Example {
            method: "POST",
            query: "",
            headers: &[("X-GitHub-Event", "ping")],
            body: r#"{"zen":"Keep it logically awesome.","hook_id":1}"#,
            answer: (200, "", ""),
        },
        answer: github_ping,
    },
    Kind {
        handshake: Handshake::XeroIntent,
        name: "xero_intent",
        summary: "Xero's intent to receive: signed without events is answered 200, wrongly signed 401.",
        source: "https://developer.xero.com/documentation/guides/webhooks/configuring-your-server",
        stage: Stage::Signed,
        example: Example {
            method: "POST",
            query: "",
            headers: &[],
            body: r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4nd0mt3xt"}"#,
            answer: (200, "", ""),
        },
        answer: xero_intent,
    },
];

impl Handshake {
    /// The answer, where the request is this handshake and it is its stage. `token` is the word the
    /// vendor repeats, where the kind wants one.
    pub fn answer(self, stage: Stage, delivery: &Delivery<'_>, token: Option<&str>) -> Option<Reply> {
        let kind = ALL.iter().find(|kind| kind.handshake == self && kind.stage == stage)?;
        (kind.answer)(delivery, token)
    }

    /// Whether the vendor repeats a word that the connection must name.
    pub fn wants_token(self) -> bool {
        self == Handshake::HubChallenge
    }
}

impl Reply {
    /// A status and nothing else.
    pub fn empty(status: u16) -> Self {
        Reply { status, media: "", body: Vec::new() }
    }

    fn text(text: &str) -> Option<Self> {
        let fits = text.len() <= LONGEST && !text.is_empty();
        fits.then(|| Reply { status: 200, media: "text/plain", body: text.as_bytes().to_vec() })
    }
}

fn object(delivery: &Delivery<'_>) -> Option<Value> {
    let short = delivery.body.len() <= 16 * LONGEST;
    short.then(|| serde_json::from_slice::<Value>(delivery.body).ok())?.filter(Value::is_object)
}

fn slack(delivery: &Delivery<'_>, _: Option<&str>) -> Option<Reply> {
    let body = object(delivery)?;
    let is_one = body.get("type").and_then(Value::as_str) == Some("url_verification");
    is_one.then(|| Reply::text(body.get("challenge")?.as_str()?))?
}

fn echo(delivery: &Delivery<'_>, _: Option<&str>) -> Option<Reply> {
    let body = object(delivery)?;
    let challenge = body.get("challenge")?.as_str().filter(|text| text.len() <= LONGEST)?;
    let alone = body.as_object().is_some_and(|members| members.len() == 1);
    let body = json!({ "challenge": challenge }).to_string().into_bytes();
    alone.then_some(Reply { status: 200, media: "application/json", body })
}

fn hub_challenge(delivery: &Delivery<'_>, token: Option<&str>) -> Option<Reply> {
    if delivery.method != "GET" || delivery.query("hub.mode")? != "subscribe" {
        return None;
    }
    let given = delivery.query("hub.verify_token")?;
    match token.is_some_and(|token| same(token.as_bytes(), given.as_bytes())) {
        true => Reply::text(&delivery.query("hub.challenge")?),
        false => Some(Reply::empty(403)),
    }
}

fn graph(delivery: &Delivery<'_>, _: Option<&str>) -> Option<Reply> {
    Reply::text(&delivery.query("validationToken")?)
}

fn github_ping(delivery: &Delivery<'_>, _: Option<&str>) -> Option<Reply> {
    (delivery.header("X-GitHub-Event")? == "ping").then(|| Reply::empty(200))
}

fn xero_intent(delivery: &Delivery<'_>, _: Option<&str>) -> Option<Reply> {
    object(delivery)?.get("events")?.as_array()?.is_empty().then(|| Reply::empty(200))
}

/// How a delivery that was taken is acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgement {
    /// 200 without a body.
    #[default]
    Empty,
    /// Twilio's markup without an instruction: nothing is said or sent back.
    Twiml,
    /// The SOAP answer that keeps Salesforce from sending an outbound message again.
    SalesforceAck,
}

const TWIML: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
const SALESFORCE_ACK: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>"#,
    r#"<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>"#,
    "</notificationsResponse></soapenv:Body></soapenv:Envelope>",
);

impl Acknowledgement {
    /// The answer.
    pub fn reply(self) -> Reply {
        let text = match self {
            Acknowledgement::Empty => return Reply::empty(200),
            Acknowledgement::Twiml => TWIML,
            Acknowledgement::SalesforceAck => SALESFORCE_ACK,
        };
        Reply { status: 200, media: "text/xml", body: text.as_bytes().to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &Kind, token: Option<&str>, method: &str, query: &str, body: &str) -> Option<Reply> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers: Vec<(String, String)> = kind.example.headers.iter().map(pair).collect();
        let url = format!("https://hub.example/webhooks/acme{query}");
        let delivery = Delivery { method, url: &url, headers: &headers, body: body.as_bytes() };
        assert_eq!(kind.handshake.answer(other(kind.stage), &delivery, token), None);
        kind.handshake.answer(kind.stage, &delivery, token)
    }

    fn other(stage: Stage) -> Stage {
        if stage == Stage::Signed { Stage::Unsigned } else { Stage::Signed }
    }

    #[test]
    fn each_handshake_is_answered_as_its_example_says() {
        for kind in &ALL {
            let Example { method, query, body, answer: (status, media, text), .. } = kind.example;
            let reply = Reply { status, media, body: text.as_bytes().to_vec() };
            assert_eq!(check(kind, Some("meatyhamhock"), method, query, body), Some(reply), "{}", kind.name);
            assert_eq!(serde_json::to_value(kind.handshake).unwrap(), kind.name);
            assert!(kind.summary.ends_with('.') && kind.source.starts_with("https://"));
            if kind.handshake != Handshake::GithubPing {
                for body in ["", "{}", "[]", "nope", r#"{"events":[1],"challenge":5}"#] {
                    assert_eq!(check(kind, None, "POST", "", body), None, "{}: {body}", kind.name);
                }
            }
        }
    }

    #[test]
    fn a_wrong_word_gets_no_challenge() {
        let Some(kind) = ALL.iter().find(|kind| kind.handshake.wants_token()) else {
            panic!("none wants one")
        };
        let query = kind.example.query;
        assert_eq!(check(kind, Some("other"), "GET", query, ""), Some(Reply::empty(403)));
        assert_eq!(check(kind, None, "GET", query, ""), Some(Reply::empty(403)));
    }

    #[test]
    fn long_challenges_are_not_sent_back() {
        let long = format!(r#"{{"challenge":"{}","type":"url_verification"}}"#, "a".repeat(1025));
        assert_eq!(check(&ALL[0], None, "POST", "", &long), None);
    }
}
