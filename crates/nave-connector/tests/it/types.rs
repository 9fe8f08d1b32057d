//! Types of real descriptions: every operation has them, reading them ends, and they agree with the check
//! of values: what they say is enough passes, and what passes lies in them.

use std::collections::BTreeSet;

use nave_connector::check::{self, Direction};
use nave_connector::schema::typed::{argument_type, result_type};
use nave_connector::{Connector, Operation, Schema};
use nave_expr::types::{Field, Identity, Kind, Lazy, Type};
use serde_json::{Map, Value, json};

use crate::corpus::{corpus, import_file};
use crate::measure::measured;

/// How far inside types are looked at.
const DEEPEST: usize = 4;

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
        if depth > DEEPEST || !self.seen.insert(lazy.identity()) {
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

/// The least value of a type that is worth giving: constants, and required fields only. `None`: none is
/// known, because a pattern would have to be met, or the type goes on without end.
fn least(found: &Type<'_>, depth: usize) -> Option<Value> {
    if depth > 24 {
        return None;
    }
    if found.is_unknown() {
        return Some(json!("anything"));
    }
    if let Some(object) = found.objects.first().filter(|_| found.texts.is_none()) {
        let needed = object.fields.iter().filter(|(_, field)| field.required && !field.is_set_by_system());
        let fields = needed.map(|(name, field): (_, &Field<'_>)| {
            Some((name.to_string(), least(&field.value.get(), depth + 1)?))
        });
        return Some(Value::Object(fields.collect::<Option<Map<String, Value>>>()?));
    }
    if let Some(array) = &found.arrays {
        let items = (0..usize::try_from(array.least).ok()?.min(64))
            .map(|index| least(&array.first.get(index).unwrap_or(&array.rest).get(), depth + 1));
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

/// Whether the least arguments by the type pass the check, and if not, why. `None`: no arguments are known.
fn passes(connector: &Connector, operation: &Operation) -> Option<Result<(), String>> {
    let arguments = least(&argument_type(connector, operation), 0)?;
    Some(match check::arguments(connector, operation, &arguments) {
        Ok(_) => Ok(()),
        Err(fault) => Err(format!("{} {arguments}: {fault}", operation.name)),
    })
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
        "document", "ops", "types", "anything", "never", "examples", "passing", "strays", "least", "ms"
    );
    let (mut strays, mut refused) = (Vec::new(), Vec::new());
    let (mut tried, mut unknown_results, mut operations) = (0, 0, 0);
    for path in &files {
        let connector = import_file(path).connector;
        let mut walk = Walk::default();
        let mut least_tried = 0;
        let measured = measured(|| {
            for entry in connector.entries() {
                let Ok(operation) = connector.operation(&entry.name) else { continue };
                operations += 1;
                walk.look(&connector, &argument_type(&connector, operation), 0);
                let result = result_type(&connector, operation);
                unknown_results += usize::from(result.is_unknown());
                assert!(!result.may_be(Kind::Null) || !result.is_never());
                walk.look(&connector, &result, 0);
                if let Some(passed) = passes(&connector, operation) {
                    least_tried += 1;
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
            least_tried,
            measured.time.as_millis(),
        );
        tried += least_tried;
        strays.append(&mut walk.strays);
    }
    println!("{operations} operations, of {unknown_results} results nothing is known");
    println!("{} of {tried} least arguments are refused", refused.len());
    for refused in refused.iter().take(20) {
        println!("  {}", refused.chars().take(400).collect::<String>());
    }
    for stray in strays.iter().take(20) {
        println!("  {}", stray.chars().take(400).collect::<String>());
    }
    assert!(strays.is_empty(), "{} values pass the check and do not lie in their type", strays.len());
    assert!(refused.len() * 100 <= tried, "{} of {tried} least arguments are refused", refused.len());
}
