//! Webhooks: requests the system makes to us, as the description names them.

use serde_json::Value;

use super::paths::{items, methods_of};
use super::text;
use crate::connector::Webhook;
use crate::documents::{Documents, Place};

/// The webhooks of a description (OpenAPI 3.1 `webhooks`, and `x-webhooks` before). One with several
/// methods gives one webhook per method, named `name (METHOD)`.
pub(super) fn webhooks(documents: &Documents) -> Vec<Webhook> {
    let mut webhooks = Vec::new();
    let tree = documents.document(0).and_then(|document| document.tree());
    for container in ["webhooks", "x-webhooks"] {
        let members = tree.and_then(|tree| tree.get(container)).and_then(Value::as_object);
        for name in members.into_iter().flatten().map(|(name, _)| name) {
            let place = Place::new("").child(container).child(name);
            let found: Vec<(String, Place)> =
                items(documents, &place).iter().flat_map(|(place, item)| methods_of(place, item)).collect();
            let several = found.len() > 1;
            for (method, place) in found {
                let summary = documents.get(&place).and_then(text::summary);
                let name = if several { format!("{name} ({method})") } else { name.clone() };
                webhooks.push(Webhook { name, summary, place });
            }
        }
    }
    webhooks
}
