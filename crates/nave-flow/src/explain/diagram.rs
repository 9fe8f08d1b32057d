//! A flow as a Mermaid flowchart, which Git hosts and editors draw.

use super::trigger;
use crate::flow::{Block, Flow, Step, Verb};

/// The flow as the text of a Mermaid flowchart.
pub fn diagram(flow: &Flow) -> String {
    let mut drawing = Drawing { out: String::from("flowchart TD\n"), count: 0 };
    let triggers: Vec<String> = flow.triggers.iter().map(trigger).collect();
    let start = drawing.node(("([", "])"), &triggers.join(" or "));
    let ends = drawing.block(&flow.steps, vec![(start, flow.when.as_ref().map(|when| when.source.clone()))]);
    let end = drawing.node(("([", "])"), "end");
    drawing.join(&ends, &end);
    drawing.out
}

/// Where a line comes from, and what stands on it.
type Open = (String, Option<String>);

struct Drawing {
    out: String,
    count: usize,
}

impl Drawing {
    fn node(&mut self, (open, close): (&str, &str), text: &str) -> String {
        self.count += 1;
        let name = format!("n{}", self.count);
        self.out.push_str(&format!("  {name}{open}\"{}\"{close}\n", safe(text)));
        name
    }

    fn join(&mut self, from: &[Open], to: &str) {
        for (name, label) in from {
            match label {
                None => self.out.push_str(&format!("  {name} --> {to}\n")),
                Some(label) => self.out.push_str(&format!("  {name} -->|\"{}\"| {to}\n", safe(label))),
            }
        }
    }

    fn block(&mut self, block: &Block, open: Vec<Open>) -> Vec<Open> {
        block.steps.iter().fold(open, |open, step| self.step(step, &open))
    }

    fn step(&mut self, step: &Step, open: &[Open]) -> Vec<Open> {
        let Some(condition) = &step.condition else { return self.verb(step, open) };
        let question = self.node(("{", "}"), &condition.source);
        self.join(open, &question);
        let mut ends = self.verb(step, &[(question.clone(), Some("yes".to_owned()))]);
        ends.push((question, Some("no".to_owned())));
        ends
    }

    fn verb(&mut self, step: &Step, open: &[Open]) -> Vec<Open> {
        match &step.verb {
            Verb::Switch { cases, otherwise } => {
                let question = self.box_of(step, open, ("{", "}"));
                let mut ends = Vec::new();
                for case in cases {
                    ends.extend(
                        self.block(&case.block, vec![(question.clone(), Some(case.when.source.clone()))]),
                    );
                }
                let other = vec![(question, Some("otherwise".to_owned()))];
                ends.extend(match otherwise {
                    Some(block) => self.block(block, other),
                    None => other,
                });
                ends
            }
            Verb::For(each) => {
                let head = self.box_of(step, open, ("[[", "]]"));
                let ends = self.block(&each.body, vec![(head.clone(), Some("each".to_owned()))]);
                self.join(&ends, &head);
                vec![(head, Some("all done".to_owned()))]
            }
            Verb::Fork { branches, .. } => {
                let head = self.box_of(step, open, ("[[", "]]"));
                let branches = branches.iter();
                branches
                    .flat_map(|(name, block)| self.block(block, vec![(head.clone(), Some(name.clone()))]))
                    .collect()
            }
            Verb::Try { body, handlers } => {
                let head = self.box_of(step, open, ("[[", "]]"));
                let mut ends = self.block(body, vec![(head.clone(), None)]);
                for handler in handlers {
                    let label = super::verbs::handled(handler);
                    ends.extend(self.block(&handler.block, vec![(head.clone(), Some(label))]));
                }
                ends
            }
            Verb::Raise { .. } => {
                self.box_of(step, open, ("[/", "/]"));
                Vec::new()
            }
            Verb::Call(_)
            | Verb::Set { .. }
            | Verb::Wait(_)
            | Verb::Listen(_)
            | Verb::Emit { .. }
            | Verb::Run { .. }
            | Verb::Ask(_) => vec![(self.box_of(step, open, ("[", "]")), None)],
        }
    }

    fn box_of(&mut self, step: &Step, open: &[Open], shape: (&str, &str)) -> String {
        let what = match &step.verb {
            Verb::Call(call) => format!("{}.{}", call.connection, call.operation),
            Verb::Set { .. } => "set".to_owned(),
            Verb::Switch { .. } => "switch".to_owned(),
            Verb::For(each) => format!("for {}", each.items.source),
            Verb::Fork { compete, .. } => if *compete { "fork, the first wins" } else { "fork" }.to_owned(),
            Verb::Try { .. } => "try".to_owned(),
            Verb::Wait(wait) => format!("wait {}", super::waiting(wait)),
            Verb::Listen(listen) => format!("listen {}", listen.event),
            Verb::Emit { event, .. } => format!("emit {event}"),
            Verb::Raise { code, .. } => format!("raise {code}"),
            Verb::Run { flow, .. } => format!("run {flow}"),
            Verb::Ask(ask) => format!("ask {}", ask.roles.join(", ")),
        };
        let name = self.node(shape, &format!("{}: {what}", step.name));
        self.join(open, &name);
        name
    }
}

/// A label without what Mermaid reads as its own.
fn safe(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('&', "#amp;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}
