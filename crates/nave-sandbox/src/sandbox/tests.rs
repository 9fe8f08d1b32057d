//! Examples of a sandbox at work, request by request.

use super::*;
use nave_connector::check;
use nave_connector::manifest::Manifest;
use nave_connector::openapi::{self, Input, NoResolver};
use nave_connector::source;
use nave_model::Secret;
use serde_json::json;

mod believable;
mod paging;

use crate::options::{Credentials, Rate, Strangers};
use crate::wire::Delivery;

const SHOP: &str = include_str!("shop.yaml");

fn connector() -> Arc<Connector> {
    connector_with(None)
}

fn connector_with(manifest: Option<Manifest>) -> Arc<Connector> {
    let source = source::read("shop.yaml", SHOP.as_bytes()).unwrap();
    let input = Input { name: "shop", source, manifest, overlay: None, resolver: &NoResolver };
    let import = openapi::import(input).unwrap();
    assert_eq!(import.report.refused, []);
    Arc::new(import.connector)
}

fn shop(options: Options) -> Sandbox {
    Sandbox::new(connector(), options)
}

/// One request: `"POST /v1/customers?x=y"`, JSON body or null, more headers.
fn ask(sandbox: &Sandbox, line: &str, body: Value, headers: &[(&str, &str)]) -> (u16, Value, Reply) {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut given = vec![("authorization", "Bearer k")];
    if !body.is_null() {
        given.push(("content-type", "application/json"));
    }
    given.extend(headers);
    let request = Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: if body.is_null() { Default::default() } else { body.to_string().into() },
    };
    let reply = sandbox.handle(&request, Duration::ZERO);
    (reply.status, serde_json::from_slice(&reply.body).unwrap_or(Value::Null), reply)
}

fn send(sandbox: &Sandbox, line: &str, body: Value) -> (u16, Value) {
    let (status, value, _) = ask(sandbox, line, body, &[]);
    (status, value)
}

#[test]
fn created_things_can_be_read_listed_changed_and_removed() {
    let shop = shop(Options::default());
    let (status, made) =
        send(&shop, "POST /v1/customers", json!({"name": "Ada", "email": "ada@example.com"}));
    assert_eq!((status, &made["name"], &made["email"]), (201, &json!("Ada"), &json!("ada@example.com")));
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/customers/{id}");
    assert_eq!(send(&shop, &format!("GET {path}"), Value::Null), (200, made.clone()));
    let (_, list) = send(&shop, "GET /v1/customers", Value::Null);
    assert_eq!(list["data"][0], made);
    assert_eq!(list["data"].as_array().unwrap().len(), 4);
    let (status, changed) = send(&shop, &format!("PATCH {path}"), json!({"name": "Ada L."}));
    assert_eq!((status, &changed["name"], &changed["id"]), (200, &json!("Ada L."), &json!(id)));
    assert_eq!(send(&shop, &format!("GET {path}"), Value::Null).1, changed);
    assert_eq!(send(&shop, &format!("DELETE {path}"), Value::Null).0, 204);
    let (status, gone) = send(&shop, &format!("GET {path}"), Value::Null);
    assert_eq!(status, 404);
    assert_eq!(gone["error"]["message"], json!(format!("There is nothing at `{path}`.")));
    assert_eq!(send(&shop, &format!("DELETE {path}"), Value::Null).0, 404);
    assert_eq!(send(&shop, &format!("GET {path}/cards"), Value::Null).0, 404);
    assert_eq!(send(&shop, "GET /v1/customers", Value::Null).1["data"].as_array().unwrap().len(), 3);
}

#[test]
fn identifiers_differ_and_agree_across_operations() {
    let shop = shop(Options::default());
    let ids: std::collections::BTreeSet<String> = (0..50)
        .map(|_| send(&shop, "POST /v1/customers", json!({"name": "A"})).1["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 50);
    let (status, card) = send(&shop, "POST /v1/customers/c9/cards", json!({"last4": "4242"}));
    assert_eq!((status, &card["customer"], &card["last4"]), (200, &json!("c9"), &json!("4242")));
    let (_, cards) = send(&shop, "GET /v1/customers/c9/cards", Value::Null);
    assert!(cards.as_array().unwrap().contains(&card));
    let charge = send(&shop, "POST /v1/charges", json!({"amount": 5})).1;
    let captured = send(&shop, &format!("POST /v1/charges/{}/capture", charge["id"]), Value::Null).1;
    assert_eq!((&captured["id"], &captured["amount"]), (&charge["id"], &json!(5)));
}

#[test]
fn strangers_are_made_up_or_unknown() {
    let kind = shop(Options::default());
    let (status, stranger) = send(&kind, "GET /v1/customers/c77", Value::Null);
    assert_eq!((status, &stranger["id"]), (200, &json!("c77")));
    assert_eq!(send(&kind, "GET /v1/customers/c77", Value::Null).1, stranger);
    let strict = shop(Options { strangers: Strangers::NotFound, population: 0, ..Options::default() });
    assert_eq!(send(&strict, "GET /v1/customers/c77", Value::Null).0, 404);
    assert_eq!(send(&strict, "GET /v1/customers", Value::Null).1["data"], json!([]));
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let told = |seed| {
        let shop = shop(Options { seed, ..Options::default() });
        let list = send(&shop, "GET /v1/customers", Value::Null).1;
        (list, send(&shop, "POST /v1/customers", json!({"name": "A"})).1)
    };
    assert_eq!(told(1), told(1));
    assert_ne!(told(1), told(2));
}

#[test]
fn credentials_are_demanded_as_described() {
    let exact =
        shop(Options { credentials: Credentials::Exactly(Secret::new("right")), ..Options::default() });
    let with = |sandbox: &Sandbox, value: &str| {
        let request = Request {
            method: "GET".into(),
            path: "/v1/customers".into(),
            headers: vec![("authorization".to_owned(), value.to_owned())],
            ..Request::default()
        };
        sandbox.handle(&request, Duration::ZERO).status
    };
    assert_eq!(with(&exact, "Bearer right"), 200);
    assert_eq!(with(&exact, "Bearer wrong"), 401);
    assert_eq!(with(&exact, ""), 401);
    assert_eq!(with(&shop(Options::default()), "Bearer anything"), 200);
    assert_eq!(with(&shop(Options::default()), "Bearer "), 401);
    assert_eq!(with(&shop(Options { credentials: Credentials::Off, ..Options::default() }), ""), 200);
}

#[test]
fn wrong_requests_are_refused_with_the_hint() {
    let shop = shop(Options::default());
    let (status, refused) = send(&shop, "POST /v1/customers", json!({"name": "A", "emial": "x"}));
    assert_eq!(status, 400);
    assert!(refused["error"]["message"].as_str().unwrap().contains("did you mean `email`?"), "{refused}");
    assert_eq!(send(&shop, "GET /v1/nothing", Value::Null).0, 404);
    let (status, _, reply) = ask(&shop, "PUT /v1/charges", Value::Null, &[]);
    assert_eq!((status, reply.header("allow")), (405, Some("POST")));
    assert_eq!(shop.count("post_v1_customers").effects, 0);
}

#[test]
fn a_key_makes_a_repetition_harmless() {
    let key = [("idempotency-key", "k1")];
    let post = |sandbox: &Sandbox, amount: u64| {
        let (status, value, reply) = ask(sandbox, "POST /v1/charges", json!({ "amount": amount }), &key);
        (status, value, reply.header("idempotent-replayed").is_some())
    };
    let honest = shop(Options::default());
    let first = post(&honest, 5);
    assert_eq!((first.0, first.2), (200, false));
    assert_eq!(post(&honest, 5), (200, first.1, true));
    assert_eq!(post(&honest, 6).0, 409);
    let name = honest.received()[0].operation.clone();
    let count = honest.count(&name);
    assert_eq!((count.received, count.effects, count.replayed, count.refused), (3, 1, 1, 1));
    let careless = shop(Options { idempotency: false, ..Options::default() });
    assert_ne!(post(&careless, 5).1["id"], post(&careless, 5).1["id"]);
}

#[test]
fn a_rate_limit_is_kept() {
    let shop = shop(Options { rate: Rate::Limited { per_second: 1.0, burst: 2 }, ..Options::default() });
    let replies: Vec<Reply> = (0..3).map(|_| ask(&shop, "GET /v1/customers", Value::Null, &[]).2).collect();
    assert_eq!(replies.iter().map(|reply| reply.status).collect::<Vec<_>>(), [200, 200, 429]);
    assert_eq!(replies[0].header("ratelimit-remaining"), Some("1"));
    assert_eq!(replies[2].header("retry-after"), Some("1"));
}

#[test]
fn faults_come_as_asked() {
    let shop = shop(Options::default());
    let create =
        |fault: &str| ask(&shop, "POST /v1/charges", json!({"amount": 5}), &[("x-nave-fault", fault)]);
    let effects = || shop.counts().values().map(|count| count.effects).sum::<u64>();
    let (status, _, reply) = create("429;retry-after=2");
    assert_eq!((status, reply.header("retry-after"), effects()), (429, Some("2"), 0));
    assert_eq!((create("503").0, effects()), (503, 0));
    assert_eq!((create("expired").0, effects()), (401, 0));
    assert_eq!((create("reset;effect=none").2.delivery, effects()), (Delivery::Reset, 0));
    assert_eq!((create("reset").2.delivery, effects()), (Delivery::Reset, 1));
    assert_eq!((create("timeout").2.delivery, effects()), (Delivery::Silent, 2));
    assert_eq!((create("truncated").2.delivery, effects()), (Delivery::Truncated, 3));
    assert_eq!((create("500;effect=done").0, effects()), (500, 4));
    assert_eq!(create("latency=250").2.delay, Duration::from_millis(250));
    assert_eq!(create("nonsense").0, 400);
    let (status, value, _) = create("shape");
    let operation = shop.connector().operation(&shop.received()[0].operation).unwrap();
    assert_eq!(status, 200);
    assert_ne!(check::response(shop.connector(), operation, 200, &value), []);
}

#[test]
fn a_profile_befalls_requests_until_it_is_changed() {
    let shop = shop(Options { faults: "down".parse().unwrap(), ..Options::default() });
    let fails = |shop: &Sandbox| {
        let reply = ask(shop, "GET /v1/customers", Value::Null, &[]).2;
        reply.status >= 500 || reply.delivery != Delivery::Whole
    };
    assert!((0..20).all(|_| fails(&shop)));
    let put = Request {
        method: "PUT".into(),
        path: "/_nave/faults".into(),
        body: "calm".into(),
        ..Request::default()
    };
    assert_eq!(shop.handle(&put, Duration::ZERO).status, 204);
    assert!(!(0..20).any(|_| fails(&shop)));
}

#[test]
fn the_sandbox_tells_what_it_counted() {
    let shop = shop(Options::default());
    let id = send(&shop, "POST /v1/customers", json!({"name": "A"})).1["id"].clone();
    let (_, counts) = send(&shop, "GET /_nave/counts", Value::Null);
    assert_eq!(counts.as_object().unwrap().values().next().unwrap()["effects"], 1);
    assert_eq!(send(&shop, "GET /_nave/things", Value::Null).1, json!({"/v1/customers": [id]}));
    assert_eq!(send(&shop, "GET /_nave/requests", Value::Null).1[0]["path"], "/v1/customers");
    assert_eq!(send(&shop, "POST /_nave/reset", Value::Null).0, 204);
    assert_eq!(send(&shop, "GET /_nave/counts", Value::Null).1, json!({}));
    assert_eq!(send(&shop, "GET /_nave/nothing", Value::Null).0, 404);
}
