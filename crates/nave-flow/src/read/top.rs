//! The flow itself: what it is for, what starts it, its steps and its output.

use nave_model::similar::did_you_mean;
use serde_json::Value;

use super::keys::listed;
use super::words::Word;
use super::{MOST_STEPS, Reader, clipped, trigger};
use crate::document::{Content, Mapping, Node};
use crate::flow::{Block, Flow, Trigger};
use nave_model::fault::codes;

/// Keys of a flow.
const KEYS: [&str; 13] = [
    "flow",
    "purpose",
    "owner",
    "tags",
    "trigger",
    "batch",
    "when",
    "key",
    "concurrency",
    "timeout",
    "input",
    "steps",
    "output",
];

/// Keys of a trigger that may stand at the top instead.
const SHORT: [&str; 16] = [
    "event", "each", "every", "cron", "webhook", "manual", "with", "items", "id", "changed", "first",
    "deleted", "zone", "missed", "schema", "signed",
];

/// The most runs at the same time that may be written.
const MOST_RUNS: u32 = 10_000;

impl Reader<'_> {
    /// Reads the whole document.
    pub(super) fn flow(&mut self) -> Option<Flow> {
        let document = self.document;
        let root = &document.root;
        if matches!(root.content, Content::Null) {
            self.wrong_with(root.range(), "the document is empty", "a flow begins with `flow: name`");
            return None;
        }
        let members = self.mapping(root, "a flow", "a flow begins with `flow: name`")?;
        self.top_keys(members);
        if let Some(member) = members.get("steps") {
            self.collect(&member.value);
        }
        let name = self.name(members, root);
        let purpose = self.optional_text(members, "purpose");
        let owner = self.optional_text(members, "owner");
        let tags = self.tags(members);
        self.scope.is_before = true;
        let triggers = self.triggers(members, root);
        let when = self.optional_bare(members, "when");
        let key = self.optional_bare(members, "key");
        self.scope.is_before = false;
        let concurrency = self.optional_whole(members, "concurrency", 1..=MOST_RUNS);
        let timeout_ms = self.optional_duration(members, "timeout", 1);
        let input = self.optional_schema(members, "input");
        let (steps, output) = self.body(members, root);
        let at = members.get("flow").map_or(0..0, |member| member.key.start..member.value.end);
        Some(Flow {
            name: name.unwrap_or_default(),
            purpose,
            owner,
            tags,
            triggers,
            when,
            key,
            concurrency,
            timeout_ms,
            input,
            steps,
            output,
            at: self.at(at),
        })
    }

    /// Says which keys a flow does not have. Those of triggers are looked at with the triggers.
    fn top_keys(&mut self, members: &Mapping) {
        for (key, member) in members {
            if KEYS.contains(&key.as_str()) || SHORT.contains(&key.as_str()) {
                continue;
            }
            let known = KEYS.into_iter().chain(trigger::KINDS);
            let hint = did_you_mean(key, known).unwrap_or_else(|| listed(&KEYS));
            self.wrong_with(member.key.clone(), format!("a flow has no key `{}`", clipped(key)), hint);
        }
    }

    fn name(&mut self, members: &Mapping, root: &Node) -> Option<String> {
        let expected = expected_name(&self.document.file);
        let hint = match &expected {
            Some(expected) => format!("write `flow: {expected}`"),
            None => "write its name, for example `flow: sales/onboard-won-deal`".to_owned(),
        };
        let first = members.first().map_or(root.start..root.start, |(_, member)| member.key.clone());
        let node = self.required(members, "flow", first, "a flow", &hint)?;
        let name = self.text(node, "flow")?.text.trim().to_owned();
        if !self.fits(Word::Flow, &name, node.range(), "a flow") {
            return None;
        }
        if let Some(expected) = expected.filter(|expected| *expected != name) {
            let file = clipped(&self.document.file);
            let message = format!("the flow is called `{name}`, but its file is `{file}`");
            let hint = format!("write `flow: {expected}`, or move the file to `flows/{name}.yaml`");
            self.wrong_with(node.range(), message, hint);
        }
        Some(name)
    }

    fn tags(&mut self, members: &Mapping) -> Vec<String> {
        let Some(node) = self.get(members, "tags") else { return Vec::new() };
        self.texts(node, "tags").into_iter().map(|(tag, _)| tag.to_owned()).collect()
    }

    /// The triggers behind `trigger`, or the one that stands at the top itself.
    fn triggers(&mut self, members: &Mapping, root: &Node) -> Vec<Trigger> {
        let short = trigger::KINDS.into_iter().find(|kind| members.contains_key(*kind));
        let mut triggers = Vec::new();
        match (members.get("trigger"), short) {
            (Some(_), _) => {
                let Some(node) = self.get(members, "trigger") else { return triggers };
                let items = match &node.content {
                    Content::List(items) => items.as_slice(),
                    _ => std::slice::from_ref(node),
                };
                if items.is_empty() {
                    self.wrong_with(
                        node.range(),
                        "nothing starts the flow",
                        "write `trigger: manual` at least",
                    );
                }
                for item in items {
                    triggers.extend(self.trigger(item));
                }
                self.stray(members, &[], "`trigger`");
                if let Some(batch) = self.get(members, "batch") {
                    let range = batch.range();
                    if let Some(batch) = self.batch(batch) {
                        self.set_batch(&mut triggers, batch, range);
                    }
                }
            }
            (None, Some(kind)) => {
                let mut known = vec![kind];
                known.extend(trigger::options(kind));
                self.stray(members, &known, &format!("`{kind}`"));
                let range = members.get(kind).map_or(0..0, |member| member.key.start..member.value.end);
                triggers.extend(self.keyed(kind, members, range));
                if let Some(member) = members.get("batch").filter(|_| !known.contains(&"batch")) {
                    self.wrong_with(
                        member.key.clone(),
                        "this trigger has no items to group",
                        "take `batch` away",
                    );
                }
            }
            (None, None) => {
                let first = members.first().map_or(root.start..root.start, |(_, member)| member.key.clone());
                let hint = "write `trigger: manual`, or an event such as `trigger: crm.deal.created`";
                self.wrong_with(first, "nothing starts the flow", hint);
                self.stray(members, &[], "no trigger");
            }
        }
        triggers
    }

    /// Keys of triggers at the top that do not belong to the one there.
    fn stray(&mut self, members: &Mapping, known: &[&str], beside: &str) {
        for (key, member) in members {
            if !SHORT.contains(&key.as_str()) || known.contains(&key.as_str()) {
                continue;
            }
            let hint = if trigger::KINDS.contains(&key.as_str()) {
                "a flow with several triggers has a list behind `trigger`"
            } else {
                "put it into the trigger that it is for"
            };
            self.wrong_with(member.key.clone(), format!("`{key}` stands beside {beside}"), hint);
        }
    }

    /// The steps, and the output, which sees all of them.
    fn body(&mut self, members: &Mapping, root: &Node) -> (Block, Option<crate::flow::Expression>) {
        if self.names.count() > MOST_STEPS {
            let message = format!("the flow has {} steps; at most {MOST_STEPS} are read", self.names.count());
            let hint = "move parts of it to flows of their own, and `run` them".to_owned();
            let range = members.get("steps").map_or_else(|| root.range(), |member| member.key.clone());
            let problem = self.problem(codes::DOCUMENT_LIMIT, range, message, Some(hint));
            self.errors.push(problem);
            return (Block::default(), None);
        }
        let first = members.first().map_or(root.start..root.start, |(_, member)| member.key.clone());
        let steps = self.block(members, "steps", first, "a flow").unwrap_or_default();
        let mark = self.scope.mark();
        if let Some(Content::List(items)) = members.get("steps").map(|member| &member.value.content) {
            for item in items {
                if let Content::Mapping(step) = &item.content
                    && let Some((name, _)) = super::names::named(step)
                {
                    self.scope.show(name);
                }
            }
        }
        let output = self.optional_value(members, "output");
        self.scope.back(mark);
        (steps, output)
    }

    /// A JSON Schema, as written.
    pub(super) fn optional_schema(&mut self, members: &Mapping, key: &str) -> Option<Value> {
        let node = self.get(members, key)?;
        match &node.content {
            Content::Mapping(_) | Content::Bool(_) => Some(node.value()),
            _ => {
                let message = format!("`{key}` is a JSON Schema, not {}", node.sort());
                self.wrong_with(node.range(), message, "write it as keys with values: `{ type: object, … }`");
                None
            }
        }
    }
}

/// The name that a file below `flows/` gives its flow.
fn expected_name(file: &str) -> Option<String> {
    let file = file.strip_prefix("./").unwrap_or(file);
    let path = file.strip_prefix("flows/")?;
    let name = [".yaml", ".yml", ".json"].into_iter().find_map(|ending| path.strip_suffix(ending))?;
    (!name.is_empty()).then(|| name.to_owned())
}
