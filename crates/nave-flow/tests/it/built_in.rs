//! Flows between the built-in connectors: what is right is accepted, although these schemas are large and
//! say little in places.

use nave_flow::check::check;
use nave_flow::read;

use crate::shown::shown;
use crate::world::Memory;

#[track_caller]
fn check_flow(text: &str, expected: &[&str]) {
    let read = read("f.yaml", text.as_bytes());
    assert_eq!(read.errors, [], "{text}");
    let world = Memory { flows: vec![read.flow.unwrap()] };
    let checked = check(&world.flows[0], &world);
    let text = |_: &str| text.to_owned();
    assert_eq!(shown("error", &checked.errors, &text), "");
    let warnings: Vec<String> = checked.warnings.iter().map(ToString::to_string).collect();
    let warnings: Vec<&str> = warnings.iter().filter_map(|warning| warning.split(';').next()).collect();
    assert_eq!(warnings, expected);
}

#[test]
fn customers_become_contacts() {
    check_flow(
        r#"
flow: f
each: stripe.list_customers changed
id: .id
steps:
  - found: hubspot.search_contacts
    with: |
      { filterGroups: [{ filters: [{ propertyName: "email", operator: "EQ", value: .email }] }] }
    if: .email != null
  - contact: hubspot.create_contact
    if: .email != null and $found.total == 0
    with: |
      { properties: { email: .email, firstname: (.name // "") } }
  - told: slack.chat_post_message
    if: $contact
    with: |
      { channel: "C0123456789", text: "A new customer: \(.id), contact \($contact.id)" }
"#,
        &[
            "f.yaml:10:14: if the answer of `hubspot.create_contact` is lost in the step `contact`, only a person can find out whether it was done",
            "f.yaml:14:11: if the answer of `slack.chat_post_message` is lost in the step `told`, only a person can find out whether it was done",
        ],
    );
}

#[test]
fn a_failed_payment_is_told() {
    check_flow(
        r#"
flow: f
trigger: stripe.invoice.payment_failed
steps:
  - kind: set
    value: .type
  - invoice: stripe.get_invoice
    with: |
      { invoice: (.data.object.id | tostring) }
  - told: slack.chat_post_message
    with: |
      { channel: "C0123456789", text: "Invoice \($invoice.number // "without number") failed: \($invoice.amount_due | from_minor_units("EUR"))" }
"#,
        &[
            "f.yaml:10:11: if the answer of `slack.chat_post_message` is lost in the step `told`, only a person can find out whether it was done",
        ],
    );
}
