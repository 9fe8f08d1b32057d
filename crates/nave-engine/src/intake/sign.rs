//! Signs a recorded delivery as if its sender had just sent it, for demonstrations and tests: old
//! recordings are outside every time window. Sending it is left to the caller.

use nave_connector::Connector;
use nave_connector::signature::Capture;
use nave_model::Fault;
use nave_model::connection::Webhook;
use nave_model::fault::codes;

use super::read::sha256;

/// The delivery, signed now with the secret of a connection's webhook. `url`: its address as its sender
/// knows it ([`own_address`](super::own_address) where the connection names none).
///
/// # Errors
/// `E-CONNECTION-INVALID`: the connector does not say how. `E-CREDENTIAL-MISSING`: the secret cannot be
/// read. `E-EVENT-INVALID`: only the vendor can sign by this kind.
pub async fn sign(
    connector: &Connector,
    webhook: &Webhook,
    url: &str,
    capture: &Capture,
    now_ms: u64,
) -> Result<Capture, Fault> {
    let Some(rule) = &connector.manifest.webhooks else {
        let message = format!("`{}` does not say how its webhooks are signed", connector.name);
        return Err(Fault::new(codes::CONNECTION_INVALID, message));
    };
    if rule.signature.is_none() {
        return Ok(capture.clone());
    }
    let Some(source) = &webhook.secret else {
        let fault = Fault::new(codes::CREDENTIAL_MISSING, "the webhook has no secret");
        return Err(fault.with_hint("add `secret: { env: NAME }`"));
    };
    let secret = nave_call::secret::read(source).await?;
    let own = rule.signature.id(&capture.delivery(url)).map(str::to_owned);
    let id = own.unwrap_or_else(|| sha256(&capture.body));
    let signed = capture.signed(&rule.signature, url, secret.reveal(), &id, now_ms);
    signed.map_err(|refusal| refusal.fault())
}
