//! Has lanes look for what others appended to them. What this engine appended itself its lanes know at once.

use std::sync::Arc;
use std::time::Duration;

use crate::shared::Shared;

/// How long it waits before every lane looks: however much is appended, lanes look no oftener.
const LOOK: Duration = Duration::from_millis(100);

/// Has every lane look for what others appended.
pub(crate) async fn herald(shared: Arc<Shared>) {
    let mut appended = shared.store.appended();
    loop {
        tokio::select! {
            () = shared.stopping.cancelled() => return,
            () = shared.draining.cancelled() => return,
            changed = appended.changed() => if changed.is_err() {
                return;
            },
        }
        shared.clock.sleep(LOOK).await;
        appended.borrow_and_update();
        for door in &shared.doors {
            door.bell.ring_for_all();
        }
    }
}
