//! Variables: `as` with patterns and alternatives, `reduce` and `foreach`.

use crate::compile::node::{Bind, Fold, Node, Pattern};
use crate::error::Error;
use crate::evaluate::{Machine, One, Out, Step, access, operators};
use crate::value::{Value, shortened};

impl<'v> Machine<'v> {
    pub(super) fn bind_value(&self, bind: &'v Bind, input: &Value<'v>) -> One<'v> {
        let source = self.value(&bind.source, input)?;
        match bind.patterns.as_slice() {
            [Pattern::Variable(slot)] => self.set_variable(*slot, source),
            patterns => {
                for pattern in patterns {
                    self.match_pattern(&bind.source, pattern, &source, &mut || Ok(()))?;
                }
            }
        }
        self.value(&bind.body, input)
    }

    pub(super) fn bind_stream(&self, bind: &'v Bind, input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        self.stream(&bind.source, input, &mut |source| {
            self.each_binding(bind, &source, &mut || self.stream(&bind.body, input, out))
        })
    }

    /// Runs a body for every way to bind the variables. Where there are alternatives, any failure leads
    /// to the next one, even a failure of what comes after, as in jq; only the last one's stands. A
    /// `break` is no failure: jq takes it for one, so that `first` gives several values there.
    pub(super) fn each_binding(
        &self,
        bind: &'v Bind,
        source: &Value<'v>,
        body: &mut dyn FnMut() -> Step<'v>,
    ) -> Step<'v> {
        if let [pattern] = bind.patterns.as_slice() {
            return self.match_pattern(&bind.source, pattern, source, body);
        }
        let mut last = Ok(());
        for pattern in &bind.patterns {
            for slot in &bind.slots {
                self.set_variable(*slot, Value::Null);
            }
            last = self.match_pattern(&bind.source, pattern, source, body);
            match &last {
                Err(Error::Raised { .. } | Error::Passing(_)) => {}
                Ok(()) | Err(Error::Limit { .. } | Error::Break(_)) => break,
            }
        }
        last
    }

    /// Binds the variables of a pattern in every way its keys allow, and runs the body for each.
    pub(super) fn match_pattern(
        &self,
        source: &'v Node,
        pattern: &'v Pattern,
        value: &Value<'v>,
        body: &mut dyn FnMut() -> Step<'v>,
    ) -> Step<'v> {
        self.meter.steps(1)?;
        match pattern {
            Pattern::Variable(slot) => {
                self.set_variable(*slot, value.clone());
                body()
            }
            Pattern::Array(items) => self.match_items(source, items, value, body),
            Pattern::Object(entries) => self.match_entries(source, entries, value, body),
        }
    }

    fn match_items(
        &self,
        source: &'v Node,
        items: &'v [Pattern],
        value: &Value<'v>,
        body: &mut dyn FnMut() -> Step<'v>,
    ) -> Step<'v> {
        let Some((last, before)) = items.split_last() else { return body() };
        let key = operators::count(before.len());
        let item = access::index(&self.meter, value, &key).map_err(|error| error.at(source.span))?;
        self.match_pattern(source, last, &item, &mut || {
            self.deeper(|| self.match_items(source, before, value, body))
        })
    }

    fn match_entries(
        &self,
        source: &'v Node,
        entries: &'v [(Node, Option<usize>, Option<Pattern>)],
        value: &Value<'v>,
        body: &mut dyn FnMut() -> Step<'v>,
    ) -> Step<'v> {
        let Some(((key, slot, pattern), after)) = entries.split_first() else { return body() };
        self.stream(key, value, &mut |name| {
            let Value::Text(_) = name else {
                let (kind, name) = (name.type_name(), shortened(&name));
                return Err(Error::new(format!("Cannot index {} with {kind} ({name})", value.type_name())));
            };
            let member = access::index(&self.meter, value, &name).map_err(|error| error.at(source.span))?;
            if let Some(slot) = slot {
                self.set_variable(*slot, member.clone());
            }
            let mut rest = || self.deeper(|| self.match_entries(source, after, value, body));
            match pattern {
                Some(pattern) => self.match_pattern(source, pattern, &member, &mut rest),
                None => rest(),
            }
        })
    }

    /// `reduce`: the state after the last value, for every first state. A step that gives nothing leaves
    /// `null`, one that gives several values the last of them (jq 1.8).
    pub(super) fn reduce(&self, fold: &'v Fold, input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        self.stream(&fold.init, input, &mut |init| {
            let mut state = init;
            self.stream(&fold.source, input, &mut |item| {
                self.match_pattern(&fold.source, &fold.pattern, &item, &mut || {
                    let before = std::mem::replace(&mut state, Value::Null);
                    if fold.update.is_single {
                        state = self.value_of(&fold.update, before)?;
                        return Ok(());
                    }
                    self.stream(&fold.update, &before, &mut |next| {
                        state = next;
                        Ok(())
                    })
                })
            })?;
            out(std::mem::replace(&mut state, Value::Null))
        })
    }

    /// `foreach`: what is extracted of every state.
    pub(super) fn foreach(&self, fold: &'v Fold, input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        self.stream(&fold.init, input, &mut |init| {
            let mut state = init;
            self.stream(&fold.source, input, &mut |item| {
                self.match_pattern(&fold.source, &fold.pattern, &item, &mut || {
                    let before = std::mem::replace(&mut state, Value::Null);
                    self.stream(&fold.update, &before, &mut |next| {
                        state = next.clone();
                        match &fold.extract {
                            Some(extract) => self.stream(extract, &next, out),
                            None => out(next),
                        }
                    })
                })
            })
        })
    }
}
