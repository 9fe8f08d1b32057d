//! What a vendor asks before, or instead of, sending events, and what it wants as an answer: one file per
//! kind, registered in one list; the answers that acknowledge a delivery stand beside it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Delivery;

mod acknowledge;
mod echo;
mod github_ping;
mod graph;
mod hook_secret;
mod hub_challenge;
mod okta;
mod query_challenge;
mod reachable;
mod slack;
mod xero_intent;
mod zoom;

pub use acknowledge::Acknowledgement;
pub use hook_secret::secret;

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
    Zoom,
    Okta,
    QueryChallenge,
    Reachable,
    HookSecret,
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
    /// Headers beside it.
    pub headers: Vec<(&'static str, String)>,
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
    answer: fn(&Asked<'_>) -> Option<Reply>,
}

/// What a kind is asked with.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The request.
    pub delivery: Delivery<'a>,
    /// The word the vendor repeats, where the connection names one.
    pub token: Option<&'a str>,
    /// The present secret, and the one before while it is rotated.
    pub secrets: &'a [&'a str],
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
pub const ALL: [&Kind; 11] = [
    &slack::KIND,
    &echo::KIND,
    &hub_challenge::KIND,
    &graph::KIND,
    &github_ping::KIND,
    &xero_intent::KIND,
    &zoom::KIND,
    &okta::KIND,
    &query_challenge::KIND,
    &reachable::KIND,
    &hook_secret::KIND,
];

impl Handshake {
    /// The answer, where the request is this handshake and it is its stage.
    pub fn answer(self, stage: Stage, asked: &Asked<'_>) -> Option<Reply> {
        let kind = ALL.iter().find(|kind| kind.handshake == self && kind.stage == stage)?;
        (kind.answer)(asked)
    }

    /// Whether the vendor repeats a word that the connection must name.
    pub fn wants_token(self) -> bool {
        self == Handshake::HubChallenge
    }

    /// Whether the vendor brings the secret, which must then be kept where the connection says.
    pub fn brings_secret(self) -> bool {
        self == Handshake::HookSecret
    }

    /// Whether no answer to this vendor may have a body, not even a refusal.
    pub fn wants_bare_answers(self) -> bool {
        self == Handshake::XeroIntent
    }
}

impl Reply {
    /// A status and nothing else.
    pub fn empty(status: u16) -> Self {
        Reply { status, media: "", headers: Vec::new(), body: Vec::new() }
    }

    fn of(media: &'static str, body: &[u8]) -> Self {
        Reply { media, body: body.to_vec(), ..Reply::empty(200) }
    }

    fn json(body: &Value) -> Self {
        Reply::of("application/json", body.to_string().as_bytes())
    }

    fn text(text: &str) -> Option<Self> {
        let fits = text.len() <= LONGEST && !text.is_empty();
        fits.then(|| Reply::of("text/plain", text.as_bytes()))
    }
}

fn object(delivery: &Delivery<'_>) -> Option<Value> {
    let short = delivery.body.len() <= 16 * LONGEST;
    short.then(|| serde_json::from_slice::<Value>(delivery.body).ok())?.filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of nobody";

    #[track_caller]
    fn check(kind: &Kind, token: Option<&str>, method: &str, query: &str, body: &str) -> Option<Reply> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers: Vec<(String, String)> = kind.example.headers.iter().map(pair).collect();
        let url = format!("https://hub.example/webhooks/acme{query}");
        let delivery = Delivery { method, url: &url, headers: &headers, body: body.as_bytes() };
        let asked = Asked { delivery, token, secrets: &[SECRET, "the one before"] };
        assert_eq!(kind.handshake.answer(other(kind.stage), &asked), None);
        kind.handshake.answer(kind.stage, &asked)
    }

    fn other(stage: Stage) -> Stage {
        if stage == Stage::Signed { Stage::Unsigned } else { Stage::Signed }
    }

    #[test]
    fn each_handshake_is_answered_as_its_example_says() {
        for kind in ALL {
            let Example { method, query, body, answer: (status, media, text), .. } = kind.example;
            let mut reply = Reply { media, body: text.as_bytes().to_vec(), ..Reply::empty(status) };
            if kind.handshake.brings_secret() {
                reply.headers = vec![("X-Hook-Secret", "b537207f20cbfa02357cf448134da559".to_owned())];
            }
            assert_eq!(check(kind, Some("meatyhamhock"), method, query, body), Some(reply), "{}", kind.name);
            assert_eq!(serde_json::to_value(kind.handshake).unwrap(), kind.name);
            assert!(kind.summary.ends_with('.') && kind.source.starts_with("https://"));
            if !matches!(kind.handshake, Handshake::GithubPing | Handshake::HookSecret) {
                for body in ["", "{}", "[]", "nope", r#"{"events":[1],"challenge":5}"#] {
                    assert_eq!(check(kind, None, "POST", "", body), None, "{}: {body}", kind.name);
                }
            }
        }
    }

    #[test]
    fn each_is_in_the_schema_and_the_documentation() {
        let schema: Value = serde_json::from_str(crate::manifest::SCHEMA).unwrap();
        let names: Vec<&str> = ALL.iter().map(|kind| kind.name).collect();
        assert_eq!(
            schema["properties"]["webhooks"]["properties"]["handshake"]["enum"],
            serde_json::json!(names)
        );
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/webhooks.md");
        let page = std::fs::read_to_string(path).unwrap();
        for name in names {
            assert!(page.contains(&format!("| `{name}` |")), "{name}");
        }
    }

    #[test]
    fn a_wrong_word_gets_no_challenge() {
        let kind = &hub_challenge::KIND;
        let query = kind.example.query;
        assert_eq!(check(kind, Some("other"), "GET", query, ""), Some(Reply::empty(403)));
        assert_eq!(check(kind, None, "GET", query, ""), Some(Reply::empty(403)));
    }

    #[test]
    fn long_challenges_are_not_sent_back() {
        let long = "a".repeat(1025);
        let body = format!(r#"{{"challenge":"{long}","type":"url_verification"}}"#);
        assert_eq!(check(&slack::KIND, None, "POST", "", &body), None);
        assert_eq!(check(&query_challenge::KIND, None, "GET", &format!("?challenge={long}"), ""), None);
        let body = format!(r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":"{long}"}}}}"#);
        assert_eq!(check(&zoom::KIND, None, "POST", "", &body), None);
    }
}
