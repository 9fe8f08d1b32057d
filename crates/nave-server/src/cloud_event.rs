//! CloudEvents over HTTP as they are sent to the API.

use http::HeaderMap;
use nave_model::fault::codes;
use nave_model::{Event, Fault};

pub(crate) fn read(headers: &HeaderMap, body: &[u8], now_ms: u64, trace: &str) -> Result<Vec<Event>, Fault> {
    let _ = (headers, body, now_ms, trace);
    Err(Fault::new(codes::EVENT_INVALID, "no event"))
}
