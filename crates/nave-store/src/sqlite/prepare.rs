//! Makes changes ready for the writer, on the caller's side: payloads become bytes, long ones become blobs.
//! The writer is one for all, so what can be done before it is done here.

use std::sync::Arc;

use super::blobs::Blobs;
use super::pack::{Sealed, json, pack, take_body, take_event_body};
use super::trouble::{Trouble, stopped};
use crate::batch::{NewMessage, Op};

/// A change with its payloads as columns; in `op`, they are empty.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) op: Op,
    pub(super) sealed: Vec<Sealed>,
}

impl Change {
    /// The first payload's column.
    pub(super) fn column(&self) -> &[u8] {
        self.sealed.first().map_or(&[], |sealed| &sealed.column)
    }

    /// About how many bytes it holds.
    pub(super) fn size(&self) -> usize {
        128 + self.sealed.iter().map(|sealed| sealed.column.len()).sum::<usize>()
    }
}

/// Makes changes ready; long payloads are written to disk as blobs before this returns.
pub(super) async fn prepare(ops: Vec<Op>, blobs: &Arc<Blobs>) -> Result<Vec<Change>, Trouble> {
    let mut changes = ops.into_iter().map(change).collect::<Result<Vec<_>, _>>()?;
    let large = |change: &Change| change.sealed.iter().any(|sealed| sealed.large().is_some());
    if changes.iter().any(large) {
        let blobs = Arc::clone(blobs);
        let moved = tokio::task::spawn_blocking(move || move_out(changes, &blobs)).await;
        changes = moved.map_err(|_| Trouble::Refused(stopped()))??;
    }
    Ok(changes)
}

fn move_out(mut changes: Vec<Change>, blobs: &Arc<Blobs>) -> Result<Vec<Change>, Trouble> {
    for sealed in changes.iter_mut().flat_map(|change| &mut change.sealed) {
        if let Some(bytes) = sealed.large() {
            let length = bytes.len() as u64;
            let pin = blobs.put(bytes)?;
            sealed.moved(pin, length);
        }
    }
    Ok(changes)
}

fn change(mut op: Op) -> Result<Change, Trouble> {
    let sealed = match &mut op {
        Op::Append(message) => vec![seal_message(message)?],
        Op::Journal { entries, .. } => {
            entries.iter_mut().map(|entry| Sealed::new(&std::mem::take(&mut entry.bytes))).collect()
        }
        Op::Snapshot { snapshot, .. } => vec![Sealed::new(&std::mem::take(&mut snapshot.bytes))],
        Op::Definition { bytes, .. } => vec![Sealed::new(&std::mem::take(bytes))],
        Op::PutRun(run) => vec![Sealed::new(&json(run)?)],
        Op::PutAsk(ask) => vec![Sealed::new(&json(ask)?)],
        Op::Intend(intent) => {
            let arguments = std::mem::take(&mut intent.arguments);
            vec![Sealed::new(&pack(intent, &arguments)?)]
        }
        Op::Conclude(conclusion) => vec![Sealed::new(&json(conclusion)?)],
        Op::Dead(letter) => {
            let body = take_body(&mut letter.message);
            vec![Sealed::new(&pack(letter, &body)?)]
        }
        Op::PutDelivery(delivery) => {
            let body = take_event_body(&mut delivery.event);
            vec![Sealed::new(&pack(delivery, &body)?)]
        }
        // A cursor that is longer than a payload may be stays in its column: there are few of them.
        Op::Cursor { value: Some(value), .. } => vec![Sealed::naming(value)],
        _ => Vec::new(),
    };
    Ok(Change { op, sealed })
}

fn seal_message(message: &mut NewMessage) -> Result<Sealed, Trouble> {
    let body = take_body(&mut message.message);
    Ok(Sealed::new(&pack(&message.message, &body)?))
}
