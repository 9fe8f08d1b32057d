//! A system on loopback that remembers what it is sent, headers and all, and answers as a test says.
#![expect(clippy::unwrap_used, reason = "a rig of tests fails like a test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A request: its path, and its headers by their names in small letters.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
}

/// The head of the answer to a request, by those before it: `429 Slow\r\nretry-after: 0`.
type Answers = fn(&[Sent], &Sent) -> &'static str;

/// A system on loopback.
pub(crate) struct System {
    pub(crate) address: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    count: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl System {
    pub(crate) async fn new(answers: Answers) -> System {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (sent, (told, count)) = (Arc::default(), watch::channel(0));
        let (kept, told) = (Arc::clone(&sent), Arc::new(told));
        let task = nave_call::task::spawn("system", async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (kept, told) = (Arc::clone(&kept), Arc::clone(&told));
                nave_call::task::spawn("guest", async move {
                    serve(stream, &kept, &told, answers).await;
                });
            }
        });
        System { address, sent, count, task }
    }

    /// What was sent, once it is this much.
    pub(crate) async fn sent(&self, count: usize) -> Vec<Sent> {
        let mut counter = self.count.clone();
        counter.wait_for(|sent| *sent >= count).await.unwrap();
        self.sent.lock().unwrap().clone()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    kept: &Mutex<Vec<Sent>>,
    told: &watch::Sender<usize>,
    answers: Answers,
) -> Option<()> {
    loop {
        let sent = request(&mut stream).await?;
        let (count, head) = {
            let mut kept = kept.lock().unwrap();
            let head = answers(&kept, &sent);
            kept.push(sent);
            (kept.len(), head)
        };
        told.send_replace(count);
        let body = r#"{"id":"n1","text":"a note"}"#;
        let answer = format!(
            "HTTP/1.1 {head}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

async fn request(stream: &mut TcpStream) -> Option<Sent> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some(Sent { path, headers })
}
