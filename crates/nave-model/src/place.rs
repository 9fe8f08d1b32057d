//! Where in a document something stands: file, line, column and JSON pointer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a document, as precise as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// The file as the user named it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    /// Line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// Column in characters, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<u32>,
    /// How many characters of the line the place covers, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub width: Option<u32>,
    /// JSON pointer (RFC 6901) inside the document or the value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pointer: Option<String>,
}

impl At {
    /// A place known only by its JSON pointer.
    pub fn pointer(pointer: impl Into<String>) -> Self {
        At { pointer: Some(pointer.into()), ..At::default() }
    }

    /// A place known only by its file.
    pub fn file(file: impl Into<String>) -> Self {
        At { file: Some(file.into()), ..At::default() }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(file) = &self.file {
            f.write_str(file)?;
            separator = " ";
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            separator = " ";
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        if let Some(pointer) = &self.pointer {
            write!(f, "{separator}{}", if pointer.is_empty() { "/" } else { pointer })?;
        }
        Ok(())
    }
}

/// Appends one reference token to a JSON pointer, escaped as RFC 6901 section 3 says.
pub fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// The pointer to `token` below `pointer`.
pub fn child(pointer: &str, token: &str) -> String {
    let mut child = String::with_capacity(pointer.len() + token.len() + 1);
    child.push_str(pointer);
    push_token(&mut child, token);
    child
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_like_a_compiler_message() {
        let at = At {
            file: Some("flows/a.yaml".into()),
            line: Some(14),
            column: Some(9),
            pointer: Some("/steps/0".into()),
            ..At::default()
        };
        assert_eq!(at.to_string(), "flows/a.yaml:14:9 /steps/0");
        assert_eq!(At::pointer("/amount").to_string(), "/amount");
        assert_eq!(At::pointer("").to_string(), "/");
    }

    #[test]
    fn tokens_are_escaped() {
        assert_eq!(child("/paths", "/v1/a~b"), "/paths/~1v1~1a~0b");
    }
}
