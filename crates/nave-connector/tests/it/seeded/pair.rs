//! A mapping between two operations: its text, both sides, the values its input may have, the places it
//! uses, and whether it is right: as the checker says before it runs, and as running it shows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use nave_connector::operation::BodyArguments;
use nave_connector::schema::typed::{argument_type, result_type};
use nave_connector::{Connector, Operation, check};
use nave_expr::check::{Inferred, Scope};
use nave_expr::{Budget, Expr, Program, syntax};
use serde_json::Value;

use super::mapping::{self, Slip, Slipped, misspelt};
use super::schema::resolved;
use super::sides::{Library, Side, answer, operation};
use super::values::{Choices, Made, Maker, Mentioned, Rest, joined};

/// How many inputs a mapping is tried on.
const MOST_INPUTS: usize = 60;

/// A mapping of the folder.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) expr: Expr,
    pub(super) source: Side,
    pub(super) target: Side,
    /// The place of the answer's schema.
    root: String,
    mentioned: Mentioned,
    /// Inputs, each with what comes out.
    pub(super) runs: Vec<Run>,
}

/// An input, and what comes out.
pub(super) struct Run {
    pub(super) made: Made,
    pub(super) outputs: Result<Vec<Value>, String>,
}

/// What stands at a place of the results: the schemas that describe it, and the values that were there.
#[derive(Default)]
pub(super) struct Given {
    pub(super) schemas: Vec<String>,
    pub(super) values: Vec<Value>,
}

/// What a wrong mapping does to somebody who only runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    /// It fails, or gives none or several values.
    Loud,
    /// It gives one value without any error, and the value is wrong.
    Silent,
}

/// What the checker says.
pub(super) struct Verdict {
    pub(super) errors: Vec<String>,
    pub(super) warnings: usize,
}

impl Pair {
    pub(super) fn read(library: &mut Library, shared: &Path, name: &str, text: String) -> Pair {
        let header = |word: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("# {word}: ")));
            let mut words = line.unwrap_or_else(|| panic!("{name} does not say `{word}`")).split(' ');
            (words.next().unwrap().to_owned(), words.next().unwrap().to_owned())
        };
        let (from, to) = (header("from"), header("to"));
        let source = library.side(shared, &from.0, &from.1);
        let target = library.side(shared, &to.0, &to.1);
        let expr = syntax::parse(&text).unwrap_or_else(|found| panic!("{name}: {found:?}"));
        let mut mentioned = Mentioned::default();
        mapping::mentions(&expr, &mut mentioned);
        let connector = source.connector(source.tree.clone());
        let root = answer(operation(&connector)).pointer;
        let mut pair =
            Pair { name: name.to_owned(), text, expr, source, target, root, mentioned, runs: Vec::new() };
        let program = Program::from_expr(&pair.text, &pair.expr, &[]).unwrap();
        let inputs = pair.inputs(&connector, "-").filter(|made| is_answer(&connector, &made.value));
        pair.runs = inputs.map(|made| Run { outputs: run(&program, &made.value), made }).collect();
        pair
    }

    /// Values of the answer's schema: everything there, and then every choice on its own, those at `first`
    /// before the others.
    pub(super) fn inputs<'p>(
        &'p self,
        connector: &'p Connector,
        first: &'p str,
    ) -> impl Iterator<Item = Made> + 'p {
        let mut waiting: VecDeque<Choices> = VecDeque::from([Choices::new()]);
        let rest = Rest::default();
        let mut seen: BTreeSet<Choices> = BTreeSet::new();
        std::iter::from_fn(move || {
            while let Some(choices) = waiting.pop_front() {
                let made = Maker::make(connector, &self.root, &self.mentioned, &rest, &choices);
                let Some(made) = made else { continue };
                for (point, among) in &made.points {
                    if choices.contains_key(point) || choices.len() > 2 {
                        continue;
                    }
                    for other in 1..(*among).min(24) {
                        let mut next = choices.clone();
                        next.insert(point.clone(), other);
                        // Of two choices together only those that the first one opens are tried.
                        let is_opened = choices.is_empty() || choices.keys().any(|one| point > one);
                        if !is_opened || !seen.insert(next.clone()) {
                            continue;
                        }
                        match point.strip_prefix(first).is_some_and(|rest| rest.starts_with(' ')) {
                            true => waiting.push_front(next),
                            false => waiting.push_back(next),
                        }
                    }
                }
                return Some(made);
            }
            None
        })
        .take(MOST_INPUTS)
    }

    /// What the checker says of a mapping between these sides.
    pub(super) fn verdict(&self, text: &str, source: &Connector, target: &Connector) -> Verdict {
        let expr = match syntax::parse(text) {
            Ok(expr) => expr,
            Err(found) => {
                let errors = found.into_iter().map(|one| one.message).collect();
                return Verdict { errors, warnings: 0 };
            }
        };
        let scope = Scope {
            input: result_type(source, operation(source)),
            input_name: format!("the answer of {}", self.source.title()),
            variables: Vec::new(),
        };
        let taken = argument_type(target, operation(target));
        let found: Inferred<'_> = nave_expr::check::check(&expr, &scope, &taken, &self.target.title());
        let errors = found.diagnostics.iter().filter(|one| !one.is_warning).map(|one| {
            let (line, _) = one.span.place(text);
            format!("{}:{line} {} {}", self.name, one.code.name, one.message)
        });
        let errors: Vec<String> = errors.collect();
        Verdict { warnings: found.diagnostics.len() - errors.len(), errors }
    }

    /// The places of the input the mapping uses: taking them away changes what comes out. With the schemas
    /// that describe them.
    pub(super) fn used(&self) -> BTreeMap<String, Vec<String>> {
        let program = Program::from_expr(&self.text, &self.expr, &[]).unwrap();
        let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in self.runs.iter().take(40) {
            for (at, pointers) in &one.made.places {
                let names = at.split('/').filter(|name| !name.is_empty() && name.parse::<usize>().is_err());
                let is_mentioned = names.clone().count() > 0
                    && names.clone().all(|name| self.mentioned.names.contains(name));
                if !is_mentioned || used.contains_key(at) {
                    continue;
                }
                if run(&program, &without(&one.made.value, at)) != one.outputs {
                    used.insert(at.clone(), pointers.clone());
                }
            }
        }
        used
    }

    /// The places of the results.
    pub(super) fn given(&self) -> BTreeMap<String, Given> {
        let connector = self.target.connector(self.target.tree.clone());
        let mut places: BTreeMap<String, Given> = BTreeMap::new();
        for output in self.runs.iter().flat_map(|one| one.outputs.iter().flatten()) {
            for (name, value) in output.as_object().into_iter().flatten() {
                if let Some(pointer) = argument(operation(&connector), name) {
                    descend(&self.target.tree, &pointer, value, &joined("", name), &mut places);
                }
            }
        }
        places
    }

    /// What running a changed mapping does, on the inputs of the unchanged one.
    pub(super) fn harm_of_slip(&self, slipped: &Slipped, target: &Connector) -> Option<Harm> {
        let Ok(program) = Program::compile(&slipped.text, &[]) else { return Some(Harm::Loud) };
        let compares = matches!(slipped.slip, Slip::SourceField | Slip::ComparedConstant);
        self.runs.iter().find_map(|one| {
            let outputs = run(&program, &one.made.value);
            harm(&outputs, target).or_else(|| (compares && outputs != one.outputs).then_some(Harm::Silent))
        })
    }

    /// What running the mapping does when its source has changed at a place.
    pub(super) fn harm_of_source(&self, changed: &Connector, target: &Connector, at: &str) -> Option<Harm> {
        let program = Program::from_expr(&self.text, &self.expr, &[]).unwrap();
        self.inputs(changed, at).find_map(|made| {
            let harm = harm(&run(&program, &made.value), target)?;
            is_answer(changed, &made.value).then_some(harm)
        })
    }

    /// What running the mapping does when fields of its source have other names; `pointers` are the schemas
    /// of these fields.
    pub(super) fn harm_of_renaming(
        &self,
        changed: &Connector,
        target: &Connector,
        pointers: &[String],
    ) -> Option<Harm> {
        let program = Program::from_expr(&self.text, &self.expr, &[]).unwrap();
        self.runs.iter().find_map(|one| {
            let mut value = one.made.value.clone();
            let places = one.made.places.iter().rev();
            for (at, _) in places.filter(|(_, own)| own.iter().any(|own| pointers.contains(own))) {
                rename(&mut value, at);
            }
            let outputs = run(&program, &value);
            let silent = || (outputs != one.outputs).then_some(Harm::Silent);
            let harm = harm(&outputs, target).or_else(silent)?;
            is_answer(changed, &value).then_some(harm)
        })
    }

    /// What running the mapping does when its target has changed.
    pub(super) fn harm_of_target(&self, changed: &Connector) -> Option<Harm> {
        self.runs.iter().find_map(|one| harm(&one.outputs, changed))
    }
}

/// Whether the system may answer this.
fn is_answer(connector: &Connector, value: &Value) -> bool {
    check::response(connector, operation(connector), 200, value).is_empty()
}

/// What comes out, or why it fails.
fn run(program: &Program, input: &Value) -> Result<Vec<Value>, String> {
    program.run(input, &[], Budget::default()).map_err(|fault| fault.to_string())
}

/// What is wrong with these outputs as arguments.
pub(super) fn harm(outputs: &Result<Vec<Value>, String>, target: &Connector) -> Option<Harm> {
    match outputs.as_deref() {
        Ok([only]) => check::arguments(target, operation(target), only).is_err().then_some(Harm::Silent),
        _ => Some(Harm::Loud),
    }
}

/// Why these outputs are wrong, for people.
pub(super) fn why(one: &Run, target: &Connector) -> String {
    match one.outputs.as_deref() {
        Ok([only]) => match check::arguments(target, operation(target), only) {
            Err(fault) => format!("{fault:?}"),
            Ok(_) => "nothing is wrong".to_owned(),
        },
        Ok(outputs) => format!("{} values", outputs.len()),
        Err(error) => error.clone(),
    }
}

/// The place of the schema of an argument.
fn argument(operation: &Operation, name: &str) -> Option<String> {
    let parameter = operation.parameters.iter().find(|parameter| parameter.argument == name);
    if let Some(parameter) = parameter {
        return Some(parameter.schema.as_ref()?.pointer.clone());
    }
    let root = &operation.body.as_ref()?.media.schema.as_ref()?.pointer;
    match &operation.arguments.body {
        BodyArguments::Whole { argument } => (argument == name).then(|| root.clone()),
        BodyArguments::Fields { fields } => fields.get(name).map(|field| joined(&format!("{root}\0"), field)),
        BodyArguments::None => None,
    }
}

/// Notes the schemas of a value and of everything in it, in all alternatives.
fn descend(tree: &Value, pointer: &str, value: &Value, at: &str, places: &mut BTreeMap<String, Given>) {
    if let Some((root, name)) = pointer.split_once('\0') {
        for facet in facets(tree, root) {
            let pointer = format!("{facet}/properties{name}");
            if tree.pointer(&pointer).is_some() {
                descend(tree, &pointer, value, at, places);
            }
        }
        return;
    }
    let given = places.entry(at.to_owned()).or_default();
    if !given.schemas.iter().any(|one| one == pointer) {
        given.schemas.push(pointer.to_owned());
    }
    if !given.values.contains(value) {
        given.values.push(value.clone());
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                descend(tree, &joined(&format!("{pointer}\0"), name), value, &joined(at, name), places);
            }
        }
        Value::Array(items) => {
            for facet in facets(tree, pointer) {
                let pointer = format!("{facet}/items");
                for item in items.iter().filter(|_| tree.pointer(&pointer).is_some()) {
                    descend(tree, &pointer, item, &format!("{at}/0"), places);
                }
            }
        }
        _ => {}
    }
}

/// The schemas that may apply at a place: behind references, in every alternative.
fn facets(tree: &Value, pointer: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![pointer.to_owned()];
    while let Some(pointer) = waiting.pop() {
        let pointer = resolved(tree, &pointer);
        let Some(schema) = tree.pointer(&pointer) else { continue };
        for word in ["allOf", "anyOf", "oneOf"] {
            let members = schema.get(word).and_then(Value::as_array).map_or(0, Vec::len);
            waiting.extend((0..members.min(40)).map(|index| format!("{pointer}/{word}/{index}")));
        }
        if !found.contains(&pointer) {
            found.push(pointer);
        }
    }
    found
}

fn without(value: &Value, at: &str) -> Value {
    let mut value = value.clone();
    if let Some((holder, name)) = at.rsplit_once('/') {
        let name = name.replace("~1", "/").replace("~0", "~");
        match value.pointer_mut(holder) {
            Some(Value::Object(fields)) => drop(fields.shift_remove(&name)),
            Some(Value::Array(items)) => items.clear(),
            _ => {}
        }
    }
    value
}

fn rename(value: &mut Value, at: &str) {
    if let Some((holder, name)) = at.rsplit_once('/') {
        let name = name.replace("~1", "/").replace("~0", "~");
        if let Some(Value::Object(fields)) = value.pointer_mut(holder)
            && let Some(value) = fields.shift_remove(&name)
        {
            fields.insert(misspelt(&name), value);
        }
    }
}
