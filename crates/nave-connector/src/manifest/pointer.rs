//! Whether a JSON pointer into an answer can lead anywhere, by the answer's schema.

use crate::schema::Schema;
use crate::schema::fields::fields;

/// The token of a pointer that leads nowhere in a schema, and the names that would. `None`: it leads
/// somewhere, or into a part the description leaves open.
pub(super) fn dead_end<'a>(schema: Schema<'a>, pointer: &str) -> Option<(String, Vec<&'a str>)> {
    let mut schema = schema.resolve().ok()?;
    for token in pointer.split('/').skip(1) {
        let token = crate::documents::unescape(token);
        let next = match (token.parse::<usize>(), schema.keyword("items")) {
            (Ok(_), Some(items)) => schema.with(items),
            _ => {
                let known = fields(schema);
                if known.declared.is_empty() {
                    return None;
                }
                match known.declared.get(token.as_str()) {
                    Some(member) => *member,
                    None => return Some((token, known.declared.keys().copied().collect())),
                }
            }
        };
        schema = next.resolve().ok()?;
    }
    None
}
