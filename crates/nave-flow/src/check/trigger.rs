//! What starts a run, and so what `.` is: the data of an event, a body, an item, a time.

use std::rc::Rc;

use nave_connector::manifest::Paging;
use nave_connector::schema::typed::{event_names, event_type};
use nave_expr::types::{Array, Kind, Lazy, Type};
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Problem};

use super::checker::{Checker, Given};
use super::facts::Facts;
use super::flowing::{Flowing, Origin};
use super::found::tail;
use super::own;
use super::uses::{EventUse, How, Purpose, Source};
use crate::flow::{Expression, Trigger, TriggerKind};

/// What an event of a connection, or of flows, turned out to be.
pub(super) struct Event<'w> {
    pub(super) given: Given<'w>,
    /// What people call its data.
    pub(super) name: String,
}

impl<'w> Checker<'w, '_> {
    /// Looks at the triggers; from then on `.` is known.
    pub(super) fn triggers(&mut self) {
        let mut all: Option<Given<'w>> = None;
        let mut names = Vec::new();
        for (position, trigger) in self.flow.triggers.iter().enumerate() {
            let (given, name) = self.trigger(position, trigger);
            let (given, name) = batched(given, name, trigger);
            all = Some(match all {
                Some(all) => all.or(given),
                None => given,
            });
            names.push(name);
        }
        let is_manual = |trigger: &Trigger| matches!(trigger.kind, TriggerKind::Manual);
        if let (Some(input), false) = (own::input_type(self.flow), self.flow.triggers.iter().any(is_manual)) {
            let given = from(input, Source::Input, None);
            all = Some(all.map_or_else(|| given.clone(), |all| all.or(given.clone())));
            names.push("the input".to_owned());
        }
        names.dedup();
        let given = all.unwrap_or_else(Given::reported);
        self.data = given.ty.clone();
        self.sight.input = given.ty;
        self.sight.input_flowing = given.flowing;
        self.sight.input_name = match names.as_slice() {
            [one] => one.clone(),
            _ => "the trigger's data".to_owned(),
        };
    }

    fn trigger(&mut self, position: usize, trigger: &'w Trigger) -> (Given<'w>, String) {
        match &trigger.kind {
            TriggerKind::Event { connection, event } => {
                let at = event_place(&trigger.at, connection.as_deref(), event);
                let found = self.event(connection.as_deref(), event, How::Trigger, &at);
                (found.given, found.name)
            }
            TriggerKind::Every { .. } | TriggerKind::Cron { .. } => {
                (from(schedule(), Source::Schedule, None), "the schedule".to_owned())
            }
            TriggerKind::Webhook { path, .. } => {
                let body = own::webhook_type(self.flow, position)
                    .unwrap_or_else(|| Type::anything(format!("the webhook `{path}` has no `schema`")));
                (from(body, Source::Webhook { path: path.clone() }, None), "the body".to_owned())
            }
            TriggerKind::Each { connection, operation, with, items, id, changed, deleted, .. } => {
                let at = tail(&trigger.at, &format!("{connection}.{operation}"));
                let facts = self.operation(connection, operation, &at);
                let at_item = self.each(facts.as_deref(), with.as_ref(), items.as_ref(), &at);
                self.item_keys(&at_item, [id.as_ref(), changed.as_ref()]);
                let given = if *deleted { or_gone(at_item) } else { at_item };
                (given, "the item".to_owned())
            }
            TriggerKind::Manual => {
                let silent = || Type::anything("the flow does not describe its `input`");
                let input = own::input_type(self.flow).unwrap_or_else(silent);
                (from(input, Source::Input, None), "the input".to_owned())
            }
        }
    }

    /// An event; says so where there is none of this name.
    pub(super) fn event(&mut self, connection: Option<&str>, event: &str, how: How, at: &At) -> Event<'w> {
        let step = self.step_name();
        if let Some(name) = connection
            && let Some(connected) = self.shared.world.connection(name)
        {
            self.uses.events.push(EventUse {
                connection: Some(name.to_owned()),
                event: event.to_owned(),
                step,
                how,
                at: at.clone(),
            });
            let connector = connected.connector;
            let Some(data) = event_type(connector, event) else {
                let hint =
                    did_you_mean(event, event_names(connector)).unwrap_or_else(|| {
                        match event_names(connector).is_empty() {
                            true => format!("the connector `{}` describes no events", connector.name),
                            false => format!("it sends {}", listed(&event_names(connector))),
                        }
                    });
                let message = format!("`{name}` sends no event `{event}`");
                self.error(Problem::new(codes::FLOW_NAME, at.clone(), message).hint(hint));
                return Event { given: Given::reported(), name: "the event".to_owned() };
            };
            let called = called(&data);
            let source = Source::Event { connection: Some(name.to_owned()), event: event.to_owned() };
            return Event { given: from(data, source, Some(connector.name.clone())), name: called };
        }
        let whole = match connection {
            Some(connection) => format!("{connection}.{event}"),
            None => event.to_owned(),
        };
        self.uses.events.push(EventUse { connection: None, event: whole.clone(), step, how, at: at.clone() });
        self.flows_event(connection, &whole, at)
    }

    /// An event that flows emit.
    fn flows_event(&mut self, connection: Option<&str>, event: &str, at: &At) -> Event<'w> {
        let name = "the event".to_owned();
        match self.shared.emitted(event) {
            Some(data) => {
                let source = Source::Event { connection: None, event: event.to_owned() };
                let data = own::input_type(self.flow).filter(|_| self.step.is_none()).unwrap_or(data);
                Event { given: from(data, source, None), name }
            }
            None => {
                let emitted = self.shared.emitted_names();
                let hint = did_you_mean(event, emitted.iter().copied());
                let problem = match connection {
                    Some(connection) if hint.is_none() => {
                        super::facts::no_connection(self.shared.world, connection).problem(at.clone())
                    }
                    _ => {
                        let message = format!("no flow emits the event `{event}`");
                        let hint = hint.unwrap_or_else(|| format!("send it from a step: `emit {event}`"));
                        Problem::new(codes::FLOW_NAME, at.clone(), message).hint(hint)
                    }
                };
                self.error(problem);
                Event { given: Given::reported(), name }
            }
        }
    }

    /// One item of what an `each` trigger polls.
    fn each(
        &mut self,
        facts: Option<&Facts<'w>>,
        with: Option<&'w Expression>,
        items: Option<&'w Expression>,
        at: &At,
    ) -> Given<'w> {
        self.sight.input = schedule();
        self.sight.input_name = "the schedule".to_owned();
        self.sight.input_flowing = from(schedule(), Source::Schedule, None).flowing;
        let Some(facts) = facts else {
            if let Some(with) = with {
                self.any_value(with, "the arguments");
            }
            return Given::reported();
        };
        let given = self.arguments(facts, with, at);
        self.use_operation(facts, Purpose::Poll, &given.ty, at);
        let answer = self.answer(facts, &given.ty);
        match items {
            Some(items) => {
                self.sight.input = answer.ty;
                self.sight.input_flowing = answer.flowing;
                self.sight.input_name = format!("the answer of `{}`", facts.name);
                self.items(items)
            }
            None => self.paged_items(facts, answer, at),
        }
    }

    /// What `items` gives: every value is an item, a list stands for its items, and `null` for none.
    fn items(&mut self, items: &'w Expression) -> Given<'w> {
        let found = self.any_number(items);
        let inner = if found.ty.arrays.is_some() { found.ty.items() } else { Type::never() };
        let ty = inner.union(&found.ty.without(Kind::Array).without_null());
        let flowing = match found.ty.arrays {
            Some(_) => found.flowing.items(nave_expr::Span::default()),
            None => found.flowing,
        };
        if ty.is_never() {
            let message = "no item ever comes out here";
            let problem = Problem::new(codes::MAPPING_TYPE, items.at.clone(), message);
            self.error(problem.hint("name the list in the answer, for example `items: .items`"));
            return Given::reported();
        }
        Given { ty, flowing }
    }

    /// The items where the connector's paging says, or the answer itself where it is a list.
    fn paged_items(&mut self, facts: &Facts<'w>, answer: Given<'w>, at: &At) -> Given<'w> {
        let span = nave_expr::Span::default();
        let mut list = answer;
        let pointer = facts.operation.paging.as_ref().map(Paging::items).unwrap_or_default();
        for token in pointer.split('/').skip(1) {
            let name = token.replace("~1", "/").replace("~0", "~");
            list = Given { ty: list.ty.field(&name).value, flowing: list.flowing.field(&name, span) };
        }
        if list.ty.arrays.is_none() && !list.ty.is_unknown() {
            let message = format!("nothing says where the items stand in the answer of `{}`", facts.name);
            let problem = Problem::new(codes::FLOW_INVALID, at.clone(), message);
            self.error(problem.hint("say it in the trigger, for example `items: .items`"));
            return Given::reported();
        }
        Given { ty: list.ty.items(), flowing: list.flowing.items(span) }
    }

    /// `id` and `changed` of an `each` trigger, which see one item.
    fn item_keys(&mut self, item: &Given<'w>, [id, changed]: [Option<&'w Expression>; 2]) {
        self.sight.input = item.ty.clone();
        self.sight.input_flowing = item.flowing.clone();
        self.sight.input_name = "the item".to_owned();
        if let Some(id) = id {
            self.value(id, &Type::text().union(&Type::number()), "the id");
        }
        if let Some(changed) = changed {
            self.any_value(changed, "`changed`");
        }
    }
}

/// Data as it comes from somewhere.
pub(super) fn from<'w>(ty: Type<'w>, source: Source, connector: Option<String>) -> Given<'w> {
    let flowing = Flowing::taken(Origin { source, connector, most: None }, ty.clone());
    Given { ty, flowing }
}

/// An item, or what is told of one that is gone.
fn or_gone(item: Given<'_>) -> Given<'_> {
    let gone = Type::record([
        ("deleted".into(), Type::constant(&true.into())),
        ("id".into(), Type::text().union(&Type::number())),
        ("last".into(), item.ty.clone().or_null()),
    ]);
    let last = Flowing::object([("last".into(), item.flowing.clone())].into_iter().collect(), None);
    item.or(Given { ty: gone, flowing: last })
}

/// With `batch`, a list of what comes.
fn batched<'w>(given: Given<'w>, name: String, trigger: &Trigger) -> (Given<'w>, String) {
    let Some(batch) = trigger.batch else { return (given, name) };
    let rest = Lazy::Known(Rc::new(given.ty));
    let list = Array { first: Vec::new(), rest, least: 1, most: Some(u64::from(batch.size)) };
    (Given { ty: Type::array(list), flowing: Flowing::list(given.flowing) }, "the batch".to_owned())
}

/// What `every` and `cron` give: the time they stand for.
pub(super) fn schedule<'w>() -> Type<'w> {
    Type::record([("scheduled_at".into(), Type::text_of_format("date-time"))])
}

/// What people call data of a type: the last word of its schema's name.
fn called(data: &Type<'_>) -> String {
    let [only] = data.objects.as_slice() else { return "the event".to_owned() };
    let name = only.name.as_deref().and_then(|name| name.rsplit('.').next());
    match name {
        Some(name) if !name.contains(' ') => format!("the {}", name.to_lowercase()),
        _ => "the event".to_owned(),
    }
}

/// Where an event is named, in a place that ends with it.
pub(super) fn event_place(at: &At, connection: Option<&str>, event: &str) -> At {
    match connection {
        Some(connection) => tail(at, &format!("{connection}.{event}")),
        None => tail(at, event),
    }
}

fn listed(names: &[&str]) -> String {
    let mut listed: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    if names.len() > 8 {
        listed.push("…".to_owned());
    }
    listed.join(", ")
}
