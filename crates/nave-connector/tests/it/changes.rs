//! Two versions of real descriptions compared: real pairs, and copies with one thing removed or made
//! required at random. What must be found is worked out by a walk that inlines, to a bounded depth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use nave_connector::compare::{Class, Comparison, Direction, Rule, Touch, compare};
use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::operation::{BodyArguments, Media, Status};
use nave_connector::source::{self, Format, Source};
use nave_connector::{Connector, Operation};
use serde_json::{Value, json};

use crate::corpus::import_file;
use crate::measure::measured;

/// A folder of public descriptions beside the repository, or `None` where there is none.
fn shared(folder: &str) -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.map(|above| above.join("shared").join(folder)).find(|folder| folder.is_dir())
}

/// Name, old file and new file of each pair.
fn pairs() -> Vec<(String, PathBuf, PathBuf)> {
    let Some(folder) = shared("specs/pairs") else { return Vec::new() };
    let mut pairs = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let files: Vec<PathBuf> =
            std::fs::read_dir(entry.path()).unwrap().flatten().map(|file| file.path()).collect();
        let file = |name: &str| files.iter().find(|file| file.file_stem().unwrap() == name).unwrap().clone();
        pairs.push((entry.file_name().into_string().unwrap(), file("old"), file("new")));
    }
    // The same vendor's description years later: far more changes than a single step has.
    let leap = shared("specs").map(|folder| folder.join("stripe.yaml")).filter(|file| file.is_file());
    let before = pairs.iter().find(|(name, ..)| name.starts_with("stripe")).map(|(_, _, new)| new.clone());
    pairs.extend(before.zip(leap).map(|(old, new)| ("stripe, years later".to_owned(), old, new)));
    pairs.sort();
    pairs
}

#[test]
fn versions_of_real_descriptions_are_classified() {
    println!(
        "{:<26} {:>9} {:>8} {:>9} {:>9} {:>10} {:>8} {:>5} {:>5}",
        "pair", "ops", "removed", "breaking", "narrowing", "deprecated", "additive", "docs", "ms"
    );
    for (name, old, new) in pairs() {
        let (old, new) = (import_file(&old).connector, import_file(&new).connector);
        let measured = measured(|| compare(&old, &new));
        let comparison = &measured.value;
        let count = |class: Class| comparison.findings.iter().filter(|one| one.class == class).count();
        println!(
            "{name:<26} {:>9} {:>8} {:>9} {:>9} {:>10} {:>8} {:>5} {:>5}",
            format!("{}/{}", comparison.operations_old, comparison.operations_new),
            count(Class::Removed),
            count(Class::Breaking),
            count(Class::Narrowing),
            count(Class::Deprecated),
            count(Class::Additive),
            count(Class::Documentation),
            measured.time.as_millis(),
        );
        assert!(comparison.complete && comparison.exact, "{name}");
        assert!(!comparison.findings.is_empty(), "{name}");
        for finding in &comparison.findings {
            assert!(finding.count > 0 && finding.count == finding.operations.len(), "{finding:?}");
            assert!(!finding.message.is_empty() && !finding.subject.is_empty(), "{finding:?}");
        }
        let (lost, missed) = missed(&old, &new, comparison);
        assert!(missed.is_empty(), "{name}: {} of {lost} are missed: {missed:#?}", missed.len());
        println!("{:<26} {lost} lost or demanded places, none missed", "");
    }
}

#[test]
fn a_description_equals_itself() {
    for (name, old, _) in pairs() {
        let (one, other) = (import_file(&old).connector, import_file(&old).connector);
        let comparison = compare(&one, &other);
        assert!(comparison.findings.is_empty(), "{name}: {:#?}", comparison.findings);
        assert_eq!(comparison.matched, comparison.operations_old);
    }
}

/// What a walk that inlines finds at a schema: paths of fields, and those that are required.
#[derive(Default)]
struct Inlined {
    fields: BTreeSet<String>,
    required: BTreeSet<String>,
}

/// How many objects deep the walk goes at most, and how many schemas it may enter.
const DEEPEST: usize = 5;
const ENTERED: usize = 4_000;

struct Walk<'a> {
    tree: &'a Value,
    /// Fields only the system sets, or only the caller, do not count.
    skipped: &'static str,
    entered: usize,
    found: Inlined,
}

impl<'a> Walk<'a> {
    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..20 {
            match schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#')) {
                Some(pointer) => schema = self.tree.pointer(pointer).unwrap_or(&Value::Null),
                None => break,
            }
        }
        schema
    }

    /// `is_sure`: every value has to fit this schema, so what it requires is required.
    fn schema(&mut self, schema: &'a Value, path: &str, depth: usize, is_sure: bool) {
        self.entered += 1;
        if self.entered > ENTERED {
            return;
        }
        let schema = self.resolve(schema);
        let members = |keyword: &str| schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
        for name in members("required").filter_map(Value::as_str).filter(|_| is_sure) {
            self.found.required.insert(format!("{path}/{name}"));
        }
        for part in members("allOf") {
            self.schema(part, path, depth, is_sure);
        }
        let alternatives: Vec<&'a Value> = members("oneOf").chain(members("anyOf")).collect();
        for part in &alternatives {
            self.schema(part, path, depth, is_sure && alternatives.len() == 1);
        }
        if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
            self.schema(items, &format!("{path}/*"), depth, is_sure);
        }
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if self.resolve(property).get(self.skipped) == Some(&json!(true)) || name.contains(['/', '~']) {
                continue;
            }
            let below = format!("{path}/{name}");
            self.found.fields.insert(below.clone());
            if depth > 0 {
                self.schema(property, &below, depth - 1, true);
            }
        }
    }
}

/// A walk to this depth; `None` where it would enter too many schemas.
fn walk(connector: &Connector, media: &[&Media], skipped: &'static str, depth: usize) -> Option<Inlined> {
    let tree = connector.documents.document(0).unwrap().tree().unwrap();
    let mut walk = Walk { tree, skipped, entered: 0, found: Inlined::default() };
    for place in media.iter().filter_map(|media| media.schema.as_ref()) {
        walk.schema(connector.documents.get(place).unwrap(), "", depth, true);
    }
    (walk.entered <= ENTERED).then_some(walk.found)
}

/// Both versions, as deep as both can be walked.
fn inlined(
    (old, before): (&Connector, &[&Media]),
    (new, now): (&Connector, &[&Media]),
    skipped: &'static str,
) -> (Inlined, Inlined) {
    let both = |depth| walk(old, before, skipped, depth).zip(walk(new, now, skipped, depth));
    (0..=DEEPEST).map_while(both).last().unwrap_or_default()
}

fn answers(operation: &Operation) -> Vec<&Media> {
    let success = |status: Status| matches!(status, Status::Exact(200..=299) | Status::Class(2));
    operation.responses.iter().filter(|one| success(one.status)).flat_map(|one| one.media.first()).collect()
}

/// A path into the body as one into the flat arguments.
fn flat(operation: &Operation, path: &str) -> String {
    let below = path.trim_start_matches('/');
    let (first, rest) = below.split_once('/').unwrap_or((below, ""));
    let argument = match &operation.arguments.body {
        BodyArguments::Fields { fields } => {
            fields.iter().find(|(_, field)| *field == first).map_or(first, |(argument, _)| argument)
        }
        BodyArguments::Whole { argument } => return format!("/{argument}{path}"),
        BodyArguments::None => first,
    };
    format!("/{argument}/{rest}").trim_end_matches('/').to_owned()
}

/// Whether a breaking finding touches whoever uses the place.
fn is_told(comparison: &Comparison, operation: &str, direction: Direction, path: &str) -> bool {
    comparison.touching(operation, direction, path).iter().any(|(finding, touch)| {
        let told = finding.directions.iter().find(|told| told.direction == direction).unwrap();
        *touch != Touch::Below && told.class.is_breaking()
    })
}

/// How many places an inlining walk finds lost or newly demanded, and which of them no finding tells.
fn missed(old: &Connector, new: &Connector, comparison: &Comparison) -> (usize, Vec<String>) {
    let key = |entry: &nave_connector::connector::Entry| (entry.method.clone(), entry.path.clone());
    let fresh: BTreeMap<(String, String), &str> =
        new.entries().iter().map(|entry| (key(entry), entry.name.as_str())).collect();
    let (mut lost, mut missed) = (0, Vec::new());
    let mut check = |operation: &str, direction: Direction, path: &str, what: &str| {
        lost += 1;
        if !is_told(comparison, operation, direction, path) {
            missed.push(format!("{operation} {what} {path}"));
        }
    };
    for entry in old.entries() {
        let Some(name) = fresh.get(&key(entry)) else { continue };
        let (before, now) = (old.operation(&entry.name).unwrap(), new.operation(name).unwrap());
        let (was, is) = inlined((old, &answers(before)), (new, &answers(now)), "writeOnly");
        for path in was.fields.difference(&is.fields) {
            check(&entry.name, Direction::Received, path, "answers");
        }
        let (Some(before_body), Some(now_body)) = (&before.body, &now.body) else { continue };
        let (was, is) = inlined((old, &[&before_body.media]), (new, &[&now_body.media]), "readOnly");
        for path in was.fields.difference(&is.fields) {
            check(&entry.name, Direction::Sent, &flat(before, path), "takes");
        }
        for path in is.required.difference(&was.required) {
            let parent = path.rsplit_once('/').unwrap().0;
            // What is required inside something new demands nothing of who does not send it.
            if parent.is_empty() || was.fields.contains(parent.trim_end_matches("/*")) {
                check(&entry.name, Direction::Sent, &flat(before, path), "demands");
            }
        }
    }
    (lost, missed)
}

/// A small generator of numbers: the same ones on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }
}

/// An edit and the place whose user must be told of it.
#[derive(Debug)]
struct Edit {
    what: &'static str,
    operation: String,
    direction: Direction,
    path: String,
}

/// A field below a schema, chosen at random: pointer of the object that declares it, its name, and the
/// path to it.
fn choose(tree: &Value, start: &str, dice: &mut Dice) -> Option<(String, String, String)> {
    let (mut pointer, mut path) = (start.to_owned(), String::new());
    let mut chosen = None;
    for _ in 0..24 {
        let schema = tree.pointer(&pointer)?;
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            pointer = target.strip_prefix('#')?.to_owned();
            continue;
        }
        let mut ways: Vec<(String, String)> = Vec::new();
        for keyword in ["allOf", "oneOf", "anyOf"] {
            let count = schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
            ways.extend((0..count).map(|index| (format!("{pointer}/{keyword}/{index}"), path.clone())));
        }
        if schema.get("items").is_some_and(Value::is_object) {
            ways.push((format!("{pointer}/items"), format!("{path}/*")));
        }
        let names: Vec<&String> = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(n, _)| n)
            .collect();
        let names: Vec<&&String> = names.iter().filter(|name| !name.contains(['/', '~', '%'])).collect();
        if !names.is_empty() {
            let name = names[dice.below(names.len())];
            let below = (format!("{pointer}/properties/{name}"), format!("{path}/{name}"));
            if dice.below(3) == 0 || ways.is_empty() {
                chosen = Some((pointer.clone(), (*name).clone(), below.1.clone()));
            }
            ways.push(below);
        }
        if ways.is_empty() || (chosen.is_some() && dice.below(2) == 0) || path.matches('/').count() > 5 {
            break;
        }
        (pointer, path) = ways.swap_remove(dice.below(ways.len()));
    }
    chosen
}

/// Makes one edit in a copy of the description. `None`: the dice chose something that cannot be edited.
fn edit(old: &Connector, tree: &mut Value, dice: &mut Dice) -> Option<Edit> {
    let entry = &old.entries()[dice.below(old.entries().len())];
    let operation = old.operation(&entry.name).unwrap();
    let made =
        |what, direction, path: String| Some(Edit { what, operation: entry.name.clone(), direction, path });
    match dice.below(8) {
        0 => {
            let (item, method) = entry.place.pointer.rsplit_once('/')?;
            tree.pointer_mut(item)?.as_object_mut()?.shift_remove(method)?;
            made("operation removed", Direction::Sent, String::new())
        }
        1 => {
            let parameter = operation.parameters.iter().find(|parameter| !parameter.required)?;
            let place = &parameter.schema.as_ref()?.pointer;
            let place = place.strip_suffix("/schema").unwrap_or(place);
            tree.pointer_mut(place)?.as_object_mut()?.insert("required".into(), json!(true));
            made("parameter required", Direction::Sent, format!("/{}", parameter.argument))
        }
        2..=4 => {
            let start = operation.body.as_ref()?.media.schema.as_ref()?.pointer.clone();
            let (holder, name, path) = choose(tree, &start, dice)?;
            let holder = tree.pointer_mut(&holder)?.as_object_mut()?;
            if holder["properties"][&name].get("readOnly").is_some() {
                return None;
            }
            let required = holder.entry("required").or_insert_with(|| json!([])).as_array_mut()?;
            if required.contains(&json!(name)) {
                return None;
            }
            required.push(json!(name));
            made("argument required", Direction::Sent, flat(operation, &path))
        }
        _ => {
            let media = answers(operation).into_iter().next()?;
            let (holder, name, path) = choose(tree, &media.schema.as_ref()?.pointer.clone(), dice)?;
            let holder = tree.pointer_mut(&holder)?.as_object_mut()?;
            holder["properties"].as_object_mut()?.shift_remove(&name)?;
            if let Some(required) = holder.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|one| one != &json!(name));
            }
            made("answer's field removed", Direction::Received, path)
        }
    }
}

/// Whether a field is still there after an edit, because another part of a composition declares it, or
/// was required before for the same reason.
fn is_void(old: &Connector, new: &Connector, edit: &Edit) -> bool {
    let (Ok(before), Ok(now)) = (old.operation(&edit.operation), new.operation(&edit.operation)) else {
        return false;
    };
    match edit.what {
        "answer's field removed" => {
            let (_, is) = inlined((old, &answers(before)), (new, &answers(now)), "writeOnly");
            is.fields.contains(&edit.path)
        }
        "argument required" => {
            let media = [&before.body.as_ref().unwrap().media];
            let (was, _) = inlined((old, &media), (old, &media), "readOnly");
            was.required.iter().any(|path| flat(before, path) == edit.path)
        }
        _ => false,
    }
}

/// Descriptions and how many edits each gets.
const EDITED: [(&str, usize); 10] = [
    ("adyen-checkout-72.json", 50),
    ("intercom-2.14.yaml", 50),
    ("stripe.yaml", 12),
    ("notion.json", 40),
    ("paypal-invoicing_v2.json", 40),
    ("paypal-checkout_orders_v2.json", 40),
    ("twilio_messaging_v1.json", 30),
    ("slack_web_openapi_v2.json", 30),
    ("docusign-rooms-swagger2.json", 30),
    ("xero_accounting.yaml", 30),
];

#[test]
fn no_seeded_edit_is_missed() {
    let Some(folder) = shared("specs") else { return println!("skipped: there are no descriptions") };
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = Vec::new();
    for (file, wanted) in EDITED {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let tree = source::read(file, &bytes).unwrap().tree;
        let imported = |tree: Value| {
            let source = Source {
                name: file.to_owned(),
                format: Format::Json,
                tree,
                text: String::new(),
                findings: Vec::new(),
            };
            let input = Input { name: "c", source, manifest: None, overlay: None, resolver: &NoResolver };
            import(input).unwrap().connector
        };
        let old = imported(tree.clone());
        let mut dice = Dice(7);
        let mut made = 0;
        for _ in 0..wanted * 20 {
            let mut copy = tree.clone();
            let Some(edit) = edit(&old, &mut copy, &mut dice) else { continue };
            let new = imported(copy);
            if is_void(&old, &new, &edit) {
                continue;
            }
            made += 1;
            *kinds.entry(edit.what).or_default() += 1;
            let comparison = compare(&old, &new);
            let is_named = comparison.findings.iter().any(|finding| {
                finding.class.is_breaking() && finding.operations.iter().any(|name| **name == *edit.operation)
            });
            if !is_named || !is_told(&comparison, &edit.operation, edit.direction, &edit.path) {
                missed.push(format!("{file}: {edit:?} in {:?}", comparison.findings.first()));
            }
            if made == wanted {
                break;
            }
        }
    }
    let all: usize = kinds.values().sum();
    println!("{all} seeded edits, {} missed: {kinds:?}", missed.len());
    assert!(all >= 300, "only {all} edits were made");
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(kinds.len() == 4 && kinds.values().all(|count| *count >= 15), "{kinds:?}");
}

#[test]
fn operations_of_one_shared_edit_are_one_finding() {
    let Some(folder) = shared("specs") else { return println!("skipped: there are no descriptions") };
    let bytes = std::fs::read(folder.join("stripe.yaml")).unwrap();
    let mut tree = source::read("stripe.yaml", &bytes).unwrap().tree;
    let old = import_file(&folder.join("stripe.yaml")).connector;
    let charge = tree.pointer_mut("/components/schemas/charge/properties").unwrap();
    charge.as_object_mut().unwrap().shift_remove("receipt_url").unwrap();
    let source = Source {
        name: "new.json".into(),
        format: Format::Json,
        tree,
        text: String::new(),
        findings: Vec::new(),
    };
    let input = Input { name: "c", source, manifest: None, overlay: None, resolver: &NoResolver };
    let new = import(input).unwrap().connector;
    let comparison = compare(&old, &new);
    let [finding] = comparison.findings.as_slice() else { panic!("{:#?}", comparison.findings) };
    assert_eq!((finding.class, finding.rule), (Class::Removed, Rule::FieldRemoved));
    assert_eq!(finding.subject, "charge.receipt_url");
    assert!(finding.count > 100, "{}", finding.count);
    println!("{}; {}", finding.line(), finding.touched());
}
