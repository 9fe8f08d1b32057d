//! A hub as a process of its own, started by a test in a temporary project and ended with it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a rig of tests fails like a test")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::rig::{Place, command};

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps a note of what was heard.
pub(crate) const KEEP: &str = "\
flow: keep
trigger: [thing.heard, manual]
steps:
  - kept: notes.create_note
    with: |
      { text: (.text | tostring) }
";

/// Asks before it keeps.
pub(crate) const ASK: &str = "\
flow: team/ask
trigger: manual
steps:
  - approve: ask lead
    title: Keep ${.text}?
  - kept: notes.create_note
    with: |
      { text: (.text | tostring) }
";

/// Ends with a fault of its own.
pub(crate) const FAIL: &str = "\
flow: fail
trigger: manual
steps:
  - no: raise
    code: never
    message: This cannot be.
";

/// Says that something was heard, so that others may wait for it.
const TELL: &str = "\
flow: tell
trigger: manual
steps:
  - told: emit thing.heard
    with: |
      { text: (.text | tostring) }
";

/// A process that writes lines, each remembered.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
    out: Arc<Written>,
    err: Arc<Written>,
}

/// What a process wrote so far.
#[derive(Default)]
struct Written {
    text: Mutex<(String, bool)>,
    more: Condvar,
}

impl Written {
    fn gather(pipe: impl Read + Send + 'static) -> Arc<Written> {
        let written = Arc::new(Written::default());
        let own = Arc::clone(&written);
        std::thread::spawn(move || {
            let mut lines = BufReader::new(pipe);
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
                own.text.lock().unwrap().0.push_str(&line);
                own.more.notify_all();
                line.clear();
            }
            own.text.lock().unwrap().1 = true;
            own.more.notify_all();
        });
        written
    }

    /// Waits until a text holds; gives all that was written.
    #[track_caller]
    fn wait(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let text = self.text.lock().unwrap();
        let (text, over) =
            self.more.wait_timeout_while(text, PATIENCE, |(text, closed)| !fits(text) && !*closed).unwrap();
        assert!(fits(&text.0), "{what} did not come (waited too long: {})\n{}", over.timed_out(), text.0);
        text.0.clone()
    }
}

impl Running {
    /// Starts `nave` with these arguments and waits for the address it prints.
    #[track_caller]
    pub(crate) fn start(place: &Place, arguments: &[&str]) -> Running {
        let mut child = command(&place.path("."))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = Written::gather(child.stdout.take().unwrap());
        let err = Written::gather(child.stderr.take().unwrap());
        let mut running = Running { child, address: String::new(), out, err };
        let first = running.out.wait("a first line", |text| text.contains('\n'));
        running.address = first.lines().next().unwrap().trim().to_owned();
        running
    }

    /// `nave dev` on a free port.
    #[track_caller]
    pub(crate) fn dev(place: &Place) -> Running {
        Running::start(place, &["dev", "--listen", "127.0.0.1:0"])
    }

    /// `nave serve` on a free port.
    #[track_caller]
    pub(crate) fn serve(place: &Place) -> Running {
        Running::start(place, &["serve", "--listen", "127.0.0.1:0"])
    }

    /// Waits until stdout holds a text.
    #[track_caller]
    pub(crate) fn tells(&self, text: &str) -> String {
        self.out.wait(text, |written| written.contains(text))
    }

    /// Waits until stderr holds a text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> String {
        self.err.wait(text, |written| written.contains(text))
    }

    /// Ends it as an operator would: SIGTERM. Gives its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// Ends it as a power cut would: SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// The project `notes` with a connection and flows.
pub(crate) fn project() -> Place {
    let place = Place::project();
    place.write("connections/notes.yaml", "connector: notes\n");
    place.write("flows/keep.yaml", KEEP);
    place.write("flows/team/ask.yaml", ASK);
    place.write("flows/fail.yaml", FAIL);
    place.write("flows/tell.yaml", TELL);
    place
}

/// The ids of a list, as `--json` gives it.
#[track_caller]
pub(crate) fn ids(place: &Place, arguments: &[&str]) -> Vec<String> {
    let listed = place.nave(&[arguments, &["--json"]].concat()).done();
    listed.json().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Asks for a list again and again, until it has this many.
#[track_caller]
pub(crate) fn until(place: &Place, arguments: &[&str], count: usize) -> Vec<String> {
    for _ in 0..2000 {
        let found = ids(place, arguments);
        if found.len() >= count {
            return found;
        }
    }
    panic!("{arguments:?} never had {count}: {:?}", place.nave(arguments));
}
