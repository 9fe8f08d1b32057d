//! `nave call --dry-run`: the request as it would be sent, without a credential and without sending.

use nave_call::{CallRequest, Caller, Preview};
use nave_model::Fault;
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::output::Style;

/// Checks, builds and shows.
pub(super) fn show(context: &Context, caller: &Caller, request: &CallRequest) -> Result<Ended, Fault> {
    let preview = caller.preview(request)?;
    let output = &context.output;
    if output.json() {
        let mut value = json!(preview);
        value["sent"] = json!(false);
        output.value(&value)?;
        return Ok(Ended::Done);
    }
    let Preview { method, url, headers, credential, body, body_bytes, repairs } = preview;
    output.line(&format!("{} {url}", output.out(Style::Strong, &method)))?;
    for (name, value) in headers {
        output.line(&format!("{name}: {value}"))?;
    }
    if let Some(kind) = credential {
        output.line(&output.out(Style::Dim, &format!("({kind} credential, not shown)")))?;
    }
    match body {
        Some(text) => output.line(&format!("\n{}", text.trim_end()))?,
        None if body_bytes > 0 => output.line(&format!("\n({body_bytes} bytes that are not text)"))?,
        None => {}
    }
    super::mended(output, &repairs);
    output.say("nothing was sent (--dry-run)");
    Ok(Ended::Done)
}
