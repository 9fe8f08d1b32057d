//! `examples/file-batch`: thousands of records of a file go over, 500 in a call, through a hub that is
//! killed in the middle: each once; and a bad record stops the file at its line until it is mended.

use nave_sandbox::Options;
use serde_json::Value;

use super::{System, check, completed, example, runs, system, until};
use crate::hub::Running;
use crate::rig::Place;

const IMPORT: &str = "import_products";
const FILE: &str = "products.csv";
/// A few megabytes, and 25 calls, the last of them not full.
const RECORDS: usize = 12_321;

/// A file as the page of the example makes it.
fn products(count: usize) -> String {
    let text = "A sturdy article for home and workshop, made to last, with a guarantee of five years, and \
                packed without plastic; please see our catalogue for spare parts and fitting accessories";
    let mut file = "sku,name,description,price,currency,stock\n".to_owned();
    for number in 1..=count {
        let (price, cents, stock) = (number % 900 + 1, number % 100, number % 5000);
        file.push_str(&format!("SKU-{number},Article {number},\"{text}\",{price}.{cents:02},EUR,{stock}\n"));
    }
    file
}

/// The numbers of the products that were taken, each as often as it was taken.
fn taken(warehouse: &System) -> Vec<usize> {
    let number =
        |product: &Value| product["sku"].as_str().unwrap().trim_start_matches("SKU-").parse().unwrap();
    let calls = warehouse.done(IMPORT);
    assert!(calls.iter().all(|call| call["products"].as_array().unwrap().len() <= 500));
    let mut taken: Vec<usize> =
        calls.iter().flat_map(|call| call["products"].as_array().unwrap().iter().map(number)).collect();
    taken.sort_unstable();
    taken
}

fn batch(place: &Place) -> Value {
    place.nave(&["batches", "show", "spring", "--json"]).done().json().remove(0)
}

fn every(count: usize) -> Vec<usize> {
    (1..=count).collect()
}

#[test]
fn the_project_fits_and_its_page_says_the_truth() {
    check("file-batch", &[]);
}

#[test]
fn a_hub_killed_in_the_middle_of_a_file_takes_every_record_once() {
    let place = example("file-batch");
    let warehouse = system(&place, "warehouse", Options::default());
    warehouse.set_faults("latency=300..500");
    place.write(FILE, &products(RECORDS));
    let mut hub = Running::serve(&place);
    let command =
        ["batch", "products/import", "--file", &place.path(FILE).display().to_string()].map(str::to_owned);
    let mut command: Vec<&str> = command.iter().map(String::as_str).collect();
    command.extend(["--group", "500", "--id", "spring", "--detach"]);
    place.nave(&command).done();
    for effects in [3, 12] {
        until("some calls", || warehouse.effects(IMPORT) >= effects);
        hub.kill();
        hub = Running::serve(&place);
    }
    warehouse.set_faults("calm");
    until("the end of the file", || batch(&place)["state"] == "done");
    completed(&place, RECORDS.div_ceil(500));
    assert!(taken(&warehouse) == every(RECORDS), "every record went over, and each once");
    let again = warehouse.sandbox.count(IMPORT).replayed;
    assert!(again > 0, "calls were under way when the hub was killed, and went again with their keys");
    assert_eq!(batch(&place)["records"], RECORDS);
    assert!(place.nave(&["ledger", "unknown", "--json"]).done().out.is_empty(), "nothing is left in doubt");
    // The same command does nothing more.
    place.nave(&command).done();
    assert_eq!(runs(&place).len(), RECORDS.div_ceil(500));
    assert_eq!(hub.stop(), Some(0));
}

#[test]
fn a_bad_record_stops_the_file_at_its_line_until_it_is_mended() {
    let place = example("file-batch");
    let warehouse = system(&place, "warehouse", Options::default());
    let right = products(1_200);
    let wrong = right.replace("SKU-1100,Article 1100,", "SKU-1100,,");
    assert_ne!(right, wrong);
    place.write(FILE, &wrong);
    let _hub = Running::serve(&place);
    let file = place.path(FILE).display().to_string();
    let command = ["batch", "products/import", "--file", &file, "--group", "500", "--id", "spring"];
    place.nave(&command).code(2).err(&["E-BATCH-INVALID", "record 1100 (line 1101, field `/name`)"]);
    completed(&place, 2);
    assert!(taken(&warehouse) == every(1_000), "what stands before the bad record went over");
    place.write(FILE, &right);
    place.nave(&command).done();
    completed(&place, 3);
    assert!(taken(&warehouse) == every(1_200), "and the rest when it was mended");
}
