//! `nave runs show`: a run with each of its steps: what, in, out, attempts, time; rounds inside their loop.

use clap::Args;
use indexmap::IndexMap;
use nave_model::Fault;
use nave_server::view::{RunDetail, StepView, Why};
use serde_json::Value;

use crate::exit::Ended;
use crate::hub::{self, Hub};
use crate::output::{Output, Style};
use crate::show::{When, line, plain, pretty, short, state_style, took};

/// Options of `nave runs show`.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The run's id
    id: String,
    /// Values whole instead of as much as fits on a line
    #[arg(long)]
    full: bool,
}

/// Characters of a value where the terminal's width is not known.
const LONGEST: usize = 160;

impl Show {
    pub(super) fn run(self, hub: &Hub<'_>) -> Result<Ended, Fault> {
        let shown = Shown { output: &hub.context.output, when: &hub.when, full: self.full };
        hub.print_one(&hub::path("/runs", &self.id, ""), |detail| shown.text(detail))
    }
}

/// How it is shown.
struct Shown<'a> {
    output: &'a Output,
    when: &'a When,
    full: bool,
}

/// Steps by the rounds they stand in, in the order they began.
#[derive(Default)]
struct Tree<'a> {
    /// A name comes twice where a step was done twice under it.
    steps: Vec<&'a StepView>,
    inside: IndexMap<&'a str, Tree<'a>>,
}

impl<'a> Tree<'a> {
    fn of(steps: &'a [StepView]) -> Self {
        let mut tree = Tree::default();
        for step in steps {
            // An undo stands by itself, after what it takes back, wherever that stood.
            let parts: Vec<&str> = match step.task.starts_with("undo:") {
                true => vec![&step.task],
                false => step.task.split('/').collect(),
            };
            let mut place = &mut tree;
            for part in parts {
                place = place.inside.entry(part).or_default();
            }
            place.steps.push(step);
        }
        tree
    }
}

impl Shown<'_> {
    fn text(&self, detail: &RunDetail) -> String {
        let run = &detail.run;
        let state = self.painted(&run.state);
        let flow = self.output.out(Style::Strong, &plain(&run.flow));
        let mut text = format!("{flow}  {state}  {}\n", plain(&run.id));
        let mut field = |name: &str, value: &str| text.push_str(&format!("  {name:<10} {}\n", plain(value)));
        field("cause", &run.cause);
        field("began", &self.when.both(run.created_ms));
        match run.ended_ms {
            Some(ended) => {
                let lasted = took(ended.saturating_sub(run.created_ms));
                field("ended", &format!("{}, after {lasted}", self.when.both(ended)));
            }
            None => field("changed", &self.when.both(run.changed_ms)),
        }
        for (name, value) in [
            ("key", run.key.as_ref()),
            ("parent", run.parent.as_ref()),
            ("replay of", run.replay_of.as_ref()),
            ("trace", run.trace_id.as_ref()),
        ] {
            if let Some(value) = value {
                field(name, value);
            }
        }
        field("version", short(&run.definition));
        if let Some(why) = &run.fault {
            text.push_str(&format!("  {:<10} {}\n", "why", self.why(why)));
        }
        self.value(&mut text, "input", &detail.input, 2);
        if let Some(output) = &detail.output {
            self.value(&mut text, "output", output, 2);
        }
        text.push('\n');
        self.tree(&mut text, &Tree::of(&detail.steps), 0, run.created_ms);
        if detail.steps.is_empty() {
            text.push_str("no step has begun\n");
        }
        text
    }

    fn tree(&self, text: &mut String, tree: &Tree<'_>, depth: usize, began_ms: u64) {
        let widest = tree.inside.keys().map(|name| name.chars().count()).max().unwrap_or(0).min(30);
        for (name, inside) in &tree.inside {
            let indent = depth * 2;
            if inside.steps.is_empty() {
                text.push_str(&format!("{:indent$}  {}\n", "", self.output.out(Style::Dim, &plain(name))));
            }
            for step in &inside.steps {
                self.step(text, step, (name, widest), indent, began_ms);
            }
            self.tree(text, inside, depth + 1, began_ms);
        }
    }

    fn step(
        &self,
        text: &mut String,
        step: &StepView,
        (name, widest): (&str, usize),
        indent: usize,
        began_ms: u64,
    ) {
        let sign = match step.state.as_str() {
            "done" => "✓",
            "failed" => "✗",
            "unknown" => "?",
            "parked" => "‖",
            "dropped" => "–",
            _ => "…",
        };
        let sign =
            state_style(&step.state).map_or_else(|| sign.to_owned(), |style| self.output.out(style, sign));
        let name = plain(name);
        let room = widest.saturating_sub(name.chars().count());
        let what = plain(&step.on);
        text.push_str(&format!("{:indent$}{sign} {name}{:room$}  {} {what}", "", "", plain(&step.verb)));
        if !matches!(step.state.as_str(), "done") {
            text.push_str(&format!("  {}", self.painted(&step.state)));
        }
        let mut notes = vec![format!("+{}", took(step.began_ms.saturating_sub(began_ms)))];
        if let Some(ended) = step.ended_ms {
            notes.push(format!("took {}", took(ended.saturating_sub(step.began_ms))));
        }
        if let Some(attempts) = step.attempts.filter(|attempts| *attempts > 1) {
            notes.push(format!("{attempts} attempts"));
        }
        text.push_str(&format!("  {}\n", self.output.out(Style::Dim, &notes.join(", "))));
        let below = indent + 4;
        if let Some(why) = &step.fault {
            text.push_str(&format!("{:below$}{}\n", "", self.why(why)));
        }
        for (word, value) in [("in", &step.input), ("out", &step.output)] {
            if let Some(value) = value {
                self.value(text, word, value, below);
            }
        }
    }

    /// A value with its name before it: on the line, or below it where it is shown whole.
    fn value(&self, text: &mut String, name: &str, value: &Value, indent: usize) {
        let label = self.output.out(Style::Dim, name);
        let room = if indent == 2 { 10_usize } else { 3 }.saturating_sub(name.len());
        if self.full && (value.is_object() || value.is_array()) {
            text.push_str(&format!("{:indent$}{label}\n{}", "", pretty(value, indent + 2)));
            return;
        }
        let used = indent + name.len() + room + 1;
        let most = match (self.full, self.output.width()) {
            (true, _) => usize::MAX,
            (false, Some(width)) => width.saturating_sub(used).max(20),
            (false, None) => LONGEST,
        };
        text.push_str(&format!("{:indent$}{label}{:room$} {}\n", "", "", line(value, most)));
    }

    fn why(&self, why: &Why) -> String {
        format!("{}: {}", self.output.out(Style::Error, &plain(&why.code)), plain(&why.message))
    }

    fn painted(&self, state: &str) -> String {
        let text = plain(state);
        state_style(state).map_or_else(|| text.to_string(), |style| self.output.out(style, &text))
    }
}

#[cfg(test)]
mod tests;
