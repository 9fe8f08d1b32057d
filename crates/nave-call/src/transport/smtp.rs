//! Hands a message to a mail server (RFC 5321, submission RFC 6409) as one attempt of a call: guard,
//! connect, TLS, sign in, hand over. Every fault says whether the message may have been taken: it may only
//! from the moment the final dot is sent until the answer to it.
//!
//! - `smtps://` is TLS from the first byte (RFC 8314 section 3.3, port 465).
//! - `smtp://` (port 587) must offer STARTTLS (RFC 3207). Only to a host that the connection names under
//!   `allow_private_hosts` does mail go without where it is not offered.
//!
//! A message goes to all of its recipients or to none: if the server refuses one, it is not handed over.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use nave_connector::protocol::smtp::ACCEPTED;
use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::json;
use url::{Host, Url};

use super::connect::{Connector, Setup};
use super::policy::HostPolicy;
use super::stream::Stream;
use super::{Incoming, Limits, Outgoing, tls};
use crate::clock::Clock;
use dialogue::{Broken, Dialogue, Offers, Reply};
use message::Message;

mod dialogue;
mod message;

/// Schemes of addresses of mail servers.
pub(super) const SCHEMES: [&str; 2] = ["smtp", "smtps"];

/// How long a server is waited for after the message is done with.
const GOODBYE: Duration = Duration::from_secs(5);

/// The port of an address: its own, else the usual one of its scheme.
pub(super) fn port(url: &Url) -> u16 {
    let usual = if url.scheme() == "smtps" { 465 } else { 587 };
    url.port().unwrap_or(usual)
}

/// Hands one message over.
///
/// # Errors
/// Nothing was sent: `E-REQUEST-BUILD`, `E-ADDRESS-REFUSED`, `E-UNREACHABLE`, `E-TLS`, `E-AUTH-REJECTED`,
/// `E-REJECTED`, `E-DEFERRED`. It may have been: `E-CONNECTION-LOST`, `E-TIMEOUT`.
pub(super) async fn send(setup: &Arc<Setup>, outgoing: Outgoing) -> Result<Incoming, Fault> {
    let Outgoing { url, headers, body, credential, limits, hosts, .. } = outgoing;
    if (credential || headers.values().any(HeaderValue::is_sensitive)) && !hosts.admits_credential(&url) {
        let message = format!("the connection's credential may not be sent to `{url}`");
        return Err(Fault::new(codes::ADDRESS_REFUSED, message));
    }
    let account = headers.get(AUTHORIZATION).map(Account::read).transpose()?;
    let message = Message::build(body.as_deref().unwrap_or_default(), &headers, setup.clock.wall())?;
    let Ok(host) = Host::parse(url.host_str().unwrap_or_default()) else {
        return Err(Fault::new(codes::ADDRESS_REFUSED, "the address has no host"));
    };
    let host = host_ref(&host);
    let clock = setup.clock.as_ref();
    let end = clock.now().saturating_add(limits.attempt);
    let session = Session { setup, url: &url, host, hosts: &hosts, limits, end };
    let mut server = session.open().await?;
    if let Some(account) = &account {
        session.sign_in(&mut server, account).await?;
    }
    session.envelope(&mut server, &message).await?;
    let reply = session.hand_over(&mut server, &message).await?;
    goodbye(server, Arc::clone(&setup.clock));
    let body = json!({"message_id": message.id, "reply": reply.line()});
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    Ok(Incoming { status: ACCEPTED, headers, body: Bytes::from(body.to_string()), url })
}

fn host_ref(host: &Host<String>) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

/// Says goodbye without letting the caller wait for the answer.
fn goodbye(mut server: Server, clock: Arc<dyn Clock>) {
    drop(crate::task::spawn("smtp goodbye", async move {
        tokio::select! {
            // The message is taken; how the server takes its leave does not matter.
            _ = server.dialogue.command("QUIT") => {}
            () = clock.sleep(GOODBYE) => {}
        }
    }));
}

/// User name and password as the pipeline attached them: basic authentication (RFC 7617).
struct Account {
    user: String,
    password: String,
}

impl Account {
    fn read(header: &HeaderValue) -> Result<Account, Fault> {
        let pair = header.to_str().ok().and_then(|text| text.strip_prefix("Basic "));
        let pair =
            pair.and_then(|pair| STANDARD.decode(pair).ok()).and_then(|pair| String::from_utf8(pair).ok());
        match pair.as_deref().and_then(|pair| pair.split_once(':')) {
            // RFC 4616 section 2: the parts of the message are divided by NUL.
            Some((user, password)) if !user.contains('\0') && !password.contains('\0') => {
                Ok(Account { user: user.to_owned(), password: password.to_owned() })
            }
            _ => Err(Fault::new(codes::CREDENTIAL_MISSING, "a mail server takes a user name and a password")
                .with_hint("give `username` and `password` under `credential` of the connection")),
        }
    }
}

/// A server that has greeted.
struct Server {
    dialogue: Dialogue<Stream>,
    offers: Offers,
}

/// One attempt to hand a message over.
struct Session<'a> {
    setup: &'a Arc<Setup>,
    url: &'a Url,
    host: Host<&'a str>,
    hosts: &'a Arc<HostPolicy>,
    limits: Limits,
    /// When the attempt's time is used up.
    end: Duration,
}

impl Session<'_> {
    /// Connects, agrees on TLS, and reads what the server offers.
    async fn open(&self) -> Result<Server, Fault> {
        tokio::select! {
            biased;
            opened = self.connect() => opened,
            () = self.setup.clock.sleep(self.within(self.limits.connect)) => {
                let message = format!("`{}` did not greet in the time allowed", self.host);
                Err(Fault::new(codes::UNREACHABLE, message)
                    .with_hint("nothing was sent; is the server up, and may this machine reach it?"))
            }
        }
    }

    async fn connect(&self) -> Result<Server, Fault> {
        let setup = Setup { policy: Arc::clone(self.hosts), ..Setup::clone(self.setup) };
        let port = port(self.url);
        let tcp = Connector::new(setup).tcp(&self.host, port).await?;
        let own = tcp.local_addr().map_or_else(|_| "[127.0.0.1]".to_owned(), |own| literal(own.ip()));
        let secure = self.url.scheme() == "smtps";
        let stream = match secure {
            true => Stream::Tls(tls::handshake(Arc::clone(&self.setup.tls), &self.host, tcp).await?),
            false => Stream::Plain(tcp),
        };
        let mut dialogue = Dialogue::new(stream);
        let greeting = dialogue.reply().await.map_err(|broken| self.broken(&broken))?;
        self.expect(&greeting, 220, "the connection")?;
        let offers = self.hello(&mut dialogue, &own).await?;
        if secure {
            return Ok(Server { dialogue, offers });
        }
        if !offers.tls {
            if self.hosts.names(&self.host, port) {
                return Ok(Server { dialogue, offers });
            }
            let message = format!("`{}` offers no TLS, and mail is not sent in the open", self.host);
            return Err(Fault::new(codes::TLS, message).with_hint(
                "use `smtps://`, or name the host under `allow_private_hosts` of the connection",
            ));
        }
        let ready = self.command(&mut dialogue, "STARTTLS").await?;
        self.expect(&ready, 220, "TLS")?;
        // What came before TLS was agreed on is anybody's words (RFC 3207 section 4.2 and CVE-2011-0411).
        let Some(Stream::Plain(tcp)) = dialogue.into_stream() else {
            let message = format!("`{}` said more before TLS than it may", self.host);
            return Err(
                Fault::new(codes::TLS, message).with_hint("somebody may be between you and the server")
            );
        };
        let stream = tls::handshake(Arc::clone(&self.setup.tls), &self.host, tcp).await?;
        let mut dialogue = Dialogue::new(Stream::Tls(stream));
        let offers = self.hello(&mut dialogue, &own).await?;
        Ok(Server { dialogue, offers })
    }

    async fn hello(&self, dialogue: &mut Dialogue<Stream>, own: &str) -> Result<Offers, Fault> {
        let reply = self.command(dialogue, &format!("EHLO {own}")).await?;
        self.expect(&reply, 250, "the greeting")?;
        Ok(Offers::read(&reply))
    }

    /// Signs in: PLAIN (RFC 4616), else LOGIN, which old servers know.
    async fn sign_in(&self, server: &mut Server, account: &Account) -> Result<(), Fault> {
        let Account { user, password } = account;
        let reply = if server.offers.plain {
            let proof = STANDARD.encode(format!("\0{user}\0{password}"));
            self.command(&mut server.dialogue, &format!("AUTH PLAIN {proof}")).await?
        } else if server.offers.login {
            let asked = self.command(&mut server.dialogue, "AUTH LOGIN").await?;
            self.expect(&asked, 334, "the user name")?;
            let asked = self.command(&mut server.dialogue, &STANDARD.encode(user)).await?;
            self.expect(&asked, 334, "the password")?;
            self.command(&mut server.dialogue, &STANDARD.encode(password)).await?
        } else {
            let message = format!("`{}` takes no sign-in that Nave makes (PLAIN, LOGIN)", self.host);
            return Err(Fault::new(codes::CREDENTIAL_REJECTED, message)
                .with_hint("take `credential` out of the connection if the server asks for none"));
        };
        match reply.code {
            235 => Ok(()),
            500.. => Err(Fault::new(
                codes::CREDENTIAL_REJECTED,
                format!("`{}` did not accept the user name and password: {}", self.host, reply.line()),
            )
            .with_status(401)
            .with_hint("check `username` and `password` under `credential` of the connection")),
            _ => Err(self.refused(&reply, "the sign-in")),
        }
    }

    /// Says from whom and to whom. Nothing is handed over if anybody is refused.
    async fn envelope(&self, server: &mut Server, message: &Message) -> Result<(), Fault> {
        let size = message.bytes.len();
        if let Some(most) = server.offers.size.filter(|most| size > *most) {
            let told = format!("`{}` takes messages of at most {most} bytes, and this has {size}", self.host);
            return Err(Fault::new(codes::REJECTED, told).with_status(413));
        }
        if message.is_international && !server.offers.international {
            let told = format!("`{}` takes no addresses with letters beyond ASCII", self.host);
            return Err(Fault::new(codes::REJECTED, told).with_status(422));
        }
        let mut from = format!("MAIL FROM:<{}>", message.from);
        if server.offers.size.is_some() {
            from.push_str(&format!(" SIZE={size}"));
        }
        if message.is_international {
            from.push_str(" SMTPUTF8");
        }
        let reply = self.command(&mut server.dialogue, &from).await?;
        self.expect(&reply, 250, &format!("the sender `{}`", message.from))?;
        for recipient in &message.recipients {
            let reply = self.command(&mut server.dialogue, &format!("RCPT TO:<{recipient}>")).await?;
            // 251: it will be forwarded; 252: it is taken without a look (RFC 5321 section 4.2.3).
            if !matches!(reply.code, 250..=252) {
                return Err(self.refused(&reply, &format!("the recipient `{recipient}`")));
            }
        }
        let reply = self.command(&mut server.dialogue, "DATA").await?;
        self.expect(&reply, 354, "the message")
    }

    /// The message, the final dot, and the answer to it. A message without its final dot is not taken (RFC
    /// 5321 section 4.1.1.4), so that only what goes wrong from the dot on leaves a doubt.
    async fn hand_over(&self, server: &mut Server, message: &Message) -> Result<Reply, Fault> {
        let written = self.timed(server.dialogue.write(&message.bytes)).await;
        written.map_err(|broken| self.broken(&broken))?;
        let answered = self.timed(server.dialogue.end()).await;
        let reply = answered.map_err(|broken| match broken {
            Broken::Late => {
                let message = format!("`{}` did not say in time whether it took the message", self.host);
                Fault::new(codes::TIMEOUT, message)
            }
            Broken::Lost(why) => {
                let message = format!("`{}` did not say whether it took the message", self.host);
                Fault::new(codes::CONNECTION_LOST, message).with_detail(why)
            }
        })?;
        self.expect(&reply, 250, "the message")?;
        Ok(reply)
    }

    async fn command(&self, dialogue: &mut Dialogue<Stream>, line: &str) -> Result<Reply, Fault> {
        self.timed(dialogue.command(line)).await.map_err(|broken| self.broken(&broken))
    }

    /// Ends what takes longer than the server may be silent, or than is left of the attempt.
    async fn timed<T>(&self, act: impl Future<Output = Result<T, Broken>>) -> Result<T, Broken> {
        tokio::select! {
            biased;
            done = act => done,
            () = self.setup.clock.sleep(self.within(self.limits.first_byte)) => Err(Broken::Late),
        }
    }

    fn within(&self, limit: Duration) -> Duration {
        limit.min(self.end.saturating_sub(self.setup.clock.now()))
    }

    fn expect(&self, reply: &Reply, code: u16, what: &str) -> Result<(), Fault> {
        if reply.code == code { Ok(()) } else { Err(self.refused(reply, what)) }
    }

    /// The server said no, in words that leave no doubt.
    fn refused(&self, reply: &Reply, what: &str) -> Fault {
        let (host, line) = (&self.host, reply.line());
        match reply.code {
            // 421: the server is about to close the connection, whatever was asked.
            421 | 554 if what == "the connection" => {
                Fault::new(codes::UNREACHABLE, format!("`{host}` takes no connections now: {line}"))
            }
            421 => Fault::new(codes::UNREACHABLE, format!("`{host}` closed the connection: {line}")),
            400..=499 => Fault::new(codes::DEFERRED, format!("`{host}` does not take {what} now: {line}"))
                .with_hint("it asks to try again later; nothing was sent"),
            530 => Fault::new(codes::CREDENTIAL_REJECTED, format!("`{host}` asks to sign in first: {line}"))
                .with_status(401)
                .with_hint("give `username` and `password` under `credential` of the connection"),
            500.. => Fault::new(codes::REJECTED, format!("`{host}` refused {what}: {line}")).with_status(422),
            _ => Fault::new(codes::UNREACHABLE, format!("`{host}` answered {what} with `{line}`"))
                .with_hint("check the port: is it a mail server?"),
        }
    }

    /// Something broke before the final dot: the message was not taken.
    fn broken(&self, broken: &Broken) -> Fault {
        let host = &self.host;
        match broken {
            Broken::Late => Fault::new(
                codes::UNREACHABLE,
                format!("`{host}` did not answer in the time allowed; the message was not handed over"),
            ),
            Broken::Lost(why) => Fault::new(
                codes::UNREACHABLE,
                format!("the connection to `{host}` broke before the message was handed over"),
            )
            .with_detail(why.clone()),
        }
    }
}

/// The address of this machine as a greeting names it (RFC 5321 section 4.1.3).
fn literal(own: std::net::IpAddr) -> String {
    match own {
        std::net::IpAddr::V4(address) => format!("[{address}]"),
        std::net::IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}
