//! `examples/support-escalation`: signed deliveries begin runs that wait for an answer, ask a person over a
//! restart, tell the team, and take back what was said where the ticket cannot be changed.

use nave_call::{Clock as _, SystemClock};
use nave_connector::signature::{Capture, Delivery};
use nave_sandbox::{Options, Strangers};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

use super::{System, check, completed, example, id, runs, system, until};
use crate::hub::Running;
use crate::rig::Place;

const POST: &str = "chat_post_message";
const DELETE: &str = "chat_delete";
const UPDATE: &str = "update_ticket";

/// The example with its systems and its hub.
struct Stage {
    place: Place,
    zendesk: System,
    slack: System,
    hub: Running,
}

impl Stage {
    fn new(zendesk: Options, change: impl Fn(String) -> String) -> Stage {
        let place = example("support-escalation");
        let flow = "flows/support/escalate.yaml";
        place.write(flow, &change(place.read(flow)));
        let zendesk = system(&place, "zendesk", zendesk);
        let slack = system(&place, "slack", Options::default());
        let hub = Running::serve(&place);
        Stage { place, zendesk, slack, hub }
    }

    /// Delivers what Zendesk delivers, signed now with a secret; gives the answer's status.
    fn deliver(&self, body: &Value, secret: &str) -> u16 {
        self.deliver_late(body, secret, 0)
    }

    /// The same, signed so many minutes ago.
    fn deliver_late(&self, body: &Value, secret: &str, minutes: i64) -> u16 {
        let body = body.to_string();
        let url = format!("{}/webhooks/zendesk", self.hub.address);
        let delivery = Delivery { method: "POST", url: &url, headers: &[], body: body.as_bytes() };
        let now_ms = SystemClock::new().wall().as_millisecond() - minutes * 60_000;
        let now_ms = u64::try_from(now_ms).unwrap();
        let rule = self.zendesk.sandbox.connector().manifest.webhooks.as_ref().unwrap();
        let headers = rule.signature.sign(delivery, secret, "d", now_ms).unwrap();
        let host = self.hub.address.strip_prefix("http://").unwrap();
        let mut request = format!("POST /webhooks/zendesk HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request
            .push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The question that is asked, once there is one.
    fn question(&self) -> Value {
        let questions = || self.place.nave(&["approvals", "--json"]).done().json();
        until("a question", || !questions().is_empty());
        questions().remove(0)
    }

    fn output(&self) -> Value {
        let shown = self.place.nave(&["runs", "show", id(&runs(&self.place)[0]), "--json"]).done();
        shown.json()[0]["output"].clone()
    }

    /// What was posted and deleted in Slack, and how often a ticket was changed.
    fn effects(&self) -> (u64, u64, u64) {
        (self.slack.effects(POST), self.slack.effects(DELETE), self.zendesk.effects(UPDATE))
    }
}

/// The delivery of the example, of a ticket that was opened, with another subject.
fn opened(subject: &str) -> Value {
    let file = super::folder("support-escalation").join("deliveries/ticket-created.http");
    let capture = Capture::parse("ticket-created.http", &std::fs::read(file).unwrap()).unwrap();
    let mut delivery: Value = serde_json::from_slice(&capture.body).unwrap();
    delivery["detail"]["subject"] = json!(subject);
    delivery["detail"]["description"] = json!("Regards, Ines");
    delivery
}

/// The delivery that tells of a comment.
fn comment(ticket: &str, is_staff: bool) -> Value {
    let mut delivery = opened("A question");
    delivery["type"] = json!("zen:event-type:ticket.comment_added");
    delivery["id"] = json!(format!("{ticket}-{is_staff}"));
    delivery["detail"]["id"] = json!(ticket);
    delivery["event"]["comment"] = json!({
        "id": "1", "body": "We look into it.", "is_public": true, "author": {"id": "88", "is_staff": is_staff},
    });
    delivery
}

#[test]
fn the_project_fits_and_its_page_says_the_truth() {
    // Slack has no key that tells a message sent twice, and the page says what follows from that.
    check("support-escalation", &["warning[E-FLOW-UNSETTLED]", "warning[E-FLOW-UNSETTLED]"]);
}

#[test]
fn an_outage_is_escalated_by_a_person_who_is_asked_over_a_crash() {
    let mut stage = Stage::new(Options::default(), |flow| flow);
    let delivery = opened("Shop is down");
    assert_eq!(stage.deliver(&delivery, "wrong"), 401);
    assert_eq!(stage.deliver_late(&delivery, "secret", 10), 401);
    assert_eq!(stage.deliver(&delivery, "secret"), 200);
    assert_eq!(
        stage.deliver(&delivery, "secret"),
        200,
        "a delivery that is repeated is taken, and does nothing"
    );
    let question = stage.question();
    assert_eq!(question["title"], "Escalate ticket 7301 (outage), Shop is down?");
    assert_eq!(stage.effects(), (0, 0, 0), "nothing is said before somebody agrees");

    stage.hub.kill();
    stage.hub = Running::serve(&stage.place);
    stage.place.nave(&["approvals", "approve", id(&question), "--as", "support"]).code(4);
    stage
        .place
        .nave(&["approvals", "approve", id(&question), "--as", "support-lead", "--person", "ines"])
        .done();
    completed(&stage.place, 1);
    assert_eq!(stage.output(), json!({"state": "escalated", "by": "person:ines"}));
    assert_eq!(stage.effects(), (1, 0, 1));
    let posted = &stage.slack.done(POST)[0];
    assert_eq!(posted["text"], "Ticket 7301 (outage) needs somebody now: Shop is down");
    let changed = &stage.zendesk.done(UPDATE)[0];
    assert_eq!(changed["ticket"], json!({"priority": "urgent", "tags": ["escalated", "outage", "vip"]}));
}

#[test]
fn a_ticket_that_an_agent_answers_in_time_bothers_nobody() {
    let stage = Stage::new(Options::default(), |flow| flow);
    assert_eq!(stage.deliver(&opened("How do I export?"), "secret"), 200);
    until("the run", || runs(&stage.place).iter().any(|run| run["state"] == "waiting"));
    assert_eq!(
        stage.deliver(&comment("7301", false), "secret"),
        200,
        "the customer's own words are no answer"
    );
    assert_eq!(stage.deliver(&comment("9999", true), "secret"), 200, "nor is one to another ticket");
    assert_eq!(stage.deliver(&comment("7301", true), "secret"), 200);
    completed(&stage.place, 1);
    assert_eq!(stage.output(), json!({"state": "answered", "by": "88"}));
    assert_eq!(stage.effects(), (0, 0, 0));
}

#[test]
fn a_ticket_that_nobody_answers_is_asked_about_and_may_be_left_as_it_is() {
    let mut stage = Stage::new(Options::default(), |flow| flow.replace("timeout: 30m", "timeout: 2s"));
    assert_eq!(stage.deliver(&opened("How do I export?"), "secret"), 200);
    until("the run", || runs(&stage.place).iter().any(|run| run["state"] == "waiting"));
    // Time goes on while nobody is there to see it.
    stage.hub.kill();
    stage.hub = Running::serve(&stage.place);
    let question = stage.question();
    assert_eq!(question["title"], "Escalate ticket 7301 (question), How do I export??");
    stage.place.nave(&["approvals", "refuse", id(&question), "--as", "support-lead"]).done();
    completed(&stage.place, 1);
    assert_eq!(stage.output(), json!({"state": "left as it is", "by": null}));
    assert_eq!(stage.effects(), (0, 0, 0));
}

#[test]
fn what_was_said_is_taken_back_where_the_ticket_cannot_be_changed() {
    let gone = Options { strangers: Strangers::NotFound, population: 0, ..Options::default() };
    let stage = Stage::new(gone, |flow| flow);
    assert_eq!(stage.deliver(&opened("Shop is down"), "secret"), 200);
    let question = stage.question();
    stage.place.nave(&["approvals", "approve", id(&question), "--as", "support-lead"]).done();
    until("the end", || runs(&stage.place).iter().any(|run| run["phase"] == "ended"));
    let run = runs(&stage.place).remove(0);
    assert_eq!((&run["state"], &run["fault"]["code"]), (&json!("failed"), &json!("E-NOT-FOUND")));
    assert_eq!(stage.effects(), (1, 1, 0), "posted, then deleted; no ticket was changed");
}
