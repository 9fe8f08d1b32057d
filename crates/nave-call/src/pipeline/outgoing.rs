//! The request as it leaves: address, headers, credential, limits.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use nave_connector::operation::{Codec, Media, Response};
use nave_connector::{Operation, server};
use nave_model::fault::codes;
use nave_model::{Fault, trace};
use url::Url;

use crate::authenticate::{self, Head};
use crate::connection::Connection;
use crate::pipeline::call::Call;
use crate::pipeline::repeat::Tried;
use crate::transport::{HostPolicy, Outgoing};

/// Some operations describe dozens of media types; nobody reads a header of that length.
const MOST_ACCEPTED: usize = 4;

/// Prepares one attempt, with the credential of the connection it goes to.
///
/// # Errors
/// The address, a header or the credential cannot be used.
pub(super) async fn outgoing(
    call: &Call<'_>,
    on: &Arc<Connection>,
    tried: &mut Tried,
) -> Result<Outgoing, Fault> {
    let mut url = match &call.page {
        Some(page) => page.clone(),
        None => server::address(&on.connector, call.operation, &on.document, &call.request)?,
    };
    let hosts = on.policy(&url);
    let mut headers = headers(call, on)?;
    let chosen = authenticate::choose(&on.connector, call.operation, on.keys.credential())?;
    if let Some(chosen) = chosen {
        refuse_plain(&url, &hosts)?;
        let hint = |fault| authenticate::hint(&on.connector, fault);
        let keys = on.keys.values().await.map_err(hint)?;
        let mut head = Head { url: &mut url, headers: &mut headers };
        (chosen.kind.attach)(chosen.scheme, &keys.values, &mut head).map_err(hint)?;
        tried.keys = Some(keys);
    }
    let left = call.deadline.saturating_sub(call.caller.clock.now());
    let mut limits = on.attempt;
    limits.attempt = limits.attempt.min(left);
    Ok(Outgoing {
        method: Method::from_bytes(call.request.method.as_bytes())
            .map_err(|_| unusable(&format!("`{}` is not a method", call.request.method)))?,
        url,
        headers,
        body: call.request.body.as_ref().map(|body| Bytes::copy_from_slice(body)),
        credential: chosen.is_some(),
        limits,
        hosts,
    })
}

/// A credential does not travel in the open, except to hosts the connection names on purpose.
fn refuse_plain(url: &Url, hosts: &HostPolicy) -> Result<(), Fault> {
    let port = url.port_or_known_default().unwrap_or_default();
    // Mail servers are asked for TLS when connected to; the transport itself keeps the credential back.
    if matches!(url.scheme(), "https" | "smtp" | "smtps")
        || url.host().is_some_and(|host| hosts.names(&host, port))
    {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default();
    let message = format!("a credential is not sent to `{host}` without TLS");
    Err(Fault::new(codes::ADDRESS_REFUSED, message)
        .with_hint("use an https address, or name the host under `allow_private_hosts` of the connection"))
}

/// The headers of the request, then those the connector adds where there is none, and what is
/// accepted.
pub(super) fn headers(call: &Call<'_>, on: &Connection) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::with_capacity(8);
    for (name, value) in &call.request.headers {
        let (name, value) = header(name, value)?;
        headers.append(name, value);
    }
    for (name, value) in &on.connector.manifest.headers {
        let (name, value) = header(name, value)?;
        headers.entry(name).or_insert(value);
    }
    // Each attempt is a span of its own. What is no trace is not sent on.
    if let Some(kept) = call.asked.trace.as_deref().and_then(|kept| trace::next(kept, fastrand::u64(..))) {
        let (name, value) = header(trace::PARENT, trace::parent(&kept))?;
        headers.insert(name, value);
        if let Some(state) = trace::state(&kept) {
            let (name, value) = header(trace::STATE, state)?;
            headers.insert(name, value);
        }
    }
    if !headers.contains_key(ACCEPT) {
        let accept = HeaderValue::from_str(&accept(call.operation));
        headers.insert(ACCEPT, accept.unwrap_or(HeaderValue::from_static("*/*")));
    }
    Ok(headers)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Fault> {
    let wrong = || unusable(&format!("the header `{name}` cannot be sent"));
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?;
    Ok((HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?, value))
}

fn unusable(message: &str) -> Fault {
    Fault::new(codes::REQUEST_BUILD, message)
}

/// The media types of the good answers, JSON first, and anything else as a last resort.
fn accept(operation: &Operation) -> String {
    let good = |response: &&Response| [200, 201].iter().any(|status| response.status.covers(*status));
    let mut media: Vec<&Media> =
        operation.responses.iter().filter(good).flat_map(|response| &response.media).collect();
    media.sort_by_key(|media| media.codec != Codec::Json);
    let mut types: Vec<&str> = Vec::new();
    for media in media {
        let new = !media.media_type.contains('*') && !types.contains(&media.media_type.as_str());
        if new && types.len() < MOST_ACCEPTED {
            types.push(&media.media_type);
        }
    }
    match types.is_empty() {
        true => "*/*".to_owned(),
        false => format!("{}, */*;q=0.1", types.join(", ")),
    }
}
