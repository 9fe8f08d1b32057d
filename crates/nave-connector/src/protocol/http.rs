//! HTTP: an operation is a request, with its arguments in path, query, headers and body as described.

use super::Kind;
use crate::request;

pub(super) const KIND: Kind = Kind {
    name: "http",
    summary: "An operation is an HTTP request.",
    schemes: &["http", "https"],
    example: "https://api.example.com/v1",
    build: request::plain,
    check: |_| Vec::new(),
};
