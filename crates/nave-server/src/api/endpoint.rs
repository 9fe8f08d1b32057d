//! One row of the table: everything that is known about an endpoint, and its handler.

use std::pin::Pin;
use std::sync::Arc;

use http::Method;
use nave_model::{Code, Fault};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::api::Answer;
use crate::api::request::Request;
use crate::state::State;

/// An answer being made.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Answer, Fault>> + Send>>;

/// The schema of a type, with what it refers to put into the generator.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What answers.
type Handler = Box<dyn Fn(Arc<State>, Request) -> Answering + Send + Sync>;

/// An endpoint.
pub(crate) struct Endpoint {
    /// Its name: the `operationId`.
    pub(crate) name: &'static str,
    /// Its method.
    pub(crate) method: Method,
    /// Its path below the prefix, with `{name}` where a value stands.
    pub(crate) path: &'static str,
    /// What it does, in a sentence.
    pub(crate) summary: &'static str,
    /// More about it, where there is more to know.
    pub(crate) more: &'static str,
    /// The type of its query.
    pub(crate) query: Option<Shape>,
    /// What it takes: media types, and the type where it is JSON of a type of ours.
    pub(crate) body: Option<Body>,
    /// The status of its answer.
    pub(crate) status: u16,
    /// Media type of its answer; none where it has no body.
    pub(crate) media: Option<&'static str>,
    /// The type of its answer.
    pub(crate) answer: Option<Shape>,
    /// The faults it can answer besides those of every endpoint.
    pub(crate) faults: &'static [Code],
    handler: Handler,
}

/// What an endpoint takes.
pub(crate) struct Body {
    /// Media types.
    pub(crate) media: &'static [&'static str],
    /// The type.
    pub(crate) shape: Shape,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// Whether the handler reads it as it comes: it may be larger than memory.
    pub(crate) streamed: bool,
}

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

impl Endpoint {
    /// A row that answers 200 with nothing said about its body.
    pub(crate) fn new<F>(
        (name, method, path): (&'static str, Method, &'static str),
        summary: &'static str,
        handler: impl Fn(Arc<State>, Request) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Answer, Fault>> + Send + 'static,
    {
        Endpoint {
            name,
            method,
            path,
            summary,
            more: "",
            query: None,
            body: None,
            status: 200,
            media: None,
            answer: None,
            faults: &[],
            handler: Box::new(move |state, request| Box::pin(handler(state, request))),
        }
    }

    /// More about it.
    pub(crate) fn more(mut self, more: &'static str) -> Self {
        self.more = more;
        self
    }

    /// It takes a query.
    pub(crate) fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(T::json_schema);
        self
    }

    /// It takes JSON of this type.
    pub(crate) fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Some(Body {
            media: &[JSON],
            shape: SchemaGenerator::subschema_for::<T>,
            required: true,
            streamed: false,
        });
        self
    }

    /// It takes JSON of this type, or nothing, which means `{}`.
    pub(crate) fn may_take<T: JsonSchema>(mut self) -> Self {
        self.body = Some(Body {
            media: &[JSON],
            shape: SchemaGenerator::subschema_for::<T>,
            required: false,
            streamed: false,
        });
        self
    }

    /// It takes something else.
    pub(crate) fn takes_any(mut self, media: &'static [&'static str], shape: Shape) -> Self {
        self.body = Some(Body { media, shape, required: true, streamed: false });
        self
    }

    /// It takes something else, and reads it as it comes.
    pub(crate) fn streams(mut self, media: &'static [&'static str], shape: Shape) -> Self {
        self.body = Some(Body { media, shape, required: true, streamed: true });
        self
    }

    /// It answers JSON of this type.
    pub(crate) fn gives<T: JsonSchema>(mut self, status: u16) -> Self {
        self.status = status;
        self.media = Some(JSON);
        self.answer = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    /// It answers without a body.
    pub(crate) fn gives_nothing(mut self) -> Self {
        self.status = 204;
        self
    }

    /// It answers something else.
    pub(crate) fn gives_media(mut self, media: &'static str) -> Self {
        self.media = Some(media);
        self
    }

    /// Its own faults.
    pub(crate) fn faults(mut self, faults: &'static [Code]) -> Self {
        self.faults = faults;
        self
    }

    /// Answers a request.
    pub(crate) fn answer(&self, state: Arc<State>, request: Request) -> Answering {
        (self.handler)(state, request)
    }

    /// The values of the path's parameters, if a path (percent-encoded, below the prefix) is this
    /// endpoint's.
    pub(crate) fn fits<'a>(&self, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
        let mut values = Vec::new();
        let mut given = path.split('/');
        for wanted in self.path.split('/') {
            let given = given.next()?;
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !given.is_empty() => values.push((name, given)),
                Some(_) => return None,
                None if wanted == given => {}
                None => return None,
            }
        }
        given.next().is_none().then_some(values)
    }

    /// The names of the path's parameters.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
