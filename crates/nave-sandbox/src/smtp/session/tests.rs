//! Sessions with the mail server, line by line.

use std::sync::Arc;

use nave_connector::manifest::Manifest;
use nave_connector::openapi::{self, Input, NoResolver};
use nave_connector::source;
use nave_model::Secret;

use super::*;
use crate::options::{Options, Rate};

const DESCRIPTION: &str = r#"
openapi: 3.1.0
info: { title: Mail, version: "1" }
components: { securitySchemes: { account: { type: http, scheme: basic } } }
security: [{ account: [] }]
paths:
  /messages:
    post:
      operationId: send
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { "202": { description: Taken. } }
"#;

fn sandbox(options: Options) -> Sandbox {
    let source = source::read("mail.yaml", DESCRIPTION.as_bytes()).unwrap();
    let text = "connector: mail\ndescription: mail.yaml\nprotocol: smtp\n\
                idempotency: {header: Message-ID, methods: [POST]}";
    let manifest = Some(Manifest::read("connector.yaml", text.as_bytes()).unwrap());
    let input = Input { name: "mail", source, manifest, overlay: None, resolver: &NoResolver };
    Sandbox::new(Arc::new(openapi::import(input).unwrap().connector), options)
}

fn open(faults: &str) -> Options {
    Options { faults: faults.parse().unwrap(), credentials: Credentials::Off, ..Options::default() }
}

/// A message `m` handed over; each answer's first four characters.
const MESSAGE: [&str; 5] = ["EHLO me", "MAIL FROM:<a@a.example>", "RCPT TO:<b@b.example>", "DATA", "m"];

fn talk(sandbox: &Sandbox, lines: &[&str]) -> Vec<Said> {
    let mut session = Session::new(sandbox);
    let mut said = Vec::new();
    for line in lines {
        said.push(match session.awaits_message() {
            true => {
                let text = format!("Message-ID: <{line}@a.example>\r\nSubject: {line}\r\n\r\n{line}\r\n");
                session.message(Some(text.as_bytes()), Duration::ZERO)
            }
            false => session.line(line, Duration::ZERO),
        });
    }
    said
}

#[track_caller]
fn check(sandbox: &Sandbox, lines: &[&str], expected: &[&str]) {
    let said = talk(sandbox, lines);
    let codes: Vec<String> = said.iter().map(|said| said.text.chars().take(3).collect()).collect();
    assert_eq!(codes, expected, "{said:?}");
}

#[test]
fn a_message_is_taken_and_kept() {
    let sandbox = sandbox(open("calm"));
    check(&sandbox, &MESSAGE, &["250", "250", "250", "354", "250"]);
    let messages = sandbox.messages();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(
        (message.from.as_str(), message.to.as_slice()),
        ("a@a.example", &["b@b.example".to_owned()][..])
    );
    assert_eq!((message.subject.as_str(), message.text.as_str()), ("m", "m\n"));
    // The same name again is taken and not kept; another is.
    check(&sandbox, &MESSAGE, &["250", "250", "250", "354", "250"]);
    check(
        &sandbox,
        &["HELO me", MESSAGE[1], MESSAGE[2], "DATA", "n", "QUIT"],
        &["250", "250", "250", "354", "250", "221"],
    );
    assert_eq!(sandbox.messages().len(), 2);
    let count = sandbox.count("send");
    assert_eq!((count.received, count.effects, count.replayed), (3, 2, 1));
}

#[test]
fn lines_have_their_order() {
    let sandbox = sandbox(open("calm"));
    check(&sandbox, &[MESSAGE[1]], &["503"]);
    check(
        &sandbox,
        &["EHLO me", "RCPT TO:<b@b.example>", "DATA", "NOOP", "VRFY x", "XYZ", ""],
        &["250", "503", "503", "250", "252", "502", "502"],
    );
    check(
        &sandbox,
        &["EHLO me", "MAIL FROM:a", "MAIL TO:<a@b>", "mail from: <a@b> size=9"],
        &["250", "501", "501", "250"],
    );
    check(
        &sandbox,
        &["EHLO me", MESSAGE[1], MESSAGE[1], "RSET", MESSAGE[1]],
        &["250", "250", "503", "250", "250"],
    );
    check(
        &sandbox,
        &["EHLO me", MESSAGE[1], "RCPT TO:<b@nobody.invalid>", "RCPT TO:<b>"],
        &["250", "250", "550", "501"],
    );
    check(&sandbox, &["EHLO me", "MAIL FROM:<a@b> SIZE=99999999"], &["250", "552"]);
    assert_eq!(sandbox.count("send").effects, 0);
}

#[test]
fn who_sends_signs_in() {
    let exactly = Options { credentials: Credentials::Exactly(Secret::new("pw")), ..Options::default() };
    let sandbox = sandbox(exactly);
    let plain = |user: &str, password: &str| STANDARD.encode(format!("\0{user}\0{password}"));
    check(&sandbox, &["EHLO me", MESSAGE[1]], &["250", "530"]);
    check(
        &sandbox,
        &["EHLO me", &format!("AUTH PLAIN {}", plain("u", "pw")), MESSAGE[1]],
        &["250", "235", "250"],
    );
    check(&sandbox, &["EHLO me", "AUTH PLAIN", &plain("u", "no"), MESSAGE[1]], &["250", "334", "535", "530"]);
    check(
        &sandbox,
        &["EHLO me", "AUTH LOGIN", "dQ==", "cHc=", "AUTH LOGIN"],
        &["250", "334", "334", "235", "503"],
    );
    check(
        &sandbox,
        &["EHLO me", "AUTH LOGIN dQ==", "*", "AUTH PLAIN !", "AUTH CRAM-MD5"],
        &["250", "334", "501", "501", "504"],
    );
}

#[test]
fn faults_befall_messages() {
    let refused = |faults: &str| talk(&sandbox(open(faults)), &MESSAGE[..2]).pop().unwrap().text;
    assert!(refused("503").starts_with("451 "), "{}", refused("503"));
    assert!(refused("429").starts_with("450 "));
    assert!(refused("422").starts_with("554 "));
    let after = |faults: &str| {
        let sandbox = sandbox(open(faults));
        let said = talk(&sandbox, &MESSAGE).pop().unwrap();
        (said.way, said.text, sandbox.messages().len())
    };
    assert_eq!(after("reset"), (Way::Reset, "\r\n".to_owned(), 1));
    assert_eq!(after("timeout").0, Way::Silent);
    assert_eq!(after("truncated").0, Way::Truncated);
    assert_eq!(after("trickle;pause=1").0, Way::Trickle(Duration::from_millis(1)));
    assert_eq!(after("shape"), (Way::Whole, "Thank you very much\r\n".to_owned(), 1));
    assert_eq!(after("503;effect=done").2, 1);
    let limited = Options { rate: Rate::Limited { per_second: 1.0, burst: 1 }, ..open("calm") };
    let sandbox = sandbox(limited);
    check(&sandbox, &["EHLO me", MESSAGE[1], "RSET", MESSAGE[1]], &["250", "250", "250", "450"]);
}
