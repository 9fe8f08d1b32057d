//! `run`: another flow, what it takes and what it gives.

use nave_expr::types::Type;
use nave_model::Problem;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;

use super::checker::{Checker, Given};
use super::found::tail;
use super::own;
use super::step::Done;
use super::trigger::from;
use super::uses::{FlowUse, Source};
use crate::flow::{Expression, Step};

impl<'w> Checker<'w, '_> {
    /// The other flow's output; `null` where nobody waits for it.
    pub(super) fn run(
        &mut self,
        step: &'w Step,
        name: &str,
        with: Option<&'w Expression>,
        wait: bool,
    ) -> Done<'w> {
        let at = tail(&step.at, name);
        self.uses.flows.push(FlowUse { flow: name.to_owned(), step: step.name.clone(), at: at.clone() });
        let world = self.shared.world;
        let Some(flow) = world.flow(name) else {
            let flows = world.flows();
            let hint = did_you_mean(name, flows.iter().map(|flow| flow.name.as_str()))
                .unwrap_or_else(|| format!("write it as `flows/{name}.yaml`"));
            self.error(Problem::new(codes::FLOW_NAME, at, format!("there is no flow `{name}`")).hint(hint));
            if let Some(with) = with {
                self.any_value(with, "the input");
            }
            return Given::reported().into();
        };
        let known = if std::ptr::eq(flow, self.flow) { None } else { self.shared.flow(flow) };
        let silent = || Type::anything(format!("nothing says what `{name}` takes"));
        let target =
            own::input_type(flow).or_else(|| Some(known.as_ref()?.data.clone())).unwrap_or_else(silent);
        let own = self.input_of(name, &target, with, &at);
        let given = match (&known, wait) {
            (_, false) => Given::made(Type::null()),
            (Some(known), true) => {
                self.calls.add(&known.calls);
                from(known.output.clone(), Source::Flow { flow: name.to_owned() }, None)
            }
            (None, true) => Given::made(Type::anything(format!("`{name}` runs in a circle, or too deeply"))),
        };
        Done { given, own: Some(own), called: Some(format!("the output of `{name}`")) }
    }
}
