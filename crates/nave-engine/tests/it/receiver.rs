//! Somebody's own server that takes deliveries: on loopback, answering as a test says, remembering what came.

use std::sync::{Arc, Mutex};

use nave_connector::signature::{Capture, Signature};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How the receiver answers the delivery of this number, from 0: a status; 0 never answers.
pub(crate) type Answers = fn(usize) -> u16;

/// A server that takes deliveries.
pub(crate) struct Receiver {
    pub(crate) url: String,
    came: Arc<Mutex<Vec<Capture>>>,
    count: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn new(answers: Answers) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?team=blue", listener.local_addr().unwrap());
        let came = Arc::new(Mutex::new(Vec::new()));
        let (told, count) = watch::channel(0);
        let told = Arc::new(told);
        let kept = Arc::clone(&came);
        let task = nave_call::task::spawn("receiver", async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (kept, told) = (Arc::clone(&kept), Arc::clone(&told));
                nave_call::task::spawn("guest", guest(stream, kept, told, answers));
            }
        });
        Receiver { url, came, count, task }
    }

    /// What came, once it is this many.
    pub(crate) async fn came(&self, count: usize) -> Vec<Capture> {
        let mut counter = self.count.clone();
        counter.wait_for(|came| *came >= count).await.unwrap();
        self.came.lock().unwrap().clone()
    }

    /// How many came until now.
    pub(crate) fn so_far(&self) -> usize {
        self.came.lock().unwrap().len()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn guest(
    mut stream: TcpStream,
    kept: Arc<Mutex<Vec<Capture>>>,
    told: Arc<watch::Sender<usize>>,
    answers: Answers,
) {
    while let Some(request) = request(&mut stream).await {
        let number = {
            let mut kept = kept.lock().unwrap();
            kept.push(request);
            kept.len()
        };
        told.send_replace(number);
        let status = answers(number - 1);
        if status == 0 {
            std::future::pending::<()>().await;
        }
        let location = if status / 100 == 3 { "location: /elsewhere\r\n" } else { "" };
        let answer = format!("HTTP/1.1 {status} Said\r\n{location}content-length: 2\r\n\r\nok");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<Capture> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes.clone()).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    bytes.extend(body);
    Some(Capture::parse("what came", &bytes).unwrap())
}

/// Whether a delivery is signed with a secret, by the time it carries.
pub(crate) fn is_signed(delivery: &Capture, url: &str, secret: &str) -> bool {
    let seconds: u64 = delivery.header("webhook-timestamp").unwrap().parse().unwrap();
    let signature: Signature = serde_json::from_str(r#"{"kind":"standard_webhooks"}"#).unwrap();
    signature.verify(delivery.delivery(url), &[secret], seconds * 1000).is_ok()
}

/// The body of a delivery.
pub(crate) fn body(delivery: &Capture) -> Value {
    serde_json::from_slice(&delivery.body).unwrap()
}
