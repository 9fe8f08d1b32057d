//! `nave runs start`: a flow by hand; with `--wait`, until it ended.

use clap::Args;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_server::view::{RunDetail, Started};
use serde_json::{Value, json};

use crate::exit::Ended;
use crate::given;
use crate::hub::{self, Hub};
use crate::live::Live;
use crate::show::plain;

/// Options of `nave runs start`.
#[derive(Debug, Args)]
pub(super) struct Start {
    /// The flow
    flow: String,
    /// Its input: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON|@FILE|-", default_value = "null")]
    with: String,
    /// What makes it the same start: a second one with this key begins nothing and gives the first one's run
    #[arg(long, value_name = "KEY")]
    once: Option<String>,
    /// Watch it until it ended, and print what it gave
    #[arg(long)]
    wait: bool,
}

impl Start {
    pub(super) fn run(self, hub: &Hub<'_>, at: &hub::At) -> Result<Ended, Fault> {
        let data = given::json("--with", &self.with)?;
        let output = &hub.context.output;
        let body = nave_server::view::Start { flow: self.flow.clone(), data, key: self.once.clone() };
        if !self.wait {
            let started: Started = hub.post("/runs", &body)?;
            if output.json() {
                output.value(&started)?;
            } else {
                output.line(&plain(&started.run))?;
                output.say(&format!("started: `nave runs show {}` shows it", plain(&started.run)));
            }
            return Ok(Ended::Done);
        }
        let wanted = json!({ "kinds": "run,step", "flow": self.flow });
        let following = hub.open_stream(at, &hub::query(&wanted)?)?;
        let started: Started = hub.post("/runs", &body)?;
        wait(hub, following, &started.run)
    }
}

/// Watches a run until it ended. What happens goes to stderr, what it gave to stdout.
fn wait(hub: &Hub<'_>, following: hub::Following, run: &str) -> Result<Ended, Fault> {
    let output = &hub.context.output;
    let mut live = Live::new(output, &hub.when);
    let path = hub::path("/runs", run, "");
    let ended = |detail: &RunDetail| detail.run.ended_ms.is_some();
    // It may have ended before the stream told, or not have begun.
    let before = match hub.get::<RunDetail>(&path) {
        Err(fault) if fault.code == codes::RUN_UNKNOWN => None,
        found => Some(found?).filter(ended),
    };
    let detail = if let Some(detail) = before {
        detail
    } else {
        let over = hub.follow_until(following, |message| {
            let value: Value = serde_json::from_str(&message.data).unwrap_or_default();
            let member = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
            if member("run") != run {
                return Ok(false);
            }
            if let Some(line) = live.told(message) {
                output.say(&line);
            }
            let over = matches!(member("state"), "completed" | "failed" | "cancelled");
            Ok(over && member("kind") == "run")
        })?;
        if !over {
            output.say(&format!("it goes on: `nave runs show {run}` shows how far it is"));
            return Ok(Ended::Problems);
        }
        hub.get(&path)?
    };
    match (&detail.run.fault, detail.run.state.as_str()) {
        (_, "completed") => {
            output.value(&detail.output.unwrap_or_default())?;
            Ok(Ended::Done)
        }
        (Some(why), _) => {
            let code = nave_server::problem::known(&why.code).unwrap_or(codes::FLOW_RAISED);
            Err(Fault::new(code, why.message.clone())
                .with_hint(format!("`nave runs show {run}` shows the steps")))
        }
        (None, state) => {
            let code = if state == "cancelled" { codes::FLOW_CANCELLED } else { codes::FLOW_RAISED };
            Err(Fault::new(code, format!("the run is {state}"))
                .with_hint(format!("`nave runs show {run}` shows the steps")))
        }
    }
}
