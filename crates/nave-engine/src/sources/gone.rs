//! Sources whose flow or trigger is gone: what is kept of them stays for a while, so that a flow that comes back
//! goes on where it was, and is then forgotten.

use std::collections::BTreeSet;

use nave_model::Fault;
use nave_store::{Batch, Op, Store};
use serde::{Deserialize, Serialize};

/// Cursors under this prefix name the sources there have been.
const NOTED: &str = "source:";
/// The most cursors that are forgotten in one write.
const PART: usize = 500;

/// What is noted of a source.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Noted {
    /// Since when the project has been without it, as far as anybody looked: milliseconds since 1970, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gone_ms: Option<u64>,
}

/// Notes which sources there are, and since when others are not any more; forgets what is kept of those that have
/// been gone for `keep_ms`; `None`: of nobody. Gives how many sources were forgotten.
///
/// # Errors
/// The store cannot be read or written; what was forgotten so far is.
pub(super) async fn tend(
    store: &dyn Store,
    wanted: &BTreeSet<String>,
    now_ms: u64,
    keep_ms: Option<u64>,
) -> Result<u64, Fault> {
    let mut ops = Vec::new();
    let mut left = wanted.clone();
    let mut over = Vec::new();
    for (cursor, value) in store.cursors(NOTED.to_owned()).await? {
        let Some(name) = cursor.strip_prefix(NOTED) else { continue };
        let noted: Noted = serde_json::from_slice(&value).unwrap_or_default();
        let is_wanted = left.remove(name);
        match (is_wanted, noted.gone_ms) {
            (true, None) => {}
            (true, Some(_)) => ops.push(note(name, None)),
            // A clock that went back makes it young, never old.
            (false, None) => ops.push(note(name, Some(now_ms))),
            (false, Some(gone_ms)) if gone_ms > now_ms => ops.push(note(name, Some(now_ms))),
            (false, Some(gone_ms)) => {
                if keep_ms.is_some_and(|keep_ms| now_ms.saturating_sub(gone_ms) >= keep_ms) {
                    over.push(name.to_owned());
                }
            }
        }
    }
    ops.extend(left.iter().map(|name| note(name, None)));
    if !ops.is_empty() {
        store.commit(Batch { fence: None, ops, now_ms }).await?;
    }
    let count = over.len() as u64;
    for name in over {
        forget(store, &name, now_ms).await?;
        tracing::info!(source = name, "what was kept of a source that is gone was forgotten");
    }
    Ok(count)
}

fn note(name: &str, gone_ms: Option<u64>) -> Op {
    // A struct of one number has no form that JSON lacks.
    let value = serde_json::to_vec(&Noted { gone_ms }).unwrap_or_default();
    Op::Cursor { name: format!("{NOTED}{name}"), value: Some(value) }
}

/// Forgets everything that is kept of a source; that there was one last, so that a stop in between loses only the
/// progress.
async fn forget(store: &dyn Store, name: &str, now_ms: u64) -> Result<(), Fault> {
    let inner = format!("{name}:");
    let cursors = store.cursors(name.to_owned()).await?;
    let own = cursors.into_iter().map(|(cursor, _)| cursor);
    let own = own.filter(|cursor| cursor == name || cursor.starts_with(&inner));
    let names: Vec<String> = own.chain([format!("{NOTED}{name}")]).collect();
    for part in names.chunks(PART) {
        let forget = |name: &String| Op::Cursor { name: name.clone(), value: None };
        let ops = part.iter().map(forget).collect();
        store.commit(Batch { fence: None, ops, now_ms }).await?;
    }
    Ok(())
}
