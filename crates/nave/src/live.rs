//! What happens at a hub, as it happens: a line each, for the person who watches. How it is told over HTTP
//! is the server's, what it means the engine's.

use std::collections::BTreeMap;

use nave_model::Fault;
use nave_server::client::Message;
use serde::Deserialize;
use serde_json::Value;

use crate::output::{Output, Style};
use crate::show::{When, cut, line, plain, state_style, took};

/// Beginnings that are remembered, to say how long something took.
const REMEMBERED: usize = 10_000;
/// Characters of what came out of a step, where the terminal's width is not known.
const LONGEST: usize = 200;

/// Writes what happens.
pub(crate) struct Live<'a> {
    output: &'a Output,
    when: &'a When,
    /// When runs and steps began, and how far they were last told to be. Ids of runs sort by time, so the
    /// first are the oldest.
    began: BTreeMap<(String, String), (u64, String)>,
}

/// What happened, as the stream tells it.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Notice {
    Event { id: String, name: String, at_ms: u64 },
    Run { run: String, flow: String, state: String, at_ms: u64 },
    Step { run: String, task: String, what: String, state: String, detail: Option<String>, at_ms: u64 },
    Parked { connection: String, held: bool, reason: Option<String>, at_ms: u64 },
    Delivery { id: String, endpoint: String, state: String, at_ms: u64 },
    Mail { to: Vec<String>, subject: String, at_ms: u64 },
    Batch { id: String, state: String, records: u64, rejected: u64, at_ms: u64 },
    Gap {},
}

impl<'a> Live<'a> {
    /// To stdout, in the reader's zone.
    pub(crate) fn new(output: &'a Output, when: &'a When) -> Self {
        Live { output, when, began: BTreeMap::new() }
    }

    /// Writes what happened: a line for people, the JSON as it came for programs.
    ///
    /// # Errors
    /// stdout is closed.
    pub(crate) fn message(&mut self, message: &Message) -> Result<(), Fault> {
        if self.output.json() {
            return self.output.line(&message.data);
        }
        match self.told(message) {
            Some(line) => self.output.line(&line),
            None => Ok(()),
        }
    }

    /// The line; `None`: nothing a person waits for.
    pub(crate) fn told(&mut self, message: &Message) -> Option<String> {
        let value: Value =
            serde_json::from_str(&message.data).unwrap_or_else(|_| Value::from(message.data.as_str()));
        let Ok(notice) = Notice::deserialize(&value) else {
            // Something a newer hub tells.
            let at = value.get("at_ms").and_then(Value::as_u64).unwrap_or_else(|| self.when.now_ms());
            return Some(self.shown(at, &plain(&message.event), &line(&value, LONGEST)));
        };
        match notice {
            Notice::Event { id, name, at_ms } => Some(self.event(&id, &name, at_ms)),
            Notice::Run { run, flow, state, at_ms } => {
                // A run tells of itself after each of its steps.
                let told = self.began.get(&(run.clone(), String::new()));
                match told.is_some_and(|(_, told)| *told == state) {
                    true => None,
                    false => Some(self.run(&run, &flow, &state, at_ms)),
                }
            }
            Notice::Step { run, task, what, state, detail, at_ms } => {
                let lasted = self.lasted(&run, &task, &state, at_ms);
                if state == "began" && !lasts(&what) {
                    return None;
                }
                let left = format!("  {:<20} {:<32}", plain(&task), plain(&what));
                let mut text = format!("{left} {}{lasted}", self.state(&state));
                if let Some(detail) = detail {
                    let room = self
                        .output
                        .width()
                        .map_or(LONGEST, |width| width.saturating_sub(left.chars().count() + 40));
                    text.push_str(&format!("  {}", self.dim(&cut(&detail, room.max(20)))));
                }
                Some(self.shown(at_ms, &tail(&run), &text))
            }
            Notice::Parked { connection, held: true, reason, at_ms } => {
                let reason = reason.map_or_else(String::new, |reason| format!(": {}", plain(&reason)));
                let text = format!("{} holds its calls back{reason}", plain(&connection));
                Some(self.shown(at_ms, "parked", &self.output.out(Style::Warning, &text)))
            }
            Notice::Parked { connection, at_ms, .. } => {
                let text = format!("{} goes on", plain(&connection));
                Some(self.shown(at_ms, "parked", &self.output.out(Style::Good, &text)))
            }
            Notice::Delivery { id, endpoint, state, at_ms } => {
                let text = format!("{}  {}  {}", plain(&endpoint), self.state(&state), self.dim(&id));
                Some(self.shown(at_ms, "delivery", &text))
            }
            Notice::Mail { to, subject, at_ms } => {
                let subject = self.output.out(Style::Strong, &plain(&subject));
                Some(self.shown(at_ms, "mail", &format!("to {}: {subject}", plain(&to.join(", ")))))
            }
            Notice::Batch { id, state, records, rejected, at_ms } => {
                let over = if rejected > 0 { format!(", {rejected} passed over") } else { String::new() };
                let text = format!("{}  {}  {records} records{over}", plain(&id), self.state(&state));
                Some(self.shown(at_ms, "batch", &text))
            }
            Notice::Gap {} => {
                Some(self.dim("… something in between was forgotten by the hub; the lists have it"))
            }
        }
    }

    /// An event that was accepted.
    pub(crate) fn event(&self, id: &str, name: &str, at_ms: u64) -> String {
        let name = self.output.out(Style::Strong, &plain(name));
        self.shown(at_ms, "event", &format!("{name}  {}", self.dim(id)))
    }

    /// Id and name, where what happened is that an event was accepted.
    pub(crate) fn event_of(message: &Message) -> Option<(String, String)> {
        match serde_json::from_str(&message.data) {
            Ok(Notice::Event { id, name, .. }) => Some((id, name)),
            _ => None,
        }
    }

    /// A run that began, changed or ended.
    pub(crate) fn run(&mut self, run: &str, flow: &str, state: &str, at_ms: u64) -> String {
        let lasted = self.lasted(run, "", state, at_ms);
        let flow = self.output.out(Style::Strong, &plain(flow));
        self.shown(at_ms, "run", &format!("{flow}  {}{lasted}  {}", self.state(state), self.dim(run)))
    }

    /// How long something took that began while somebody watched, once it ended.
    fn lasted(&mut self, run: &str, task: &str, state: &str, at_ms: u64) -> String {
        let of = (run.to_owned(), task.to_owned());
        let over = matches!(state, "done" | "failed" | "unknown" | "completed" | "cancelled" | "dropped");
        if !over {
            if self.began.len() >= REMEMBERED {
                self.began.pop_first();
            }
            self.began.entry(of).or_insert((at_ms, String::new())).1 = state.to_owned();
            return String::new();
        }
        let began = self.began.remove(&of);
        began.map_or_else(String::new, |(began, _)| format!("  {}", took(at_ms.saturating_sub(began))))
    }

    fn shown(&self, at_ms: u64, kind: &str, text: &str) -> String {
        format!("{} {kind:<8} {text}", self.dim(&self.when.clock(at_ms)))
    }

    fn state(&self, state: &str) -> String {
        let text = plain(state);
        state_style(state).map_or_else(|| text.to_string(), |style| self.output.out(style, &text))
    }

    fn dim(&self, text: &str) -> String {
        self.output.out(Style::Dim, &plain(text))
    }
}

/// Whether a step can take so long that its beginning is worth a line of its own.
fn lasts(what: &str) -> bool {
    !matches!(what.split(' ').next(), Some("call" | "emit" | "set"))
}

/// The end of a run's id: what tells it from others of the same moment.
fn tail(run: &str) -> String {
    let characters: Vec<char> = run.chars().collect();
    let from = characters.len().saturating_sub(6);
    plain(&characters.get(from..).unwrap_or_default().iter().collect::<String>()).into_owned()
}

#[cfg(test)]
mod tests;
