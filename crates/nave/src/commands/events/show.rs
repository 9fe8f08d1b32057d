//! `nave events show`: an event with its data and the runs it began.

use std::io::Write as _;

use clap::Args;
use http::{HeaderMap, Method};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::api::PREFIX;
use nave_server::view::{EventDetail, EventOne};

use crate::commands::runs;
use crate::exit::Ended;
use crate::hub::{self, Hub};
use crate::output::Style;
use crate::show::{plain, pretty, size};

/// Options of `nave events show`.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The event's id
    id: String,
    /// Its source, where several senders use the same ids
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Print its body alone, byte for byte as it came
    #[arg(long)]
    body: bool,
}

impl Show {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let query = hub::query(&EventOne { source: self.source })?;
        if self.body {
            let path = hub::path(&format!("{PREFIX}/events"), &self.id, &format!("/body?{query}"));
            let answer = hub.send(Method::GET, &path, HeaderMap::new(), bytes::Bytes::new())?;
            let mut out = std::io::stdout().lock();
            return match out.write_all(&answer.body).and_then(|()| out.flush()) {
                Ok(()) => Ok(Ended::Done),
                Err(error) => Err(Fault::new(codes::FILE, format!("stdout cannot be written: {error}"))),
            };
        }
        hub.print_one(&hub::path("/events", &self.id, &format!("?{query}")), |detail| text(hub, detail))
    }
}

fn text(hub: &Hub<'_>, detail: &EventDetail) -> String {
    let (output, event) = (&hub.context.output, &detail.event);
    let mut text = format!("{}  {}\n", output.out(Style::Strong, &plain(&event.name)), plain(&event.id));
    let mut field = |name: &str, value: &str| text.push_str(&format!("  {name:<10} {}\n", plain(value)));
    field("source", &event.source);
    if let Some(subject) = &event.subject {
        field("subject", subject);
    }
    if let Some(time) = event.time_ms {
        field("happened", &hub.when.both(time));
    }
    field("accepted", &hub.when.both(event.received_ms));
    field("handled", if event.handled { "yes" } else { "it waits for its turn" });
    field("body", &format!("{}, {}", event.media, size(event.length)));
    if let Some(trace) = &event.trace_id {
        field("trace", trace);
    }
    for (name, value) in &event.extensions {
        field(name, value);
    }
    text.push('\n');
    match (&detail.data, &detail.data_base64, &detail.data_sha256) {
        (Some(data), _, _) => text.push_str(&pretty(data, 2)),
        (None, Some(_), _) => text.push_str("  the body is not JSON; `--body` prints it as it came\n"),
        (None, None, _) => text.push_str("  the body is large; `--body` prints it\n"),
    }
    text.push('\n');
    if detail.runs.is_empty() {
        text.push_str("no run began by it\n");
        return text;
    }
    let paint = |style: Style, text: &str| output.out(style, text);
    text.push_str(&runs::table(&hub.when, &detail.runs).text(true, output.width(), &paint));
    text
}
