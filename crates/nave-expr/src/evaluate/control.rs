//! Pipes, branches, alternatives, `and` and `or`, `try`, labels: who is asked and when.

use crate::compile::node::Node;
use crate::error::Error;
use crate::evaluate::{Machine, One, Out, Step};
use crate::value::Value;

impl<'v> Machine<'v> {
    pub(super) fn pipe_value(&self, stages: &'v [Node], input: &Value<'v>) -> One<'v> {
        let Some((first, rest)) = stages.split_first() else { return Ok(input.clone()) };
        let mut value = self.value(first, input)?;
        for stage in rest {
            value = self.value_of(stage, value)?;
        }
        Ok(value)
    }

    pub(super) fn pipe_stream(&self, stages: &'v [Node], input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        // Stages of one value need no stream; the others nest.
        let plain = stages.iter().take_while(|stage| stage.is_single).count();
        let (before, rest) = stages.split_at_checked(plain).unwrap_or((stages, &[]));
        let value = self.pipe_value(before, input)?;
        match rest {
            [] => out(value),
            [last] => self.stream(last, &value, out),
            [first, rest @ ..] => {
                self.stream(first, &value, &mut |value| self.deeper(|| self.pipe_stream(rest, &value, out)))
            }
        }
    }

    pub(super) fn if_value(
        &self,
        branches: &'v [(Node, Node)],
        otherwise: Option<&'v Node>,
        input: &Value<'v>,
    ) -> One<'v> {
        match self.branch(branches, otherwise, input)? {
            Some(branch) => self.value(branch, input),
            None => Ok(input.clone()),
        }
    }

    /// The branch whose condition is the first true one, of conditions of one value each.
    pub(super) fn branch(
        &self,
        branches: &'v [(Node, Node)],
        otherwise: Option<&'v Node>,
        input: &Value<'v>,
    ) -> Result<Option<&'v Node>, Error<'v>> {
        for (condition, then) in branches {
            if self.value(condition, input)?.is_truthy() {
                return Ok(Some(then));
            }
        }
        Ok(otherwise)
    }

    pub(super) fn if_stream(
        &self,
        branches: &'v [(Node, Node)],
        otherwise: Option<&'v Node>,
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let Some(((condition, then), rest)) = branches.split_first() else {
            return match otherwise {
                Some(otherwise) => self.stream(otherwise, input, out),
                None => out(input.clone()),
            };
        };
        if condition.is_single {
            return if self.value(condition, input)?.is_truthy() {
                self.stream(then, input, out)
            } else {
                self.if_stream(rest, otherwise, input, out)
            };
        }
        self.stream(condition, input, &mut |is_met| {
            if is_met.is_truthy() {
                self.stream(then, input, out)
            } else {
                self.deeper(|| self.if_stream(rest, otherwise, input, out))
            }
        })
    }

    pub(super) fn logic_value(&self, sides: &'v (Node, Node), input: &Value<'v>, is_and: bool) -> One<'v> {
        let left = self.value(&sides.0, input)?.is_truthy();
        if left != is_and {
            return Ok(Value::Bool(left));
        }
        Ok(Value::Bool(self.value(&sides.1, input)?.is_truthy()))
    }

    pub(super) fn logic_stream(
        &self,
        sides: &'v (Node, Node),
        input: &Value<'v>,
        is_and: bool,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        self.stream(&sides.0, input, &mut |left| {
            if left.is_truthy() != is_and {
                return out(Value::Bool(left.is_truthy()));
            }
            self.stream(&sides.1, input, &mut |right| out(Value::Bool(right.is_truthy())))
        })
    }

    pub(super) fn alternative_value(&self, sides: &'v (Node, Node), input: &Value<'v>) -> One<'v> {
        let left = self.value(&sides.0, input)?;
        if left.is_truthy() { Ok(left) } else { self.value(&sides.1, input) }
    }

    pub(super) fn alternative_stream(
        &self,
        sides: &'v (Node, Node),
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let mut is_found = false;
        self.stream(&sides.0, input, &mut |left| {
            if !left.is_truthy() {
                return Ok(());
            }
            is_found = true;
            out(left)
        })?;
        if is_found { Ok(()) } else { self.stream(&sides.1, input, out) }
    }

    pub(super) fn try_stream(
        &self,
        body: &'v Node,
        handler: Option<&'v Node>,
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let done = self.stream(body, input, &mut |value| out(value).map_err(passing));
        match caught(done)? {
            None => Ok(()),
            Some(value) => match handler {
                Some(handler) => self.stream(handler, &value, out),
                None => Ok(()),
            },
        }
    }

    pub(super) fn label(
        &self,
        label: usize,
        body: &'v Node,
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        ended(label, self.stream(body, input, out))
    }
}

/// Marks a failure of what comes behind a `try` as not the `try`'s own.
pub(super) fn passing(error: Error<'_>) -> Error<'_> {
    match error {
        Error::Raised { .. } | Error::Passing(_) => Error::Passing(Box::new(error)),
        other => other,
    }
}

/// What a `try` makes of how its body ended: the value that was raised, if one was.
pub(super) fn caught<'v>(done: Step<'v>) -> Result<Option<Value<'v>>, Error<'v>> {
    match done {
        Ok(()) => Ok(None),
        Err(Error::Raised { value, .. }) => Ok(Some(value)),
        Err(Error::Passing(error)) => Err(*error),
        Err(other) => Err(other),
    }
}

/// What a label makes of how its body ended.
pub(super) fn ended(label: usize, done: Step<'_>) -> Step<'_> {
    match done {
        Err(Error::Break(broken)) if broken == label => Ok(()),
        other => other,
    }
}
