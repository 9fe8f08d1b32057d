//! Valid arguments of every operation of the corpus, made wrong in one place: the check refuses each of
//! them before anything is sent, and names the right name first where one was misspelt.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::operation::BodyArguments;
use nave_connector::schema::fields::{fields, is_read_only};
use nave_connector::{Connector, Operation, Schema, check, source};
use nave_model::place::child;
use nave_sandbox::generate;
use serde_json::{Value, json};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/specs");

/// Mutations of one kind tried for one operation.
const OF_A_KIND: usize = 12;
/// How far down arguments are mutated.
const DEEPEST: usize = 4;

/// One way to make arguments wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    UnknownField,
    MisspeltField,
    WrongType,
    BadEnum,
    OutOfRange,
    MissingRequired,
    WrongPlace,
}

/// Arguments with one thing wrong.
struct Mutation {
    kind: Kind,
    arguments: Value,
    /// Where the wrong thing is.
    pointer: String,
    /// The right name, where one was misspelt.
    meant: Option<String>,
}

/// A value in valid arguments with the schema that always applies to it. The root is the flat argument
/// object itself and has none.
struct Spot<'a> {
    pointer: String,
    schema: Option<Schema<'a>>,
    required: bool,
}

/// Every way of [`Kind`] to make the valid `arguments` of an operation wrong, some of each.
fn mutations(connector: &Connector, operation: &Operation, arguments: &Value) -> Vec<Mutation> {
    let mut all = Vec::new();
    for spot in spots(connector, operation, arguments) {
        let Some(value) = arguments.pointer(&spot.pointer) else { continue };
        if is_closed(connector, operation, &spot) {
            names(operation, arguments, &spot, value, &mut all);
        }
        if let Some(schema) = spot.schema.and_then(|schema| schema.resolve().ok()) {
            for (kind, wrong) in wrong_values(schema, value) {
                all.extend(replaced(kind, arguments, &spot.pointer, wrong));
            }
        }
        if spot.required {
            all.extend(removed(Kind::MissingRequired, arguments, &spot.pointer));
        }
    }
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    all.retain(|mutation| {
        let count = counts.entry(mutation.kind).or_default();
        *count += 1;
        *count <= OF_A_KIND
    });
    all
}

/// The flat object, then every value in it whose schema is plain to see.
fn spots<'a>(connector: &'a Connector, operation: &Operation, arguments: &Value) -> Vec<Spot<'a>> {
    let mut spots = vec![Spot { pointer: String::new(), schema: None, required: false }];
    let Value::Object(given) = arguments else { return spots };
    let at = |place| Schema::at(&connector.documents, place).ok();
    let body = operation.body.as_ref();
    let body_schema = body.and_then(|body| at(body.media.schema.as_ref()?));
    let fields_given = given.keys().filter(|name| is_body_field(operation, name)).count();
    for (name, value) in given {
        let pointer = child("", name);
        let parameter = operation.parameters.iter().find(|parameter| parameter.argument == *name);
        if let Some(parameter) = parameter {
            let schema = parameter.schema.as_ref().and_then(at);
            descend(Spot { pointer, schema, required: parameter.required }, value, 0, &mut spots);
            continue;
        }
        let (Some(body), Some(schema)) = (body, body_schema) else { continue };
        match &operation.arguments.body {
            BodyArguments::Whole { argument } if argument == name => {
                descend(
                    Spot { pointer, schema: Some(schema), required: body.required },
                    value,
                    0,
                    &mut spots,
                );
            }
            BodyArguments::Fields { fields } => {
                let Some(field) = fields.get(name) else { continue };
                let Some(property) = property(schema, field, 0) else { continue };
                // The last field of a body that may be left out altogether may be left out too.
                let stays = body.required || fields_given > 1;
                let required = stays && requires(schema, field, 0) && !is_read_only(property);
                descend(Spot { pointer, schema: Some(property), required }, value, 0, &mut spots);
            }
            BodyArguments::Whole { .. } | BodyArguments::None => {}
        }
    }
    spots
}

fn is_body_field(operation: &Operation, name: &str) -> bool {
    matches!(&operation.arguments.body, BodyArguments::Fields { fields } if fields.contains_key(name))
}

fn descend<'a>(spot: Spot<'a>, value: &Value, depth: usize, spots: &mut Vec<Spot<'a>>) {
    let (pointer, schema) = (spot.pointer.clone(), spot.schema);
    spots.push(spot);
    let Some(schema) = schema.and_then(|schema| schema.resolve().ok()).filter(|_| depth < DEEPEST) else {
        return;
    };
    match value {
        Value::Object(given) => {
            for (name, value) in given {
                let Some(property) = property(schema, name, 0) else { continue };
                let required = requires(schema, name, 0) && !is_read_only(property);
                let spot = Spot { pointer: child(&pointer, name), schema: Some(property), required };
                descend(spot, value, depth + 1, spots);
            }
        }
        Value::Array(items) => {
            let (Some(first), Some(items @ Value::Object(_))) = (items.first(), schema.keyword("items"))
            else {
                return;
            };
            let spot =
                Spot { pointer: child(&pointer, "0"), schema: Some(schema.with(items)), required: false };
            descend(spot, first, depth + 1, spots);
        }
        _ => {}
    }
}

/// The schema of a field that applies whatever alternatives there are: through references and `allOf`.
fn property<'a>(schema: Schema<'a>, name: &str, depth: usize) -> Option<Schema<'a>> {
    parts(schema, depth).find_map(|part| {
        let own = part.keyword("properties").and_then(|properties| properties.get(name));
        own.map(|own| part.with(own))
            .or_else(|| members(part).find_map(|member| property(member, name, depth + 1)))
    })
}

fn requires(schema: Schema<'_>, name: &str, depth: usize) -> bool {
    parts(schema, depth).any(|part| {
        let own = part.keyword("required").and_then(Value::as_array);
        own.is_some_and(|names| names.iter().any(|required| required == name))
            || members(part).any(|member| requires(member, name, depth + 1))
    })
}

/// The schema itself, or what it refers to, or both where a reference keeps its siblings.
fn parts(schema: Schema<'_>, depth: usize) -> impl Iterator<Item = Schema<'_>> {
    let resolved = schema.resolve().ok().filter(|_| depth < 12);
    let target = resolved.and_then(|resolved| resolved.reference().ok()?);
    resolved.into_iter().chain(target.and_then(|target| target.resolve().ok()))
}

fn members(schema: Schema<'_>) -> impl Iterator<Item = Schema<'_>> {
    let members = schema.keyword("allOf").and_then(Value::as_array);
    members.into_iter().flatten().map(move |member| schema.with(member))
}

/// Whether unknown names are refused there, as far as that is plain to see.
fn is_closed(connector: &Connector, operation: &Operation, spot: &Spot<'_>) -> bool {
    let whole = match (&operation.arguments.body, spot.schema) {
        (_, Some(schema)) => Some(schema),
        (BodyArguments::Fields { .. }, None) => {
            let place = operation.body.as_ref().and_then(|body| body.media.schema.as_ref());
            place.and_then(|place| Schema::at(&connector.documents, place).ok())
        }
        (BodyArguments::Whole { .. } | BodyArguments::None, None) => return true,
    };
    whole.is_some_and(|schema| !admits_more(schema, 0) && !fields(schema).declared.is_empty())
}

/// Whether an object may have other fields: it says so, or one of its alternatives declares none.
fn admits_more(schema: Schema<'_>, depth: usize) -> bool {
    fields(schema).open
        || parts(schema, depth).any(|part| {
            let alternatives =
                ["oneOf", "anyOf"].into_iter().filter_map(|name| part.keyword(name)?.as_array());
            let bare = |member: &Value| {
                let found = fields(part.with(member));
                found.open || (found.declared.is_empty() && member.get("required").is_none())
            };
            alternatives.flatten().any(bare) || members(part).any(|member| admits_more(member, depth + 1))
        })
}

/// Unknown and misspelt names, and names in the wrong place.
fn names(operation: &Operation, arguments: &Value, spot: &Spot<'_>, value: &Value, all: &mut Vec<Mutation>) {
    let Value::Object(given) = value else { return };
    let declared: Vec<String> = match spot.schema {
        Some(schema) => fields(schema).declared.keys().map(|name| (*name).to_owned()).collect(),
        None => top_names(operation),
    };
    all.extend(renamed(Kind::UnknownField, arguments, &spot.pointer, None, "qqzzx"));
    let known = given.keys().filter(|name| declared.contains(name)).enumerate();
    for (name, misspelt) in known.filter_map(|(turn, name)| Some((name, misspelling(name, turn)?))) {
        let taken = declared.iter().chain(given.keys()).any(|known| *known == misspelt);
        if !taken && !operation.arguments.ambiguous.contains_key(&misspelt) {
            all.extend(renamed(Kind::MisspeltField, arguments, &spot.pointer, Some(name), &misspelt));
        }
    }
    if spot.schema.is_none() {
        // A field of an object, given at the top instead.
        for (outer, inner) in given.iter().filter_map(|(outer, inner)| Some((outer, inner.as_object()?))) {
            for name in inner.keys().filter(|name| !declared.contains(name)) {
                if !operation.arguments.ambiguous.contains_key(name) {
                    let mut moved = renamed(Kind::WrongPlace, arguments, "", None, name);
                    let inner =
                        moved.as_mut().and_then(|moved| moved.arguments.get_mut(outer)?.as_object_mut());
                    inner.and_then(|inner| inner.remove(name));
                    all.extend(moved);
                }
            }
        }
    } else {
        // An argument of the top, given inside an object instead.
        for name in arguments.as_object().into_iter().flat_map(|top| top.keys()) {
            if !declared.contains(name) && !given.contains_key(name) {
                all.extend(renamed(Kind::WrongPlace, arguments, &spot.pointer, None, name));
            }
        }
    }
}

fn top_names(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().map(|parameter| parameter.argument.clone());
    match &operation.arguments.body {
        BodyArguments::Fields { fields } => parameters.chain(fields.keys().cloned()).collect(),
        BodyArguments::Whole { argument } => parameters.chain([argument.clone()]).collect(),
        BodyArguments::None => parameters.collect(),
    }
}

/// The name with two letters swapped, one left out, one doubled or one wrong, in turn.
fn misspelling(name: &str, turn: usize) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 4 {
        return None;
    }
    let middle = letters.len() / 2;
    match turn % 4 {
        0 => letters.swap(middle, middle - 1),
        1 => drop(letters.remove(middle)),
        2 => letters.insert(middle, letters[middle]),
        _ => letters[middle] = if letters[middle] == 'x' { 'y' } else { 'x' },
    }
    let misspelt: String = letters.into_iter().collect();
    // A swap of equal letters is no misspelling.
    (misspelt != name).then_some(misspelt)
}

/// Values that a schema's own keywords exclude, in place of a valid one.
fn wrong_values(schema: Schema<'_>, valid: &Value) -> Vec<(Kind, Value)> {
    let mut wrong = Vec::new();
    let word = |name: &str| schema.keyword(name);
    let types: Vec<&str> = match word("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() {
        if !types.contains(&"object") {
            wrong.push((Kind::WrongType, json!({"qq": 1})));
        } else if !types.contains(&"string") {
            wrong.push((Kind::WrongType, json!("qq")));
        }
    }
    if word("enum").is_some_and(Value::is_array) && valid.is_string() {
        wrong.push((Kind::BadEnum, json!("qq-not-listed")));
    }
    match valid {
        Value::Number(_) => {
            let bound = |name: &str, step: f64| Some(json!(word(name)?.as_f64()? + step));
            wrong.extend(bound("maximum", 1.0).map(|value| (Kind::OutOfRange, value)));
            wrong.extend(bound("minimum", -1.0).map(|value| (Kind::OutOfRange, value)));
        }
        Value::String(_) => {
            let most = word("maxLength").and_then(Value::as_u64).filter(|most| *most <= 10_000);
            let long = most.and_then(|most| usize::try_from(most).ok()).map(|most| "q".repeat(most + 1));
            wrong.extend(long.map(|long| (Kind::OutOfRange, json!(long))));
            if word("minLength").and_then(Value::as_u64).is_some_and(|least| least > 0) {
                wrong.push((Kind::OutOfRange, json!("")));
            }
        }
        Value::Array(items) => {
            let most = word("maxItems").and_then(Value::as_u64).filter(|most| *most <= 1_000);
            if let (Some(most), Some(item)) =
                (most.and_then(|most| usize::try_from(most).ok()), items.first())
            {
                wrong.push((Kind::OutOfRange, Value::from(vec![item.clone(); most + 1])));
            }
            if word("minItems").and_then(Value::as_u64).is_some_and(|least| least > 0) {
                wrong.push((Kind::OutOfRange, json!([])));
            }
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => {}
    }
    wrong
}

fn replaced(kind: Kind, arguments: &Value, pointer: &str, wrong: Value) -> Option<Mutation> {
    let mut arguments = arguments.clone();
    *arguments.pointer_mut(pointer)? = wrong;
    Some(Mutation { kind, arguments, pointer: pointer.to_owned(), meant: None })
}

fn removed(kind: Kind, arguments: &Value, pointer: &str) -> Option<Mutation> {
    let mut arguments = arguments.clone();
    let (parent, name) = pointer.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    let holder = arguments.pointer_mut(parent)?.as_object_mut()?;
    holder.remove(&name);
    Some(Mutation { kind, arguments, pointer: pointer.to_owned(), meant: None })
}

/// A field under another name: the value of `from`, or something new.
fn renamed(kind: Kind, arguments: &Value, parent: &str, from: Option<&str>, to: &str) -> Option<Mutation> {
    let mut arguments = arguments.clone();
    let holder = arguments.pointer_mut(parent)?.as_object_mut()?;
    let value = from.and_then(|from| holder.remove(from)).unwrap_or_else(|| json!("qq"));
    holder.insert(to.to_owned(), value);
    Some(Mutation { kind, arguments, pointer: child(parent, to), meant: from.map(str::to_owned) })
}

/// Whether the problem at the misspelt name suggests the right one first.
fn suggests(fault: &nave_model::Fault, mutation: &Mutation) -> bool {
    let Some(meant) = &mutation.meant else { return false };
    let at = fault.problems.iter().find(|p| p.at.pointer.as_deref() == Some(mutation.pointer.as_str()));
    let hint = at.and_then(|problem| problem.hint.as_deref());
    hint.is_some_and(|hint| hint.starts_with(&format!("did you mean `{meant}`")))
}

#[derive(Default)]
struct Tally {
    operations: usize,
    tried: BTreeMap<Kind, (usize, usize)>,
    misspelt: (usize, usize),
    passed: Vec<String>,
    unhelpful: Vec<String>,
}

impl Tally {
    fn operation(&mut self, connector: &Connector, operation: &Operation) {
        let Ok(arguments) = generate::arguments(connector, operation, 7) else { return };
        self.operations += 1;
        for mutation in mutations(connector, operation, &arguments) {
            let entry = self.tried.entry(mutation.kind).or_default();
            entry.0 += 1;
            match check::arguments(connector, operation, &mutation.arguments) {
                Ok(_) => {
                    self.passed.push(format!("{:?} {} {}", mutation.kind, operation.name, mutation.pointer));
                }
                Err(fault) => {
                    entry.1 += 1;
                    if mutation.kind == Kind::MisspeltField {
                        self.misspelt.0 += 1;
                        let helps = suggests(&fault, &mutation);
                        self.misspelt.1 += usize::from(helps);
                        if !helps {
                            let meant = mutation.meant.as_deref().unwrap_or_default();
                            self.unhelpful.push(format!(
                                "{} ({meant}): {:?}",
                                operation.name,
                                fault.problems.first()
                            ));
                        }
                    }
                }
            }
        }
    }
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) =
        found.into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| documents(folder)));
    files
}

#[test]
fn wrong_arguments_are_refused_and_misspelt_names_corrected() {
    let documents = documents(Path::new(CORPUS));
    if documents.is_empty() {
        println!("the corpus is not here; nothing was tested");
        return;
    }
    let mut tally = Tally::default();
    for path in &documents {
        let bytes = std::fs::read(path).expect("the document can be read");
        let source = source::read("api", &bytes).expect("the document is well-formed");
        let input = Input { name: "corpus", source, manifest: None, overlay: None, resolver: &NoResolver };
        let connector = import(input).expect("the document is a description").connector;
        for position in 0..connector.entries().len() {
            // What cannot be used is counted where imports are tested.
            let Ok(operation) = connector.operation_at(position) else { continue };
            tally.operation(&connector, operation);
        }
    }
    println!("{} operations of {} documents", tally.operations, documents.len());
    println!("{:<16} {:>8} {:>8}", "mutation", "tried", "refused");
    for (kind, (tried, refused)) in &tally.tried {
        println!("{:<16} {tried:>8} {refused:>8}", format!("{kind:?}"));
    }
    let (misspelt, helped) = tally.misspelt;
    println!("the right name came first for {helped} of {misspelt} misspelt names");
    tally.passed.iter().take(40).for_each(|passed| println!("passed: {passed}"));
    tally.unhelpful.iter().take(40).for_each(|unhelpful| println!("unhelpful: {unhelpful}"));
    assert_eq!(tally.tried.len(), 7, "every kind was tried");
    assert_eq!(tally.passed.len(), 0, "a wrong call was accepted");
    assert!(helped * 100 >= misspelt * 95, "the right name has to come first in 95 of 100");
}
