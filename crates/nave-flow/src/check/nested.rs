//! The verbs with blocks inside: `switch`, `for`, `fork` and `try`.

use std::rc::Rc;

use indexmap::IndexMap;
use nave_expr::Span;
use nave_expr::check::{Presence, Variable};
use nave_expr::types::{Array, Lazy, Type};

use super::checker::{Checker, Given};
use super::flowing::Flowing;
use super::result::fault_type;
use super::trigger::from;
use super::uses::Source;
use crate::flow::{Block, Case, For, Handler, Step};

impl<'w> Checker<'w, '_> {
    /// The result of the case that is taken; `null` where none is.
    pub(super) fn switch(
        &mut self,
        step: &'w Step,
        cases: &'w [Case],
        otherwise: Option<&'w Block>,
    ) -> Given<'w> {
        self.uncovered(step, cases, otherwise);
        let mark = self.sight.mark();
        let mut all = Given::default();
        let mut is_open = true;
        for case in cases {
            self.condition(&case.when);
            let inside = self.sight.mark();
            self.sight.assume(&case.when, true);
            let given = self.block(&case.block);
            self.step = Some(&step.name);
            self.sight.back(inside);
            if is_open {
                all = all.or(given);
                is_open = self.sight.assume(&case.when, false);
            }
        }
        let rest = otherwise.map_or_else(|| Given::made(Type::null()), |block| self.block(block));
        self.sight.back(mark);
        if is_open { all.or(rest) } else { all }
    }

    /// The list of the results of the rounds.
    pub(super) fn each_item(&mut self, each: &'w For) -> Given<'w> {
        let list = self.value(&each.items, &Type::array_of(Type::anything("")), "the list of the loop");
        let span = Span::default();
        let item = Given { ty: list.ty.items(), flowing: list.flowing.items(span) };
        let (least, most) = match &list.ty.arrays {
            Some(array) => (array.least, array.most),
            None => (0, None),
        };
        // How many rounds there are: what a call was asked for bounds its answer.
        let asked = list.flowing.all_taken().map(|taken| taken.origin.most);
        let asked = asked.collect::<Option<Vec<u64>>>().and_then(|asked| asked.into_iter().max());
        let rounds = match (most, asked) {
            (Some(most), Some(asked)) => Some(most.min(asked)),
            (most, asked) => most.or(asked),
        };
        let in_rounds = |count: u64| match each.batch {
            Some(size) => count.div_ceil(u64::from(size.max(1))),
            None => count,
        };
        let item = match each.batch {
            None => item,
            Some(size) => {
                let rest = Lazy::Known(Rc::new(item.ty));
                let batch = Array { first: Vec::new(), rest, least: 1, most: Some(u64::from(size)) };
                Given { ty: Type::array(batch), flowing: Flowing::list(item.flowing) }
            }
        };
        let mark = self.sight.mark();
        let variable = Variable { ty: item.ty, name: None, presence: Presence::Always };
        self.sight.show(&each.variable, variable, item.flowing);
        let outer = self.calls.enter(rounds.map(in_rounds));
        let round = self.block(&each.body);
        self.calls.leave(outer);
        self.sight.back(mark);
        let rest = Lazy::Known(Rc::new(round.ty));
        let results = Array { first: Vec::new(), rest, least: in_rounds(least), most: most.map(in_rounds) };
        Given { ty: Type::array(results), flowing: Flowing::list(round.flowing) }
    }

    /// The results of the branches by name; of a race the name and the result of the winner.
    pub(super) fn fork(&mut self, branches: &'w IndexMap<String, Block>, compete: bool) -> Given<'w> {
        let mut results = Vec::with_capacity(branches.len());
        for (name, block) in branches {
            results.push((name.as_str(), self.block(block)));
        }
        if compete {
            return results.into_iter().fold(Given::default(), |all, (name, given)| {
                let ty =
                    Type::record([("branch".into(), Type::one_of(&[name])), ("result".into(), given.ty)]);
                let fields = [(Rc::from("result"), given.flowing)].into_iter().collect();
                all.or(Given { ty, flowing: Flowing::object(fields, None) })
            });
        }
        let fields = results.iter().map(|(name, given)| (Rc::from(*name), given.flowing.clone())).collect();
        let ty = Type::record(results.into_iter().map(|(name, given)| (Rc::from(name), given.ty)));
        Given { ty, flowing: Flowing::object(fields, None) }
    }

    /// The result of the block, or of the handler that is taken.
    pub(super) fn attempt(&mut self, body: &'w Block, handlers: &'w [Handler]) -> Given<'w> {
        let mut all = self.block(body);
        for handler in handlers {
            let mark = self.sight.mark();
            if let Some(name) = &handler.variable {
                let ty = fault_type(handler);
                let flowing = from(ty.clone(), Source::Hub, None).flowing;
                let called = Some("the fault".to_owned());
                let variable = Variable { ty, name: called, presence: Presence::Always };
                self.sight.show(name, variable, flowing);
            }
            all = all.or(self.block(&handler.block));
            self.sight.back(mark);
        }
        all
    }
}
