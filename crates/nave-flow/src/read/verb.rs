//! What a step does: one file for each verb, and the list of them.

use std::ops::Range;

use super::Reader;
use crate::document::Mapping;
use crate::flow;

mod ask;
mod attempt;
pub(super) mod call;
mod each;
mod emit;
mod fork;
mod listen;
mod raise;
mod run;
mod set;
mod switch;
mod wait;

/// Options of every verb.
pub(super) const EVERY: [&str; 3] = ["if", "timeout", "note"];

pub(super) use each::VARIABLE;

/// How a verb is written.
pub(super) struct Form {
    /// The verb itself; empty for a call, which has none.
    pub(super) word: &'static str,
    /// Whether something stands behind the verb.
    pub(super) argument: Argument,
    /// What to do instead of writing something behind the verb.
    pub(super) hint: &'static str,
    /// Its keys beside those of every verb.
    pub(super) options: &'static [&'static str],
    /// Verb and argument, as they may stand behind a step's name.
    pub(super) example: &'static str,
    /// Reads it; `None` where it cannot be used.
    pub(super) read: fn(&mut Reader<'_>, &Written<'_>) -> Option<flow::Verb>,
}

/// Whether something stands behind a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    None,
    Optional,
    Needed,
}

/// A step as it is written.
pub(super) struct Written<'n> {
    /// All its keys.
    pub(super) members: &'n Mapping,
    /// Where name and verb stand.
    pub(super) range: Range<usize>,
    /// What stands behind the verb, for a call the operation; may be empty.
    pub(super) argument: &'n str,
    /// Where that stands.
    pub(super) argument_range: Range<usize>,
}

/// All verbs, in the order of the documentation.
const FORMS: [&Form; 12] = [
    &call::FORM,
    &set::FORM,
    &switch::FORM,
    &each::FORM,
    &fork::FORM,
    &attempt::FORM,
    &wait::FORM,
    &listen::FORM,
    &emit::FORM,
    &raise::FORM,
    &run::FORM,
    &ask::FORM,
];

impl Form {
    /// How messages call it.
    pub(super) fn title(&self) -> String {
        if self.word.is_empty() { "a call".to_owned() } else { format!("`{}`", self.word) }
    }
}

/// The verb of a word.
pub(super) fn by_word(word: &str) -> Option<&'static Form> {
    FORMS.into_iter().find(|form| !form.word.is_empty() && form.word == word)
}

/// All words that are verbs.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    FORMS.into_iter().map(|form| form.word).filter(|word| !word.is_empty())
}

/// Whether a key is an option of some verb, and so no name of a step.
pub(super) fn is_option(key: &str) -> bool {
    EVERY.contains(&key) || FORMS.into_iter().any(|form| form.options.contains(&key))
}

/// The verbs that have an option, as messages call them.
pub(super) fn owners(key: &str) -> Vec<String> {
    FORMS.into_iter().filter(|form| form.options.contains(&key)).map(Form::title).collect()
}

/// Whether a text can stand behind the name of a step.
pub(super) fn is_phrase(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let Some(first) = words.next() else { return false };
    let is_call = || first.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty());
    by_word(first).is_some() || (is_call() && words.next().is_none())
}
