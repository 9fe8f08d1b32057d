//! A client of a hub's API, for the command line and for tests: JSON in, JSON out, faults as faults, and
//! the stream of what happens. It talks to loopback with the hub's token and to nobody else.

use std::net::SocketAddr;
use std::path::Path;

use bytes::Bytes;
use futures_util::{Stream as Bits, StreamExt as _};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use nave_model::fault::codes;
use nave_model::{Fault, Secret};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::api::PREFIX;
use crate::places::Places;
use crate::problem;

mod stream;

pub use stream::{Message, Stream};

/// The largest answer that is read.
const LARGEST: usize = 256 * 1024 * 1024;

/// A client of one hub.
#[derive(Debug, Clone)]
pub struct Client {
    address: SocketAddr,
    token: Secret,
    person: Option<String>,
}

/// Bytes with their media type, to or from a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Status of an answer; 200 of what is sent.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Client {
    /// A client of the hub at an address, with its token.
    pub fn new(address: SocketAddr, token: Secret) -> Self {
        Client { address, token, person: None }
    }

    /// A client of the hub that runs with the project in a folder: address and token are those the hub
    /// wrote there.
    ///
    /// # Errors
    /// `E-HUB-AWAY`: no hub runs there, as far as the folder says.
    pub fn of_project(folder: &Path) -> Result<Self, Fault> {
        let places = Places::of(folder, None);
        let away = || {
            Fault::new(codes::HUB_AWAY, format!("no hub runs with the project in `{}`", folder.display()))
                .with_hint("start one with `nave dev` or `nave serve`")
        };
        let bytes = std::fs::read(&places.hub).map_err(|_| away())?;
        let running: crate::places::Running = serde_json::from_slice(&bytes).map_err(|_| away())?;
        let token = crate::token::read(&places.token)?;
        Ok(Client::new(running.address, token))
    }

    /// The same client, asking in a person's name, for the record.
    #[must_use]
    pub fn in_the_name_of(mut self, person: impl Into<String>) -> Self {
        self.person = Some(person.into());
        self
    }

    /// Where the hub is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks for something: `/runs?state=failed`, below the API's prefix.
    ///
    /// # Errors
    /// `E-HUB-AWAY`, or the fault the hub answers.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        self.ask(Method::GET, path, None::<&Value>).await
    }

    /// Sends JSON and reads the answer.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Fault> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Does something that has no answer but that it was done.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn act(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<(), Fault> {
        let answer = self.json(method, path, body).await?;
        refused(&answer).map_or(Ok(()), Err)
    }

    /// Sends JSON, or nothing, and reads the answer.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Fault> {
        read(&self.json(method, path, body).await?)
    }

    async fn json(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<Raw, Fault> {
        let mut headers = HeaderMap::new();
        let mut bytes = Bytes::new();
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
            let json = serde_json::to_vec(body)
                .map_err(|error| Fault::new(codes::INTERNAL, format!("a body has no JSON: {error}")))?;
            bytes = json.into();
        }
        self.send(method, &format!("{PREFIX}{path}"), headers, bytes).await
    }

    /// Sends bytes to any path of the hub and gives whatever it answers.
    ///
    /// # Errors
    /// `E-HUB-AWAY`: nobody answers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Raw, Fault> {
        let answered = self.exchange(method, path, headers, Full::new(body)).await?;
        Client::whole(answered).await
    }

    /// Sends a body that may be larger than memory, as it comes, and reads the answer.
    ///
    /// # Errors
    /// As for [`Client::get`]. Where the hub ended it early, the answer may be lost with the connection and
    /// the fault be `E-HUB-AWAY`.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        media: &str,
        bits: impl Bits<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<T, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, text(media)?);
        let body = StreamBody::new(Box::pin(bits).map(|bit| bit.map(Frame::data)));
        let answered = self.exchange(Method::PUT, &format!("{PREFIX}{path}"), headers, body).await?;
        read(&Client::whole(answered).await?)
    }

    async fn whole(answered: Response<Incoming>) -> Result<Raw, Fault> {
        let (parts, incoming) = answered.into_parts();
        let body = Limited::new(incoming, LARGEST)
            .collect()
            .await
            .map_err(|_| strange("it broke off, or is larger than is read"))?
            .to_bytes();
        Ok(Raw { status: parts.status, headers: parts.headers, body })
    }

    /// Opens the stream of what happens; `query` as `kinds=run,step&flow=x`; `last`: go on behind this id.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn stream(&self, query: &str, last: Option<&str>) -> Result<Stream, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, http::HeaderValue::from_static("text/event-stream"));
        if let Some(last) = last {
            headers.insert("last-event-id", text(last)?);
        }
        let path = format!("{PREFIX}/stream?{query}");
        let response = self.exchange(Method::GET, &path, headers, Full::new(Bytes::new())).await?;
        if response.status() == StatusCode::OK {
            return Ok(Stream::new(response.into_body()));
        }
        let answer = Client::whole(response).await?;
        Err(refused(&answer).unwrap_or_else(|| strange("it is no stream")))
    }

    async fn exchange<B>(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: B,
    ) -> Result<Response<Incoming>, Fault>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let away = |error: &dyn std::fmt::Display| {
            Fault::new(codes::HUB_AWAY, format!("no hub answers at {}", self.address))
                .with_hint("start one with `nave dev` or `nave serve`")
                .with_detail(error.to_string())
        };
        let stream = TcpStream::connect(self.address).await.map_err(|error| away(&error))?;
        stream.set_nodelay(true).map_err(|error| away(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| away(&error))?;
        nave_call::task::spawn("hub client", async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the hub ended early");
            }
        });
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = path
            .parse()
            .map_err(|_| Fault::new(codes::ARGUMENT_VALUE, format!("`{path}` is no path of a hub")))?;
        *request.headers_mut() = headers;
        let own = request.headers_mut();
        own.insert(HOST, text(&self.address.to_string())?);
        let mut bearer = text(&format!("Bearer {}", self.token.reveal()))?;
        bearer.set_sensitive(true);
        own.insert(AUTHORIZATION, bearer);
        if let Some(person) = &self.person {
            own.insert("nave-person", text(person)?);
        }
        sender.send_request(request).await.map_err(|error| away(&error))
    }
}

/// An id or name as a part of a path.
pub fn encoded(part: &str) -> String {
    percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// What an answer says.
fn read<T: DeserializeOwned>(answer: &Raw) -> Result<T, Fault> {
    if let Some(fault) = refused(answer) {
        return Err(fault);
    }
    let body = if answer.body.is_empty() { b"null" } else { answer.body.as_ref() };
    serde_json::from_slice(body).map_err(|error| strange(&error.to_string()))
}

/// The fault an answer carries, if it is a failure.
pub fn refused(answer: &Raw) -> Option<Fault> {
    if answer.status.is_success() {
        return None;
    }
    let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let fault = problem::fault(&body);
    Some(fault.unwrap_or_else(|| strange(&format!("its status is {}", answer.status.as_u16()))))
}

fn strange(why: &str) -> Fault {
    Fault::new(codes::HUB_AWAY, format!("what answers is no hub of this version: {why}"))
        .with_hint("another program may listen at this address, or the hub is older or newer")
}

fn text(text: &str) -> Result<http::HeaderValue, Fault> {
    http::HeaderValue::try_from(text)
        .map_err(|_| Fault::new(codes::ARGUMENT_VALUE, "a header's value has characters it cannot have"))
}
