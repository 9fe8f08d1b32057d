//! Where words go: data to stdout, everything else to stderr; colour and progress only on a terminal.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use serde::Serialize;

use crate::problems;

/// A terminal that says it is narrower is not believed.
const NARROWEST: usize = 20;

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The two ways out.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    colours: Colours,
    progress: bool,
    closed: AtomicBool,
}

/// Which way out may be coloured.
#[derive(Debug)]
struct Colours {
    out: bool,
    err: bool,
}

/// How a word is shown on a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Style {
    /// Something is wrong.
    Error,
    /// Something is odd.
    Warning,
    /// Something is right.
    Good,
    /// A name or heading.
    Strong,
    /// Less important.
    Dim,
    /// What to do.
    Hint,
}

impl Output {
    /// Decides once what may be coloured.
    pub(crate) fn new(json: bool, colour: Colour, no_colour: bool) -> Self {
        let decide = |terminal: bool| match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !no_colour,
        };
        let terminal = std::io::stderr().is_terminal();
        Output {
            json,
            colours: Colours {
                out: !json && decide(std::io::stdout().is_terminal()),
                err: !json && decide(terminal),
            },
            progress: terminal && !json,
            closed: AtomicBool::new(false),
        }
    }

    /// Whether data is to be JSON.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Characters of a line on stdout, where that is a terminal.
    pub(crate) fn width(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
        // Terminals that do not know say 0.
        Some(usize::from(size.ws_col)).filter(|width| *width >= NARROWEST)
    }

    /// Whether nobody reads stdout any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Whether stderr may be coloured.
    pub(crate) fn colours_errors(&self) -> bool {
        self.colours.err
    }

    /// Text to stdout, as it is.
    pub(crate) fn data(&self, text: &str) -> Result<(), Fault> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| {
            self.closed.store(error.kind() == std::io::ErrorKind::BrokenPipe, Ordering::Relaxed);
            Fault::new(codes::FILE, format!("stdout cannot be written: {error}"))
        })
    }

    /// One line to stdout.
    pub(crate) fn line(&self, text: &str) -> Result<(), Fault> {
        self.data(&format!("{text}\n"))
    }

    /// A value to stdout as JSON: on one line for programs, over several for people.
    pub(crate) fn value(&self, value: &impl Serialize) -> Result<(), Fault> {
        let text = if self.json { serde_json::to_string(value) } else { serde_json::to_string_pretty(value) };
        let text =
            text.map_err(|error| Fault::new(codes::INTERNAL, format!("a result has no JSON: {error}")))?;
        self.line(&text)
    }

    /// One line to stderr, for the person at the terminal; not a word in JSON mode.
    pub(crate) fn say(&self, text: &str) {
        if !self.json {
            self.complain(text);
        }
    }

    /// One line to stderr, whatever the mode.
    pub(crate) fn complain(&self, text: &str) {
        // When stderr is closed there is nobody left to tell.
        let _closed = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// A fault to stderr: like a compiler's message, or as JSON.
    pub(crate) fn fault(&self, fault: &Fault) {
        if self.json {
            if let Ok(text) = serde_json::to_string(&serde_json::json!({ "fault": fault })) {
                self.complain(&text);
            }
            return;
        }
        self.complain(problems::fault(self, fault).trim_end());
    }

    /// A word for stderr, coloured where that is wanted.
    pub(crate) fn err(&self, style: Style, text: &str) -> String {
        paint(self.colours.err, style, text)
    }

    /// A word for stdout, coloured where that is wanted.
    pub(crate) fn out(&self, style: Style, text: &str) -> String {
        paint(self.colours.out, style, text)
    }

    /// Problems to stdout, each like a compiler's message.
    pub(crate) fn problems(&self, label: (Style, &str), problems: &[Problem]) -> Result<(), Fault> {
        self.problems_in(label, problems, &|_| None)
    }

    /// The same, with the lines they stand in.
    pub(crate) fn problems_in(
        &self,
        label: (Style, &str),
        problems: &[Problem],
        read: problems::Read<'_>,
    ) -> Result<(), Fault> {
        for problem in problems {
            let paint = |style: Style, text: &str| self.out(style, text);
            self.data(&format!("{}\n", problems::shown(&paint, label, problem, read)))?;
        }
        Ok(())
    }

    /// Problems to stderr, with the lines they stand in.
    pub(crate) fn complain_of(&self, label: (Style, &str), problems: &[Problem], read: problems::Read<'_>) {
        for problem in problems {
            let paint = |style: Style, text: &str| self.err(style, text);
            self.complain(&problems::shown(&paint, label, problem, read));
        }
    }

    /// Shows that something takes its time, until the answer is dropped.
    pub(crate) fn progress(&self, what: &str) -> Progress {
        Progress::start(self.progress, what)
    }
}

fn paint(colour: bool, style: Style, text: &str) -> String {
    if !colour || text.is_empty() {
        return text.to_owned();
    }
    let code = match style {
        Style::Error => "1;31",
        Style::Warning => "1;33",
        Style::Good => "32",
        Style::Strong => "1",
        Style::Dim => "2",
        Style::Hint => "36",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// A line on the terminal that moves while something runs.
pub(crate) struct Progress {
    stop: Arc<(Mutex<bool>, Condvar)>,
    what: Arc<Mutex<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    fn start(shown: bool, what: &str) -> Self {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let what = Arc::new(Mutex::new(what.to_owned()));
        let (told, seen) = (Arc::clone(&what), Arc::clone(&stop));
        let thread = shown.then(|| std::thread::spawn(move || turn(&told, &seen)));
        Progress { stop, what, thread }
    }

    /// Says something else from now on.
    pub(crate) fn say(&mut self, what: &str) {
        if let Ok(mut told) = self.what.lock() {
            what.clone_into(&mut told);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Ok(mut stopped) = self.stop.0.lock() {
            *stopped = true;
        }
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// Redraws the line ten times a second, and not at all for what is done in less than that twice.
fn turn(what: &Mutex<String>, stop: &(Mutex<bool>, Condvar)) {
    const FRAMES: [char; 4] = ['|', '/', '-', '\\'];
    let tick = Duration::from_millis(100);
    let mut shown = false;
    for (count, frame) in FRAMES.iter().cycle().enumerate() {
        let Ok(stopped) = stop.0.lock() else { break };
        let Ok((stopped, _)) = stop.1.wait_timeout_while(stopped, tick, |stopped| !*stopped) else { break };
        if *stopped {
            break;
        }
        drop(stopped);
        if count >= 1 {
            let seconds = count / 10;
            let what = what.lock().map(|what| what.clone()).unwrap_or_default();
            // To the end of the line, where a longer text may have stood.
            let _closed = write!(std::io::stderr().lock(), "\r{frame} {what} … {seconds} s \u{1b}[K");
            shown = true;
        }
    }
    if shown {
        let _closed = write!(std::io::stderr().lock(), "\r\u{1b}[K");
    }
}
