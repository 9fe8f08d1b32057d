//! Which values a path parameter can have, for templates that differ only in their parameters' names
//! (Xero: `/Contacts/{ContactID}`, `/Contacts/{ContactNumber}`).

use serde_json::Value;

use crate::Connector;
use crate::codec::expected::Types;
use crate::codec::{Expected, percent, scalar};
use crate::operation::{Location, Operation};
use crate::route::template::Template;

/// What is known of the parameters of one template.
#[derive(Debug)]
pub(crate) struct Fit {
    template: Template,
    tests: Vec<(String, Test)>,
}

/// What a value must be.
#[derive(Debug)]
enum Test {
    Integer,
    Uuid,
    Listed(Vec<String>),
}

impl Fit {
    /// The tests for the path parameters of an operation.
    pub(crate) fn new(connector: &Connector, operation: &Operation) -> Self {
        let parameters = operation.parameters.iter().filter(|parameter| parameter.location == Location::Path);
        let tests = parameters.filter_map(|parameter| {
            let expected = Expected::at(&connector.documents, parameter.schema.as_ref());
            Some((parameter.name.clone(), test(&expected)?))
        });
        Fit { template: Template::parse(&operation.path), tests: tests.collect() }
    }

    /// How many tests the path passes; `None` where it fails one.
    pub(crate) fn score(&self, path: &str) -> Option<usize> {
        let values = self.template.find(path)?;
        for (name, test) in &self.tests {
            let (_, raw) = values.iter().find(|(found, _)| found == name)?;
            let value = percent::decode(raw);
            let fits = match test {
                Test::Integer => value.parse::<i64>().is_ok(),
                Test::Uuid => is_uuid(&value),
                Test::Listed(listed) => listed.iter().any(|one| *one == value),
            };
            if !fits {
                return None;
            }
        }
        Some(self.tests.len())
    }
}

fn test(expected: &Expected<'_>) -> Option<Test> {
    if let Some(Value::Array(listed)) = expected.keyword("enum") {
        return Some(Test::Listed(listed.iter().filter_map(scalar::text).map(Into::into).collect()));
    }
    if expected.keyword("format").and_then(Value::as_str) == Some("uuid") {
        return Some(Test::Uuid);
    }
    expected.types().is_some_and(|types| types.only(Types::INTEGER)).then_some(Test::Integer)
}

/// RFC 9562 section 4: 8, 4, 4, 4 and 12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let groups = text
        .split('-')
        .map(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_told_from_other_names() {
        assert!(is_uuid("00000000-0000-0000-0000-00000000000f"));
        assert!(!is_uuid("00000000-0000-0000-0000-00000000000g"));
        assert!(!is_uuid("SB2"));
        assert!(!is_uuid("00000000-0000-0000-0000-000000000000-"));
    }
}
