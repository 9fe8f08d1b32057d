//! No signature, for senders that cannot sign, as Salesforce's outbound messages. The connection must ask
//! for it with `unsigned: true`; whoever knows the address can send.

use super::{Check, Example, Headers, Kind, Refusal, Sign, any};

/// The kind's entry in the list.
pub(super) const KIND: Kind = Kind {
    name: "none",
    summary: "Nothing is verified; the connection must ask for it with `unsigned: true`.",
    source: "https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging.htm",
    parameters: &[],
    covers_address: false,
    example: Example {
        signature: r#"{"kind":"none"}"#,
        secret: "",
        url: "https://hub.example/webhooks/acme",
        headers: &[],
        body: "<notifications/>",
        now_ms: 1_790_000_000_000,
    },
    verify: |_check: &Check<'_>| -> Result<(), Refusal> { Ok(()) },
    sign: Some(|_sign: &Sign<'_>| -> Result<Headers, Refusal> { Ok(Vec::new()) }),
    secret: any,
};
