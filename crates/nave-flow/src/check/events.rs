//! `listen` and `emit`: events, of systems and between flows.

use nave_expr::types::Type;
use nave_expr::types::assign::{Assignment, assign};
use nave_model::Problem;
use nave_model::fault::codes;

use super::checker::{Checker, Given};
use super::found::tail;
use super::own;
use super::step::Done;
use super::trigger::event_place;
use super::uses::{EventUse, How};
use crate::flow::{Expression, Listen, Step, TriggerKind};

impl<'w> Checker<'w, '_> {
    /// The data of the event that fits.
    pub(super) fn listen(&mut self, step: &'w Step, listen: &'w Listen) -> Done<'w> {
        let at = event_place(&step.at, listen.connection.as_deref(), &listen.event);
        let event = self.event(listen.connection.as_deref(), &listen.event, How::Listen, &at);
        let mut given = event.given;
        if let Some(when) = &listen.when {
            let mark = self.sight.mark();
            let outside = std::mem::replace(&mut self.sight.input_flowing, given.flowing.clone());
            let called = std::mem::replace(&mut self.sight.input_name, event.name.clone());
            self.sight.input = given.ty.clone();
            self.condition(when);
            if self.sight.assume(when, true) {
                given.ty = self.sight.input.clone();
            }
            self.sight.back(mark);
            self.sight.input_flowing = outside;
            self.sight.input_name = called;
        }
        Done { given, own: None, called: Some(event.name) }
    }

    /// Sends an event; what flows that begin with it say they take must fit.
    pub(super) fn emit(&mut self, step: &'w Step, event: &str, with: Option<&'w Expression>) -> Given<'w> {
        let at = tail(&step.at, event);
        if let Some((connection, _)) = event.split_once('.')
            && self.shared.world.connection(connection).is_some()
        {
            let message = format!("`{event}` looks like an event of the connection `{connection}`");
            let hint = format!(
                "only the system sends those; choose a name that does not begin with `{connection}.`"
            );
            self.error(Problem::new(codes::FLOW_NAME, at.clone(), message).hint(hint));
        }
        self.uses.events.push(EventUse {
            connection: None,
            event: event.to_owned(),
            step: self.step_name(),
            how: How::Emit,
            at: at.clone(),
        });
        let given = self.emitted_data(event, with, &at);
        let known = self.emitted.entry(event.to_owned()).or_default();
        *known = known.union(&given.ty);
        Given::made(Type::null())
    }

    fn emitted_data(&mut self, event: &str, with: Option<&'w Expression>, at: &nave_model::At) -> Given<'w> {
        let world = self.shared.world;
        let takers = world.flows().into_iter().filter(|flow| {
            flow.triggers.iter().any(|trigger| match &trigger.kind {
                TriggerKind::Event { connection: None, event: name } => name == event,
                TriggerKind::Event { connection: Some(connection), event: name } => {
                    event.strip_prefix(connection.as_str()).and_then(|rest| rest.strip_prefix('.'))
                        == Some(name.as_str())
                }
                _ => false,
            })
        });
        let targets: Vec<(&str, Type<'w>)> =
            takers.filter_map(|flow| Some((flow.name.as_str(), own::input_type(flow)?))).collect();
        let mut given = None;
        for (name, target) in &targets {
            given = Some(self.input_of(name, target, with, at));
        }
        given.unwrap_or_else(|| match with {
            Some(with) => self.any_value(with, "the event's data"),
            None => self.trigger_data(),
        })
    }

    /// `.`, as it is handed on.
    pub(super) fn trigger_data(&self) -> Given<'w> {
        Given { ty: self.sight.input.clone(), flowing: self.sight.input_flowing.clone() }
    }

    /// What another flow is given, held to what it takes.
    pub(super) fn input_of(
        &mut self,
        flow: &str,
        target: &Type<'w>,
        with: Option<&'w Expression>,
        at: &nave_model::At,
    ) -> Given<'w> {
        if let Some(with) = with {
            return self.value(with, target, flow);
        }
        let given = self.trigger_data();
        let name = self.sight.input_name.clone();
        self.fits(&given.ty, target, (&name, flow), at);
        given
    }

    /// Says everything that does not fit where a value is handed on as a whole.
    pub(super) fn fits(
        &mut self,
        from: &Type<'w>,
        to: &Type<'w>,
        (value, target): (&str, &str),
        at: &nave_model::At,
    ) {
        if from.is_unknown() || to.is_unknown() {
            return;
        }
        for mismatch in assign(from, to, &Assignment { value, target, repairs: false }) {
            let mut problem = Problem::new(mismatch.code, at.clone(), mismatch.message);
            problem.hint = mismatch.hint;
            if mismatch.is_warning { self.warning(problem) } else { self.error(problem) }
        }
    }
}
