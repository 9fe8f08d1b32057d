//! `signed`: how a sender to a flow's own webhook proves itself, and where the secret is kept.

use nave_connector::signature::Signature;
use nave_model::connection::SecretSource;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Reader;
use crate::document::{Content, Mapping, Node};
use crate::flow::Signed;

const FORM: &str = "write `signed: { kind: standard_webhooks, secret: { env: NAME } }`";

impl Reader<'_> {
    /// The kind of signature with its parameters, the secrets, and the address where it is signed.
    pub(super) fn signed(&mut self, members: &Mapping) -> Option<Signed> {
        let node = self.get(members, "signed")?;
        let Content::Mapping(inner) = &node.content else {
            self.wrong_with(node.range(), format!("`signed` is not {}", node.sort()), FORM);
            return None;
        };
        let (Some(secret), previous) = (self.source(inner, "secret"), self.source(inner, "previous")) else {
            if !inner.contains_key("secret") {
                self.wrong_with(node.range(), "`signed` does not say where the secret is kept", FORM);
            }
            return None;
        };
        let url = self.optional_text(inner, "url");
        let own = ["secret", "previous", "url"];
        let parameters: Map<String, Value> = inner
            .iter()
            .filter(|(key, _)| !own.contains(&key.as_str()))
            .map(|(key, member)| (key.clone(), member.value.value()))
            .collect();
        let signature = match serde_json::from_value::<Signature>(Value::Object(parameters)) {
            Ok(signature) if !signature.is_none() => signature,
            Ok(_) => {
                let hint = "take `signed` away: then the hub's token is asked for";
                self.wrong_with(node.range(), "nothing would be proven", hint);
                return None;
            }
            Err(error) => {
                self.wrong_with(node.range(), format!("this is no signature: {error}"), FORM);
                return None;
            }
        };
        for (key, message, hint) in signature.wrong() {
            let range = inner.get(key).map_or_else(|| node.range(), |member| member.value.range());
            self.wrong_with(range, message, hint);
        }
        Some(Signed { signature, secret, previous, url })
    }

    fn source(&mut self, members: &Mapping, key: &str) -> Option<SecretSource> {
        let node: &Node = self.get(members, key)?;
        // The value is not repeated: somebody may have written the secret itself.
        let source = taken::<SecretSource>(node);
        if source.is_none() {
            let message = format!("`{key}` must name where the value is kept, not be the value");
            let hint = format!(
                "write `{key}: {{ env: NAME }}` or `{key}: {{ file: PATH }}`; if this was a real secret, revoke it"
            );
            self.wrong_with(node.range(), message, hint);
        }
        source
    }
}

fn taken<T: DeserializeOwned>(node: &Node) -> Option<T> {
    match &node.content {
        Content::Mapping(_) => serde_json::from_value(node.value()).ok(),
        _ => None,
    }
}
