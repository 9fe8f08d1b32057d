//! Small values: texts, words, whole numbers, yes or no, lengths of time.

use std::ops::{Range, RangeInclusive};

use nave_model::similar::did_you_mean;

use super::{Reader, clipped};
use crate::document::{Content, Mapping, Node, Text};
use crate::duration;

/// The longest time that may be written: ten years.
const LONGEST_MS: u64 = 3_660 * 24 * 60 * 60 * 1_000;

impl Reader<'_> {
    /// A text that is not empty.
    pub(super) fn text<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Text> {
        match &node.content {
            Content::Text(text) if !text.text.trim().is_empty() => return Some(text),
            Content::Text(_) => {
                self.wrong_with(node.range(), format!("`{key}` is empty"), "give it a text, or take it away");
            }
            Content::Null | Content::Bool(_) | Content::Number(_) => {
                let raw = clipped(self.document.raw(node.range()));
                let message = format!("`{key}` is a text, not {}", node.sort());
                self.wrong_with(node.range(), message, format!("put it into quotes: `\"{raw}\"`"));
            }
            Content::List(_) | Content::Mapping(_) => {
                self.wrong(node.range(), format!("`{key}` is a text, not {}", node.sort()), None);
            }
        }
        None
    }

    /// The text behind a key, where there is one.
    pub(super) fn optional_text(&mut self, members: &Mapping, key: &str) -> Option<String> {
        let node = self.get(members, key)?;
        self.text(node, key).map(|text| text.text.trim().to_owned())
    }

    /// A text, or a list of texts, with the place of each.
    pub(super) fn texts<'n>(&mut self, node: &'n Node, key: &str) -> Vec<(&'n str, Range<usize>)> {
        let items = match &node.content {
            Content::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        if items.is_empty() {
            self.wrong_with(
                node.range(),
                format!("`{key}` is an empty list"),
                "name something, or take the key away",
            );
        }
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            if let Some(text) = self.text(item, key) {
                texts.push((text.text.trim(), item.range()));
            }
        }
        texts
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, node: &Node, key: &str, bounds: RangeInclusive<u32>) -> Option<u32> {
        let (least, most) = (bounds.start(), bounds.end());
        let found = match &node.content {
            Content::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
            _ => None,
        };
        match found {
            Some(number) if bounds.contains(&number) => Some(number),
            _ => {
                let raw = clipped(self.document.raw(node.range()));
                let message = format!("`{key}` is a whole number from {least} to {most}, not `{raw}`");
                self.wrong(node.range(), message, None);
                None
            }
        }
    }

    /// The whole number behind a key, where there is one.
    pub(super) fn optional_whole(
        &mut self,
        members: &Mapping,
        key: &str,
        bounds: RangeInclusive<u32>,
    ) -> Option<u32> {
        let node = self.get(members, key)?;
        self.whole(node, key, bounds)
    }

    /// The `true` or `false` behind a key, where there is one.
    pub(super) fn flag(&mut self, members: &Mapping, key: &str) -> Option<bool> {
        let node = self.get(members, key)?;
        if let Content::Bool(value) = node.content {
            return Some(value);
        }
        let raw = clipped(self.document.raw(node.range()));
        let hint = match raw.to_lowercase().as_str() {
            "yes" | "on" | "\"true\"" => Some(format!("write `{key}: true`")),
            "no" | "off" | "\"false\"" => Some(format!("write `{key}: false`")),
            _ => None,
        };
        self.wrong(node.range(), format!("`{key}` is `true` or `false`, not `{raw}`"), hint);
        None
    }

    /// A length of time in milliseconds, at least `least`.
    pub(super) fn duration(&mut self, node: &Node, key: &str, least: u64) -> Option<u64> {
        let written = match &node.content {
            Content::Text(text) => text.text.trim(),
            Content::Number(_) => self.document.raw(node.range()),
            _ => {
                let message = format!("`{key}` is a length of time, not {}", node.sort());
                self.wrong_with(node.range(), message, "write it as `90s`, `5m` or `1h30m`");
                return None;
            }
        };
        let written = written.to_owned();
        self.length(&written, node.range(), key, least)
    }

    /// The same for a text that is a part of another one.
    pub(super) fn length(&mut self, text: &str, range: Range<usize>, key: &str, least: u64) -> Option<u64> {
        let milliseconds = match duration::parse(text) {
            Ok(milliseconds) => milliseconds,
            Err(wrong) => {
                let message = format!("`{key}` is a length of time, not `{}`", clipped(text));
                self.wrong(range, message, wrong.hint);
                return None;
            }
        };
        if (least..=LONGEST_MS).contains(&milliseconds) {
            return Some(milliseconds);
        }
        let bound = if milliseconds < least {
            format!("it is at least `{}`", duration::print(least))
        } else {
            format!("it is at most `{}`", duration::print(LONGEST_MS))
        };
        self.wrong_with(range, format!("`{key}` cannot be `{}`", clipped(text)), bound);
        None
    }

    /// The length of time behind a key, where there is one.
    pub(super) fn optional_duration(&mut self, members: &Mapping, key: &str, least: u64) -> Option<u64> {
        let node = self.get(members, key)?;
        self.duration(node, key, least)
    }

    /// One of a few words.
    pub(super) fn one_of<'w>(&mut self, node: &Node, key: &str, words: &[&'w str]) -> Option<&'w str> {
        let text = self.text(node, key)?.text.trim();
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Some(word);
        }
        let hint = did_you_mean(text, words.iter().copied())
            .unwrap_or_else(|| format!("write one of `{}`", words.join("`, `")));
        self.wrong_with(node.range(), format!("`{key}` cannot be `{}`", clipped(text)), hint);
        None
    }
}
