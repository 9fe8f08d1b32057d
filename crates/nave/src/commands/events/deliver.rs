//! `nave events deliver`: a recorded webhook delivery, signed now as its sender would, handed to the hub's
//! webhook address.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use nave_call::{Clock as _, SystemClock};
use nave_connector::signature::Capture;
use nave_engine::intake::{own_address, sign};
use nave_model::connection::{SecretSource, Webhook};
use nave_model::fault::codes;
use nave_model::{At, Fault};
use serde_json::json;

use crate::exit::Ended;
use crate::hub::Hub;
use crate::show::plain;

/// Where a hub in development keeps the secret that webhooks are signed with.
const DEV_SECRET: &str = ".nave/dev/webhook-secret";

/// Options of `nave events deliver`.
#[derive(Debug, Args)]
pub(super) struct Deliver {
    /// The delivery: an HTTP request message, with its request line, headers and body
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Whose webhook it is [default: the one its address names]
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Send it as it was recorded, with the signature it had then
    #[arg(long)]
    as_recorded: bool,
}

impl Deliver {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let shown = self.file.display().to_string();
        let bytes = std::fs::read(&self.file).map_err(|error| {
            Fault::new(codes::FILE, format!("`{shown}` cannot be read"))
                .with_at(At::file(&shown))
                .with_detail(error.to_string())
        })?;
        let recorded = Capture::parse(&shown, &bytes)?;
        let name = self.connection.clone().or_else(|| named(&recorded.target).map(str::to_owned));
        let capture = match (self.as_recorded, &name) {
            (true, _) => recorded,
            (false, Some(name)) => signed_now(hub, name, &recorded)?,
            (false, None) => {
                let message = format!("`{}` is no webhook address of a connection", recorded.target);
                let fault = Fault::new(codes::ARGUMENT_VALUE, message).with_at(At::file(&shown));
                return Err(fault.with_hint("name the connection with `--connection`"));
            }
        };
        let target = name.map_or_else(|| capture.target.clone(), |name| format!("/webhooks/{name}"));
        let method = Method::from_bytes(capture.method.as_bytes()).unwrap_or(Method::POST);
        let answer = hub.send(method, &target, headers(&capture)?, Bytes::from(capture.body))?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let output = &hub.context.output;
        if output.json() {
            output.value(&json!({ "status": answer.status.as_u16(), "body": text }))?;
        } else {
            let line = format!("{} {}", answer.status.as_u16(), plain(&text));
            output.line(line.trim_end())?;
            output.say("accepted: `nave events` and `nave runs` show what it caused");
        }
        Ok(Ended::Done)
    }
}

/// The connection that an address of the hub names.
fn named(target: &str) -> Option<&str> {
    let path = target.split('?').next().unwrap_or(target);
    path.strip_prefix("/webhooks/").filter(|name| !name.is_empty() && !name.contains('/'))
}

/// The delivery as its sender would sign it now.
fn signed_now(hub: &Hub<'_>, name: &str, recorded: &Capture) -> Result<Capture, Fault> {
    let project = hub.context.project()?;
    let connection = project.connection(name)?;
    let Some(webhook) = &connection.webhook else {
        let message = format!("the connection `{name}` takes no webhooks");
        return Err(Fault::new(codes::CONNECTION_INVALID, message)
            .with_hint(format!("add `webhook:` to connections/{name}.yaml")));
    };
    let connector = project.connector(&connection.connector)?;
    let root = hub.context.folder()?.root().to_path_buf();
    let url = webhook.url.clone().unwrap_or_else(|| own_address(&format!("http://{}", hub.address()), name));
    let now_ms = u64::try_from(SystemClock::new().wall().as_millisecond()).unwrap_or_default();
    hub.wait(async {
        let webhook = readable(webhook.clone(), &root).await;
        sign(&connector, &webhook, &url, recorded, now_ms).await
    })
}

/// The webhook with a secret that can be read: its own, else the one of a hub in development.
async fn readable(mut webhook: Webhook, root: &Path) -> Webhook {
    if let Some(SecretSource::File(path)) = &mut webhook.secret {
        *path = root.join(&*path).display().to_string();
    }
    let own = match &webhook.secret {
        Some(source) => nave_call::secret::read(source).await.is_ok(),
        None => false,
    };
    let dev = root.join(DEV_SECRET);
    if !own && dev.exists() {
        webhook.secret = Some(SecretSource::File(dev.display().to_string()));
    }
    webhook
}

/// The headers to send: all but those that belong to the connection they were recorded on.
fn headers(capture: &Capture) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    for (name, value) in &capture.headers {
        let wrong = || Fault::new(codes::EVENT_INVALID, format!("the header `{name}` cannot be sent"));
        let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
        if [HOST, CONTENT_LENGTH].contains(&name) {
            continue;
        }
        headers.append(name, HeaderValue::try_from(value.as_str()).map_err(|_| wrong())?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_connection() {
        for (target, expected) in [
            ("/webhooks/crm", Some("crm")),
            ("/webhooks/crm?a=1", Some("crm")),
            ("/hooks/a", None),
            ("/webhooks/", None),
        ] {
            assert_eq!(named(target), expected, "{target}");
        }
    }
}
