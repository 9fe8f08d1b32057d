//! Stand-ins for systems, names and authorities: listeners on loopback that count who came and
//! remember what they asked, and a name service that says what a test wants.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::Method;
use nave_call::transport::Resolving;
use nave_call::{HostPolicy, Outgoing, Resolve, SystemClock, Transport, TransportOptions};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A listener that counts its connections and remembers the requests.
pub(crate) struct System {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

/// One accepted connection, as a test plays it.
pub(crate) struct Guest {
    pub(crate) stream: Box<dyn Io>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Guest {
    /// The next request's head and body; `None` when the connection ended.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(self.stream.read_u8().await.ok()?);
        }
        let mut text = String::from_utf8(bytes).unwrap();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.stream.read_exact(&mut body).await.ok()?;
        text.push_str(std::str::from_utf8(&body).unwrap());
        self.requests.lock().unwrap().push(text.clone());
        Some(text)
    }

    /// Sends bytes. A client that has gone is no concern of the system's.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// Waits until the client has closed the connection.
    pub(crate) async fn gone(&mut self) {
        drop(self.stream.read_to_end(&mut Vec::new()).await);
    }
}

impl System {
    /// Plays `play` on every connection.
    pub(crate) async fn playing<F: Future<Output = ()> + Send + 'static>(
        play: impl Fn(Guest) -> F + Send + Sync + 'static,
    ) -> System {
        System::start("127.0.0.1:0".parse().unwrap(), None, play).await.unwrap()
    }

    /// Plays `play` on every connection, after TLS.
    pub(crate) async fn secure<F: Future<Output = ()> + Send + 'static>(
        acceptor: TlsAcceptor,
        play: impl Fn(Guest) -> F + Send + Sync + 'static,
    ) -> System {
        System::start("127.0.0.1:0".parse().unwrap(), Some(acceptor), play).await.unwrap()
    }

    /// Gives the same answer to every request, on connections that stay open.
    pub(crate) async fn answering(answer: impl AsRef<[u8]> + Send + Sync + 'static) -> System {
        let answer = Arc::new(answer);
        System::playing(move |mut guest| {
            let answer = Arc::clone(&answer);
            async move { while guest.request().await.is_some() && guest.send((*answer).as_ref()).await {} }
        })
        .await
    }

    /// A listener at an address of the test's choice; fails where the machine does not have it.
    pub(crate) async fn start<F: Future<Output = ()> + Send + 'static>(
        address: SocketAddr,
        acceptor: Option<TlsAcceptor>,
        play: impl Fn(Guest) -> F + Send + Sync + 'static,
    ) -> io::Result<System> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (accepted, requests) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let (counter, heard) = (Arc::clone(&accepted), Arc::clone(&requests));
        let play = Arc::new(play);
        let task = nave_call::task::spawn("system", async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let (acceptor, play, requests) = (acceptor.clone(), Arc::clone(&play), Arc::clone(&heard));
                drop(nave_call::task::spawn("guest", async move {
                    if let Some(stream) = greet(acceptor, stream).await {
                        play(Guest { stream, requests }).await;
                    }
                }));
            }
        });
        Ok(System { address, accepted, requests, task })
    }

    /// Connections accepted so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Requests heard so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// An address of this system under the name `host`.
    pub(crate) fn at(&self, scheme: &str, host: &str, path: &str) -> String {
        format!("{scheme}://{host}:{}{path}", self.address.port())
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn greet(acceptor: Option<TlsAcceptor>, stream: TcpStream) -> Option<Box<dyn Io>> {
    match acceptor {
        None => Some(Box::new(stream)),
        Some(acceptor) => Some(Box::new(acceptor.accept(stream).await.ok()?)),
    }
}

/// A name service: each name has a list of answers, given in turn, the last one for ever.
#[derive(Debug, Default)]
pub(crate) struct Names {
    answers: BTreeMap<String, Vec<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    /// `"one.example=10.0.0.1 ::1; two.example=1.1.1.1 then 127.0.0.1"`.
    pub(crate) fn new(text: &str) -> Arc<Names> {
        let mut answers = BTreeMap::new();
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, list) = entry.split_once('=').unwrap();
            let turns = list
                .split(" then ")
                .map(|turn| turn.split_whitespace().map(|a| a.parse().unwrap()).collect());
            answers.insert(name.to_owned(), turns.collect());
        }
        Arc::new(Names { answers, asked: Mutex::default() })
    }

    /// How often a name was looked up.
    pub(crate) fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == name).count()
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let turn = self.asked(host);
        self.asked.lock().unwrap().push(host.to_owned());
        let answers = self.answers.get(host.trim_end_matches('.'));
        let answer = answers.and_then(|answers| answers.get(turn).or_else(|| answers.last())).cloned();
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}

/// A transport over a name service, that trusts the public authorities only.
pub(crate) fn transport(names: &Arc<Names>) -> Transport {
    let resolver: Arc<dyn Resolve> = Arc::clone(names) as _;
    Transport::new(TransportOptions {
        resolver,
        extra_roots: Vec::new(),
        clock: Arc::new(SystemClock::new()),
    })
    .unwrap()
}

/// A policy that names these hosts on purpose.
pub(crate) fn naming(hosts: &[&str]) -> Arc<HostPolicy> {
    let allow_private = hosts.iter().map(|host| (*host).to_owned()).collect();
    Arc::new(HostPolicy { allow_private, ..HostPolicy::default() })
}

/// A GET request without anything special.
pub(crate) fn get(address: &str, hosts: &Arc<HostPolicy>) -> Outgoing {
    Outgoing {
        method: Method::GET,
        url: Url::parse(address).unwrap(),
        headers: http::HeaderMap::new(),
        body: None,
        credential: false,
        limits: nave_call::Limits::default(),
        hosts: Arc::clone(hosts),
    }
}

/// The code of the fault a request ends in, or the status of its answer.
pub(crate) async fn outcome(transport: &Transport, outgoing: Outgoing) -> String {
    match transport.send(outgoing).await {
        Ok(incoming) => incoming.status.to_string(),
        Err(fault) => fault.code.name.to_owned(),
    }
}

/// A future that is never ready.
pub(crate) fn never() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(std::future::pending())
}
