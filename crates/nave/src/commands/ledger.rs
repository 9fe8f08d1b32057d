//! `nave ledger`: calls that could have an effect, and settling those nobody knows the outcome of.

use clap::{Args, Subcommand};
use http::Method;
use nave_model::Fault;
use nave_server::view::{Call, CallQuery, CallState, Settle, SettleOutcome};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::Ended;
use crate::given;
use crate::hub::{self, Hub, Part};
use crate::output::Style;
use crate::show::{Cell, Column, Table, plain, pretty, short, state_style};

/// Options of `nave ledger`.
#[derive(Debug, Args)]
pub(crate) struct Ledger {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: List,
    #[command(flatten)]
    at: hub::At,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show a call: what was sent, and how it ended
    Show {
        /// Its id: RUN/TASK
        id: String,
    },
    /// Calls whose outcome nobody knows
    Unknown {
        /// Through this connection
        #[arg(long, value_name = "CONNECTION")]
        connection: Option<String>,
        #[command(flatten)]
        part: Part,
    },
    /// Say how a call whose outcome is unknown ended; its run goes on
    Settle(Settling),
}

/// Which calls are listed.
#[derive(Debug, Default, PartialEq, Eq, Args)]
struct List {
    /// Through this connection
    #[arg(long, value_name = "CONNECTION")]
    connection: Option<String>,
    /// In this state
    #[arg(long, value_name = "STATE", value_parser = ["intended", "done", "not-done", "unknown"])]
    state: Option<String>,
    /// Of this run
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Intended since: 2h (ago), yesterday, 2026-11-30, "2026-11-30 21:00", RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[command(flatten)]
    part: Part,
}

/// How a call ended.
#[derive(Debug, Args)]
struct Settling {
    /// The call: RUN/TASK
    id: String,
    /// It was done, with this answer: JSON, @FILE, or - for stdin
    #[arg(
        long,
        value_name = "JSON|@FILE|-",
        required_unless_present = "not_done",
        conflicts_with = "not_done"
    )]
    done: Option<String>,
    /// It was not done, for this reason
    #[arg(long, value_name = "WHY")]
    not_done: Option<String>,
}

impl Ledger {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if self.what.is_some() {
            hub::without(&self.list)?;
        }
        let hub = self.at.open(context)?;
        match self.what {
            None => self.list.run(&hub),
            Some(What::Show { id }) => hub.print_one(&hub::path("/ledger", &id, ""), |call| text(&hub, call)),
            Some(What::Unknown { connection, part }) => unknown(&hub, connection, &part),
            Some(What::Settle(settling)) => settling.run(&hub),
        }
    }
}

impl List {
    fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let query = CallQuery {
            connection: self.connection,
            // The argument parser lets no other word through.
            state: self.state.and_then(|state| serde_json::from_value(json!(state)).ok()),
            run: self.run,
            since: hub.moment("--since", self.since.as_deref())?,
            ..CallQuery::default()
        };
        hub.print("/ledger", &query, &self.part, "no calls", |calls| table(hub, calls))
    }
}

fn unknown(hub: &Hub<'_>, connection: Option<String>, part: &Part) -> Result<Ended, Fault> {
    let query = CallQuery { connection, state: Some(CallState::Unknown), ..CallQuery::default() };
    let mut found = false;
    hub.print("/ledger", &query, part, "every call's outcome is known", |calls: &[Call]| {
        let mut table = Table::new(&[
            Column::whole("id"),
            Column::text("operation"),
            Column::whole("sent"),
            Column::number("attempts"),
            Column::text("key"),
            Column::text("why"),
        ]);
        for call in calls {
            let why = call.conclusion.as_ref().and_then(|ended| ended.why.as_ref());
            table.row([
                (&call.id).into(),
                operation(call).into(),
                hub.when.short(call.intended_ms).into(),
                call.attempts.to_string().into(),
                call.key.as_ref().into(),
                why.map(|why| format!("{}: {}", why.code, why.message)).into(),
            ]);
        }
        table
    })?;
    if !hub.context.output.json() {
        found |= !hub.list::<Value>("/ledger", &query, &Part::first(1))?.is_empty();
    }
    if found {
        hub.context.output.say(
            "look at the system, then: `nave ledger settle ID --done '{…}'`, or `--not-done 'why'`; \
             `nave ledger show ID` shows what was sent",
        );
    }
    Ok(Ended::Done)
}

fn table(hub: &Hub<'_>, calls: &[Call]) -> Table {
    let mut table = Table::new(&[
        Column::whole("id"),
        Column::text("operation"),
        Column::whole("state"),
        Column::whole("intended"),
        Column::number("attempts"),
        Column::number("status"),
        Column::text("by"),
        Column::text("why"),
    ]);
    for call in calls {
        let ended = call.conclusion.as_ref();
        let why = ended.and_then(|ended| ended.why.as_ref());
        table.row([
            (&call.id).into(),
            operation(call).into(),
            Cell::styled(word(call.state), state_style(word(call.state))),
            hub.when.short(call.intended_ms).into(),
            call.attempts.to_string().into(),
            ended.and_then(|ended| ended.status).map(|status| status.to_string()).into(),
            ended.map(|ended| ended.by.clone()).into(),
            why.map(|why| format!("{}: {}", why.code, why.message)).into(),
        ]);
    }
    table
}

fn text(hub: &Hub<'_>, call: &Call) -> String {
    let output = &hub.context.output;
    let state = word(call.state);
    let painted = state_style(state).map_or_else(|| state.to_owned(), |style| output.out(style, state));
    let name = output.out(Style::Strong, &plain(&operation(call)));
    let mut text = format!("{name}  {painted}  {}\n", plain(&call.id));
    let mut field = |name: &str, value: &str| text.push_str(&format!("  {name:<10} {}\n", plain(value)));
    field("effect", &call.effect);
    field("by", &call.principal);
    field("intended", &hub.when.both(call.intended_ms));
    field("attempts", &call.attempts.to_string());
    for (name, value) in [("run", &call.run), ("key", &call.key), ("trace", &call.trace_id)] {
        if let Some(value) = value {
            field(name, value);
        }
    }
    field("digest", short(&call.digest));
    if let Some(ended) = &call.conclusion {
        let at = ended.at_ms.map_or_else(String::new, |at| format!(", {}", hub.when.both(at)));
        field("told by", &format!("{}{at}", ended.by));
        if let Some(status) = ended.status {
            field("status", &status.to_string());
        }
        if let Some(why) = &ended.why {
            field("why", &format!("{}: {}", why.code, why.message));
        }
        if let Some(message) = &ended.message {
            field("said", message);
        }
    }
    text.push_str(&format!("  arguments\n{}", pretty(&call.arguments, 4)));
    if call.state == CallState::Unknown {
        let hint = format!(
            "look at the system, then `nave ledger settle {0} --done '{{…}}'`, or `--not-done 'why'`",
            plain(&call.id)
        );
        text.push_str(&format!("\n{} {hint}\n", output.out(Style::Hint, "hint:")));
    }
    text
}

fn operation(call: &Call) -> String {
    format!("{}.{}", call.connection, call.operation)
}

fn word(state: CallState) -> &'static str {
    match state {
        CallState::Intended => "intended",
        CallState::Done => "done",
        CallState::NotDone => "not-done",
        CallState::Unknown => "unknown",
    }
}

impl Settling {
    fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let (outcome, result) = match &self.done {
            Some(answer) => (SettleOutcome::Done, given::json("--done", answer)?),
            None => (SettleOutcome::NotDone, Value::Null),
        };
        let body = Settle { outcome, result, message: self.not_done };
        hub.act(Method::POST, &hub::path("/ledger", &self.id, "/settle"), Some(&body))?;
        let output = &hub.context.output;
        if output.json() {
            output.value(&json!({ "id": self.id, "done": "settled" }))?;
        } else {
            output.line(&plain(&self.id))?;
            output.say("settled; its run goes on");
        }
        Ok(Ended::Done)
    }
}
