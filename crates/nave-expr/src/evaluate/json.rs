//! What comes out, as JSON. Objects and lists that a program ends in are made as JSON at once rather than
//! as values first: that is the shape of nearly every mapping.

use serde_json::Value as Json;

use crate::compile::node::{Node, Op};
use crate::error::Error;
use crate::evaluate::{Machine, Step};
use crate::value::Value;

type JsonOut<'o, 'v> = &'o mut dyn FnMut(Json) -> Step<'v>;

impl<'v> Machine<'v> {
    /// Hands every value of a node to what comes next, as JSON.
    pub(super) fn json_stream(&self, node: &'v Node, input: &Value<'v>, out: JsonOut<'_, 'v>) -> Step<'v> {
        self.json_below(node, input, self.meter.depth(), out)
    }

    fn json_below(&self, node: &'v Node, input: &Value<'v>, levels: u64, out: JsonOut<'_, 'v>) -> Step<'v> {
        if node.is_single {
            return out(self.json(node, input, levels)?);
        }
        self.deeper(|| match &node.op {
            Op::Pipe(stages) => match stages.split_last() {
                Some((last, before)) if !before.is_empty() => self.pipe_stream(before, input, &mut |value| {
                    self.json_below(last, &value, levels, &mut *out)
                }),
                _ => self.json_all(node, input, levels, out),
            },
            Op::Comma(items) => {
                for item in items {
                    self.json_below(item, input, levels, &mut *out)?;
                }
                Ok(())
            }
            _ => self.json_all(node, input, levels, out),
        })
    }

    fn json_all(&self, node: &'v Node, input: &Value<'v>, levels: u64, out: JsonOut<'_, 'v>) -> Step<'v> {
        self.stream(node, input, &mut |value| out(value.to_json_below(&self.meter, levels)?))
    }

    /// The value of a node that gives exactly one, as JSON of at most so many levels.
    fn json(&self, node: &'v Node, input: &Value<'v>, levels: u64) -> Result<Json, Error<'v>> {
        match &node.op {
            Op::Record(entries) => {
                let levels = levels.checked_sub(1).ok_or_else(|| self.meter.too_deep())?;
                self.meter.items(entries.len())?;
                let mut members = serde_json::Map::with_capacity(entries.len());
                for (name, value) in entries {
                    self.meter.bytes(name.len())?;
                    members.insert(name.clone(), self.json(value, input, levels)?);
                }
                Ok(Json::Object(members))
            }
            Op::Array(items) => {
                let levels = levels.checked_sub(1).ok_or_else(|| self.meter.too_deep())?;
                self.meter.steps(1)?;
                let mut list = Vec::new();
                if let Some(items) = items {
                    self.json_below(items, input, levels, &mut |item| {
                        self.meter.items(1)?;
                        list.push(item);
                        Ok(())
                    })?;
                }
                Ok(Json::Array(list))
            }
            Op::Pipe(stages) => match stages.split_last() {
                Some((last, before)) => self.json(last, &self.pipe_value(before, input)?, levels),
                None => input.to_json_below(&self.meter, levels),
            },
            Op::If(branches, otherwise) => match self.branch(branches, otherwise.as_deref(), input)? {
                Some(branch) => self.json(branch, input, levels),
                None => input.to_json_below(&self.meter, levels),
            },
            _ => self.value(node, input)?.to_json_below(&self.meter, levels),
        }
    }
}
