//! Forms that go through a whole value: `paths`, `walk`, `tostream`, `combinations`. They recurse as deep
//! as the value is, which is bounded.

use indexmap::IndexMap;

use crate::compile::node::Node;
use crate::error::Error;
use crate::evaluate::control::ended;
use crate::evaluate::operators::{count, unfit};
use crate::evaluate::{Machine, Out, Step, access};
use crate::value::Value;

impl<'v> Machine<'v> {
    /// Everything below a value, by path; with a condition: everything for which it is true, once for
    /// each time it is.
    pub(super) fn paths(
        &self,
        value: &Value<'v>,
        path: &mut Vec<Value<'v>>,
        condition: Option<&'v Node>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        self.meter.steps(1)?;
        let mut emit = |path: &[Value<'v>]| {
            if path.is_empty() {
                return Ok(());
            }
            self.meter.items(path.len())?;
            out(Value::array(path.to_vec()))
        };
        match condition {
            None => emit(path)?,
            Some(condition) => self.stream(condition, value, &mut |is_met| {
                if is_met.is_truthy() { emit(path) } else { Ok(()) }
            })?,
        }
        self.parts(value, |key, part| {
            path.push(key);
            let done = self.deeper(|| self.paths(&part, path, condition, &mut *out));
            path.pop();
            done
        })
    }

    /// Runs a body for every item or member.
    fn parts(&self, value: &Value<'v>, mut body: impl FnMut(Value<'v>, Value<'v>) -> Step<'v>) -> Step<'v> {
        match value {
            Value::Array(items) => items.iter().enumerate().try_for_each(|(at, item)| body(count(at), item)),
            Value::Object(members) => {
                members.iter().try_for_each(|(name, part)| body(Value::Text(name), part))
            }
            _ => Ok(()),
        }
    }

    /// `walk(f)`: of members the first value counts and none drops them, of items all count.
    pub(super) fn walk(&self, of: &'v Node, value: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        const FIRST: usize = usize::MAX - 2;
        self.meter.steps(1)?;
        self.deeper(|| match value {
            Value::Object(members) => {
                let mut walked = IndexMap::with_capacity(members.len());
                for (name, member) in members.iter() {
                    self.meter.items(1)?;
                    let done = self.walk(of, &member, &mut |value| {
                        walked.insert(name.clone(), value);
                        Err(Error::Break(FIRST))
                    });
                    ended(FIRST, done)?;
                }
                self.stream(of, &self.bounded(Value::object(walked))?, out)
            }
            Value::Array(items) => {
                let mut walked = Vec::with_capacity(items.len());
                for item in items.iter() {
                    self.walk(of, &item, &mut |value| {
                        self.meter.items(1)?;
                        walked.push(value);
                        Ok(())
                    })?;
                }
                self.stream(of, &self.bounded(Value::array(walked))?, out)
            }
            scalar => self.stream(of, scalar, out),
        })
    }

    /// `tostream`: the path and value of everything that holds nothing, and the path of the last part of
    /// everything else, behind its parts.
    pub(super) fn to_stream(
        &self,
        value: &Value<'v>,
        path: &mut Vec<Value<'v>>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        self.meter.items(path.len() + 2)?;
        let mut last = None;
        self.parts(value, |key, part| {
            last = Some(key.clone());
            path.push(key);
            let done = self.deeper(|| self.to_stream(&part, path, &mut *out));
            path.pop();
            done
        })?;
        match last {
            None => out(Value::array(vec![Value::array(path.clone()), value.clone()])),
            Some(key) => {
                path.push(key);
                let done = out(Value::array(vec![Value::array(path.clone())]));
                path.pop();
                done
            }
        }
    }

    /// `combinations`: one item of each list, the last list changing fastest.
    pub(super) fn combinations(&self, node: &'v Node, input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        match input {
            Value::Array(lists) => {
                let lists: Vec<Value<'v>> = lists.iter().collect();
                self.meter.items(lists.len())?;
                self.combine(node, &lists, &mut Vec::new(), out)
            }
            Value::Bool(_) => Err(unfit(input, "has no length").at(node.span)),
            other => {
                let is_empty = match other {
                    Value::Text(text) => text.as_str().is_empty(),
                    Value::Object(members) => members.is_empty(),
                    Value::Number(number) => number.as_f64() == 0.0,
                    _ => true,
                };
                if is_empty {
                    return out(Value::array(Vec::new()));
                }
                access::index(&self.meter, other, &count(0)).map_err(|error| error.at(node.span))?;
                Ok(())
            }
        }
    }

    fn combine(
        &self,
        node: &'v Node,
        lists: &[Value<'v>],
        chosen: &mut Vec<Value<'v>>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let Some((first, rest)) = lists.split_first() else {
            self.meter.items(chosen.len())?;
            return out(self.bounded(Value::array(chosen.clone()))?);
        };
        let mut each = |item: Value<'v>| {
            self.meter.steps(1)?;
            chosen.push(item);
            let done = self.deeper(|| self.combine(node, rest, chosen, &mut *out));
            chosen.pop();
            done
        };
        match first {
            Value::Array(items) => items.iter().try_for_each(&mut each),
            Value::Object(members) => members.iter().try_for_each(|(_, value)| each(value)),
            other => Err(access::cannot_iterate(other).at(node.span)),
        }
    }

    /// `combinations(count)`: so many items of the input.
    pub(super) fn combinations_of(
        &self,
        node: &'v Node,
        times: &'v Node,
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let mut lists = Vec::new();
        self.stream(times, input, &mut |times| {
            let Value::Number(times) = &times else {
                return Err(Error::new("Range bounds must be numeric").at(node.span));
            };
            let mut counted = 0.0;
            while counted < times.as_f64() {
                self.meter.items(1)?;
                lists.push(input.clone());
                counted += 1.0;
            }
            Ok(())
        })?;
        self.combine(node, &lists, &mut Vec::new(), out)
    }
}
