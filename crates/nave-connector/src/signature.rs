//! How the sender of a webhook proves who it is: one file per kind, registered in one list. Verifies and,
//! where both sides hold the same secret, signs. Secrets, time and HTTP are handed in.

use std::fmt;

use nave_model::Fault;
use nave_model::fault::codes;
use serde::{Deserialize, Serialize};

mod capture;
mod github;
mod graph;
pub mod handshake;
mod hmac;
mod hubspot_v1;
mod hubspot_v2;
mod hubspot_v3;
mod intuit;
mod mac;
mod none;
mod sendgrid;
mod shopify;
mod slack;
mod square;
mod standard_webhooks;
mod stripe;
mod token;
mod twilio;
mod xero;
mod zendesk;

pub use capture::Capture;
pub use hmac::{Algorithm, Encoding, Hmac, TimestampUnit};

/// Every kind.
pub const ALL: [&Kind; 18] = [
    &standard_webhooks::KIND,
    &stripe::KIND,
    &github::KIND,
    &shopify::KIND,
    &slack::KIND,
    &hubspot_v1::KIND,
    &hubspot_v2::KIND,
    &hubspot_v3::KIND,
    &intuit::KIND,
    &twilio::KIND,
    &xero::KIND,
    &zendesk::KIND,
    &square::KIND,
    &sendgrid::KIND,
    &graph::KIND,
    &hmac::KIND,
    &token::KIND,
    &none::KIND,
];

/// How far a sender's clock may be from ours where nothing else is said: five minutes, as most vendors
/// recommend.
pub const TOLERANCE_SECONDS: u64 = 300;
/// The widest window that may be asked for: a day.
pub const WIDEST_SECONDS: u64 = 86_400;

/// Which kind of signature, with its parameters, as a document says it. Where a kind has a time window,
/// `tolerance_seconds` (1 to 86,400; default 300) widens or narrows it in both directions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "each kind's file says what it is; the one field is explained above")]
pub enum Signature {
    StandardWebhooks(Window),
    Stripe(Window),
    Github(Empty),
    Shopify(Empty),
    Slack(Window),
    HubspotV1(Empty),
    HubspotV2(Empty),
    HubspotV3(Window),
    Intuit(Empty),
    Twilio(Empty),
    Xero(Empty),
    Zendesk(Window),
    Square(Empty),
    Sendgrid(Window),
    Graph(Empty),
    Hmac(Box<Hmac>),
    Token(token::Token),
    None(Empty),
}

/// The parameters of a kind that has a time window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// How far the sender's clock may be from ours, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance_seconds: Option<u64>,
}

/// The parameters of a kind that has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// One kind of signature.
pub struct Kind {
    /// Its name in documents.
    pub name: &'static str,
    /// One sentence for lists.
    pub summary: &'static str,
    /// Where the rule comes from: a specification or the vendor's page.
    pub source: &'static str,
    /// Its parameters: name, and what it says.
    pub parameters: &'static [(&'static str, &'static str)],
    /// Whether the public address is part of what is signed.
    pub covers_address: bool,
    /// A delivery that is signed as it should be; a test holds the kind to it.
    pub example: Example,
    verify: fn(&Check<'_>) -> Result<(), Refusal>,
    sign: Option<Signer>,
    secret: fn(&str) -> Result<(), Refusal>,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A signed delivery.
pub struct Example {
    /// The signature as a document says it, as JSON.
    pub signature: &'static str,
    /// The secret; no vendor ever gave it.
    pub secret: &'static str,
    /// The public address.
    pub url: &'static str,
    /// The headers.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: &'static str,
    /// When it was received: milliseconds since 1970, UTC.
    pub now_ms: u64,
}

/// Gives the headers that sign a delivery.
type Signer = fn(&Sign<'_>) -> Result<Headers, Refusal>;

/// Header names and values.
pub type Headers = Vec<(String, String)>;

/// What was sent, or is to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The whole address as the sender knows it, with the query.
    pub url: &'a str,
    /// The headers; names in any case.
    pub headers: &'a [(String, String)],
    /// The body, byte for byte.
    pub body: &'a [u8],
}

impl<'a> Delivery<'a> {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter, percent-decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.url.split_once('?')?;
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    }
}

/// Why a delivery is refused. Never holds a secret, nor the signature that would have been right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A header, or another thing that carries the proof, is not there.
    Missing(String),
    /// It is there and cannot be read.
    Unreadable(String),
    /// It is older, or by its own time later, than the window allows, by this many seconds.
    Stale(u64),
    /// It was not made with the secret, or something was changed on the way.
    Wrong,
    /// The secret itself cannot be one of this kind; the sender did nothing wrong.
    Secret(&'static str),
    /// This kind cannot sign.
    OneWay,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Missing(what) => write!(f, "the webhook is not signed: it has no {what}"),
            Refusal::Unreadable(what) => write!(f, "the {what} of the webhook cannot be read"),
            Refusal::Stale(seconds) => {
                write!(f, "the time the webhook was signed at is {seconds} seconds from now")
            }
            Refusal::Wrong => f.write_str("the webhook is not signed with the secret of this address"),
            Refusal::Secret(why) => write!(f, "the secret of this webhook cannot be used: {why}"),
            Refusal::OneWay => f.write_str("only the vendor can sign webhooks of this kind"),
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// The refusal as a fault.
    pub fn fault(&self) -> Fault {
        let code = match self {
            Refusal::Secret(_) => codes::CREDENTIAL_MISSING,
            Refusal::OneWay => codes::EVENT_INVALID,
            Refusal::Missing(_) | Refusal::Unreadable(_) | Refusal::Stale(_) | Refusal::Wrong => {
                codes::SIGNATURE_INVALID
            }
        };
        let fault = Fault::new(code, self.to_string());
        match self {
            Refusal::Stale(_) => fault.with_hint("compare the clocks of both machines"),
            Refusal::Wrong => fault.with_hint("set the sender's present secret here"),
            Refusal::Missing(_) | Refusal::Unreadable(_) | Refusal::Secret(_) | Refusal::OneWay => fault,
        }
    }
}

/// What a kind's check is given.
struct Check<'a> {
    signature: &'a Signature,
    delivery: Delivery<'a>,
    secret: &'a str,
    now_ms: u64,
}

/// What a kind's signing is given.
struct Sign<'a> {
    signature: &'a Signature,
    delivery: Delivery<'a>,
    secret: &'a str,
    id: &'a str,
    now_ms: u64,
}

impl Signature {
    /// The kind's entry in the list.
    pub fn kind(&self) -> &'static Kind {
        match self {
            Signature::StandardWebhooks(_) => &standard_webhooks::KIND,
            Signature::Stripe(_) => &stripe::KIND,
            Signature::Github(_) => &github::KIND,
            Signature::Shopify(_) => &shopify::KIND,
            Signature::Slack(_) => &slack::KIND,
            Signature::HubspotV1(_) => &hubspot_v1::KIND,
            Signature::HubspotV2(_) => &hubspot_v2::KIND,
            Signature::HubspotV3(_) => &hubspot_v3::KIND,
            Signature::Intuit(_) => &intuit::KIND,
            Signature::Twilio(_) => &twilio::KIND,
            Signature::Xero(_) => &xero::KIND,
            Signature::Zendesk(_) => &zendesk::KIND,
            Signature::Square(_) => &square::KIND,
            Signature::Sendgrid(_) => &sendgrid::KIND,
            Signature::Graph(_) => &graph::KIND,
            Signature::Hmac(_) => &hmac::KIND,
            Signature::Token(_) => &token::KIND,
            Signature::None(_) => &none::KIND,
        }
    }

    /// Whether there is nothing to verify.
    pub fn is_none(&self) -> bool {
        matches!(self, Signature::None(_))
    }

    /// Whether the public address is part of what is signed.
    pub fn covers_address(&self) -> bool {
        match self {
            Signature::Hmac(hmac) => hmac.covers_address(),
            _ => self.kind().covers_address,
        }
    }

    /// Verifies a delivery with the present secret and, while it is rotated, the one before.
    ///
    /// # Errors
    /// No secret fits, or the delivery is outside the time window; why by the first secret.
    pub fn verify(&self, delivery: Delivery<'_>, secrets: &[&str], now_ms: u64) -> Result<(), Refusal> {
        if self.is_none() {
            return Ok(());
        }
        let mut refusal = None;
        for secret in secrets {
            let check = Check { signature: self, delivery, secret, now_ms };
            match check_secret(self, secret).and_then(|()| (self.kind().verify)(&check)) {
                Ok(()) => return Ok(()),
                Err(why) => {
                    refusal.get_or_insert(why);
                }
            }
        }
        Err(refusal.unwrap_or(Refusal::Secret("there is none")))
    }

    /// The headers that sign a delivery; `id` is the delivery's own, `now_ms` the time it is signed at in
    /// milliseconds since 1970, UTC. The proof of some kinds is an address or a part of the body, which
    /// the caller must have sent as it is handed in.
    ///
    /// # Errors
    /// Only the vendor can sign by this kind, or the secret cannot be one of it.
    pub fn sign(
        &self,
        delivery: Delivery<'_>,
        secret: &str,
        id: &str,
        now_ms: u64,
    ) -> Result<Headers, Refusal> {
        check_secret(self, secret)?;
        let sign = self.kind().sign.ok_or(Refusal::OneWay)?;
        sign(&Sign { signature: self, delivery, secret, id, now_ms })
    }

    /// The sender's own id of a delivery, where the kind has one.
    pub fn id<'a>(&self, delivery: &Delivery<'a>) -> Option<&'a str> {
        match self {
            Signature::StandardWebhooks(_) => {
                delivery.header("webhook-id").or_else(|| delivery.header("svix-id"))
            }
            Signature::Hmac(hmac) => delivery.header(hmac.id_header.as_deref()?),
            Signature::Shopify(_) => delivery.header("X-Shopify-Webhook-Id"),
            Signature::Github(_) => delivery.header("X-GitHub-Delivery"),
            _ => None,
        }
    }

    /// How far the sender's clock may be from ours, in seconds.
    fn tolerance(&self) -> u64 {
        let own = match self {
            Signature::StandardWebhooks(window)
            | Signature::Stripe(window)
            | Signature::Slack(window)
            | Signature::HubspotV3(window)
            | Signature::Zendesk(window)
            | Signature::Sendgrid(window) => window.tolerance_seconds,
            Signature::Hmac(hmac) => hmac.tolerance_seconds,
            _ => None,
        };
        own.unwrap_or(TOLERANCE_SECONDS)
    }

    /// What is wrong with the parameters: which one, why, and what would be right.
    pub fn wrong(&self) -> Vec<(&'static str, String, &'static str)> {
        let mut wrong = Vec::new();
        if !(1..=WIDEST_SECONDS).contains(&self.tolerance()) {
            let message = format!("a window of {} seconds cannot be meant", self.tolerance());
            wrong.push(("tolerance_seconds", message, "give 1 to 86400 seconds"));
        }
        match self {
            Signature::Hmac(hmac) => hmac.wrong(&mut wrong),
            Signature::Token(token) => token.wrong(&mut wrong),
            _ => {}
        }
        wrong
    }
}

/// Whether a secret can be one of this kind at all.
///
/// # Errors
/// It is empty, or not encoded as the kind wants it.
pub fn check_secret(signature: &Signature, secret: &str) -> Result<(), Refusal> {
    if signature.is_none() {
        return Ok(());
    }
    if secret.is_empty() {
        return Err(Refusal::Secret("it is empty"));
    }
    if let Signature::Hmac(hmac) = signature {
        return hmac.key(secret).map(|_| ());
    }
    (signature.kind().secret)(secret)
}

/// Any text can be the secret.
fn any(_secret: &str) -> Result<(), Refusal> {
    Ok(())
}

const WINDOW: (&str, &str) =
    ("tolerance_seconds", "how far the sender's clock may be from ours; 300 where it is left out");

#[cfg(test)]
mod tests;
