//! Expressions as they are written in a document: a text, or keys and values with `${…}` in their texts.

use nave_expr::ast::{Entry, Expr, Key, KeyKind, Kind};
use nave_expr::syntax::MOST_DEPTH;
use nave_expr::syntax::walk::children;
use nave_expr::template::{self, shift};
use nave_expr::{Diagnostic, Span};

use super::{Reader, clipped};
use crate::document::{Content, Mapping, Node, Piece, Text};
use crate::expression::Written;
use crate::flow::Expression;

/// The variable that stands for what cannot be read; nobody can write its name.
const UNREADABLE: &str = "*unreadable";

impl Reader<'_> {
    /// The expression behind a key, where there is one.
    pub(super) fn optional_bare(&mut self, members: &Mapping, key: &str) -> Option<Expression> {
        let node = self.get(members, key)?;
        self.bare(node, key)
    }

    /// The value behind a key, where there is one.
    pub(super) fn optional_value(&mut self, members: &Mapping, key: &str) -> Option<Expression> {
        let node = self.get(members, key)?;
        self.value(node, key)
    }

    /// The arguments behind `with`, where they are written. Where they cannot be read, what stands there is
    /// not taken for none: something of which nothing is known is given.
    pub(super) fn arguments(&mut self, members: &Mapping) -> Option<Expression> {
        let range = members.get("with").map(|member| member.value.range())?;
        self.optional_value(members, "with").or_else(|| {
            let span = Span::new(0, 0);
            let written = Written::raw(self.document, range.start..range.start);
            written.with(Expr { kind: Kind::Variable(UNREADABLE.to_owned()), span }, false).ok()
        })
    }

    /// The text with `${…}` behind a key, where there is one.
    pub(super) fn optional_template(&mut self, members: &Mapping, key: &str) -> Option<Expression> {
        let node = self.get(members, key)?;
        self.template(node, key)
    }

    /// A text that is an expression, or a number, `true`, `false` or `null`, which mean themselves.
    pub(super) fn bare(&mut self, node: &Node, key: &str) -> Option<Expression> {
        let text = match &node.content {
            Content::Text(text) => return self.bare_text(node, text, key),
            Content::Null => "null".to_owned(),
            Content::Bool(value) => value.to_string(),
            Content::Number(number) => number.to_string(),
            Content::List(_) | Content::Mapping(_) => {
                let message = format!("`{key}` is an expression, not {}", node.sort());
                self.wrong_with(
                    node.range(),
                    message,
                    "put it into quotes, or on lines of its own behind `|`",
                );
                return None;
            }
        };
        let pieces = [Piece::whole(node.start)];
        let written = Written::new(self.document, text.clone(), &pieces, self.at(node.range()));
        self.parsed(written, nave_expr::syntax::parse(&text), false)
    }

    /// As [`bare`](Self::bare); keys and values, or a list, may stand there too, and mean themselves but for
    /// the `${…}` in their texts.
    pub(super) fn value(&mut self, node: &Node, key: &str) -> Option<Expression> {
        if !matches!(node.content, Content::List(_) | Content::Mapping(_)) {
            return self.bare(node, key);
        }
        let range = extent(node);
        let written = Written::raw(self.document, range.clone());
        let tree = self.literal(node, range.start, &written);
        let tree = tree?;
        if is_too_deep(&tree) {
            let message = format!("the value is nested deeper than {MOST_DEPTH} levels");
            self.wrong_with(range, message, "name the inner values in steps of their own, with `set`");
            return None;
        }
        self.compiled(written, tree, true)
    }

    /// A text with `${…}` in it.
    pub(super) fn template(&mut self, node: &Node, key: &str) -> Option<Expression> {
        let text = self.text(node, key)?;
        let written = Written::new(self.document, text.text.clone(), &text.pieces, self.at(node.range()));
        self.parsed(written, template::parse(&text.text), true)
    }

    fn bare_text(&mut self, node: &Node, text: &Text, key: &str) -> Option<Expression> {
        if text.text.trim().is_empty() {
            self.wrong_with(
                node.range(),
                format!("`{key}` is empty"),
                "write an expression, or take the key away",
            );
            return None;
        }
        let written = Written::new(self.document, text.text.clone(), &text.pieces, self.at(node.range()));
        let mut parsed = nave_expr::syntax::parse(&text.text);
        if let Err(found) = &mut parsed
            && text.text.contains("${")
        {
            // The usual slip: a template where the whole text is an expression already.
            let hint = format!("the whole of `{key}` is an expression: write it without `${{` and `}}`");
            if let Some(first) = found.first_mut() {
                first.hint = Some(hint);
            }
        }
        self.parsed(written, parsed, false)
    }

    fn parsed(
        &mut self,
        written: Written,
        parsed: Result<Expr, Vec<Diagnostic>>,
        is_template: bool,
    ) -> Option<Expression> {
        match parsed {
            Ok(tree) => self.compiled(written, tree, is_template),
            Err(found) => {
                for diagnostic in found {
                    self.errors.push(written.problem(&diagnostic));
                }
                None
            }
        }
    }

    /// An expression whose functions and variables are there.
    fn compiled(&mut self, written: Written, tree: Expr, is_template: bool) -> Option<Expression> {
        self.check_variables(&tree, &written);
        match written.with(tree, is_template) {
            Ok(expression) => Some(expression),
            Err(problems) => {
                problems.into_iter().for_each(|problem| self.errors.push(problem));
                None
            }
        }
    }

    /// The tree of a value that means itself. Spans are bytes from `base` on. As deep as documents are.
    fn literal(&mut self, node: &Node, base: usize, written: &Written) -> Option<Expr> {
        let span = span(node.start, node.end, base);
        let kind = match &node.content {
            Content::Null => Kind::Null,
            Content::Bool(value) => Kind::Bool(*value),
            Content::Number(number) => match number.to_string().strip_prefix('-') {
                Some(digits) => {
                    let inner = Expr { kind: Kind::Number(digits.to_owned()), span };
                    Kind::Negate(Box::new(inner))
                }
                None => Kind::Number(number.to_string()),
            },
            Content::Text(text) => return self.literal_text(node, text, base, written),
            Content::List(items) => {
                // Every item is read, so that each says what is wrong with it.
                let items: Vec<Option<Expr>> =
                    items.iter().map(|item| self.literal(item, base, written)).collect();
                let items = items.into_iter().collect::<Option<Vec<Expr>>>()?;
                Kind::Array(joined(items).map(Box::new))
            }
            Content::Mapping(members) => Kind::Object(self.entries(members, base, written)?),
        };
        Some(Expr { kind, span })
    }

    fn entries(&mut self, members: &Mapping, base: usize, written: &Written) -> Option<Vec<Entry>> {
        let mut entries = Some(Vec::with_capacity(members.len()));
        for (name, member) in members {
            if name.contains("${") {
                let message = "a key cannot be computed here";
                let hint = "write the object as an expression: `with: |` and `{ (.name): … }`";
                self.wrong_with(member.key.clone(), message, hint);
                entries = None;
            }
            let Some(value) = self.literal(&member.value, base, written) else {
                entries = None;
                continue;
            };
            let key = span(member.key.start, member.key.end, base);
            let span = key.to(value.span);
            let key = Key { kind: KeyKind::Name(name.clone()), span: key };
            if let Some(entries) = &mut entries {
                entries.push(Entry { key, value: Some(value), span });
            }
        }
        entries
    }

    fn literal_text(&mut self, node: &Node, text: &Text, base: usize, written: &Written) -> Option<Expr> {
        let to = |inner: Span| {
            let byte = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
            let range = text.range(byte(inner.start)..byte(inner.end));
            span(range.start, range.end, base)
        };
        if text.is_plain && looks_like_expression(&text.text) {
            let shown = clipped(&text.text);
            let message = format!("`{shown}` is a text here, not an expression");
            self.odd(
                node.range(),
                message,
                format!("write `${{{shown}}}`, or put it into quotes if the text is meant"),
            );
        }
        match template::parse_value(&text.text) {
            Ok(mut tree) => {
                shift::spans(&mut tree, &to);
                Some(tree)
            }
            Err(found) => {
                for diagnostic in found {
                    let moved = Diagnostic { span: to(diagnostic.span), ..diagnostic };
                    self.errors.push(written.problem(&moved));
                }
                None
            }
        }
    }
}

/// `.name` or `$name`: hardly ever meant as a text.
fn looks_like_expression(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['.', '$']) else { return false };
    rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

/// Whether values and the expressions inside them together are deeper than an expression may be.
fn is_too_deep(tree: &Expr) -> bool {
    let mut waiting = vec![(tree, 1)];
    while let Some((expr, level)) = waiting.pop() {
        if level > MOST_DEPTH {
            return true;
        }
        children(expr, &mut |child| waiting.push((child, level + 1)));
    }
    false
}

/// Items of a list as one expression: a tree as flat as can be, so that a long list is not a deep one.
fn joined(mut items: Vec<Expr>) -> Option<Expr> {
    while items.len() > 1 {
        let mut pairs = Vec::with_capacity(items.len().div_ceil(2));
        let mut rest = items.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => {
                    let span = left.span.to(right.span);
                    Expr { kind: Kind::Comma(Box::new(left), Box::new(right)), span }
                }
                None => left,
            });
        }
        items = pairs;
    }
    items.pop()
}

/// The bytes a value stands in, values that aliases bring along included.
fn extent(node: &Node) -> std::ops::Range<usize> {
    let mut range = node.range();
    let mut widen = |inner: &Node| {
        let inner = extent(inner);
        range = range.start.min(inner.start)..range.end.max(inner.end);
    };
    match &node.content {
        Content::List(items) => items.iter().for_each(&mut widen),
        Content::Mapping(members) => members.values().for_each(|member| widen(&member.value)),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) => {}
    }
    range
}

fn span(start: usize, end: usize, base: usize) -> Span {
    Span::new(start.saturating_sub(base), end.saturating_sub(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_texts() {
        for text in [".name", "$project.id", "._x", "$x"] {
            assert!(looks_like_expression(text), "{text}");
        }
        for text in ["", ".", "$", "name", "$5", ".5", ".htaccess file", "..", "$a $b", "$A"] {
            assert!(!looks_like_expression(text), "{text}");
        }
    }
}
