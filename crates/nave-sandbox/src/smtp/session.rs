//! What a mail server says to each line: one session, from the greeting to the goodbye. Pure but for the
//! sandbox's own state; reading and sending are left to `smtp.rs`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nave_connector::connector::Entry;

use crate::faults::{Fate, Sort};
use crate::options::Credentials;
use crate::record::{Outcome, Received};
use crate::sandbox::Sandbox;
use crate::smtp::LARGEST_MESSAGE;
use crate::smtp::message::Message;

/// Recipients of one message (RFC 5321 section 4.5.3.1.8).
const MOST_RECIPIENTS: usize = 100;

/// Something to say, and the way it leaves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Lines with their ends.
    pub(crate) text: String,
    pub(crate) delay: Duration,
    pub(crate) way: Way,
    /// The connection ends with it.
    pub(crate) closes: bool,
}

/// How it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Whole,
    /// The first half, and the connection ends.
    Truncated,
    /// Byte by byte, with this pause before each.
    Trickle(Duration),
    /// The connection is reset.
    Reset,
    /// Never.
    Silent,
}

impl Said {
    fn new(line: &str) -> Self {
        Said { text: format!("{line}\r\n"), delay: Duration::ZERO, way: Way::Whole, closes: false }
    }

    /// The last words of a session.
    pub(crate) fn last(line: &str) -> Self {
        Said { closes: true, ..Said::new(line) }
    }

    fn by(way: Way) -> Self {
        Said { way, ..Said::new("") }
    }
}

/// Where a session stands.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Command,
    /// `AUTH PLAIN` without its proof.
    Plain,
    /// `AUTH LOGIN`: the user name, then the password.
    User,
    Password(String),
    /// After `DATA`.
    Message,
}

/// One session with a client.
pub(crate) struct Session<'a> {
    sandbox: &'a Sandbox,
    stage: Stage,
    greeted: bool,
    signed_in: bool,
    from: Option<String>,
    to: Vec<String>,
    /// What befalls the next message.
    fate: Fate,
}

impl<'a> Session<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox) -> Self {
        Session {
            sandbox,
            stage: Stage::Command,
            greeted: false,
            signed_in: false,
            from: None,
            to: Vec::new(),
            fate: sandbox.next_fate(),
        }
    }

    pub(crate) fn greeting(&self) -> Said {
        Said::new(&format!("220 {}.sandbox ESMTP", self.sandbox.connector.name))
    }

    /// Whether a message comes next and not a line.
    pub(crate) fn awaits_message(&self) -> bool {
        self.stage == Stage::Message
    }

    /// The answer to one line.
    pub(crate) fn line(&mut self, line: &str, now: Duration) -> Said {
        match std::mem::replace(&mut self.stage, Stage::Command) {
            Stage::Command | Stage::Message => self.command(line, now),
            _ if line == "*" => Said::new("501 5.7.0 The sign-in was given up."),
            Stage::Plain => self.plain(line),
            Stage::User => match decoded(line) {
                Some(user) => {
                    self.stage = Stage::Password(user);
                    Said::new("334 UGFzc3dvcmQ6")
                }
                None => not_base64(),
            },
            Stage::Password(user) => match decoded(line) {
                Some(password) => self.sign_in(&user, &password),
                None => not_base64(),
            },
        }
    }

    fn command(&mut self, line: &str, now: Duration) -> Said {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word.to_ascii_uppercase().as_str() {
            "EHLO" => self.hello(true),
            "HELO" => self.hello(false),
            "AUTH" => self.auth(rest),
            "MAIL" => self.mail(rest, now),
            "RCPT" => self.recipient(rest),
            "DATA" => self.data(),
            "RSET" => {
                self.forget();
                Said::new("250 2.0.0 Ok")
            }
            "NOOP" => Said::new("250 2.0.0 Ok"),
            "VRFY" => Said::new("252 2.5.0 Send it and see"),
            "HELP" => Said::new("214 2.0.0 This is a sandbox: it takes messages and delivers none"),
            "QUIT" => Said::last("221 2.0.0 Goodbye"),
            _ => Said::new("502 5.5.1 There is no such command"),
        }
    }

    fn hello(&mut self, extended: bool) -> Said {
        self.forget();
        self.greeted = true;
        let name = format!("{}.sandbox", self.sandbox.connector.name);
        if !extended {
            return Said::new(&format!("250 {name}"));
        }
        let mut lines = vec![name, format!("SIZE {LARGEST_MESSAGE}")];
        lines.extend(["8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"].map(str::to_owned));
        if self.sandbox.options.credentials != Credentials::Off {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        let last = lines.len().saturating_sub(1);
        let lines = lines.iter().enumerate();
        let text: Vec<String> =
            lines.map(|(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' })).collect();
        Said::new(&text.join("\r\n"))
    }

    fn auth(&mut self, rest: &str) -> Said {
        if !self.greeted || self.signed_in {
            return Said::new("503 5.5.1 Not now");
        }
        let (mechanism, proof) = rest.split_once(' ').unwrap_or((rest, ""));
        match (mechanism.to_ascii_uppercase().as_str(), proof) {
            ("PLAIN", "") => {
                self.stage = Stage::Plain;
                Said::new("334 ")
            }
            ("PLAIN", proof) => self.plain(proof),
            ("LOGIN", "") => {
                self.stage = Stage::User;
                Said::new("334 VXNlcm5hbWU6")
            }
            ("LOGIN", user) => match decoded(user) {
                Some(user) => {
                    self.stage = Stage::Password(user);
                    Said::new("334 UGFzc3dvcmQ6")
                }
                None => not_base64(),
            },
            _ => Said::new("504 5.5.4 There is no such sign-in"),
        }
    }

    /// RFC 4616: who to act as, user name, password, divided by NUL.
    fn plain(&mut self, proof: &str) -> Said {
        let Some(proof) = decoded(proof) else { return not_base64() };
        let parts: Vec<&str> = proof.split('\0').collect();
        match parts.as_slice() {
            [_, user, password] => self.sign_in(user, password),
            _ => Said::new("501 5.5.2 The proof cannot be read"),
        }
    }

    fn sign_in(&mut self, user: &str, password: &str) -> Said {
        if self.fate.fault.is_some_and(|fault| fault.sort == Sort::Expired) {
            self.note(Outcome::Refused, None, Duration::ZERO, 535);
            return Said::new("535 5.7.8 The password has expired.");
        }
        let accepted = match &self.sandbox.options.credentials {
            Credentials::Off => true,
            Credentials::Any => !user.is_empty() && !password.is_empty(),
            Credentials::Exactly(secret) => {
                let secret = secret.reveal();
                secret == password || secret == format!("{user}:{password}")
            }
        };
        if accepted {
            self.signed_in = true;
            return Said::new("235 2.7.0 Welcome");
        }
        self.note(Outcome::Refused, None, Duration::ZERO, 535);
        Said::new("535 5.7.8 The user name or password is not right.")
    }

    fn mail(&mut self, rest: &str, now: Duration) -> Said {
        if !self.greeted || self.from.is_some() {
            return Said::new("503 5.5.1 Not now");
        }
        let Some((from, parameters)) = path(rest, "FROM:") else {
            return Said::new("501 5.5.4 Write MAIL FROM:<address>");
        };
        if self.needs_sign_in() && !self.signed_in {
            self.note(Outcome::Refused, None, now, 530);
            return Said::new("530 5.7.0 Sign in first.");
        }
        let size = parameters.iter().find_map(|parameter| parameter.strip_prefix("SIZE=")?.parse().ok());
        if size.is_some_and(|size: usize| size > LARGEST_MESSAGE) {
            self.note(Outcome::Refused, None, now, 552);
            return Said::new("552 5.3.4 The message is too large.");
        }
        if !self.sandbox.admits(now) {
            self.note(Outcome::Refused, None, now, 450);
            return Said::new("450 4.7.1 Too many messages; try again later.");
        }
        if let Some(fault) = self.fate.fault.filter(|fault| !fault.effective) {
            let (said, code) = instead(fault.sort);
            self.note(Outcome::Nothing, None, now, code);
            self.next();
            return said;
        }
        self.from = Some(from);
        Said::new("250 2.1.0 Ok")
    }

    fn recipient(&mut self, rest: &str) -> Said {
        if self.from.is_none() {
            return Said::new("503 5.5.1 First the sender");
        }
        let Some((to, _)) = path(rest, "TO:").filter(|(to, _)| to.contains('@')) else {
            return Said::new("501 5.5.4 Write RCPT TO:<address>");
        };
        if self.to.len() >= MOST_RECIPIENTS {
            return Said::new("452 4.5.3 Too many recipients");
        }
        // RFC 2606 section 2: nobody can have an address there, which makes it the one to try refusals with.
        if to.to_ascii_lowercase().ends_with(".invalid") {
            self.note(Outcome::Refused, None, Duration::ZERO, 550);
            return Said::new("550 5.1.1 There is no such recipient.");
        }
        self.to.push(to);
        Said::new("250 2.1.5 Ok")
    }

    fn data(&mut self) -> Said {
        if self.to.is_empty() {
            return Said::new("503 5.5.1 First the recipients");
        }
        self.stage = Stage::Message;
        Said::new("354 Go on; a single dot ends it")
    }

    /// The answer to a whole message; `None`: it was too large.
    pub(crate) fn message(&mut self, bytes: Option<&[u8]>, now: Duration) -> Said {
        self.stage = Stage::Command;
        let Some(bytes) = bytes else {
            self.note(Outcome::Refused, None, now, 552);
            self.forget();
            return Said::new("552 5.3.4 The message is too large.");
        };
        let (from, to) = (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to));
        let message = Message::read(bytes, (from, to), now);
        let id = message.id.clone();
        let is_new = self.sandbox.take_message(message);
        let outcome = if is_new { Outcome::Effect } else { Outcome::Replayed };
        let good = format!("250 2.0.0 Ok: kept{}", if is_new { "" } else { ", as before" });
        let (mut said, code) = match self.fate.fault.map(|fault| fault.sort) {
            None => (Said::new(&good), 250),
            Some(sort @ (Sort::Status(..) | Sort::Expired)) => instead(sort),
            Some(Sort::Reset) => (Said::by(Way::Reset), 250),
            Some(Sort::Timeout) => (Said::by(Way::Silent), 250),
            Some(Sort::Truncated) => (Said { way: Way::Truncated, ..Said::new(&good) }, 250),
            Some(Sort::Shape) => (Said::new("Thank you very much"), 250),
            Some(Sort::Trickle(pause)) => (Said { way: Way::Trickle(pause), ..Said::new(&good) }, 250),
        };
        said.delay = self.fate.delay;
        self.note(outcome, id, now, code);
        self.next();
        said
    }

    /// Whether the operation asks for a credential and the sandbox does as well.
    fn needs_sign_in(&self) -> bool {
        let operation = self.entry().and_then(|entry| self.sandbox.connector.operation(&entry.name).ok());
        let security = operation.map(|operation| operation.security.as_slice()).unwrap_or_default();
        self.sandbox.options.credentials != Credentials::Off
            && !security.is_empty()
            && security.iter().all(|needed| !needed.is_empty())
    }

    /// The operation messages are counted under: the connector's first. A message does not say which
    /// operation it was.
    fn entry(&self) -> Option<&'a Entry> {
        self.sandbox.connector.entries().first()
    }

    fn note(&self, outcome: Outcome, key: Option<String>, now: Duration, status: u16) {
        let entry = self.entry();
        self.sandbox.state().record.add(Received {
            at_us: u64::try_from(now.as_micros()).unwrap_or(u64::MAX),
            operation: entry.map(|entry| entry.name.clone()).unwrap_or_default(),
            method: "MAIL".to_owned(),
            path: entry.map(|entry| entry.path.clone()).unwrap_or_default(),
            status,
            key,
            outcome,
            fault: self.fate.fault.is_some(),
            body: None,
        });
    }

    /// Begins the next message with its own fate.
    fn next(&mut self) {
        self.forget();
        self.fate = self.sandbox.next_fate();
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

/// What is said in place of taking a message.
fn instead(sort: Sort) -> (Said, u16) {
    let code = match sort {
        Sort::Status(429, _) => "450 4.7.1 Too many messages; try again later.",
        Sort::Status(401 | 407, _) | Sort::Expired => "535 5.7.8 The password has expired.",
        Sort::Status(403, _) => "550 5.7.1 You may not.",
        Sort::Status(413, _) => "552 5.3.4 The message is too large.",
        Sort::Status(408 | 500.., _) => "451 4.3.0 This failure was asked for; try again later.",
        Sort::Status(..) => "554 5.0.0 This failure was asked for.",
        Sort::Timeout => return (Said::by(Way::Silent), 0),
        Sort::Reset | Sort::Truncated | Sort::Shape | Sort::Trickle(_) => return (Said::by(Way::Reset), 0),
    };
    let number = code.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default();
    (Said::new(code), number)
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()
}

fn not_base64() -> Said {
    Said::new("501 5.5.2 That is not base64")
}

/// `FROM:<address> SIZE=1` → the address and the parameters in capitals.
fn path(rest: &str, word: &str) -> Option<(String, Vec<String>)> {
    let (found, rest) = rest.split_at_checked(word.len())?;
    let rest = rest.trim_start().strip_prefix('<').filter(|_| found.eq_ignore_ascii_case(word))?;
    let (address, parameters) = rest.split_once('>')?;
    let parameters = parameters.split_ascii_whitespace().map(str::to_ascii_uppercase).collect();
    Some((address.to_owned(), parameters))
}

#[cfg(test)]
mod tests;
