//! What goes wrong in SQLite, as faults. A caller's mistake is kept apart from a disk that fails, because
//! only the latter concerns everybody whose changes were in the same transaction.

use std::io;

use nave_model::Fault;
use nave_model::fault::codes;
use rusqlite::ErrorCode;

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// This one thing cannot be done; everything else can.
    Refused(Fault),
    /// SQLite or what lies under it failed.
    Broken(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Trouble::Broken(error)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Trouble::Refused(fault)
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(fault) => fault,
            Trouble::Broken(error) => fault_of(&error),
        }
    }
}

/// The fault for an error of SQLite (its result codes: sqlite.org/rescode.html).
pub(super) fn fault_of(error: &rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => full(error),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Fault::new(codes::STORE_CORRUPT, "the store's file is damaged")
                .with_detail(error.to_string())
                .with_hint("restore the last backup beside it with `nave restore`, and compare")
        }
        _ => failed(error),
    }
}

/// The fault for an error of the operating system.
pub(super) fn fault_of_io(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            full(error)
        }
        _ => failed(error),
    }
}

/// A record that is not what was written. `what` names it: `the run r1`.
pub(super) fn corrupt(what: &str) -> Fault {
    Fault::new(codes::STORE_CORRUPT, format!("{what} is not what was written"))
}

/// Something the caller should not have asked for.
pub(super) fn defect(message: impl Into<String>) -> Trouble {
    Trouble::Refused(Fault::new(codes::INTERNAL, message))
}

/// The fault when the writer is gone.
pub(super) fn stopped() -> Fault {
    Fault::new(codes::STORE_FAILED, "the store is closed")
}

fn full(error: &dyn std::error::Error) -> Fault {
    Fault::new(codes::STORE_FULL, "there is no room left to keep anything").with_detail(error.to_string())
}

fn failed(error: &dyn std::error::Error) -> Fault {
    Fault::new(codes::STORE_FAILED, "the store cannot be read or written").with_detail(error.to_string())
}
