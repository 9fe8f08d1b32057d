//! All names of a flow, collected before its steps are read: so that a result that is used too early can
//! be told from one that does not exist, and a code that is raised from one that never is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use indexmap::IndexMap;

use super::{Reader, clipped};
use crate::document::{Content, Mapping, Member, Node};
use crate::read::verb;

/// The names of a flow.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Steps in the order of the file.
    steps: Vec<Declared>,
    /// The step of each name; the first one, where several have it.
    by_name: IndexMap<String, usize>,
    /// Variables of loops and handlers, and the first step that has them.
    variables: IndexMap<String, usize>,
    /// Steps by the byte they begin at.
    by_start: BTreeMap<usize, usize>,
    /// Codes that `raise` steps raise.
    pub(super) raised: BTreeSet<String>,
    /// Whether other flows are run: they raise codes of their own.
    pub(super) runs_flows: bool,
}

/// A step as it is named.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) range: Range<usize>,
    /// The step it stands inside of.
    pub(super) parent: Option<usize>,
}

impl Names {
    pub(super) fn step(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The step that a variable belongs to.
    pub(super) fn variable(&self, name: &str) -> Option<usize> {
        self.variables.get(name).copied()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Declared> {
        self.steps.get(index)
    }

    /// Which step begins at a byte.
    pub(super) fn at(&self, start: usize) -> Option<usize> {
        self.by_start.get(&start).copied()
    }

    pub(super) fn count(&self) -> usize {
        self.steps.len()
    }

    /// Collects the names of a list of steps, and of all inside them. As deep as documents are.
    fn block(&mut self, node: &Node, parent: Option<usize>, twice: &mut Vec<(usize, Range<usize>)>) {
        let Content::List(items) = &node.content else { return };
        for item in items {
            if let Content::Mapping(members) = &item.content {
                self.declare(item, members, parent, twice);
            }
        }
    }

    fn declare(
        &mut self,
        node: &Node,
        members: &Mapping,
        parent: Option<usize>,
        twice: &mut Vec<(usize, Range<usize>)>,
    ) {
        let index = self.steps.len();
        let (name, range) = match named(members) {
            Some((name, member)) => (name.to_owned(), member.key.clone()),
            None => (String::new(), node.start..node.start),
        };
        match self.by_name.get(&name) {
            Some(first) if !name.is_empty() => twice.push((*first, range.clone())),
            _ => {
                self.by_name.insert(name.clone(), index);
            }
        }
        self.by_start.insert(node.start, index);
        if let Some((_, member)) = named(members) {
            self.phrase(&member.value, members, index);
        }
        self.steps.push(Declared { name, range, parent });
        self.inside(members, index, twice);
    }

    /// Codes, other flows and the variable that a step names in its verb.
    fn phrase(&mut self, node: &Node, members: &Mapping, index: usize) {
        let Content::Text(text) = &node.content else { return };
        let mut words = text.text.split_whitespace();
        match words.next() {
            Some("raise") => {
                let option = members.get("code").and_then(|code| match &code.value.content {
                    Content::Text(text) => Some(text.text.trim()),
                    _ => None,
                });
                self.raised.extend(words.next().or(option).map(str::to_owned));
            }
            Some("run") => self.runs_flows = true,
            Some("for") if !members.contains_key("as") => self.bind(verb::VARIABLE, index),
            _ => {}
        }
    }

    /// The blocks of a step.
    fn inside(&mut self, members: &Mapping, index: usize, twice: &mut Vec<(usize, Range<usize>)>) {
        for (key, Member { value, .. }) in members {
            match (key.as_str(), &value.content) {
                ("steps" | "else", _) => self.block(value, Some(index), twice),
                ("as", Content::Text(text)) => self.bind(&text.text, index),
                ("cases" | "catch", Content::List(items)) => {
                    items.iter().for_each(|item| self.part(item, index, twice));
                }
                ("catch", Content::Mapping(_)) => self.part(value, index, twice),
                ("branches", Content::Mapping(branches)) => {
                    branches.values().for_each(|branch| self.block(&branch.value, Some(index), twice));
                }
                _ => {}
            }
        }
    }

    /// A case or a handler.
    fn part(&mut self, node: &Node, index: usize, twice: &mut Vec<(usize, Range<usize>)>) {
        let Content::Mapping(members) = &node.content else { return };
        if let Some(Member { value, .. }) = members.get("steps") {
            self.block(value, Some(index), twice);
        }
        if let Some(Member { value: Node { content: Content::Text(text), .. }, .. }) = members.get("as") {
            self.bind(&text.text, index);
        }
    }

    fn bind(&mut self, variable: &str, index: usize) {
        self.variables.entry(variable.to_owned()).or_insert(index);
    }
}

impl Reader<'_> {
    /// Collects all names below `steps`, and says which stand twice.
    pub(super) fn collect(&mut self, steps: &Node) {
        let mut twice = Vec::new();
        let mut names = Names::default();
        names.block(steps, None, &mut twice);
        for (first, range) in twice {
            let Some(first) = names.get(first) else { continue };
            let line = self.at(first.range.clone()).line.unwrap_or_default();
            let message = format!("the name `{}` stands twice", clipped(&first.name));
            let hint = format!("a name is unique in its flow; it is used at line {line} already");
            self.wrong_with(range, message, hint);
        }
        self.names = names;
    }
}

/// The name of a step with the verb behind it: the first key that is no option and has a verb behind it,
/// else the first that is no option.
pub(super) fn named(members: &Mapping) -> Option<(&str, &Member)> {
    let mut candidates = members.iter().filter(|(key, _)| !verb::is_option(key));
    let first = candidates.next()?;
    let says_what = |member: &Member| match &member.value.content {
        Content::Text(text) => verb::is_phrase(&text.text),
        _ => false,
    };
    let found = match says_what(first.1) {
        true => Some(first),
        false => candidates.find(|(_, member)| says_what(member)),
    };
    let (name, member) = found.unwrap_or(first);
    Some((name.as_str(), member))
}
