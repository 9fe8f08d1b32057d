//! Microsoft Graph change notifications: each one repeats the `clientState` that was given when it was
//! subscribed to. It proves the sender and nothing about the rest of the body.

use serde_json::Value;

use super::mac::same;
use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "graph",
    summary: "Microsoft Graph's `clientState` in every notification; the rest of the body is not covered.",
    source: "https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
    parameters: &[],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"graph"}"#,
        secret: "a long random word",
        url: "https://hub.example/webhooks/acme",
        headers: &[],
        body: r#"{"value":[{"clientState":"a long random word","subscriptionId":"1"}]}"#,
        now_ms: 1_790_000_000_000,
    },
    verify,
    sign: Some(sign),
    secret: any,
};

fn verify(check: &Check<'_>) -> Result<(), Refusal> {
    let unreadable = || Refusal::Unreadable("body".to_owned());
    let body: Value = serde_json::from_slice(check.delivery.body).map_err(|_| unreadable())?;
    let notifications = body.get("value").and_then(Value::as_array).ok_or_else(unreadable)?;
    if notifications.is_empty() {
        return Err(Refusal::Missing("`clientState`".to_owned()));
    }
    for notification in notifications {
        let state = notification.get("clientState").and_then(Value::as_str);
        let state = state.ok_or_else(|| Refusal::Missing("`clientState`".to_owned()))?;
        if !same(check.secret.as_bytes(), state.as_bytes()) {
            return Err(Refusal::Wrong);
        }
    }
    Ok(())
}

/// The proof stands in the body, which the caller makes.
fn sign(_sign: &Sign<'_>) -> Result<Headers, Refusal> {
    Ok(Vec::new())
}
