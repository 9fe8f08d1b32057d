//! Tries again what is held back: one loop for all connections, woken by time and by ends of calls.

use std::sync::{Arc, Weak};
use std::time::Duration;

use nave_call::task::spawn;
use nave_model::Fault;
use nave_model::fault::codes;

use super::{Calls, Inner, Place};

/// How often the store is asked for calls that are held back and nobody here knows of.
const SWEEP: Duration = Duration::from_secs(30);
/// The pause after the store could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// Begins to try, until the calls are closed or nobody holds them any more.
pub(super) fn start(inner: &Arc<Inner>) {
    let changed = Arc::clone(&inner.changed);
    let closing = inner.closing.clone();
    let inner = Arc::downgrade(inner);
    spawn("drainer", async move {
        let mut swept = None;
        while let Some(wait) = round(&inner, &mut swept).await {
            tokio::select! {
                () = closing.cancelled() => return,
                () = changed.notified() => {}
                () = wait => {}
            }
        }
    });
}

/// Does what is due, and gives the wait until the next thing is. `None`: nobody holds the calls any more.
async fn round(inner: &Weak<Inner>, swept: &mut Option<Duration>) -> Option<nave_call::clock::Sleep> {
    let inner = inner.upgrade()?;
    let now = inner.clock.now();
    let is_due = swept.is_none_or(|swept| now >= swept.saturating_add(SWEEP));
    if is_due {
        *swept = Some(now);
        if let Err(fault) = sweep(&inner).await {
            tracing::warn!(code = fault.code.name, "calls that are held back cannot be counted");
        }
    }
    let mut wait = SWEEP;
    for place in places(&inner) {
        match look_in(&inner, &place) {
            Some(pause) if !pause.is_zero() => wait = wait.min(pause),
            Some(_) if try_next(&inner, &place).await.is_err() => wait = wait.min(PAUSE),
            Some(_) => wait = wait.min(look_in(&inner, &place).unwrap_or(SWEEP)),
            None => {}
        }
    }
    Some(inner.clock.sleep(wait.max(Duration::from_millis(1))))
}

/// Connections something is known of.
fn places(inner: &Inner) -> Vec<Place> {
    let mut lines = inner.lines();
    let now = inner.clock.now();
    lines.retain(|_, line| !line.is_idle(now));
    lines.keys().cloned().collect()
}

fn look_in(inner: &Inner, place: &Place) -> Option<Duration> {
    inner.lines().get(place)?.look_in(inner.clock.now(), inner.waiting_most)
}

/// Holds back what is held back on disk, whoever put it there.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn sweep(inner: &Arc<Inner>) -> Result<(), Fault> {
    for (tenant, connection, count, since_ms) in inner.store.parked_sums().await? {
        if count == 0 {
            continue;
        }
        let reason = Fault::new(codes::QUEUE_FULL, format!("{count} calls are held back at `{connection}`"));
        let now = inner.clock.now();
        let place = (tenant, connection);
        if inner.lines().entry(place.clone()).or_default().hold(reason.clone(), now) {
            let age_s = inner.now_ms().saturating_sub(since_ms) / 1000;
            let (tenant, connection) = (place.0.as_str(), place.1.as_str());
            tracing::info!(tenant, connection, count, age_s, "calls that were held back are tried again");
            inner.notify(connection, true, Some(reason.message.clone()));
        }
    }
    Ok(())
}

/// Looks at the oldest on disk and has those tried that may be.
async fn try_next(inner: &Arc<Inner>, (tenant, connection): &Place) -> Result<(), Fault> {
    let place = (tenant.clone(), connection.clone());
    let page = inner.lines().get(&place).map_or(0, super::Line::page);
    let listed = inner.store.parked(tenant.clone(), Some(connection.clone()), page).await?;
    let next = {
        let mut lines = inner.lines();
        let Some(line) = lines.get_mut(&place) else { return Ok(()) };
        line.choose(&listed, page, inner.clock.now(), inner.waiting_most)
    };
    for parked in next.resume {
        match inner.resume.get() {
            Some(resume) => resume(parked),
            None => tracing::error!(call = parked.id, "nobody resumes calls that are held back"),
        }
    }
    if let Some(waiting) = next.released {
        let (tenant, connection) = (tenant.as_str(), connection.as_str());
        tracing::info!(tenant, connection, "calls are not held back any more");
        inner.notify(connection, false, None);
        let calls = Calls { inner: Arc::clone(inner) };
        for (job, done) in waiting {
            calls.begin(job, done);
        }
        let (now, most) = (inner.clock.now(), inner.waiting_most);
        if inner.lines().get_mut(&place).is_some_and(|line| line.opens(now, most)) {
            inner.tell_room();
        }
    }
    Ok(())
}
