//! The code blocks of the documentation, run as they stand. A page is one project: its blocks run in
//! order in one temporary folder.
//!
//! - a block ```` ```yaml file=NAME ```` (or `json`) is written to that file first;
//! - in a block ```` ```console ```` every `$ …` line is a command, and the lines below it must each appear
//!   in its output; `…` stands for anything;
//! - `# exit N` below a command says its exit code where it is not 0;
//! - `# soon` below a command says that it may take a moment: it is run again until it says what it should;
//! - `RUN` in such a line stands for a word, and for the same word in every command behind it;
//! - a command that ends in ` &` is a server: it is started, and stopped at the end of the page. Its
//!   port, as written behind `--port`, `--http` or `--listen`, is replaced by a free one everywhere on the
//!   page.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like a test")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::rig::{Place, Ran, command};

/// What stands for a run's id.
const RUN: &str = "RUN";

/// How often a command that takes a moment is run at most.
const TRIES: usize = 300;

/// Every page of the documentation, and the README.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut pages: Vec<PathBuf> = fs::read_dir(&root)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|extension| extension == "md") => pages.push(path),
                _ => {}
            }
        }
    }
    pages.sort();
    pages
}

#[test]
fn every_console_block_of_the_documentation_says_the_truth() {
    let mut commands = 0;
    for page in pages() {
        commands += run(&page, Place::empty());
    }
    assert!(commands > 10, "only {commands} commands were found; are the blocks still called `console`?");
}

#[test]
fn every_file_a_page_links_to_is_there() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let target = page.parent().unwrap().join(file);
            assert!(target.exists(), "{} links to {link}, which is not there", page.display());
        }
    }
}

/// Runs one page in a folder; how many commands it had.
pub(crate) fn run(page: &Path, place: Place) -> usize {
    let text = fs::read_to_string(page).unwrap();
    let mut session = Session::new(page, place);
    let mut block: Option<(String, Vec<&str>)> = None;
    for line in text.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(info)) => block = Some((info.to_owned(), Vec::new())),
            (Some((_, lines)), None) => lines.push(line),
            (Some(_), Some(_)) => {
                let (info, lines) = block.take().unwrap();
                session.block(&info, &lines);
            }
            (None, None) => {}
        }
    }
    session.commands
}

/// The commands of one page.
struct Session {
    page: String,
    place: Place,
    servers: Vec<Child>,
    /// What is written on the page → what it is in this run.
    replaced: BTreeMap<String, String>,
    commands: usize,
}

impl Session {
    fn new(page: &Path, place: Place) -> Session {
        Session {
            page: page.display().to_string(),
            place,
            servers: Vec::new(),
            replaced: BTreeMap::new(),
            commands: 0,
        }
    }

    fn block(&mut self, info: &str, lines: &[&str]) {
        if let Some((_, file)) = info.split_once(" file=") {
            self.place.write(file, &(lines.join("\n") + "\n"));
        }
        if info != "console" {
            return;
        }
        let mut lines = lines.iter().peekable();
        while let Some(line) = lines.next() {
            let Some(line) = line.strip_prefix("$ ") else { panic!("{}: not a command: {line}", self.page) };
            let mut expected = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push(*line);
            }
            self.command(line, &expected);
        }
    }

    fn command(&mut self, line: &str, expected: &[&str]) {
        self.commands += 1;
        if let Some(server) = line.strip_suffix(" &") {
            return self.server(server, expected);
        }
        let mut line = line.to_owned();
        for (written, real) in &self.replaced {
            line = line.replace(written, real);
        }
        let words = words(&line);
        let (variables, words) = split_variables(&words);
        let Some(("nave", arguments)) = words.split_first().map(|(first, rest)| (first.as_str(), rest))
        else {
            panic!("{}: only `nave` can be run: {line}", self.page);
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (notes, expected): (Vec<&str>, Vec<&str>) =
            expected.iter().partition(|line| line.starts_with("# exit ") || **line == "# soon");
        let code = notes.iter().find_map(|line| line.strip_prefix("# exit ")).unwrap_or("0");
        let tries = if notes.contains(&"# soon") { TRIES } else { 1 };
        let mut missed = String::new();
        for _ in 0..tries {
            let ran = self.place.run(&arguments, "", &variables);
            match self.missed(&ran, code, &expected) {
                None => return self.learn(&ran.out, &expected),
                Some(what) => missed = what,
            }
        }
        panic!("{}: $ {line}\n{missed}", self.page);
    }

    /// What a command did not do or say as it should.
    fn missed(&self, ran: &Ran, code: &str, expected: &[&str]) -> Option<String> {
        let mut output = format!("{}{}", ran.out, ran.err);
        for (written, real) in &self.replaced {
            output = output.replace(real, written);
        }
        if ran.code.to_string() != code {
            return Some(format!("exit code {} instead of {code}:\n{output}", ran.code));
        }
        let is_missing = |line: &&&str| {
            let line = line.replace(RUN, "…");
            !output.lines().any(|shown| fits(shown.trim_end(), line.trim_end()))
        };
        let line = expected.iter().find(is_missing)?;
        Some(format!("no line {line:?} in:\n{output}"))
    }

    /// Takes note of the word that `RUN` stands for, where it was not known.
    fn learn(&mut self, output: &str, expected: &[&str]) {
        let Some(line) = expected.iter().find(|line| line.contains(RUN)) else { return };
        let token = line.split(' ').find(|token| token.contains(RUN)).unwrap();
        let (before, after) = token.split_once(RUN).unwrap();
        let word = output.split_whitespace().find_map(|word| {
            let word = word.strip_prefix(before)?.strip_suffix(after)?;
            let whole = line.replace(RUN, word);
            output.lines().any(|shown| fits(shown.trim_end(), whole.trim_end())).then_some(word)
        });
        self.replaced.insert(RUN.to_owned(), word.unwrap().to_owned());
    }

    /// Starts a server on a free port and waits for the address it prints.
    fn server(&mut self, line: &str, expected: &[&str]) {
        let mut words = words(line);
        let options = ["--port", "--http", "--listen"];
        let port = words.iter().position(|word| options.contains(&word.as_str())).unwrap() + 1;
        let free =
            words[port].rsplit_once(':').map_or_else(|| "0".to_owned(), |(host, _)| format!("{host}:0"));
        let written = std::mem::replace(&mut words[port], free);
        let written = written.rsplit(':').next().unwrap().to_owned();
        let mut child = command(&self.place.path("."))
            .args(&words[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut rest = BufReader::new(child.stdout.take().unwrap());
        rest.read_line(&mut first).unwrap();
        // What a server tells later must have a reader, or it would think that nobody listens.
        std::thread::spawn(move || std::io::copy(&mut rest, &mut std::io::sink()));
        self.servers.push(child);
        let port = first.trim_end().rsplit(':').next().unwrap();
        let real: String = port.chars().take_while(char::is_ascii_digit).collect();
        assert!(!real.is_empty(), "{}: $ {line}\nprinted no address: {first:?}", self.page);
        let shown = first.trim_end().replace(&format!(":{real}"), &format!(":{written}"));
        for line in expected {
            assert!(fits(&shown, line), "{}: {shown:?} is not {line:?}", self.page);
        }
        self.replaced.insert(format!("127.0.0.1:{written}"), format!("127.0.0.1:{real}"));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _gone = server.kill();
            let _gone = server.wait();
        }
    }
}

/// Whether a line of output is the expected one, where `…` stands for anything.
fn fits(shown: &str, expected: &str) -> bool {
    let mut rest = shown;
    let mut parts = expected.split('…').peekable();
    let first = parts.next().unwrap();
    let Some(after) = rest.strip_prefix(first) else { return false };
    if parts.peek().is_none() {
        return after.is_empty();
    }
    rest = after;
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return part.is_empty() || rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    true
}

/// The words of a command line: single and double quotes group, nothing else is special.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut started) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => (quote, started) = (Some(c), true),
            (None, ' ') => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            (_, c) => {
                word.push(c);
                started = true;
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

/// Leading `NAME=value` words are variables.
fn split_variables(words: &[String]) -> (Vec<(&str, &str)>, &[String]) {
    let count = words.iter().take_while(|word| word.contains('=')).count();
    let (variables, rest) = words.split_at(count);
    (variables.iter().filter_map(|word| word.split_once('=')).collect(), rest)
}

#[test]
fn a_line_fits_with_gaps() {
    assert!(fits("error[E-A]: what", "error[E-A]: what"));
    assert!(fits("took 3 ms of 10", "took … ms of …"));
    assert!(fits("anything", "…"));
    assert!(!fits("took 3 s", "took … ms"));
    assert!(!fits("error: what", "what"));
}

#[test]
fn a_command_line_is_split_like_a_shell_does() {
    assert_eq!(words(r#"nave call a.b --with '{"a": 1}'"#), ["nave", "call", "a.b", "--with", r#"{"a": 1}"#]);
    let words = words("KEY=x nave ops \"two words\" ''");
    let (variables, rest) = split_variables(&words);
    assert_eq!((variables, rest), (vec![("KEY", "x")], &words[1..]));
    assert_eq!(rest, ["nave", "ops", "two words", ""]);
}
