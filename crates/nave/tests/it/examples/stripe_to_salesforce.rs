//! `examples/stripe-to-salesforce`: hundreds of customers go over in a few calls, none left out and none
//! doubled, through the worst moment to be killed in.

use std::collections::{BTreeMap, BTreeSet};

use nave_sandbox::Options;
use serde_json::Value;

use super::{check, completed, example, runs, system, until};
use crate::hub::Running;
use crate::rig::Place;

const UPSERT: &str = "upsert_accounts";
/// About as many customers as make five pages, and three calls. Some of those that the sandbox makes up
/// may be the same.
const CUSTOMERS: usize = 450;

#[test]
fn the_project_fits_and_its_page_says_the_truth() {
    check("stripe-to-salesforce", &[]);
}

/// The Stripe customers in a call.
fn customers(call: &Value) -> Vec<String> {
    let records = call["records"].as_array().unwrap().iter();
    records.map(|record| record["Stripe_Customer_Id__c"].as_str().unwrap().to_owned()).collect()
}

/// The customers there are at Stripe.
fn listed(place: &Place) -> BTreeSet<String> {
    let all = ["call", "stripe.list_customers", "--with", r#"{"limit":100}"#, "--all", "--json"];
    let ids = place.nave(&all).done().json();
    ids.iter().map(|customer| customer["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_hub_killed_while_an_answer_is_on_its_way_goes_on_and_doubles_nothing() {
    let place = example("stripe-to-salesforce");
    let stripe = system(&place, "stripe", Options { population: CUSTOMERS, ..Options::default() });
    let salesforce = system(&place, "salesforce", Options::default());
    // The first call is done, but its answer never comes: nobody at the hub can know.
    salesforce.set_faults("100% timeout");
    let mut hub = Running::serve(&place);
    until("the first call", || salesforce.effects(UPSERT) > 0);
    hub.kill();
    salesforce.set_faults("calm");

    let mut hub = Running::serve(&place);
    completed(&place, 3);
    let calls: Vec<Vec<String>> = salesforce.done(UPSERT).iter().map(customers).collect();
    let sizes: BTreeSet<usize> = calls.iter().map(Vec::len).collect();
    assert!(sizes.iter().all(|size| *size <= 200), "{sizes:?}");
    let mut times: BTreeMap<&String, usize> = BTreeMap::new();
    for customer in calls.iter().flatten() {
        *times.entry(customer).or_default() += 1;
    }
    let there = listed(&place);
    assert!(there.len() > 400, "{} customers are enough for three calls and five pages", there.len());
    assert!(times.keys().copied().eq(&there), "every customer went over, and nobody else");
    // What was in doubt went again, which is harmless: the external id says which account is meant.
    let again = times.values().filter(|times| **times > 1).count();
    assert!(again <= 200, "{again} customers went more than once");
    assert_eq!(calls.len(), 4, "three calls, and the one in doubt again");
    assert!(stripe.effects("list_customers") >= 5, "the list has five pages");
    assert!(place.nave(&["ledger", "unknown", "--json"]).done().out.is_empty(), "nothing is left in doubt");
    assert_eq!(runs(&place).len(), 3, "a list that was read begins nothing again");
    assert_eq!(hub.stop(), Some(0));
}
