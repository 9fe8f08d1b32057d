//! Where a batch stands, as it is kept.

use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::Store;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How much of the input's beginning tells it from another one: bytes.
pub(super) const HEAD: u64 = 64 * 1024;

/// Where a batch stands. Offsets are of the bytes as UTF-8, unpacked, without a byte order mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// Right behind the last record that is done with.
    pub(super) offset: u64,
    /// The line there, from 1.
    pub(super) line: u64,
    /// Records that are done with, good and bad.
    pub(super) number: u64,
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    /// How much of the beginning the digest is of.
    pub(super) head_length: u64,
    pub(super) head_sha256: String,
    /// The names of the columns.
    pub(super) columns: Option<Vec<String>>,
    pub(super) done: bool,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Checkpoint {
            offset: 0,
            line: 1,
            number: 0,
            accepted: 0,
            rejected: 0,
            head_length: 0,
            head_sha256: String::new(),
            columns: None,
            done: false,
        }
    }
}

impl Checkpoint {
    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::json!(self).to_string().into_bytes()
    }
}

/// The checkpoint under a name; the beginning, where there is none.
///
/// # Errors
/// The store cannot be read, or a newer version wrote it.
pub(super) async fn load(store: &dyn Store, name: &str) -> Result<Checkpoint, Fault> {
    let Some(bytes) = store.cursor(name.to_owned()).await? else { return Ok(Checkpoint::default()) };
    serde_json::from_slice(&bytes).map_err(|_| {
        let message = format!("the checkpoint `{name}` was written in a form that is not known here");
        Fault::new(codes::STORE_VERSION, message)
    })
}

/// The digest of the input's beginning.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
