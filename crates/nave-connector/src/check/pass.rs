//! One pass over the flat arguments of a call: parameters, then the body, then names that are neither.

use nave_model::fault::codes;
use nave_model::place::{child, push_token};
use nave_model::{At, Fault, Problem};
use serde_json::{Map, Value};

use crate::arguments::{Split, split};
use crate::check::frame::{Flat, Frame, Root};
use crate::check::repair::Fix;
use crate::check::walk::{Checker, Here, parts};
use crate::check::{Checked, Direction, words};
use crate::operation::{BodyArguments, Location};
use crate::schema::Schema;
use crate::{Connector, Operation};

/// A schema for what has none: anything fits.
static ANYTHING: Value = Value::Bool(true);

/// One pass over the arguments of one call.
pub(super) struct Pass<'p> {
    pub connector: &'p Connector,
    pub operation: &'p Operation,
    pub given: &'p Map<String, Value>,
}

impl<'p> Pass<'p> {
    pub(super) fn run(&self, repairing: bool) -> Result<(Checked, Vec<Fix>), Vec<Problem>> {
        let split = split(self.operation, self.given);
        let mut checker = Checker::new(Direction::Request, self.given.values().map(parts).sum());
        checker.repairing = repairing;
        for name in &split.ambiguous {
            checker.push(self.ambiguous(name));
        }
        let (names, whole) = match &self.operation.arguments.body {
            BodyArguments::Fields { fields } => (Some(fields), None),
            BodyArguments::Whole { argument } => (None, Some(argument.as_str())),
            BodyArguments::None => (None, None),
        };
        let flat = Flat { names, whole, parameters: &self.operation.parameters, given: self.given };
        let title = format!("the body of `{}`", self.operation.name);
        let root = Root { title: &title, flat: Some(flat) };
        self.parameters(&split, &root, &mut checker);
        self.body(&split, &root, &mut checker);
        let fixes = std::mem::take(&mut checker.fixes);
        let problems = checker.finish();
        if !problems.is_empty() {
            return Err(problems);
        }
        let parameters = split.parameters.into_iter().map(|(position, value)| (position, value.clone()));
        Ok((Checked { parameters: parameters.collect(), body: split.body, repairs: Vec::new() }, fixes))
    }

    fn anything(&self) -> Schema<'p> {
        Schema { documents: &self.connector.documents, document: 0, value: &ANYTHING }
    }

    fn parameters(&self, split: &Split<'_>, root: &Root<'_>, checker: &mut Checker<'p>) {
        let top = Frame::root(root, self.anything());
        for (position, parameter) in self.operation.parameters.iter().enumerate() {
            let schema = match &parameter.schema {
                Some(place) => Schema::at(&self.connector.documents, place),
                None => Ok(self.anything()),
            };
            let schema = match schema {
                Ok(schema) => schema,
                Err(fault) => {
                    checker.push(unusable(&parameter.argument, &fault));
                    continue;
                }
            };
            let frame = Frame::field(&top, &parameter.argument, schema);
            match split.parameters.iter().find(|(given, _)| *given == position) {
                Some((_, value)) => {
                    checker.location(value, &frame);
                    if parameter.location == Location::Path && is_empty(value) {
                        checker.report(codes::ARGUMENT_VALUE, Here::at(value, &frame), || {
                            format!("`{}` must not be empty: it is part of the path", parameter.argument)
                        });
                    }
                }
                None if parameter.required => {
                    let asked = words::expected(schema).map(|asked| format!(", {asked}")).unwrap_or_default();
                    checker.report(codes::ARGUMENT_REQUIRED, Here::at(&ANYTHING, &frame), || {
                        format!(
                            "`{}` is required ({}{asked})",
                            parameter.argument,
                            parameter.location.as_str()
                        )
                    });
                }
                None => {}
            }
        }
    }

    fn body(&self, split: &Split<'_>, root: &Root<'_>, checker: &mut Checker<'p>) {
        let described = self.operation.body.as_ref();
        let schema = match described.and_then(|body| body.media.schema.as_ref()) {
            Some(place) => Schema::at(&self.connector.documents, place),
            None => Ok(self.anything()),
        };
        let schema = match schema {
            Ok(schema) => schema,
            Err(fault) => return checker.push(unusable("body", &fault)),
        };
        let top = Frame::root(root, schema);
        let nothing = Value::Object(Map::new());
        match (&self.operation.arguments.body, &split.body) {
            (BodyArguments::Whole { argument }, Some(body)) => {
                checker.location(body, &Frame::field(&top, argument, schema));
            }
            (BodyArguments::Whole { argument }, None) if described.is_some_and(|body| body.required) => {
                let frame = Frame::field(&top, argument, schema);
                let asked = words::expected(schema).map(|asked| format!(" ({asked})")).unwrap_or_default();
                checker.report(codes::ARGUMENT_REQUIRED, Here::at(&nothing, &frame), || {
                    format!("`{argument}` is required{asked}")
                });
            }
            (BodyArguments::Fields { .. }, Some(body)) => {
                checker.location(body, &top);
            }
            (BodyArguments::Whole { .. } | BodyArguments::Fields { .. } | BodyArguments::None, _) => {}
        }
        // Last, so that a name like a missing one is told apart from one that means nothing.
        for name in &split.unknown {
            let value = self.given.get(*name).unwrap_or(&Value::Null);
            let top = Frame::root(root, self.anything());
            checker.unknown(name, value, Here::at(&nothing, &top));
        }
    }

    fn ambiguous(&self, name: &str) -> Problem {
        let qualified = self.operation.arguments.ambiguous.get(name).map(Vec::as_slice).unwrap_or_default();
        let quoted: Vec<String> = qualified.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("`{name}` stands for more than one argument of `{}`", self.operation.name);
        let problem = Problem::new(codes::ARGUMENT_AMBIGUOUS, At::pointer(child("", name)), message);
        problem.hint(format!("give {}", words::alternatives(&quoted)))
    }

    pub(super) fn fault(&self, problems: Vec<Problem>) -> Fault {
        Fault::from_problems(&format!("the arguments of `{}`", self.operation.name), problems)
    }
}

fn unusable(argument: &str, fault: &Fault) -> Problem {
    let mut pointer = String::new();
    push_token(&mut pointer, argument);
    Problem::new(
        fault.code,
        At::pointer(pointer),
        format!("`{argument}` cannot be checked: {}", fault.message),
    )
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}
