//! What takes a step back: that it exists, that its arguments fit, and where those come from that are taken
//! by name.

use std::rc::Rc;

use indexmap::IndexMap;
use nave_expr::Span;
use nave_expr::check::{Presence, Variable};
use nave_expr::types::assign::{Assignment, assign, path_words};
use nave_expr::types::{Field, Lazy, Object, Presence as FieldPresence, Type};
use nave_model::fault::codes;
use nave_model::{Effect, Problem};

use super::checker::{Checker, Given};
use super::facts::Facts;
use super::flowing::Flowing;
use super::step::Done;
use super::uses::{Purpose, Read};
use crate::flow::{Pick, PickFrom, Step, Undo, UndoWith, Verb};

impl<'w> Checker<'w, '_> {
    /// The undo of a step, which sees the step's own result.
    pub(super) fn undo(&mut self, step: &'w Step, done: &Done<'w>) {
        let Some(undo) = &step.undo else { return };
        self.only_reads(step, undo);
        let Some(facts) = self.operation(&undo.connection, &undo.operation, &undo.at) else { return };
        if facts.operation.effect == Effect::Read {
            let message = format!("`{}` only reads, so it takes nothing back", facts.name);
            let hint = format!("name the operation that takes back what `{}` did", step.name);
            self.warning(Problem::new(codes::FLOW_UNDO, undo.at.clone(), message).hint(hint));
        }
        self.settled(&facts, &format!("in the undo of the step `{}`", step.name), &undo.at);
        self.scopes(&facts, &undo.at);
        let arguments = match &undo.with {
            UndoWith::Written(with) => {
                let mark = self.sight.mark();
                let variable = Variable {
                    ty: done.given.ty.clone(),
                    name: done.called.clone(),
                    presence: Presence::Always,
                };
                self.sight.show(&step.name, variable, done.given.flowing.clone());
                let given = self.arguments(&facts, Some(with), &undo.at);
                self.sight.back(mark);
                given.ty
            }
            UndoWith::ByName | UndoWith::Picked(_) => self.by_name(step, undo, &facts, done),
        };
        self.use_operation(&facts, Purpose::Undo, &arguments, &undo.at);
    }

    /// Warns of an undo for what changes nothing.
    fn only_reads(&mut self, step: &Step, undo: &Undo) {
        let Verb::Call(call) = &step.verb else { return };
        let Ok(facts) = self.shared.operation(&call.connection, &call.operation) else { return };
        if facts.operation.effect == Effect::Read {
            let message = format!("`{}` only reads: there is nothing to undo", facts.name);
            let problem = Problem::new(codes::FLOW_UNDO, undo.at.clone(), message);
            self.warning(problem.hint("take the `undo` away"));
        }
    }

    /// Every argument that is required, taken by its name from the step's result, else from its arguments.
    fn by_name(&mut self, step: &Step, undo: &Undo, facts: &Facts<'w>, done: &Done<'w>) -> Type<'w> {
        let nothing = Given::made(Type::never());
        let own = done.own.as_ref().unwrap_or(&nothing);
        let mut picks = Vec::new();
        let mut flowing = IndexMap::new();
        let mut fields = Object { closed: true, ..Object::default() };
        for name in required(&facts.arguments) {
            let found = [(PickFrom::Result, &done.given.ty), (PickFrom::Arguments, &own.ty)];
            let found = found.into_iter().find_map(|(from, ty)| Some((from, member(ty, &name)?)));
            if let Some((from, field)) = found {
                let source = if from == PickFrom::Result { &done.given.flowing } else { &own.flowing };
                let taken = source.field(&name, Span::default());
                self.picked(&taken, undo);
                flowing.insert(Rc::clone(&name), taken);
                picks.push(Pick { argument: name.to_string(), from });
                fields.fields.insert(name, field);
            }
        }
        self.sinks(facts, &Flowing::object(flowing, None), &|_| undo.at.clone());
        let given = Type::object(fields);
        let value = format!("the result of `{}`", step.name);
        let assignment = Assignment { value: &value, target: &facts.name, repairs: false };
        let mut is_whole = true;
        for mismatch in assign(&given, &facts.arguments, &assignment) {
            is_whole &= mismatch.is_warning;
            let message = if mismatch.code == codes::MAPPING_REQUIRED {
                let missing = mismatch.path.last().map(|last| path_words(std::slice::from_ref(last)));
                format!(
                    "`{}` needs `{}`, and neither the result nor the arguments of `{}` have it",
                    facts.name,
                    missing.unwrap_or_default(),
                    step.name
                )
            } else {
                mismatch.message
            };
            let hint = format!("say what it is given: `undo: {{ call: {}, with: … }}`", facts.name);
            let problem = Problem::new(mismatch.code, undo.at.clone(), message).hint(hint);
            if mismatch.is_warning { self.warning(problem) } else { self.error(problem) }
        }
        if is_whole {
            self.picks.insert(step.name.clone(), picks);
        }
        given
    }

    /// Notes what an undo reads by name.
    fn picked(&mut self, taken: &Flowing<'w>, undo: &Undo) {
        for taken in taken.all_taken() {
            self.uses.reads.push(Read {
                source: taken.origin.source.clone(),
                pointer: taken.pointer.to_string(),
                step: self.step_name(),
                at: undo.at.clone(),
            });
        }
    }
}

/// The arguments that every form of a call needs.
fn required(arguments: &Type<'_>) -> Vec<Rc<str>> {
    let Some(first) = arguments.objects.first() else { return Vec::new() };
    let is_needed = |object: &Rc<Object<'_>>, name: &str| {
        object.fields.get(name).is_some_and(|field| field.required && !field.is_set_by_system())
    };
    let names =
        first.fields.keys().filter(|name| arguments.objects.iter().all(|object| is_needed(object, name)));
    names.cloned().collect()
}

/// A member of a value, where it may have one.
fn member<'w>(ty: &Type<'w>, name: &str) -> Option<Field<'w>> {
    if ty.objects.is_empty() && !ty.is_unknown() {
        return None;
    }
    let access = ty.field(name);
    let required = match access.presence {
        FieldPresence::Never => return None,
        FieldPresence::Always | FieldPresence::Unknown => true,
        FieldPresence::Maybe => false,
    };
    Some(Field { required, ..Field::optional(Lazy::known(access.value)) })
}
