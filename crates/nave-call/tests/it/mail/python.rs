//! Mail against a server that is not ours: `aiosmtpd` of the Python Package Index, where this machine can
//! install it. Where it cannot, the test says so and tries nothing.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nave_call::{CallRequest, TransportOptions};
use serde_json::{Value, json};

use super::{caller, connector, letter};

/// Prints the port, then each message as one line of JSON.
const SERVER: &str = r#"
import asyncio, json, sys
from email import message_from_bytes, policy
from aiosmtpd.smtp import SMTP, AuthResult

class Keep:
    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "user": session.auth_data,
            "subject": message["subject"], "id": message["message-id"], "text": message.get_body().get_content().replace("\r\n", "\n"),
            "defects": [str(part.defects) for part in message.walk() if part.defects],
        }), flush=True)
        return "250 2.0.0 kept"

def sign_in(server, session, envelope, mechanism, data):
    pair = f"{data.login.decode()}:{data.password.decode()}"
    return AuthResult(success=data.password == b"correct horse", auth_data=pair)

async def main():
    make = lambda: SMTP(Keep(), authenticator=sign_in, auth_require_tls=False, auth_required=True)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"#;

/// Ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A folder with `aiosmtpd` in it, or why there is none.
fn install(folder: &Path) -> Result<(), String> {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout", "5"]);
    pip.args(["--retries", "0", "--target"]).arg(folder).arg("aiosmtpd==1.4.6");
    let done = pip.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

#[tokio::test]
async fn a_server_of_others_understands_our_mail() {
    let folder = tempfile::tempdir().unwrap();
    if let Err(why) = install(folder.path()) {
        eprintln!("not tried: pip cannot provide aiosmtpd: {why}");
        return;
    }
    let mut python = Command::new("python3");
    python.arg("-c").arg(SERVER).env("PYTHONPATH", folder.path());
    let mut server = Server(python.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let Some(Ok(port)) = lines.next() else {
        let mut why = String::new();
        server.0.stderr.take().unwrap().read_to_string(&mut why).unwrap();
        panic!("the server did not start: {why}");
    };
    let address = format!("smtp://127.0.0.1:{port}");
    let caller = caller(&connector(false), &address, &json!({}), TransportOptions::default());
    let mut request = CallRequest::new("mail", "send", letter());
    request.idempotency_key = Some("key-1".into());
    let answer = caller.call(request).await.unwrap();
    assert_eq!(answer.value["reply"], "250 2.0.0 kept");
    let seen: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let expected = json!({
        "from": "shop@shop.example", "to": ["ann@a.example"], "user": "correct horse:correct horse",
        "subject": "Grüße, Ann", "id": "<key-1@shop.example>", "text": "Hello Ann.\n.\n..dots\n", "defects": [],
    });
    assert_eq!(seen, expected);
}
