//! The audit chain: each entry's hash covers the one before, so that nothing can be changed, left out or put
//! in between without it showing. Writing entries is left to the store.

use sha2::{Digest, Sha256};

use crate::batch::Audited;
use crate::record::AuditEntry;
use crate::sqlite::hex;

/// The `before` of a chain's first entry.
pub const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of an entry: SHA-256, in hex, over `before`, number, time and the entry as JSON, each on a line
/// of its own.
pub fn hash(before: &str, number: u64, at_ms: u64, entry: &Audited) -> String {
    let json = serde_json::to_string(entry).unwrap_or_default();
    hex(&Sha256::digest(format!("{before}\n{number}\n{at_ms}\n{json}\n")))
}

/// The first entry that does not follow from those before it, in a part of a chain that begins after an entry
/// with that number and hash (of a whole chain: 0 and [`START`]).
pub fn broken(after: u64, before: &str, chain: &[AuditEntry]) -> Option<u64> {
    let mut number = after;
    let mut last = before.to_owned();
    for entry in chain {
        number += 1;
        let fits = entry.number == number
            && entry.before == last
            && entry.hash == hash(&entry.before, entry.number, entry.at_ms, &entry.entry);
        if !fits {
            return Some(number);
        }
        last.clone_from(&entry.hash);
    }
    None
}
