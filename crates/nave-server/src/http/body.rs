//! Reads a request's body, up to a limit and a time, without copying what came in one piece.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use nave_call::Clock;
use nave_model::Fault;
use nave_model::fault::codes;

/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(60);

/// The body, whole.
///
/// # Errors
/// `E-ARG-LIMIT`: it is larger than `most` bytes; `E-ARG-SHAPE`: it broke off or took too long.
pub(crate) async fn read(body: Incoming, most: usize, clock: &dyn Clock) -> Result<Bytes, Fault> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > most) {
        return Err(too_large(most));
    }
    tokio::select! {
        biased;
        read = collected(body, most) => read,
        () = clock.sleep(PATIENCE) => Err(Fault::new(codes::ARGUMENT_SHAPE, "the body took too long to arrive")),
    }
}

async fn collected(mut body: Incoming, most: usize) -> Result<Bytes, Fault> {
    let mut whole = Bytes::new();
    let mut pieces: Option<BytesMut> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Fault::new(codes::ARGUMENT_SHAPE, "the body broke off").with_detail(error.to_string())
        })?;
        let Ok(bytes) = frame.into_data() else { continue };
        let so_far = pieces.as_ref().map_or(whole.len(), BytesMut::len);
        if so_far.saturating_add(bytes.len()) > most {
            return Err(too_large(most));
        }
        match &mut pieces {
            Some(pieces) => pieces.extend_from_slice(&bytes),
            None if whole.is_empty() => whole = bytes,
            None => {
                let mut joined = BytesMut::with_capacity(whole.len() + bytes.len());
                joined.extend_from_slice(&whole);
                joined.extend_from_slice(&bytes);
                pieces = Some(joined);
            }
        }
    }
    Ok(pieces.map_or(whole, BytesMut::freeze))
}

fn too_large(most: usize) -> Fault {
    Fault::new(codes::ARGUMENT_LIMIT, format!("the body is larger than the {most} bytes that are taken"))
        .with_hint("`hub.bodies` in nave.yaml says how much that is")
}
