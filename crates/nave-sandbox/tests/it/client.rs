//! A plain HTTP client on one connection, for tests.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// One keep-alive connection.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    /// Drives the connection; ends with the client.
    _driver: JoinSet<Result<(), hyper::Error>>,
    host: String,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the sandbox listens");
        stream.set_nodelay(true).expect("the socket is open");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("the sandbox speaks HTTP");
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Client { sender, _driver: driver, host: address.to_string() }
    }

    /// Sends one request and reads its answer.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Result<Answer, hyper::Error> {
        let mut request = http::Request::builder().method(method).uri(target).header("host", &self.host);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("the request is well-formed");
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// A GET without anything else.
    pub(crate) async fn get(
        &mut self,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, hyper::Error> {
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.send("GET", target, &headers, Vec::new()).await
    }
}

/// Runs an asynchronous test on one thread.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(test)
}
