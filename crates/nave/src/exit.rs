//! Exit codes: one per kind of fault, so that a script can branch without reading text.

use std::process::ExitCode;

use nave_model::{Fault, Kind};

use crate::context::Context;

/// How a command ended when nothing stopped it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It did what was asked.
    Done,
    /// It did what was asked, which was to look for problems, and found some.
    Problems,
}

/// Every exit code with its meaning. `docs/exit-codes.md` holds the same table.
const CODES: [(u8, &str); 14] = [
    (0, "done"),
    (PROBLEMS, "a check, a test or the doctor found problems, or not all of several things were done"),
    (2, "invalid: an option, an argument or a document is wrong"),
    (3, "unknown: the named thing does not exist"),
    (4, "refused: it is not allowed"),
    (5, "unauthenticated: the credential is missing or was not accepted"),
    (6, "conflict: the state of the system forbids it"),
    (7, "limited: a rate or size limit was reached"),
    (8, "unavailable: the system cannot serve now"),
    (9, "unreachable: the system or a file could not be reached"),
    (10, "timeout: the time allowed was used up"),
    (11, "mismatch: the system answered something its description does not allow"),
    (12, "unsupported: Nave knows what is meant and does not do it"),
    (13, "internal: a defect in Nave"),
];

const PROBLEMS: u8 = 1;

/// The exit code of a kind of fault.
fn of(kind: Kind) -> u8 {
    match kind {
        Kind::Invalid => 2,
        Kind::Unknown => 3,
        Kind::Refused => 4,
        Kind::Unauthenticated => 5,
        Kind::Conflict => 6,
        Kind::Limited => 7,
        Kind::Unavailable => 8,
        Kind::Unreachable => 9,
        Kind::Timeout => 10,
        Kind::Mismatch => 11,
        Kind::Unsupported => 12,
        Kind::Internal => 13,
    }
}

/// The table, for `nave help`.
pub(crate) fn table() -> String {
    let mut table = String::from("Exit codes:\n");
    for (code, meaning) in CODES {
        table.push_str(&format!("  {code:>2}  {meaning}\n"));
    }
    table
}

/// Prints what stopped a command and says the exit code.
pub(crate) fn code(context: &Context, ended: Result<Ended, Fault>) -> ExitCode {
    match ended {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Problems) => ExitCode::from(PROBLEMS),
        // Whoever read our output has seen enough, as `head` does.
        Err(_) if context.output.is_closed() => ExitCode::SUCCESS,
        Err(fault) => {
            context.output.fault(&fault);
            ExitCode::from(of(fault.code.kind))
        }
    }
}

/// Prints a message of the argument parser: help and version to stdout, mistakes to stderr.
pub(crate) fn usage(message: &clap::Error) -> ExitCode {
    let _closed = message.print();
    if message.use_stderr() { ExitCode::from(of(Kind::Invalid)) } else { ExitCode::SUCCESS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_every_code_has_a_row() {
        for code in nave_model::fault::codes::ALL {
            let exit = of(code.kind);
            assert!(exit > PROBLEMS && CODES.iter().any(|(known, _)| *known == exit), "{code}");
        }
    }

    #[test]
    fn the_table_is_the_one_of_the_documentation() {
        let page = include_str!("../../../docs/exit-codes.md");
        for (code, meaning) in CODES {
            assert!(page.contains(&format!("| {code} | {meaning} |")), "{code} {meaning}");
        }
    }
}
