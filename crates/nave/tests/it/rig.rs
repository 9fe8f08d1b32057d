//! A temporary project and the real binary in it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a rig of tests fails like a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A small system with a list, a creation, a deletion and a path that cannot be used.
pub(crate) const NOTES: &str = include_str!("notes.yaml");

/// A temporary folder.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    /// An empty folder.
    pub(crate) fn empty() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    /// A project with the connector `notes`.
    pub(crate) fn project() -> Place {
        let place = Place::empty();
        place.write("vendor/notes.yaml", NOTES);
        place.nave(&["init"]).done();
        place.nave(&["import", "vendor/notes.yaml", "--as", "notes"]).done();
        place
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Runs `nave` in the folder.
    pub(crate) fn nave(&self, arguments: &[&str]) -> Ran {
        self.run(arguments, "", &[])
    }

    /// Runs `nave` with something on stdin and variables in the environment.
    pub(crate) fn run(&self, arguments: &[&str], stdin: &str, variables: &[(&str, &str)]) -> Ran {
        let mut child = command(self.folder.path())
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The binary, in a folder, with nothing of the tester's own environment that could matter.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nave"));
    command.current_dir(folder).env_remove("NAVE_LOG").env_remove("NO_COLOR").env("TZ", "UTC");
    for variable in ["NAVE_HUB", "NAVE_TOKEN_FILE", "NAVE_PERSON"] {
        command.env_remove(variable);
    }
    command
}

impl Ran {
    /// It must have ended with this code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Ran {
        assert_eq!(self.code, expected, "\nstdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// It must have done what was asked.
    #[track_caller]
    pub(crate) fn done(self) -> Ran {
        self.code(0)
    }

    /// All of these stand on stdout, in this order.
    #[track_caller]
    pub(crate) fn out(self, expected: &[&str]) -> Ran {
        in_order("stdout", &self.out, expected);
        self
    }

    /// All of these stand on stderr, in this order.
    #[track_caller]
    pub(crate) fn err(self, expected: &[&str]) -> Ran {
        in_order("stderr", &self.err, expected);
        self
    }

    /// Each line of stdout is a JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }
}

#[track_caller]
fn in_order(what: &str, text: &str, expected: &[&str]) {
    let mut rest = text;
    for part in expected {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{what} does not hold {part:?} where it should:\n{text}");
        };
        rest = after;
    }
}
