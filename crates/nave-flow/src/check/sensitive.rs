//! Personal and secret fields on their way into another system: into arguments that are not marked so.

use std::rc::Rc;

use nave_expr::Span;
use nave_expr::types::Type;
use nave_model::fault::codes;
use nave_model::{At, Problem};

use super::checker::Checker;
use super::facts::Facts;
use super::flowing::{Flowing, Mark, Part, Taken};
use super::uses::Source;

/// Levels of a value that are followed.
const DEEPEST: usize = 6;

/// The word for what nobody may see.
const SECRET: &str = "secret";

/// A marked value that goes where it may not.
struct Leak {
    mark: Mark,
    /// The argument it goes into, as people write it.
    argument: String,
}

/// Follows values into one call.
struct Sink<'f> {
    /// The connector of the call.
    connector: &'f str,
    leaks: Vec<Leak>,
}

impl<'w> Checker<'w, '_> {
    /// Says which marked fields a call hands to a system they do not belong to. `place` tells where a part
    /// of what is given stands in the file.
    pub(super) fn sinks(&mut self, facts: &Facts<'w>, given: &Flowing<'w>, place: &dyn Fn(Span) -> At) {
        let mut sink = Sink { connector: &facts.connected.connector.name, leaks: Vec::new() };
        sink.value(given, &facts.arguments, "", None, 0);
        for Leak { mark, argument } in sink.leaks {
            let is_secret = &*mark.word == SECRET;
            let word = if is_secret { "a secret" } else { &*mark.word };
            let what = format!("`{}` of {}", words(&mark.pointer), called(&mark.origin.source));
            let into = match argument.is_empty() {
                true => format!("`{}`", facts.name),
                false => format!("`{argument}` of `{}`", facts.name),
            };
            let message = format!("{what} is {word}, and goes into {into}, which is not marked so");
            let hint = match is_secret {
                true => "leave it out: secrets stay in their system".to_owned(),
                false => format!(
                    "leave it out, hide it with `sha256`, or mark the argument with `x-nave-sensitive: {}` in the connector `{}`",
                    mark.word, facts.connected.connector.name
                ),
            };
            let at = place(mark.span);
            let problem = Problem::new(codes::FLOW_SENSITIVE, at, message).hint(hint);
            if is_secret { self.error(problem) } else { self.warning(problem) }
        }
    }
}

impl Sink<'_> {
    /// What goes into a place of the arguments. `marked`: the mark of the place.
    fn value(
        &mut self,
        given: &Flowing<'_>,
        target: &Type<'_>,
        name: &str,
        marked: Option<&str>,
        depth: usize,
    ) {
        if depth > DEEPEST {
            for mark in given.marks() {
                self.mark(mark, name, marked);
            }
            return;
        }
        for part in &given.parts {
            match part {
                Part::Made(marks) => marks.iter().for_each(|mark| self.mark(mark.clone(), name, marked)),
                Part::List(items) => {
                    self.value(items, &target.items(), &format!("{name}[]"), marked, depth + 1);
                }
                Part::Object { fields, others } => {
                    for (field, value) in fields.iter() {
                        self.field(value, target, (name, field), marked, depth);
                    }
                    if let Some(others) = others {
                        for mark in others.marks() {
                            self.mark(mark, name, marked);
                        }
                    }
                }
                Part::Taken(taken) => self.taken(taken, target, name, marked, depth),
            }
        }
    }

    fn taken(
        &mut self,
        taken: &Taken<'_>,
        target: &Type<'_>,
        name: &str,
        marked: Option<&str>,
        depth: usize,
    ) {
        if let Some(mark) = taken.mark() {
            self.mark(mark, name, marked);
            return;
        }
        let ty = taken.ty.get();
        let whole = Flowing::from(taken.clone());
        if ty.arrays.is_some() {
            let items = whole.items(taken.span);
            self.value(&items, &target.items(), &format!("{name}[]"), marked, depth + 1);
        }
        if !ty.objects.is_empty() {
            let (fields, _) = whole.spread(taken.span);
            for (field, value) in &fields {
                self.field(value, target, (name, field), marked, depth);
            }
        }
    }

    fn field(
        &mut self,
        value: &Flowing<'_>,
        target: &Type<'_>,
        (outer, field): (&str, &Rc<str>),
        marked: Option<&str>,
        depth: usize,
    ) {
        if value.parts.is_empty() {
            return;
        }
        let access = target.field(field);
        let own = access.sensitive.as_deref().or(marked);
        let name = if outer.is_empty() { field.to_string() } else { format!("{outer}.{field}") };
        self.value(value, &access.value, &name, own, depth + 1);
    }

    /// A marked value comes to a place.
    fn mark(&mut self, mark: Mark, argument: &str, marked: Option<&str>) {
        let is_at_home = mark.origin.connector.as_deref() == Some(self.connector);
        // What is personal may go where anything marked may; a secret only where secrets may.
        let is_expected = match marked {
            None => false,
            Some(word) => word == SECRET || &*mark.word != SECRET,
        };
        let is_known = self.leaks.iter().any(|leak| {
            let (known, mark) = (&leak.mark, &mark);
            leak.argument == argument && known.pointer == mark.pointer && known.origin == mark.origin
        });
        if !is_at_home && !is_expected && !is_known {
            self.leaks.push(Leak { mark, argument: argument.to_owned() });
        }
    }
}

/// A pointer as people write it: `/items/*/email` is `items[].email`.
fn words(pointer: &str) -> String {
    let mut words = String::new();
    for token in pointer.split('/').skip(1) {
        match token {
            "*" => words.push_str("[]"),
            name => {
                if !words.is_empty() {
                    words.push('.');
                }
                words.push_str(&name.replace("~1", "/").replace("~0", "~"));
            }
        }
    }
    words
}

fn called(source: &Source) -> String {
    match source {
        Source::Answer { connection, operation } => format!("`{connection}.{operation}`"),
        Source::Event { connection: Some(connection), event } => format!("`{connection}.{event}`"),
        Source::Event { connection: None, event } => format!("`{event}`"),
        Source::Webhook { path } => format!("the webhook `{path}`"),
        Source::Schedule => "the schedule".to_owned(),
        Source::Input => "the input".to_owned(),
        Source::Flow { flow } => format!("the output of `{flow}`"),
        Source::Hub => "the hub".to_owned(),
    }
}
