//! Where a part of a document stands in its file: for documents that are read elsewhere, such as
//! policies, so that a problem inside one of their expressions is told at its line and column.

use nave_expr::Span;
use nave_model::At;

use crate::document::{Content, Document, Node};

/// Where the value at a JSON pointer stands, or the part of it a span covers where it is a text. The
/// nearest value above where the pointer leads nowhere; `None` where the file cannot be read.
pub fn locate(file: &str, bytes: &[u8], pointer: &str, span: Option<Span>) -> Option<At> {
    let document = Document::read(file, bytes).ok()?;
    let mut node = &document.root;
    let mut range = node.range();
    let mut is_found = true;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let Some((below, place)) = child(node, &token) else {
            is_found = false;
            break;
        };
        (node, range) = (below, place);
    }
    if let (Content::Text(text), Some(span), true) = (&node.content, span, is_found) {
        let byte = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        range = text.range(byte(span.start)..byte(span.end));
    }
    Some(At { pointer: Some(pointer.to_owned()), ..document.at(range) })
}

/// A value below, and what to point at: the key where there is one.
fn child<'n>(node: &'n Node, token: &str) -> Option<(&'n Node, std::ops::Range<usize>)> {
    match &node.content {
        Content::Mapping(members) => members.get(token).map(|member| (&member.value, member.key.clone())),
        Content::List(items) => {
            let item = items.get(token.parse::<usize>().ok()?)?;
            Some((item, item.range()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pointer: &str, span: Option<(usize, usize)>, expected: (u32, u32, &str)) {
        let text = "rules:\n  - when: .a > $b\n    on: [x, \"y\"]\n  - when: |\n      .c\n        and .d\n";
        let span = span.map(|(start, end)| Span::new(start, end));
        let at = locate("a.yaml", text.as_bytes(), pointer, span).unwrap();
        let line = text.lines().nth(usize::try_from(at.line.unwrap()).unwrap() - 1).unwrap();
        let start = usize::try_from(at.column.unwrap()).unwrap() - 1;
        let covered: String =
            line.chars().skip(start).take(usize::try_from(at.width.unwrap()).unwrap()).collect();
        assert_eq!((at.line.unwrap(), at.column.unwrap(), covered.as_str()), expected);
    }

    #[test]
    fn values_and_parts_of_texts_are_found() {
        check("/rules/0/when", None, (2, 5, "when"));
        check("/rules/0/when", Some((5, 7)), (2, 16, "$b"));
        check("/rules/0/on/1", None, (3, 13, "\"y\""));
        check("/rules/1/when", Some((9, 11)), (6, 13, ".d"));
        check("/rules/0/unknown", None, (2, 5, "when: .a > $b"));
    }
}
