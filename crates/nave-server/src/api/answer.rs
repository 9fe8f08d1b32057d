//! What a handler gives: a status, headers and a body that is there or comes bit by bit.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use nave_model::Fault;
use nave_model::fault::codes;
use serde::Serialize;

use crate::api::endpoint::JSON;
use crate::problem;

/// An answer.
pub(crate) type Answer = Response<Payload>;

/// The body of an answer.
pub(crate) enum Payload {
    /// All of it; `None` once it was taken.
    Whole(Option<Bytes>),
    /// Bit by bit.
    Bits(Pin<Box<dyn Stream<Item = Bytes> + Send>>),
}

impl Payload {
    /// These bytes.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Payload::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Payload::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Payload::Bits(stream) => {
                stream.as_mut().poll_next(context).map(|bit| bit.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Payload::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Payload::Whole(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Payload::Bits(_) => SizeHint::default(),
        }
    }
}

/// An answer of a media type.
pub(crate) fn of(status: StatusCode, media: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Payload::whole(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Nothing the hub answers is a page, whatever a browser may take it for.
    let sniffing = (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    answer.headers_mut().insert(sniffing.0, sniffing.1);
    answer
}

/// JSON.
///
/// # Errors
/// The value has no JSON, which is a defect.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Answer, Fault> {
    let body = serde_json::to_vec(value)
        .map_err(|error| Fault::new(codes::INTERNAL, format!("an answer has no JSON: {error}")))?;
    Ok(of(status, JSON, body))
}

/// JSON with status 200.
///
/// # Errors
/// As for [`json`].
pub(crate) fn ok(value: &impl Serialize) -> Result<Answer, Fault> {
    json(StatusCode::OK, value)
}

/// Nothing to say: it was done.
pub(crate) fn done() -> Answer {
    let mut answer = Response::new(Payload::Whole(None));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// Bits of a media type, as they come.
pub(crate) fn stream(media: &'static str, bits: impl Stream<Item = Bytes> + Send + 'static) -> Answer {
    let mut answer = of(StatusCode::OK, media, Bytes::new());
    *answer.body_mut() = Payload::Bits(Box::pin(bits));
    answer
}

/// A fault as problem details.
pub(crate) fn fault(fault: &Fault) -> Answer {
    fault_as(fault, problem::status(fault))
}

/// A fault as problem details, with a status of its own: answer and body say the same.
pub(crate) fn fault_as(fault: &Fault, status: StatusCode) -> Answer {
    let body = serde_json::to_vec(&problem::body(fault, status)).unwrap_or_default();
    let mut answer = of(status, problem::MEDIA, body);
    if let Some(milliseconds) = fault.retry_after_ms.or_else(|| (status.as_u16() == 503).then_some(1000)) {
        // Whole seconds (RFC 9110 section 10.2.3), and not too early.
        let seconds = milliseconds.div_ceil(1000).max(1);
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}
