//! A request to the API as handlers see it: path parameters decoded, the query and the body as types, and
//! who asks.

use bytes::Bytes;
use http::HeaderMap;
use hyper::body::Incoming;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Fault};
use serde::de::DeserializeOwned;

use crate::api::parameter;

/// A request.
pub(crate) struct Request {
    /// Values of the path's parameters, decoded.
    pub(crate) parameters: Vec<(&'static str, String)>,
    /// The query as it came, without `?`.
    pub(crate) query: String,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body; empty where it is streamed.
    pub(crate) body: Bytes,
    /// The body as it comes, where the endpoint reads it so.
    pub(crate) stream: Option<Incoming>,
    /// Who asks, for the record: `person:…`.
    pub(crate) by: String,
    /// The trace it belongs to, as `nave_model::trace` keeps it.
    pub(crate) trace: String,
}

impl Request {
    /// The value of a path's parameter.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The query as a type.
    ///
    /// # Errors
    /// `E-ARG-UNKNOWN` with the nearest name, `E-ARG-VALUE`.
    pub(crate) fn query<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        parameter::read(&self.query)
    }

    /// The body as JSON of a type.
    ///
    /// # Errors
    /// `E-ARG-SHAPE`: it is not JSON; `E-ARG-UNKNOWN`, `E-ARG-VALUE`: it does not fit.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        self.expect_json()?;
        serde_json::from_slice(&self.body).map_err(|error| {
            if error.is_syntax() || error.is_eof() {
                let message = format!("the body is not JSON: {error}");
                return Fault::new(codes::ARGUMENT_SHAPE, message);
            }
            misfit(&error.to_string())
        })
    }

    /// The body as JSON of a type; its default where there is none.
    ///
    /// # Errors
    /// As for [`Request::json`].
    pub(crate) fn json_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Fault> {
        if self.body.is_empty() { Ok(T::default()) } else { self.json() }
    }

    /// The plain media type of the body, in small letters.
    pub(crate) fn media(&self) -> Option<String> {
        let media = self.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        media.map(|media| media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// A form or a text is refused: a page in a browser can send those anywhere without asking, and JSON
    /// it cannot.
    fn expect_json(&self) -> Result<(), Fault> {
        match self.media().as_deref() {
            Some("application/json") => Ok(()),
            Some(other) => Err(Fault::new(
                codes::ARGUMENT_SHAPE,
                format!("the body is `{other}`, and the endpoint takes `application/json`"),
            )),
            None => Err(Fault::new(codes::ARGUMENT_SHAPE, "the request has no `Content-Type`")
                .with_hint("send `Content-Type: application/json`")),
        }
    }
}

/// A fault for a value that does not fit its type, with the nearest name where a name is unknown. `reason`
/// is what serde says.
pub(crate) fn misfit(reason: &str) -> Fault {
    let reason = reason.rsplit_once(" at line ").map_or(reason, |(reason, _)| reason);
    let Some((word, what)) = ["field", "variant"].iter().find_map(|what| {
        let rest = reason.strip_prefix(&format!("unknown {what} `"))?;
        rest.split_once('`').map(|(word, _)| (word, *what))
    }) else {
        let code = if reason.starts_with("missing field") {
            codes::ARGUMENT_REQUIRED
        } else {
            codes::ARGUMENT_VALUE
        };
        return Fault::new(code, reason.to_owned());
    };
    let known: Vec<&str> = reason.split('`').skip(3).step_by(2).collect();
    let (code, named) = match what {
        "field" => (codes::ARGUMENT_UNKNOWN, "name"),
        _ => (codes::ARGUMENT_VALUE, "value"),
    };
    let fault =
        Fault::new(code, format!("unknown {named} `{word}`")).with_at(At::pointer(format!("/{word}")));
    match (did_you_mean(word, known.iter().copied()), known.as_slice()) {
        (Some(hint), _) => fault.with_hint(hint),
        (None, []) => fault.with_hint("nothing may stand here"),
        (None, known) => fault.with_hint(format!("possible are `{}`", known.join("`, `"))),
    }
}
