//! A flow told to people: in plain words, and as a diagram. What each verb does exactly stands in
//! `docs/flow-semantics.md`.

use crate::flow::{Batch, Block, Expression, Flow, Step, Trigger, TriggerKind, Undo, UndoWith, Verb, Wait};

mod diagram;
mod verbs;

pub use diagram::diagram;

/// A flow in plain words: Markdown that reads as text too.
pub fn words(flow: &Flow) -> String {
    let mut words = Words { out: String::new() };
    words.line(0, &format!("# {}", flow.name));
    words.line(0, "");
    if let Some(purpose) = &flow.purpose {
        words.line(0, purpose);
    }
    if let Some(owner) = &flow.owner {
        words.line(0, &format!("{owner} looks after it."));
    }
    words.beginning(flow);
    words.line(0, "");
    words.block(0, &flow.steps);
    words.ending(flow);
    words.out
}

struct Words {
    out: String,
}

impl Words {
    fn line(&mut self, depth: usize, text: &str) {
        if !text.is_empty() {
            self.out.push_str(&"   ".repeat(depth));
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn beginning(&mut self, flow: &Flow) {
        let triggers: Vec<String> = flow.triggers.iter().map(trigger).collect();
        let when = flow.when.as_ref().map(|when| format!(", and only where {}", code(when)));
        self.line(0, "");
        self.line(0, &format!("It starts {}{}.", triggers.join(", or "), when.unwrap_or_default()));
        if let Some(key) = &flow.key {
            self.line(0, &format!("Runs with the same {} follow one another.", code(key)));
        }
        if let Some(most) = flow.concurrency {
            self.line(0, &format!("At most {most} {} at the same time.", plural(most, "run is", "runs are")));
        }
        if let Some(limit) = flow.timeout_ms {
            self.line(0, &format!("A run may take {}.", span(limit)));
        }
    }

    fn ending(&mut self, flow: &Flow) {
        let mut undone = Vec::new();
        undos(&flow.steps, &mut undone);
        undone.reverse();
        if !undone.is_empty() {
            self.line(0, "");
            let list: Vec<String> = undone
                .iter()
                .map(|(step, undo)| format!("`{step}` by `{}.{}`", undo.connection, undo.operation))
                .collect();
            self.line(
                0,
                &format!(
                    "If the run fails, what was done is taken back, the last first: {}.",
                    list.join(", ")
                ),
            );
        }
        if let Some(output) = &flow.output {
            self.line(0, "");
            self.line(0, &format!("It gives {}.", code(output)));
        }
    }

    fn block(&mut self, depth: usize, block: &Block) {
        for (index, step) in block.steps.iter().enumerate() {
            self.step(depth, index + 1, step);
        }
    }

    fn step(&mut self, depth: usize, number: usize, step: &Step) {
        let condition = step.condition.as_ref().map(|when| format!(", only where {}", code(when)));
        let limit = match (&step.verb, step.timeout_ms) {
            (Verb::Listen(_), _) | (_, None) => String::new(),
            (_, Some(limit)) => format!(", within {}", span(limit)),
        };
        let what = verbs::sentence(step);
        let text = format!("{number}. **{}**: {what}{}{limit}.", step.name, condition.unwrap_or_default());
        self.line(depth, &text);
        if let Some(undo) = &step.undo {
            self.line(depth + 1, &undo_sentence(undo));
        }
        self.inner(depth + 1, &step.verb);
    }

    fn inner(&mut self, depth: usize, verb: &Verb) {
        match verb {
            Verb::Switch { cases, otherwise } => {
                for case in cases {
                    self.line(depth, &format!("- where {}:", code(&case.when)));
                    self.block(depth + 1, &case.block);
                }
                if let Some(block) = otherwise {
                    self.line(depth, "- otherwise:");
                    self.block(depth + 1, block);
                }
            }
            Verb::For(each) => self.block(depth, &each.body),
            Verb::Fork { branches, .. } => {
                for (name, block) in branches {
                    self.line(depth, &format!("- {name}:"));
                    self.block(depth + 1, block);
                }
            }
            Verb::Try { body, handlers } => {
                self.block(depth, body);
                for handler in handlers {
                    self.line(depth, &format!("- {}:", verbs::handled(handler)));
                    self.block(depth + 1, &handler.block);
                }
            }
            Verb::Call(_)
            | Verb::Set { .. }
            | Verb::Wait(_)
            | Verb::Listen(_)
            | Verb::Emit { .. }
            | Verb::Raise { .. }
            | Verb::Run { .. }
            | Verb::Ask(_) => {}
        }
    }
}

fn undo_sentence(undo: &Undo) -> String {
    let with = match &undo.with {
        UndoWith::Written(with) => format!(" with {}", code(with)),
        UndoWith::ByName | UndoWith::Picked(_) => String::new(),
    };
    format!("It is taken back by `{}.{}`{with}.", undo.connection, undo.operation)
}

/// The undos of a block in the order of its steps; blocks that may run several times count once.
fn undos<'f>(block: &'f Block, found: &mut Vec<(&'f str, &'f Undo)>) {
    for step in &block.steps {
        for inner in crate::check::blocks(&step.verb) {
            undos(inner, found);
        }
        found.extend(step.undo.as_ref().map(|undo| (step.name.as_str(), undo)));
    }
}

fn trigger(trigger: &Trigger) -> String {
    let what = match &trigger.kind {
        TriggerKind::Event { connection: Some(connection), event } => {
            format!("when {connection} sends `{event}`")
        }
        TriggerKind::Event { connection: None, event } => format!("when a flow sends `{event}`"),
        TriggerKind::Every { interval_ms, .. } => format!("every {}", span(*interval_ms)),
        TriggerKind::Cron { expression, zone, .. } => format!("by the clock, `{expression}` in {zone}"),
        TriggerKind::Webhook { path, .. } => format!("when something is sent to the webhook `{path}`"),
        TriggerKind::Each { connection, operation, interval_ms, .. } => {
            let every = span(*interval_ms);
            format!("for every new or changed item of `{connection}.{operation}`, looked for every {every}")
        }
        TriggerKind::Manual => "when somebody starts it".to_owned(),
    };
    match trigger.batch {
        None => what,
        Some(Batch { size, within_ms }) => {
            format!("{what}, up to {size} together, none waiting longer than {}", span(within_ms))
        }
    }
}

/// An expression as it is written, on one line.
fn code(expression: &Expression) -> String {
    let text: Vec<&str> = expression.source.split_whitespace().collect();
    let text = text.join(" ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn plural<'w>(count: u32, one: &'w str, many: &'w str) -> &'w str {
    if count == 1 { one } else { many }
}

/// Milliseconds as people say them: `2 days`, `1 hour 30 minutes`.
fn span(milliseconds: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"), (1, "millisecond")];
    let mut rest = milliseconds;
    let mut parts = Vec::new();
    for (size, name) in UNITS {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    if parts.is_empty() { "no time".to_owned() } else { parts.join(" ") }
}

/// How long a wait lasts.
fn waiting(wait: &Wait) -> String {
    match wait {
        Wait::For(milliseconds) => span(*milliseconds),
        Wait::Until(until) => format!("until {}", code(until)),
    }
}

#[cfg(test)]
mod tests;
