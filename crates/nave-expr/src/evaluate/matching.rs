//! Patterns on texts: `test`, `match`, `capture`, `scan`, `split`, `splits`, `sub`, `gsub`. By jq 1.8
//! (`f_match` of its `builtin.c` and `builtin.jq`): offsets and lengths are in characters, and an empty
//! match may follow another match at once.

use indexmap::IndexMap;
use regex::Captures;

use crate::ast::Operator;
use crate::compile::node::Node;
use crate::compile::pattern::Matcher;
use crate::error::Error;
use crate::evaluate::operators::{binary, count, part_of, unfit};
use crate::evaluate::{Machine, One, Out, Step};
use crate::forms::Primitive;
use crate::value::{Text, Value};

/// Bytes a search may look at for a step.
const BYTES_A_STEP: usize = 512;

impl<'v> Machine<'v> {
    /// `test` and `split`, which give one value.
    pub(super) fn match_value(
        &self,
        node: &'v Node,
        primitive: Primitive,
        matcher: &'v Matcher,
        input: &Value<'v>,
    ) -> One<'v> {
        let text = subject(node, input)?;
        if primitive == Primitive::Test {
            if !matcher.skips_empty {
                self.meter.steps(text.as_str().len() / BYTES_A_STEP)?;
                return Ok(Value::Bool(matcher.regex.is_match(text.as_str())));
            }
            let mut is_found = false;
            self.matches(matcher, true, text.as_str(), &mut |_| {
                is_found = true;
                Ok(())
            })?;
            return Ok(Value::Bool(is_found));
        }
        let mut parts = Vec::new();
        self.parts_between(matcher, text, &mut |part| {
            self.meter.items(1)?;
            parts.push(part);
            Ok(())
        })?;
        Ok(Value::array(parts))
    }

    pub(super) fn match_stream(
        &self,
        node: &'v Node,
        primitive: Primitive,
        (matcher, replacement): (&'v Matcher, Option<&'v Node>),
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let text = subject(node, input)?;
        if let Some(replacement) = replacement {
            return self.substitute(node, matcher, replacement, (text, input), out);
        }
        match primitive {
            Primitive::Splits => self.parts_between(matcher, text, out),
            Primitive::Scan => self.matches(matcher, false, text.as_str(), &mut |found| {
                if found.len() == 1 {
                    return out(self.group(text, found, 0)?);
                }
                self.meter.items(found.len())?;
                let groups: Result<Vec<_>, _> =
                    (1..found.len()).map(|at| self.group(text, found, at)).collect();
                out(Value::array(groups?))
            }),
            Primitive::Capture => self
                .matches(matcher, false, text.as_str(), &mut |found| out(self.named(matcher, text, found)?)),
            _ => {
                let mut cursor = Cursor::default();
                self.matches(matcher, false, text.as_str(), &mut |found| {
                    out(self.description(matcher, text, found, &mut cursor)?)
                })
            }
        }
    }

    /// Every match, or the first one only, as the pattern's flags say.
    fn matches(
        &self,
        matcher: &'v Matcher,
        is_first_enough: bool,
        text: &str,
        out: &mut dyn FnMut(&Captures<'_>) -> Step<'v>,
    ) -> Step<'v> {
        let mut start = 0;
        while start <= text.len() {
            self.meter.steps(1 + (text.len() - start) / BYTES_A_STEP)?;
            let Some(found) = matcher.regex.captures_at(text, start) else { break };
            let Some(whole) = found.get(0) else { break };
            let is_empty = whole.is_empty();
            start = if is_empty { whole.end() + width(text, whole.end()) } else { whole.end() };
            if is_empty && matcher.skips_empty {
                continue;
            }
            out(&found)?;
            if is_first_enough || !matcher.is_global {
                break;
            }
        }
        Ok(())
    }

    fn parts_between(&self, matcher: &'v Matcher, text: &Text<'v>, out: Out<'_, 'v>) -> Step<'v> {
        let mut from = 0;
        self.matches(matcher, false, text.as_str(), &mut |found| {
            let Some(whole) = found.get(0) else { return Ok(()) };
            let part = part_of(&self.meter, text, from, whole.start().saturating_sub(from))?;
            from = whole.end();
            out(Value::Text(part))
        })?;
        out(Value::Text(part_of(&self.meter, text, from, text.as_str().len().saturating_sub(from))?))
    }

    /// What a group matched; `null` where it took no part.
    fn group(&self, text: &Text<'v>, found: &Captures<'_>, group: usize) -> One<'v> {
        match found.get(group) {
            Some(part) => Ok(Value::Text(part_of(&self.meter, text, part.start(), part.len())?)),
            None => Ok(Value::Null),
        }
    }

    /// What the named groups matched.
    fn named(&self, matcher: &'v Matcher, text: &Text<'v>, found: &Captures<'_>) -> One<'v> {
        self.meter.items(found.len())?;
        let mut named = IndexMap::new();
        for (position, name) in matcher.regex.capture_names().enumerate() {
            if let Some(name) = name {
                named.insert(Text::Given(name), self.group(text, found, position)?);
            }
        }
        Ok(Value::object(named))
    }

    /// What `match` says of a match.
    fn description(
        &self,
        matcher: &'v Matcher,
        text: &Text<'v>,
        found: &Captures<'_>,
        cursor: &mut Cursor,
    ) -> One<'v> {
        self.meter.items(found.len().saturating_mul(4))?;
        let whole = text.as_str();
        let mut captures = Vec::with_capacity(found.len());
        for (position, name) in matcher.regex.capture_names().enumerate() {
            let part = found.get(position);
            let (offset, length) = match &part {
                Some(part) => {
                    if position == 0 {
                        cursor.advance(whole, part.start());
                    }
                    let offset = cursor.clone().advance(whole, part.start());
                    (count(offset), count(part.as_str().chars().count()))
                }
                None => (Value::number(-1.0), count(0)),
            };
            self.meter.steps(part.map_or(0, |part| part.len()) / 64)?;
            let mut members = IndexMap::with_capacity(4);
            members.insert(Text::Given("offset"), offset);
            members.insert(Text::Given("length"), length);
            members.insert(Text::Given("string"), self.group(text, found, position)?);
            if position > 0 && part.is_none_or(|part| part.is_empty()) {
                // Groups that matched nothing have their members in another order in jq.
                members.swap_indices(1, 2);
            }
            if position > 0 {
                members.insert(
                    Text::Given("name"),
                    name.map_or(Value::Null, |name| Value::Text(Text::Given(name))),
                );
            }
            captures.push(members);
        }
        let mut groups = captures.into_iter();
        let mut members = groups.next().unwrap_or_default();
        members.insert(Text::Given("captures"), Value::array(groups.map(Value::object).collect()));
        Ok(Value::object(members))
    }

    /// `sub` and `gsub`: every value of the replacement makes a text of its own.
    fn substitute(
        &self,
        node: &'v Node,
        matcher: &'v Matcher,
        replacement: &'v Node,
        (text, input): (&Text<'v>, &Value<'v>),
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let mut results: Vec<String> = Vec::new();
        let mut from = 0;
        self.matches(matcher, false, text.as_str(), &mut |found| {
            let Some(whole) = found.get(0) else { return Ok(()) };
            let gap = Value::Text(part_of(&self.meter, text, from, whole.start().saturating_sub(from))?);
            from = whole.end();
            let named = self.named(matcher, text, found)?;
            // All replacements are known before any of them is used, as in jq.
            let mut inserts = Vec::new();
            self.stream(replacement, &named, &mut |insert| {
                self.meter.items(1)?;
                inserts.push(insert);
                Ok(())
            })?;
            for (at, insert) in inserts.into_iter().enumerate() {
                let added = binary(&self.meter, Operator::Add, gap.clone(), insert);
                let Value::Text(added) = added.map_err(|error| error.at(node.span))? else { continue };
                if at == results.len() {
                    results.push(String::new());
                }
                if let Some(result) = results.get_mut(at) {
                    self.meter.bytes(added.as_str().len())?;
                    result.push_str(added.as_str());
                }
            }
            Ok(())
        })?;
        if results.is_empty() {
            return out(input.clone());
        }
        let rest = text.as_str().get(from..).unwrap_or_default();
        for mut result in results {
            self.meter.bytes(result.len().saturating_add(rest.len()))?;
            result.push_str(rest);
            out(Value::text(result))?;
        }
        Ok(())
    }
}

/// The text that is searched.
fn subject<'i, 'v>(node: &'v Node, input: &'i Value<'v>) -> Result<&'i Text<'v>, Error<'v>> {
    match input {
        Value::Text(text) => Ok(text),
        other => Err(unfit(other, "cannot be matched, as it is not a string").at(node.span)),
    }
}

/// Bytes of the character at a place; 1 at the end.
fn width(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

/// Counts characters as matches go forward, so that a long text is counted once.
#[derive(Default, Clone)]
struct Cursor {
    byte: usize,
    character: usize,
}

impl Cursor {
    /// The number of the character at a byte that is not before the last one asked for.
    fn advance(&mut self, text: &str, byte: usize) -> usize {
        self.character += text.get(self.byte..byte).map_or(0, |between| between.chars().count());
        self.byte = byte.max(self.byte);
        self.character
    }
}
