//! One step: its condition, what it does, what takes it back, and its result.

use nave_expr::check::{Presence, Variable};
use nave_expr::types::Type;

use super::checker::{Checker, Given};
use crate::flow::{Step, Verb, Wait};

/// What a step did.
pub(super) struct Done<'w> {
    pub(super) given: Given<'w>,
    /// What was handed to it: the arguments of a call, the input of a run.
    pub(super) own: Option<Given<'w>>,
    /// What people call its result.
    pub(super) called: Option<String>,
}

impl<'w> From<Given<'w>> for Done<'w> {
    fn from(given: Given<'w>) -> Self {
        Done { given, own: None, called: None }
    }
}

impl<'w> Checker<'w, '_> {
    /// Looks at a step; its result is in sight from then on. Gives the result, `null` included where the
    /// step may be skipped.
    pub(super) fn step(&mut self, step: &'w Step) -> Given<'w> {
        self.step = Some(&step.name);
        let mark = self.sight.mark();
        let mut may_skip = false;
        if let Some(condition) = &step.condition {
            self.condition(condition);
            may_skip = self.sight.may(condition, false);
            self.sight.assume(condition, true);
        }
        let done = self.verb(step);
        self.step = Some(&step.name);
        self.undo(step, &done);
        self.sight.back(mark);
        let Done { given, called, .. } = done;
        // A value that never is never was there to be used.
        let ty = if given.ty.is_never() { Type::anything("") } else { given.ty.clone() };
        let presence = match may_skip {
            true => Presence::Maybe(format!("the step `{}` may not run", step.name)),
            false => Presence::Always,
        };
        let variable = Variable { ty, name: called, presence };
        match &step.condition {
            Some(condition) if may_skip => {
                self.sight.show_guarded(&step.name, variable, given.flowing.clone(), condition);
                if matches!(step.verb, Verb::Raise { .. }) {
                    self.sight.assume(condition, false);
                }
                Given { ty: given.ty.or_null(), ..given }
            }
            _ => {
                self.sight.show(&step.name, variable, given.flowing.clone());
                given
            }
        }
    }

    fn verb(&mut self, step: &'w Step) -> Done<'w> {
        match &step.verb {
            Verb::Call(call) => self.call(step, call),
            Verb::Set { value } => self.any_value(value, "the value").into(),
            Verb::Switch { cases, otherwise } => self.switch(step, cases, otherwise.as_ref()).into(),
            Verb::For(each) => self.each_item(each).into(),
            Verb::Fork { branches, compete } => self.fork(branches, *compete).into(),
            Verb::Try { body, handlers } => self.attempt(body, handlers).into(),
            Verb::Wait(Wait::For(_)) => Given::made(Type::null()).into(),
            Verb::Wait(Wait::Until(time)) => {
                self.value(time, &Type::text_of_format("date-time"), "the time to wait for");
                Given::made(Type::null()).into()
            }
            Verb::Listen(listen) => self.listen(step, listen),
            Verb::Emit { event, with } => self.emit(step, event, with.as_ref()).into(),
            Verb::Raise { message, .. } => {
                if let Some(message) = message {
                    self.value(message, &Type::text(), "the message");
                }
                Given::made(Type::never()).into()
            }
            Verb::Run { flow, with, wait } => self.run(step, flow, with.as_ref(), *wait),
            Verb::Ask(ask) => self.ask(step, ask).into(),
        }
    }
}
