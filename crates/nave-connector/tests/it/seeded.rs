//! Faults seeded into real mappings between real operations: the checker finds them before anything runs,
//! and finds none where there are none. Whether a change is a fault at all is decided by running the mapping
//! on values of the schemas and checking what comes out, as a call would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use nave_connector::Connector;
use serde_json::Value;

mod mapping;
mod pair;
mod schema;
mod sides;
mod values;

use mapping::{Slip, slips};
use pair::{Given, Harm, Pair, Verdict, harm, why};
use schema::Change;
use sides::Library;
use values::constants;

/// So many changes of a kind are made to one mapping.
const MOST_OF_A_KIND: usize = 2;

/// What became of the changes of one kind.
#[derive(Default)]
struct Row {
    made: usize,
    /// Running shows that something is wrong.
    faults: usize,
    /// The checker reports an error.
    found: usize,
    /// It only warns.
    warned: usize,
    /// Running gives one value and no error, and the value is refused by the target, or is another one than
    /// before because something misspelt is not there.
    silent: usize,
    /// Running shows nothing wrong, and yet something is reported: a number where a text belongs, which a
    /// call repairs, or a comparison that has become always false.
    extra: usize,
}

#[derive(Default)]
struct Table {
    rows: BTreeMap<&'static str, Row>,
    missed: Vec<String>,
    extra: Vec<String>,
}

impl Table {
    fn add(&mut self, kind: &'static str, what: &str, harm: Option<Harm>, verdict: &Verdict) {
        let row = self.rows.entry(kind).or_default();
        let is_found = !verdict.errors.is_empty();
        row.made += 1;
        match harm {
            None => {
                row.extra += usize::from(is_found);
                if is_found {
                    self.extra.push(format!("{kind}: {what}: {}", verdict.errors[0]));
                }
            }
            Some(harm) => {
                row.faults += 1;
                row.found += usize::from(is_found);
                row.silent += usize::from(harm == Harm::Silent);
                if !is_found {
                    row.warned += usize::from(verdict.warnings > 0);
                    self.missed.push(format!("{kind}: {what}: {harm:?}, {} warnings", verdict.warnings));
                }
            }
        }
    }

    fn print(&self) -> Row {
        println!(
            "{:<40} {:>6} {:>7} {:>6} {:>7} {:>7} {:>8} {:>7}",
            "change", "made", "faults", "found", "share", "warned", "silent", "extra"
        );
        let mut all = Row::default();
        for (kind, row) in &self.rows {
            row.print(kind);
            all.made += row.made;
            all.faults += row.faults;
            all.found += row.found;
            all.warned += row.warned;
            all.silent += row.silent;
            all.extra += row.extra;
        }
        all.print("all");
        all
    }
}

impl Row {
    fn print(&self, kind: &str) {
        let Row { made, faults, found, warned, silent, extra } = self;
        let share = percent(*found, *faults);
        println!("{kind:<40} {made:>6} {faults:>7} {found:>6} {share:>7} {warned:>7} {silent:>8} {extra:>7}");
    }
}

fn percent(part: usize, whole: usize) -> String {
    match (part * 1_000 + whole / 2).checked_div(whole) {
        Some(share) => format!("{}.{} %", share / 10, share % 10),
        None => "-".to_owned(),
    }
}

fn slip_kind(slip: Slip) -> &'static str {
    match slip {
        Slip::SourceField => "mapping: source field misspelt",
        Slip::TargetField => "mapping: target field misspelt",
        Slip::Constant => "mapping: wrong constant",
        Slip::ComparedConstant => "mapping: wrong constant compared",
        Slip::List => "mapping: list for one value",
        Slip::Stream => "mapping: stream for one value",
        Slip::LeftOut => "mapping: field left out",
        Slip::MixedUp => "mapping: field of the wrong type",
    }
}

fn change_kind(change: Change, is_source: bool) -> &'static str {
    match (change, is_source) {
        (Change::Renamed, true) => "source: field renamed",
        (Change::Renamed, false) => "target: field renamed",
        (Change::Type, true) => "source: type changed",
        (Change::Type, false) => "target: type changed",
        (Change::Nullable, _) => "source: made nullable",
        (Change::Optional, _) => "source: made optional",
        (Change::ConstantAdded, _) => "source: constant added",
        (Change::ConstantRemoved, _) => "target: constant removed",
        (Change::RequiredAdded, _) => "target: required added",
        (Change::List, true) => "source: list for one value",
        (Change::List, false) => "target: list for one value",
        (Change::One, true) => "source: one value for a list",
        (Change::One, false) => "target: one value for a list",
    }
}

/// All of them, those far from each other first.
fn spread<T>(all: &[T]) -> impl Iterator<Item = &T> {
    let count = all.len();
    let stride = if count.is_multiple_of(31) { 37 } else { 31 };
    (0..count).filter_map(move |index| all.get(index * stride % count))
}

/// A mapping with both sides as they are.
struct Seeded<'p> {
    pair: &'p Pair,
    source: Connector,
    target: Connector,
}

impl Seeded<'_> {
    fn seed(&self, table: &mut Table) {
        let used: Vec<(String, Vec<String>)> = self.pair.used().into_iter().collect();
        self.slips(&used, table);
        for change in schema::OF_SOURCE {
            self.source_changes(change, &used, table);
        }
        let given: Vec<(String, Given)> = self.pair.given().into_iter().collect();
        for change in schema::OF_TARGET {
            self.target_changes(change, &given, table);
        }
        let mut tree = self.pair.target.tree.clone();
        schema::add_parameter(&mut tree, self.pair.target.pointer());
        self.target_change(Change::RequiredAdded, tree, "a parameter", table);
    }

    fn slips(&self, used: &[(String, Vec<String>)], table: &mut Table) {
        let (pair, tree) = (self.pair, &self.pair.source.tree);
        let schemas = used.iter().flat_map(|(_, pointers)| pointers);
        let schemas = schemas.filter_map(|pointer| tree.pointer(&schema::resolved(tree, pointer)));
        let enumerated = schemas.filter_map(constants).flatten().filter_map(Value::as_str);
        let enumerated: BTreeSet<String> = enumerated.map(str::to_owned).collect();
        let all = slips(&pair.text, &pair.expr, &enumerated);
        let mut made: BTreeMap<Slip, usize> = BTreeMap::new();
        for slipped in spread(&all) {
            let made = made.entry(slipped.slip).or_default();
            *made += 1;
            if *made <= MOST_OF_A_KIND {
                let verdict = pair.verdict(&slipped.text, &self.source, &self.target);
                let harm = pair.harm_of_slip(slipped, &self.target);
                let what = format!("{} {}", pair.name, slipped.what);
                table.add(slip_kind(slipped.slip), &what, harm, &verdict);
            }
        }
    }

    fn source_changes(&self, change: Change, used: &[(String, Vec<String>)], table: &mut Table) {
        let (pair, mut made) = (self.pair, 0);
        let mut tree = pair.source.tree.clone();
        for (at, pointers) in spread(used) {
            if made == MOST_OF_A_KIND {
                return;
            }
            if !schema::apply(&mut tree, change, pointers, &[]) {
                continue;
            }
            made += 1;
            let source = pair.source.connector(std::mem::replace(&mut tree, pair.source.tree.clone()));
            let verdict = pair.verdict(&pair.text, &source, &self.target);
            let harm = match change {
                Change::Renamed => pair.harm_of_renaming(&source, &self.target, pointers),
                _ => pair.harm_of_source(&source, &self.target, at),
            };
            table.add(change_kind(change, true), &format!("{} {at} {pointers:?}", pair.name), harm, &verdict);
        }
    }

    fn target_changes(&self, change: Change, given: &[(String, Given)], table: &mut Table) {
        let mut made = 0;
        let mut tree = self.pair.target.tree.clone();
        for (at, found) in spread(given) {
            if made == MOST_OF_A_KIND {
                return;
            }
            if schema::apply(&mut tree, change, &found.schemas, &found.values) {
                made += 1;
                let tree = std::mem::replace(&mut tree, self.pair.target.tree.clone());
                self.target_change(change, tree, at, table);
            }
        }
    }

    fn target_change(&self, change: Change, tree: Value, at: &str, table: &mut Table) {
        let pair = self.pair;
        let target = pair.target.connector(tree);
        let verdict = pair.verdict(&pair.text, &self.source, &target);
        let harm = pair.harm_of_target(&target);
        table.add(change_kind(change, false), &format!("{} {at}", pair.name), harm, &verdict);
    }
}

/// The mappings of the folder, by name.
fn mappings() -> Vec<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mappings"));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn seeded_faults_are_found_before_running() {
    let shared = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    if !shared.join("specs").exists() {
        println!("skipped: there are no descriptions in ../shared/specs");
        return;
    }
    let (mut library, mut table, mut alarms, mut faulty) =
        (Library::default(), Table::default(), Vec::new(), Vec::new());
    let files = mappings();
    for file in &files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        let pair = Pair::read(&mut library, shared, name, text);
        let source = pair.source.connector(pair.source.tree.clone());
        let target = pair.target.connector(pair.target.tree.clone());
        alarms.extend(pair.verdict(&pair.text, &source, &target).errors);
        let wrong = pair.runs.iter().find(|one| harm(&one.outputs, &target).is_some());
        faulty.extend(wrong.map(|one| format!("{name}: {} on {}", why(one, &target), one.made.value)));
        assert!(pair.runs.len() > 3, "{name}: there are only {} inputs", pair.runs.len());
        Seeded { pair: &pair, source, target }.seed(&mut table);
    }
    let all = table.print();
    println!("{} mappings, {} false alarms on them unchanged", files.len(), alarms.len());
    println!(
        "plain jq, without the check: {} of the faults give one wrong value and no error",
        percent(all.silent, all.faults)
    );
    for one in alarms.iter().chain(&faulty) {
        println!("  {one}");
    }
    println!("missed:");
    table.missed.iter().for_each(|one| println!("  {one}"));
    println!("reported though nothing wrong is seen: {}", all.extra);
    table.extra.iter().step_by(table.extra.len() / 30 + 1).for_each(|one| println!("  {one}"));
    assert!(files.len() >= 24, "only {} mappings", files.len());
    assert!(alarms.is_empty(), "{} false alarms", alarms.len());
    assert!(faulty.is_empty(), "{} mappings are wrong as they are", faulty.len());
    assert!(all.faults >= 300, "only {} faults", all.faults);
    assert!(all.found * 100 >= all.faults * 95, "{} of {} faults are found", all.found, all.faults);
}
