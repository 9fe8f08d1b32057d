//! The ledger as the pipeline writes it: what is about to be done before it is sent, and for callers that
//! keep no journal how it ended. Keeping it is left to the store, reading it to whoever asks.

use std::fmt::Write as _;
use std::sync::Arc;

use nave_model::Fault;
use nave_store::Store;
use nave_store::batch::{Audited, Batch, Conclusion, Fence, Intent, Op};
use nave_store::record::Call as Kept;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::answer::CallRequest;
use crate::clock::Clock;

/// Where calls are written down: those of one tenant, but for those that name another.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    store: Arc<dyn Store>,
    tenant: String,
}

impl Ledger {
    pub(crate) fn new(store: Arc<dyn Store>, tenant: &str) -> Self {
        Ledger { store, tenant: tenant.to_owned() }
    }

    /// Whose a call is.
    pub(crate) fn tenant<'a>(&'a self, request: &'a CallRequest) -> &'a str {
        request.tenant.as_deref().unwrap_or(&self.tenant)
    }

    /// What is kept of a call.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn kept(&self, id: &str) -> Result<Option<Kept>, Fault> {
        self.store.call(id.to_owned()).await
    }

    /// Writes down that a call is about to be sent: in the ledger and in the audit chain, or not at all.
    ///
    /// # Errors
    /// It is not written down, and so must not be sent.
    pub(crate) async fn intend(
        &self,
        clock: &dyn Clock,
        fence: Option<Fence>,
        intent: Intent,
    ) -> Result<(), Fault> {
        let detail = json!({
            "connection": intent.connection,
            "operation": intent.operation,
            "effect": intent.effect,
            "digest": intent.digest,
            "run": intent.run,
        });
        let whose = (intent.tenant.as_str(), intent.principal.as_str());
        let audited = audited(whose, "call.intended", &intent.id, detail);
        let ops = vec![Op::Intend(Box::new(intent)), Op::Audit(audited)];
        self.store.commit(Batch { fence, ops, now_ms: now_ms(clock) }).await
    }

    /// Writes down how a call ended.
    ///
    /// # Errors
    /// It is not written down: the intent stays without an outcome.
    pub(crate) async fn conclude(
        &self,
        clock: &dyn Clock,
        request: &CallRequest,
        conclusion: Conclusion,
    ) -> Result<(), Fault> {
        let detail = json!({
            "state": conclusion.state,
            "code": conclusion.code,
            "status": conclusion.status,
            "by": conclusion.by,
        });
        let whose = (self.tenant(request), request.principal.as_str());
        let audited = audited(whose, "call.concluded", &conclusion.id, detail);
        let ops = vec![Op::Conclude(Box::new(conclusion)), Op::Audit(audited)];
        self.store.commit(Batch { fence: None, ops, now_ms: now_ms(clock) }).await
    }
}

fn audited((tenant, who): (&str, &str), what: &str, on: &str, detail: Value) -> Audited {
    Audited {
        tenant: tenant.to_owned(),
        who: who.to_owned(),
        what: what.to_owned(),
        on: on.to_owned(),
        detail,
    }
}

/// Milliseconds since 1970, UTC.
pub(crate) fn now_ms(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.wall().as_millisecond()).unwrap_or_default()
}

/// SHA-256 of a value as canonical JSON, in hex: members sorted by name, no spaces, so that equal
/// arguments have one digest whatever the order they were written in.
pub(crate) fn digest(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    hash.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a text does not fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    })
}

/// Arguments were checked before, and what checks them bounds their depth.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| name.as_str());
            out.push('{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                canonical(member, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_change_the_digest() {
        let one = json!({"b": [1, {"y": null, "x": "ä\""}], "a": true});
        let two: Value = serde_json::from_str(r#"{"a":true,"b":[1,{"x":"ä\"","y":null}]}"#).unwrap();
        let mut text = String::new();
        canonical(&one, &mut text);
        assert_eq!(text, r#"{"a":true,"b":[1,{"x":"ä\"","y":null}]}"#);
        assert_eq!(digest(&one), digest(&two));
        assert_ne!(digest(&one), digest(&json!({"a": true})));
        // `printf '{}' | sha256sum`
        assert_eq!(digest(&json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
