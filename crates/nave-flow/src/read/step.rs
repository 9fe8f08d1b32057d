//! One step: its name, its verb, and the options that every verb has.

use std::ops::Range;

use nave_model::similar::did_you_mean;

use super::words::Word;
use super::{Reader, clipped, names, verb};
use crate::document::{Content, Mapping, Member, Node};
use crate::flow::{Expression, Step};
use crate::read::block::FORM;
use crate::read::verb::{EVERY, Form, Written};

/// Names that the language itself uses, so that no step may have them.
const TAKEN: [&str; 2] = ["env", "__loc__"];

impl Reader<'_> {
    /// Reads a step; `None` where it cannot be used. Its name is visible behind it in any case.
    pub(super) fn step(&mut self, node: &Node) -> Option<Step> {
        let Content::Mapping(members) = &node.content else {
            let raw = clipped(self.document.raw(node.range()));
            let hint = match &node.content {
                Content::Text(text) if verb::is_phrase(&text.text) => {
                    format!("give it a name: `- name: {raw}`")
                }
                _ => FORM.to_owned(),
            };
            self.wrong_with(node.range(), format!("a step is keys with values, not {}", node.sort()), hint);
            return None;
        };
        let Some((name, member)) = names::named(members) else {
            self.nameless(node, members);
            return None;
        };
        let index = self.names.at(node.start);
        self.scope.inside.extend(index);
        let read = self.named_step(name, member, members);
        if index.is_some() {
            self.scope.inside.pop();
        }
        if !self.scope.sees(name) {
            self.scope.show(name);
        }
        read
    }

    fn named_step(&mut self, name: &str, member: &Member, members: &Mapping) -> Option<Step> {
        let fits = self.step_name(name, member.key.clone(), "a step");
        let condition = self.optional_bare(members, "if");
        let Some((form, written)) = self.phrase(name, member, members) else {
            // What every verb has is read all the same.
            self.optional_duration(members, "timeout", 1);
            self.optional_text(members, "note");
            return None;
        };
        self.options(form, name, members);
        let read = (form.read)(self, &written);
        let timeout_ms = self.optional_duration(members, "timeout", 1);
        let note = self.optional_text(members, "note");
        let undo = if form.options.contains(&"undo") { self.own_undo(name, members) } else { None };
        if !fits {
            return None;
        }
        let at = self.at(member.key.start..member.value.end);
        Some(Step { name: name.to_owned(), verb: read?, condition, undo, timeout_ms, note, at })
    }

    /// The undo of a step sees the step's own result.
    fn own_undo(&mut self, name: &str, members: &Mapping) -> Option<crate::flow::Undo> {
        let node = self.get(members, "undo")?;
        let mark = self.scope.mark();
        self.scope.show(name);
        let undo = self.undo(node);
        self.scope.back(mark);
        undo
    }

    /// Whether a step or a variable may have a name.
    pub(super) fn step_name(&mut self, name: &str, range: Range<usize>, what: &str) -> bool {
        if TAKEN.contains(&name) {
            let message = format!("`{name}` cannot be the name of {what}: the language has it already");
            self.wrong(range, message, None);
            return false;
        }
        self.fits(Word::Variable, name, range, what)
    }

    fn nameless(&mut self, node: &Node, members: &Mapping) {
        let range = members.first().map_or_else(|| node.range(), |(_, member)| member.key.clone());
        let used = members.iter().find_map(|(key, member)| match &member.value.content {
            Content::Text(text) if verb::is_phrase(&text.text) => Some((key, &text.text)),
            _ => None,
        });
        match used {
            Some((key, phrase)) => {
                let message = format!("`{key}` cannot be the name of a step: it is an option");
                let hint = format!("give it another name: `- the_{key}: {}`", clipped(phrase));
                self.wrong_with(range, message, hint);
            }
            None => {
                let verb = members.iter().find_map(|(key, member)| {
                    let form = verb::by_word(key)?;
                    Some(format!("{} {}", form.word, clipped(self.document.raw(member.value.range()))))
                });
                let hint = match verb {
                    Some(phrase) => format!("write a name before the verb: `- name: {phrase}`"),
                    None => FORM.to_owned(),
                };
                self.wrong_with(range, "the step has no name", hint);
            }
        }
    }

    /// What a step does, from the text behind its name.
    fn phrase<'n>(
        &mut self,
        name: &'n str,
        member: &'n Member,
        members: &'n Mapping,
    ) -> Option<(&'static Form, Written<'n>)> {
        let node = &member.value;
        let Content::Text(text) = &node.content else {
            let range = if node.is_absent() { member.key.clone() } else { node.range() };
            let hint = verb::by_word(name).map_or_else(
                || "write a verb or `connection.operation` behind the name".to_owned(),
                |form| format!("write a name before the verb: `- name: {}`", form.example),
            );
            self.wrong_with(range, format!("the step `{}` does not say what it does", clipped(name)), hint);
            return None;
        };
        let trimmed = text.text.trim();
        let lead = text.text.len() - text.text.trim_start().len();
        let word = trimmed.split_whitespace().next().unwrap_or_default();
        let argument = trimmed.get(word.len()..).unwrap_or_default();
        let begin = lead + trimmed.len() - argument.trim_start().len();
        let argument = argument.trim_start();
        let written = |argument: &'n str, begin: usize| Written {
            members,
            range: member.key.start..node.end,
            argument,
            argument_range: text.range(begin..begin + argument.len()),
        };
        if let Some(form) = verb::by_word(word) {
            return self.argument_fits(form, written(argument, begin)).map(|written| (form, written));
        }
        if word.contains('.') {
            if !argument.is_empty() {
                let hint = "the arguments of a call stand in `with`";
                let range = text.range(begin..begin + argument.len());
                self.wrong_with(range, format!("nothing may stand behind `{}`", clipped(word)), hint);
                return None;
            }
            return Some((&verb::call::FORM, written(word, lead)));
        }
        let hint = if let Some(form) = verb::by_word(name) {
            format!("write a name before the verb: `- name: {} {}`", form.word, clipped(trimmed))
        } else {
            did_you_mean(word, verb::words())
                .unwrap_or_else(|| "a call is written `connection.operation`".to_owned())
        };
        self.wrong_with(
            text.range(lead..lead + word.len()),
            format!("there is no verb `{}`", clipped(word)),
            hint,
        );
        None
    }

    /// Whether something stands behind the verb exactly where something must.
    fn argument_fits<'n>(&mut self, form: &'static Form, written: Written<'n>) -> Option<Written<'n>> {
        if form.argument == verb::Argument::None && !written.argument.is_empty() {
            let message = format!("nothing may stand behind `{}`", form.word);
            self.wrong_with(written.argument_range, message, form.hint);
            return None;
        }
        if form.argument == verb::Argument::Needed && written.argument.is_empty() {
            let message = format!("`{}` needs something behind it", form.word);
            self.wrong_with(written.range, message, format!("write it as `{}`", form.example));
            return None;
        }
        Some(written)
    }

    /// Says which options a verb does not have.
    fn options(&mut self, form: &Form, name: &str, members: &Mapping) {
        for (key, member) in members {
            let fits = key == name || EVERY.contains(&key.as_str()) || form.options.contains(&key.as_str());
            if fits {
                continue;
            }
            let known = || form.options.iter().copied().chain(EVERY);
            let owners = verb::owners(key);
            let hint = if owners.is_empty() {
                did_you_mean(key, known())
                    .unwrap_or_else(|| format!("known are `{}`", known().collect::<Vec<_>>().join("`, `")))
            } else {
                format!("it is an option of {}", owners.join(", "))
            };
            let message = format!("{} has no option `{}`", form.title(), clipped(key));
            self.wrong_with(member.key.clone(), message, hint);
        }
    }

    /// Whether `if` can never hold; used by what looks for steps that never run.
    pub(super) fn is_constant(expression: &Expression) -> Option<bool> {
        use nave_expr::ast::Kind;
        match expression.tree.kind {
            Kind::Bool(value) => Some(value),
            Kind::Null => Some(false),
            _ => None,
        }
    }
}
