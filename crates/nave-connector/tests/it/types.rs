//! Types of real descriptions: every operation has them, reading them ends, and they agree with the check
//! of values: what they say is enough passes, what passes lies in them, and what is wrong with arguments is
//! found by both.

use std::collections::BTreeSet;

use nave_connector::check::{self, Direction};
use nave_connector::schema::typed::{argument_type, result_type};
use nave_connector::{Connector, Operation, Schema};
use nave_expr::types::assign::{Assignment, assign};
use nave_expr::types::{Identity, Kind, Lazy, Type};
use serde_json::{Map, Value, json};

use crate::corpus::{corpus, import_file};
use crate::measure::{Measured, measured};

/// How far inside types are looked at.
const DEEPEST: usize = 4;

/// Of the changed arguments one in so many is looked at.
const STRIDE: usize = 19;

/// What was met on a walk through all types of one document.
#[derive(Default)]
struct Walk {
    seen: BTreeSet<Identity>,
    types: usize,
    unknown: usize,
    never: usize,
    /// Example values of the description, and those that pass the check.
    examples: usize,
    passing: usize,
    /// Values that pass the check and do not lie in the type, each with its schema.
    strays: Vec<String>,
}

impl Walk {
    fn enter(&mut self, connector: &Connector, lazy: &Lazy<'_>, depth: usize) {
        // What was made on the way is known by its address, which another may have later.
        let is_new = match lazy.identity() {
            Identity::Known(_) => true,
            identity => self.seen.insert(identity),
        };
        if depth > DEEPEST || !is_new {
            return;
        }
        let found = lazy.get();
        if let Lazy::Schema(place) = lazy
            && let Some(example) = place.value.get("example")
        {
            let documents = &connector.documents;
            self.example(&found, example, Schema { documents, document: place.document, value: place.value });
        }
        self.look(connector, &found, depth);
    }

    fn look(&mut self, connector: &Connector, found: &Type<'_>, depth: usize) {
        self.types += 1;
        self.unknown += usize::from(found.is_unknown());
        self.never += usize::from(found.is_never());
        let array = found.arrays.iter().flat_map(|array| array.first.iter().chain([&array.rest]));
        let objects = found.objects.iter();
        let fields = objects
            .flat_map(|object| object.fields.values().map(|field| &field.value).chain(object.rest.iter()));
        for lazy in array.chain(fields) {
            self.enter(connector, lazy, depth + 1);
        }
    }

    fn example(&mut self, found: &Type<'_>, example: &Value, schema: Schema<'_>) {
        self.examples += 1;
        if !check::value(schema, example, Direction::Response).is_empty() {
            return;
        }
        self.passing += 1;
        if !found.accepts(example) {
            self.strays.push(format!("{example} in {found}: {}", schema.value));
        }
    }
}

/// A value of a type. Of objects it has the required fields, and the others down to `ample` levels as far as
/// values for them are known. `None`: none is known, because a pattern would have to be met, or the type
/// goes on without end.
fn sample(found: &Type<'_>, ample: usize, depth: usize) -> Option<Value> {
    if depth > 24 {
        return None;
    }
    if found.is_unknown() {
        return Some(json!("anything"));
    }
    if let Some(object) = found.objects.first().filter(|_| found.texts.is_none()) {
        let mut fields = Map::new();
        for (name, field) in object.fields.iter().filter(|(_, field)| !field.is_set_by_system()) {
            if !field.required && depth >= ample {
                continue;
            }
            match sample(&field.value.get(), ample, depth + 1) {
                Some(value) => drop(fields.insert(name.to_string(), value)),
                None if field.required => return None,
                None => {}
            }
        }
        return Some(Value::Object(fields));
    }
    if let Some(array) = &found.arrays {
        let items = (0..usize::try_from(array.least).ok()?.min(64))
            .map(|index| sample(&array.first.get(index).unwrap_or(&array.rest).get(), ample, depth + 1));
        return Some(Value::Array(items.collect::<Option<Vec<Value>>>()?));
    }
    if let Some(numbers) = &found.numbers {
        return match &numbers.constants {
            Some(constants) => serde_json::from_str(constants.first()?).ok(),
            None => {
                let number = numbers.least.or(numbers.most).unwrap_or(1.0);
                let number = if numbers.integer { number.ceil() } else { number };
                serde_json::from_str(&format!("{number}")).ok()
            }
        };
    }
    if let Some(texts) = &found.texts {
        if let Some(constants) = &texts.constants {
            return Some(Value::from(constants.first()?.as_str()));
        }
        let text = match texts.format.as_deref() {
            Some("date") => "2026-11-23",
            Some("date-time") => "2026-11-23T10:00:00Z",
            Some("time") => "10:00:00Z",
            Some("email") => "a@b.example",
            Some("uri" | "url") => "https://a.example",
            Some("uuid") => "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            Some("int32" | "int64") => "5",
            _ => "a",
        };
        let longer = "a".repeat(usize::try_from(texts.least).ok()?.saturating_sub(text.len()).min(1_000));
        let value = Value::from(format!("{text}{longer}"));
        return found.accepts(&value).then_some(value);
    }
    found.constants()?.into_iter().next()
}

/// Whether sample arguments by the type pass the check, and if not, why. `None`: no arguments are known.
fn passes(connector: &Connector, operation: &Operation, ample: usize) -> Option<Result<(), String>> {
    let arguments = sample(&argument_type(connector, operation), ample, 0)?;
    Some(match check::arguments(connector, operation, &arguments) {
        Ok(_) => Ok(()),
        Err(fault) => Err(format!("{} {arguments}: {fault}", operation.name)),
    })
}

/// The same arguments with something changed, at one place after the other.
fn mutations(arguments: &Value) -> Vec<Value> {
    let mut places = Vec::new();
    gather(arguments, &mut String::new(), &mut places);
    let others =
        [json!(null), json!("other"), json!("5"), json!(7), json!(-2.5), json!(true), json!([]), json!({})];
    let mut all = Vec::new();
    for place in places.iter().filter(|place| !place.is_empty()).take(24) {
        for other in &others {
            let mut changed = arguments.clone();
            *changed.pointer_mut(place).unwrap() = other.clone();
            all.push(changed);
        }
        let (holder, name) = place.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/").replace("~0", "~");
        for renamed in [None, Some(format!("{name}q"))] {
            let mut changed = arguments.clone();
            if let Some(fields) = changed.pointer_mut(holder).unwrap().as_object_mut() {
                let value = fields.shift_remove(&name).unwrap();
                renamed.map(|renamed| fields.insert(renamed, value));
                all.push(changed);
            }
        }
    }
    all
}

fn gather(value: &Value, pointer: &mut String, places: &mut Vec<String>) {
    places.push(pointer.clone());
    let length = pointer.len();
    let mut enter = |token: &str, value: &Value| {
        nave_model::place::push_token(pointer, token);
        gather(value, pointer, places);
        pointer.truncate(length);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| enter(name, value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| enter(&index.to_string(), item));
        }
        _ => {}
    }
}

/// What types and the check say of wrong arguments, over all documents.
#[derive(Default)]
struct Verdicts {
    tried: usize,
    wrong: usize,
    missed: Vec<String>,
    false_alarms: Vec<String>,
}

impl Verdicts {
    fn operation(&mut self, connector: &Connector, operation: &Operation) {
        let taken = argument_type(connector, operation);
        let Some(arguments) = sample(&taken, 3, 0) else { return };
        let position = self.tried % STRIDE;
        for changed in mutations(&arguments).into_iter().skip(position).step_by(STRIDE) {
            self.tried += 1;
            let assignment = Assignment { value: "the value", target: &operation.name, repairs: true };
            let found = assign(&Type::constant(&changed), &taken, &assignment);
            let first = found.iter().find(|one| !one.is_warning);
            let checked = check::arguments(connector, operation, &changed);
            self.wrong += usize::from(checked.is_err());
            match (&checked, first) {
                (Err(fault), None) => self.missed.push(format!("{} {changed}: {fault}", operation.name)),
                (Ok(_), Some(first)) => {
                    self.false_alarms.push(format!("{} {changed}: {first}", operation.name));
                }
                _ => {}
            }
        }
    }

    fn judge(&self) {
        let Verdicts { tried, wrong, missed, false_alarms } = self;
        println!("{tried} changed arguments, {wrong} of them wrong, {} missed by types", missed.len());
        show(missed);
        println!("{} refused by types alone", false_alarms.len());
        show(false_alarms);
        assert!(*wrong > 5_000, "the arguments are hardly wrong any more");
        assert!(missed.is_empty(), "{} of {wrong} wrong arguments are missed", missed.len());
        // A number is a file's content by repair, which nobody means.
        assert!(false_alarms.len() * 10_000 <= 2 * tried, "{} are refused wrongly", false_alarms.len());
    }
}

fn show(examples: &[String]) {
    for example in examples.iter().step_by(examples.len() / 20 + 1) {
        println!("  {}", example.chars().take(400).collect::<String>());
    }
}

#[test]
fn every_operation_has_types_that_agree_with_the_check() {
    let files = corpus();
    if files.is_empty() {
        println!("skipped: there are no descriptions in ../shared/specs");
        return;
    }
    println!(
        "{:<50} {:>5} {:>7} {:>8} {:>6} {:>8} {:>8} {:>7} {:>6} {:>6}",
        "document", "ops", "types", "anything", "never", "examples", "passing", "strays", "given", "ms"
    );
    let (mut strays, mut refused, mut verdicts) = (Vec::new(), Vec::new(), Verdicts::default());
    let (mut tried, mut unknown_results, mut operations) = (0, 0, 0);
    for path in &files {
        let connector = import_file(path).connector;
        let mut walk = Walk::default();
        let mut sampled = 0;
        let measured = measured(|| {
            for entry in connector.entries() {
                let Ok(operation) = connector.operation(&entry.name) else { continue };
                operations += 1;
                walk.look(&connector, &argument_type(&connector, operation), 0);
                let result = result_type(&connector, operation);
                unknown_results += usize::from(result.is_unknown());
                assert!(!result.may_be(Kind::Null) || !result.is_never());
                walk.look(&connector, &result, 0);
                for passed in [0, 3].iter().filter_map(|ample| passes(&connector, operation, *ample)) {
                    sampled += 1;
                    refused.extend(passed.err());
                }
            }
        });
        println!(
            "{:<50} {:>5} {:>7} {:>8} {:>6} {:>8} {:>8} {:>7} {:>6} {:>6}",
            path.file_name().unwrap().to_str().unwrap(),
            connector.entries().len(),
            walk.types,
            walk.unknown,
            walk.never,
            walk.examples,
            walk.passing,
            walk.strays.len(),
            sampled,
            measured.time.as_millis(),
        );
        for entry in connector.entries() {
            if let Ok(operation) = connector.operation(&entry.name) {
                verdicts.operation(&connector, operation);
            }
        }
        tried += sampled;
        strays.append(&mut walk.strays);
    }
    println!("{operations} operations, of {unknown_results} results nothing is known");
    println!("{} of {tried} sample arguments are refused", refused.len());
    show(&refused);
    show(&strays);
    assert!(strays.is_empty(), "{} values pass the check and do not lie in their type", strays.len());
    assert!(refused.is_empty(), "{} of {tried} sample arguments are refused", refused.len());
    verdicts.judge();
}

/// Reading a field reads no more than the way to it: the result is held here, the time is printed.
#[test]
fn only_what_is_asked_for_is_read() {
    let Some(path) = corpus().into_iter().find(|path| path.ends_with("specs/stripe.yaml")) else {
        println!("skipped: there are no descriptions in ../shared/specs");
        return;
    };
    let connector = import_file(&path).connector;
    let operation = connector.operation("get_charges_charge").unwrap();
    let read = fastest(|| {
        let charge = result_type(&connector, operation);
        let customer = charge.field("customer").value.only(Kind::Object);
        let source = customer.field("default_source").value;
        source.only(Kind::Object).field("object").value
    });
    println!("three fields deep in a charge: {} µs", read.time.as_nanos() / 1_000);
    assert!(read.value.to_string().contains("\"bank_account\""), "{}", read.value);
    let taken = argument_type(&connector, connector.operation("post_charges").unwrap());
    let given = json!({
        "amount": 5, "currency": "eur", "customer": "cus_1", "metadata": {"order": "o1"}, "capture": true,
    });
    let given = Type::constant(&given);
    let assignment = Assignment { value: "the mapping", target: "stripe.post_charges", repairs: true };
    let compared = fastest(|| assign(&given, &taken, &assignment));
    println!("five fields against a charge's arguments: {} µs", compared.time.as_nanos() / 1_000);
    assert_eq!(compared.value, []);
    let charge = result_type(&connector, operation);
    let copied = fastest(|| assign(&charge, &taken, &assignment));
    println!("a whole charge against the arguments of one: {} µs", copied.time.as_nanos() / 1_000);
    copied.value.iter().for_each(|one| println!("  {one}"));
    let named: Vec<_> = copied.value.iter().filter(|one| one.message.contains("does not take")).collect();
    assert_eq!(named.len(), 1, "{:?}", copied.value);
}

/// The fastest of many runs, which others on the machine disturb least.
fn fastest<T>(work: impl Fn() -> T) -> Measured<T> {
    let runs = (0..50).map(|_| measured(&work));
    runs.min_by_key(|run| run.time).unwrap()
}
