//! One callable thing of a connector, compiled: what it takes, where each argument goes, and what
//! may come back. Schemas stay where they stand in the documents and are named by [`Place`].

use indexmap::IndexMap;
use nave_model::{Effect, Idempotency};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::documents::Place;
use crate::manifest::Paging;

/// A compiled operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Stable name, unique in the connector, for example `post_refunds`.
    pub name: String,
    /// HTTP method in capitals.
    pub method: String,
    /// Path template as described, for example `/v1/refunds/{refund}`.
    pub path: String,
    /// One plain sentence.
    pub summary: Option<String>,
    /// Longer text, Markdown as the vendor wrote it.
    pub description: Option<String>,
    /// Tags of the description.
    pub tags: Vec<String>,
    /// The vendor says not to use it any more.
    pub deprecated: bool,
    /// What it does to the system.
    pub effect: Effect,
    /// How it may be repeated.
    pub idempotency: Idempotency,
    /// Parameters of path, query, header and cookie, and Swagger 2.0 form fields.
    pub parameters: Vec<Parameter>,
    /// The request body, unless it is made of form parameters.
    pub body: Option<Body>,
    /// How flat arguments map to parameters and body.
    pub arguments: Arguments,
    /// Described answers, the most specific status first.
    pub responses: Vec<Response>,
    /// Alternatives, any one of which suffices; an empty alternative means no credential is needed.
    /// An empty list means the same.
    pub security: Vec<Requirement>,
    /// Servers of this operation, the preferred first; empty: no server is described.
    pub servers: Vec<Server>,
    /// How its list is paged, where the manifest says so.
    pub paging: Option<Paging>,
    /// Seconds an answer may be reused, where the manifest says so.
    pub cache_seconds: Option<u64>,
    /// Callbacks the description names: requests the system makes to us.
    pub callbacks: Vec<String>,
    /// The operation object in the documents.
    pub place: Place,
}

/// Where a parameter travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// In the path.
    Path,
    /// In the query string.
    Query,
    /// The whole query string is this parameter's serialised content (OpenAPI 3.2 `in: querystring`).
    Querystring,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
    /// A field of a form body (Swagger 2.0 `in: formData`).
    Form,
}

impl Location {
    /// The word used in names and errors.
    pub fn as_str(self) -> &'static str {
        match self {
            Location::Path => "path",
            Location::Query => "query",
            Location::Querystring => "querystring",
            Location::Header => "header",
            Location::Cookie => "cookie",
            Location::Form => "form",
        }
    }
}

/// How a parameter's value is written (OpenAPI 3.x "Style Values"; Swagger 2.0 `collectionFormat`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Style {
    /// `;color=blue`, path only.
    Matrix,
    /// `.blue`, path only.
    Label,
    /// `blue,black`.
    Simple,
    /// `color=blue,black` or `color=blue&color=black`.
    Form,
    /// `blue black`, and Swagger `ssv`.
    SpaceDelimited,
    /// `blue|black`, and Swagger `pipes`.
    PipeDelimited,
    /// Tab-separated: Swagger `tsv`.
    TabDelimited,
    /// `color[R]=100&color[G]=200`, nested as deep as the value is.
    DeepObject,
    /// OpenAPI 3.2 `cookie`: like form, without percent-encoding.
    Cookie,
}

/// One parameter.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a yes-or-no of the OpenAPI parameter object")]
pub struct Parameter {
    /// Name on the wire.
    pub name: String,
    /// Name in the flat argument object.
    pub argument: String,
    /// Where it travels.
    pub location: Location,
    /// How its value is written.
    pub style: Style,
    /// Whether each member of an array or object is written on its own.
    pub explode: bool,
    /// Whether reserved characters of RFC 3986 stay unescaped.
    pub allow_reserved: bool,
    /// Whether it must be given.
    pub required: bool,
    /// The vendor says not to use it any more.
    pub deprecated: bool,
    /// Text for people.
    pub description: Option<String>,
    /// Its schema. For Swagger 2.0 this is the parameter object itself. `None`: anything.
    pub schema: Option<Place>,
    /// Media type the value is serialised to, for `content` parameters.
    pub content: Option<String>,
    /// An example value given by the description.
    pub example: Option<Value>,
}

/// A request body.
#[derive(Debug, Clone)]
pub struct Body {
    /// Whether a body must be sent.
    pub required: bool,
    /// Text for people.
    pub description: Option<String>,
    /// The media type that is sent: the best one described.
    pub media: Media,
    /// The other media types described.
    pub others: Vec<Media>,
}

/// How a media type's content is written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codec {
    /// `application/json`, `*/json`, `*+json`, and `*/*` with a schema.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`, `multipart/mixed`, `multipart/related`.
    Multipart,
    /// `application/xml`, `text/xml`, `*+xml`.
    Xml,
    /// `text/*`.
    Text,
    /// `application/x-ndjson`, `application/jsonl`, `application/json-seq`: a sequence of JSON values.
    JsonLines,
    /// `text/event-stream`.
    EventStream,
    /// Everything else: bytes.
    Binary,
}

/// A media type with its schema.
#[derive(Debug, Clone)]
pub struct Media {
    /// As described, for example `application/json; charset=utf-8`.
    pub media_type: String,
    /// How it is written and read.
    pub codec: Codec,
    /// Schema of the content. `None`: anything.
    pub schema: Option<Place>,
    /// Per field: how it is written inside a form or multipart body.
    pub encoding: IndexMap<String, FieldEncoding>,
    /// An example given by the description.
    pub example: Option<Value>,
}

/// How one field of a form or multipart body is written (OpenAPI "Encoding Object").
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldEncoding {
    /// Media type of the part.
    pub content_type: Option<String>,
    /// Style, as for query parameters.
    pub style: Option<Style>,
    /// Explode, as for query parameters.
    pub explode: Option<bool>,
    /// As for query parameters.
    pub allow_reserved: bool,
}

/// How the flat argument object maps to parameters and body.
///
/// Every parameter stands under its `argument` name. The body's fields stand beside them under
/// their own names, except those in `renamed`; a body that declares no fields stands under `body`.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    /// How the body appears.
    pub body: BodyArguments,
    /// Names that mean two things, with the qualified names to use instead, for hints.
    pub ambiguous: IndexMap<String, Vec<String>>,
}

/// How the body appears in the flat argument object.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum BodyArguments {
    /// There is no body, or it is made of form parameters.
    #[default]
    None,
    /// Under one name (`body`, or `request_body` where that name is taken).
    Whole {
        /// The name.
        argument: String,
    },
    /// Field by field: argument name → field name. Fields the schema allows without naming them
    /// (`additionalProperties`) stand under their own names and are not listed here.
    Fields {
        /// Argument name → body field name, in the order described.
        fields: IndexMap<String, String>,
    },
}

/// Which statuses an answer description covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Exactly this one.
    Exact(u16),
    /// A class: 2 for `2XX`.
    Class(u8),
    /// `default`.
    Default,
}

impl Status {
    /// Whether the description is for this status.
    pub fn covers(self, status: u16) -> bool {
        match self {
            Status::Exact(exact) => exact == status,
            Status::Class(class) => u16::from(class) == status / 100,
            Status::Default => true,
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Status::Exact(status) => write!(f, "{status}"),
            Status::Class(class) => write!(f, "{class}XX"),
            Status::Default => f.write_str("default"),
        }
    }
}

/// One described answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// For which statuses.
    pub status: Status,
    /// Text for people.
    pub description: Option<String>,
    /// Content by media type; empty: no content.
    pub media: Vec<Media>,
    /// Described headers.
    pub headers: Vec<Parameter>,
}

/// One alternative of security: every scheme in it is needed.
pub type Requirement = IndexMap<String, Vec<String>>;

/// A server address with variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// Address, with `{variable}`s; may be relative.
    pub url: String,
    /// Text for people.
    pub description: Option<String>,
    /// Variables.
    pub variables: IndexMap<String, ServerVariable>,
}

/// One variable of a server address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerVariable {
    /// Value used where none is given.
    pub default: Option<String>,
    /// Allowed values; empty: any.
    pub allowed: Vec<String>,
    /// Text for people.
    pub description: Option<String>,
}

impl Operation {
    /// Whether the flat argument object may hold this name.
    pub fn has_argument(&self, name: &str) -> bool {
        let field = match &self.arguments.body {
            BodyArguments::Fields { fields } => fields.contains_key(name),
            BodyArguments::Whole { argument } => argument == name,
            BodyArguments::None => false,
        };
        field || self.parameters.iter().any(|parameter| parameter.argument == name)
    }

    /// The names the flat argument object may hold.
    pub fn argument_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.parameters.iter().map(|one| one.argument.as_str()).collect();
        match &self.arguments.body {
            BodyArguments::Fields { fields } => names.extend(fields.keys().map(String::as_str)),
            BodyArguments::Whole { argument } => names.push(argument),
            BodyArguments::None => {}
        }
        names
    }

    /// The description of an answer with this status: exact, else its class, else `default`.
    pub fn response(&self, status: u16) -> Option<&Response> {
        self.responses.iter().filter(|response| response.status.covers(status)).min_by_key(|r| r.status)
    }
}
