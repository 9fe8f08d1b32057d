//! Makes values that fit a schema, and argument objects that fit an operation. Everything follows from
//! a seed; every value is proven with [`nave_connector::check`] before it is handed out, and a try
//! that fails is mended or repeated smaller.

use nave_connector::check::{self, Checked, Direction};
use nave_connector::operation::{Body, BodyArguments, Codec, Location, Parameter};
use nave_connector::{Connector, Operation, Schema};
use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use serde_json::{Map, Value};

use crate::generate::shape::Shape;
use crate::generate::walk::{Dead, Plan, Walk};

mod array;
mod kinds;
mod number;
mod object;
mod pattern;
pub(crate) mod plausible;
mod repair;
mod rng;
mod shape;
mod text;
mod walk;

pub use rng::Rng;

/// What a value is for.
#[derive(Debug, Clone, Copy)]
pub struct Purpose<'a> {
    /// Name of what it stands for: a text called `email` should look like one.
    pub name: &'a str,
    /// For a request or an answer: read-only values are left out of requests, write-only ones of answers.
    pub direction: Direction,
    /// It travels in a form that knows no null and nothing empty (query, form, XML).
    pub plain: bool,
}

impl Purpose<'_> {
    /// A JSON value of an answer.
    pub const ANSWER: Purpose<'static> = Purpose { name: "", direction: Direction::Response, plain: false };
}

/// Ways to go about one value: percent of optional properties at the top, depth to which optional
/// ones are taken at all, and whether examples are preferred. Tried one after another.
const TRIES: [(u64, usize, bool); 7] = [
    (100, 3, true),
    (70, 3, false),
    (30, 2, true),
    (0, 1, true),
    (0, 1, false),
    (100, 6, false),
    (50, 4, false),
];

/// Values made at most for one value of an answer or a request.
const FUEL: usize = 6_000;

/// A value that fits a schema.
///
/// # Errors
/// No value could be made: the schema demands an endless or very large value, contradicts itself, or
/// has demands this generator cannot meet.
pub fn value(schema: Schema<'_>, rng: &mut Rng, purpose: Purpose<'_>) -> Result<Value, Fault> {
    tried(schema, rng, purpose, true)
}

/// The same without examples: for values that must differ from one another.
pub(crate) fn invented(schema: Schema<'_>, rng: &mut Rng, purpose: Purpose<'_>) -> Result<Value, Fault> {
    tried(schema, rng, purpose, false)
}

fn tried(
    schema: Schema<'_>,
    rng: &mut Rng,
    purpose: Purpose<'_>,
    with_examples: bool,
) -> Result<Value, Fault> {
    let mut dead = Dead::Contradiction;
    for (optional, soft_depth, examples) in TRIES {
        let plan = plan(purpose, optional, soft_depth, examples && with_examples);
        match Walk::new(plan, rng).make(Shape::of([schema]), purpose.name) {
            Ok(made) => {
                if let Some(proven) = proven(schema, made, purpose.direction) {
                    return Ok(proven);
                }
            }
            // What was too large twice will not become small.
            Err(Dead::Size) if dead == Dead::Size => break,
            Err(found) => dead = found,
        }
    }
    let message = format!("no value can be made for a schema: {}", dead.reason());
    Err(Fault::new(codes::SCHEMA_INVALID, message)
        .with_hint("an overlay can correct the description, for example drop a `required`"))
}

fn plan(purpose: Purpose<'_>, optional: u64, soft_depth: usize, examples: bool) -> Plan {
    let Purpose { direction, plain, .. } = purpose;
    Plan { direction, plain, optional, soft_depth, examples, fuel: FUEL }
}

/// The value if it fits, mended where taking something out is enough.
fn proven(schema: Schema<'_>, mut made: Value, direction: Direction) -> Option<Value> {
    for _ in 0..repair::MOST_ROUNDS {
        let problems = check::value(schema, &made, direction);
        if problems.is_empty() {
            return Some(made);
        }
        if !repair::without(&mut made, &problems) {
            return None;
        }
    }
    None
}

/// A flat argument object that an operation accepts: everything required and a choice of the rest,
/// both following from the seed.
///
/// # Errors
/// The last refusal of the check, or the reason why a required argument cannot be made.
pub fn arguments(connector: &Connector, operation: &Operation, seed: u64) -> Result<Value, Fault> {
    checked_arguments(connector, operation, seed).map(|(arguments, _)| arguments)
}

/// The same with the checked form, for callers that go on to build the request.
///
/// # Errors
/// As [`arguments`].
pub fn checked_arguments(
    connector: &Connector,
    operation: &Operation,
    seed: u64,
) -> Result<(Value, Checked), Fault> {
    let mut rng = Rng::for_words(seed, &[&connector.name, &operation.name]);
    let optional = [0, 25, 60, 100][rng.index(4)];
    let examples = rng.chance(70);
    let tries = [
        (optional, 3, examples),
        (25, 2, true),
        (0, 1, true),
        (0, 1, false),
        (100, 4, false),
        (60, 3, false),
    ];
    let mut last = None;
    for (optional, soft_depth, examples) in tries {
        let purpose = Purpose { name: "", direction: Direction::Request, plain: true };
        let maker = Maker { connector, operation, plan: plan(purpose, optional, soft_depth, examples) };
        let refused = match maker.arguments(&mut rng) {
            Ok(made) => match maker.proven(made) {
                Ok(proven) => return Ok(proven),
                Err(fault) => fault,
            },
            Err(fault) => fault,
        };
        last = Some(refused);
    }
    Err(last.unwrap_or_else(|| Fault::new(codes::INTERNAL, "no arguments were tried")))
}

/// Makes the arguments of one operation in one way.
struct Maker<'a> {
    connector: &'a Connector,
    operation: &'a Operation,
    plan: Plan,
}

impl Maker<'_> {
    fn arguments(&self, rng: &mut Rng) -> Result<Value, Fault> {
        let mut arguments = Map::new();
        for parameter in &self.operation.parameters {
            if !parameter.required && !rng.chance(self.plan.optional) {
                continue;
            }
            match self.parameter(parameter, rng) {
                Ok(value) => {
                    arguments.insert(parameter.argument.clone(), value);
                }
                Err(fault) if parameter.required => return Err(fault),
                Err(_) => {}
            }
        }
        if let Some(body) = &self.operation.body
            && (body.required || rng.chance(self.plan.optional.max(50)))
        {
            match self.body(body, rng, &mut arguments) {
                Err(fault) if body.required => return Err(fault),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(Value::Object(arguments))
    }

    fn parameter(&self, parameter: &Parameter, rng: &mut Rng) -> Result<Value, Fault> {
        let plain = parameter.content.is_none();
        if self.plan.examples
            && let Some(example) = &parameter.example
            && !(plain && walk::is_hollow(example))
            && self.fits(parameter, example)
        {
            return Ok(example.clone());
        }
        let plan = Plan { plain, ..self.plan };
        let shape = match &parameter.schema {
            Some(place) => Shape::of([Schema::at(&self.connector.documents, place)?]),
            None => Shape::default(),
        };
        let made = Walk::new(plan, rng).make(shape, &parameter.name);
        made.map_err(|dead| self.cannot(&parameter.argument, dead))
    }

    fn fits(&self, parameter: &Parameter, value: &Value) -> bool {
        // A path segment cannot hold a slash written as such in most examples of whole paths.
        if parameter.location == Location::Path && value.as_str().is_some_and(|text| text.contains('/')) {
            return false;
        }
        let schema = parameter.schema.as_ref().map(|place| Schema::at(&self.connector.documents, place));
        match schema {
            Some(Ok(schema)) => check::value(schema, value, Direction::Request).is_empty(),
            Some(Err(_)) => false,
            None => true,
        }
    }

    fn body(&self, body: &Body, rng: &mut Rng, arguments: &mut Map<String, Value>) -> Result<(), Fault> {
        let plain = !matches!(body.media.codec, Codec::Json | Codec::JsonLines | Codec::EventStream);
        let plan = Plan { plain, ..self.plan };
        let schema = match &body.media.schema {
            Some(place) => Some(Schema::at(&self.connector.documents, place)?),
            None => None,
        };
        let example = body.media.example.as_ref().filter(|example| {
            let fits = |schema| check::value(schema, example, Direction::Request).is_empty();
            self.plan.examples && !(plain && walk::is_hollow(example)) && schema.is_none_or(fits)
        });
        let value = match example {
            Some(example) => example.clone(),
            None => {
                let made = Walk::new(plan, rng).make(Shape::of(schema), "body");
                made.map_err(|dead| self.cannot("body", dead))?
            }
        };
        self.spread(value, arguments)
    }

    /// Puts a body where the flat argument object has it.
    fn spread(&self, body: Value, arguments: &mut Map<String, Value>) -> Result<(), Fault> {
        match (&self.operation.arguments.body, body) {
            (BodyArguments::None, _) => {}
            (BodyArguments::Whole { argument }, body) => {
                arguments.insert(argument.clone(), body);
            }
            (BodyArguments::Fields { fields }, Value::Object(members)) => {
                for (field, value) in members {
                    let renamed =
                        fields.iter().find(|(_, known)| **known == field).map(|(name, _)| name.clone());
                    let name = renamed.unwrap_or(field);
                    // A field that is not described may have the name of a parameter by chance.
                    arguments.entry(name).or_insert(value);
                }
            }
            (BodyArguments::Fields { .. }, _) => return Err(self.cannot("body", Dead::Contradiction)),
        }
        Ok(())
    }

    /// The arguments if the check accepts them, mended where taking something out is enough.
    fn proven(&self, mut made: Value) -> Result<(Value, Checked), Fault> {
        let mut rounds = 0;
        loop {
            let fault = match check::arguments(self.connector, self.operation, &made) {
                Ok(checked) => return Ok((made, checked)),
                Err(fault) => fault,
            };
            rounds += 1;
            let problems: &[Problem] = &fault.problems;
            if rounds > repair::MOST_ROUNDS || !repair::without(&mut made, problems) {
                return Err(fault);
            }
        }
    }

    fn cannot(&self, argument: &str, dead: Dead) -> Fault {
        let name = &self.operation.name;
        let message = format!("no value can be made for `{argument}` of `{name}`: {}", dead.reason());
        Fault::new(codes::SCHEMA_INVALID, message)
            .with_hint("an overlay can correct the description, for example drop a `required`")
    }
}

/// The schema of a list's items, where a schema is that of a list: by itself, or in its first
/// alternative that is.
pub(crate) fn items_of(schema: Schema<'_>) -> Option<Schema<'_>> {
    let shape = Shape::of([schema]);
    let own = shape.keyword("items").find(|(_, items)| items.is_object());
    if let Some((part, items)) = own {
        let kinds = kinds::Kinds::of(&shape).kinds;
        return kinds.contains(&kinds::Kind::Array).then(|| part.with(items));
    }
    let branches = shape.choices.iter().flat_map(|choice| &choice.branches);
    branches.flat_map(|branch| &branch.schemas).find_map(|schema| {
        let shape = Shape::of([*schema]);
        shape.keyword("items").find(|(_, items)| items.is_object()).map(|(part, items)| part.with(items))
    })
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tables of values read better without references")]
mod tests;
