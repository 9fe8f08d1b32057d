//! Path templates (`/a/{b}.json`, `/a/{b}:cancel`) taken apart, and paths matched against them.

use crate::codec::percent;

/// A piece of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text that stands there, percent-decoded.
    Literal(String),
    /// A parameter's name.
    Parameter(String),
}

/// One segment of a path, between slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) pieces: Vec<Piece>,
}

impl Segment {
    /// A template's segment. A brace without its partner is text.
    pub(crate) fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((literal, (name, after))) =
            rest.split_once('{').and_then(|(literal, after)| Some((literal, after.split_once('}')?)))
        {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(percent::decode(literal).into_owned()));
            }
            pieces.push(Piece::Parameter(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(percent::decode(rest).into_owned()));
        }
        Segment { pieces }
    }

    /// The text of a segment without parameters.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The number of literal characters: the more, the more specific.
    pub(crate) fn weight(&self) -> usize {
        self.pieces.iter().map(|piece| if let Piece::Literal(text) = piece { text.len() } else { 0 }).sum()
    }

    /// The parameters' values, still escaped. A value is never empty; of several ways to cut a segment
    /// the one with the shortest first values counts.
    pub(crate) fn find<'p>(&self, raw: &'p str) -> Option<Vec<&'p str>> {
        if let Some(literal) = self.literal() {
            return (percent::decode(raw) == literal).then(Vec::new);
        }
        let mut found = Vec::new();
        let mut rest = raw;
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Literal(text) => rest = strip(rest, text)?,
                Piece::Parameter(_) => {
                    let end = match pieces.peek() {
                        None => rest.len(),
                        // The last literal ends the segment, whatever stands before it.
                        Some(Piece::Literal(text))
                            if self.pieces.last() == Some(&Piece::Literal(text.clone())) =>
                        {
                            last(rest, text)?
                        }
                        Some(Piece::Literal(text)) => first(rest, text)?,
                        Some(Piece::Parameter(_)) => next_char(rest, 0)?,
                    };
                    let (value, after) = rest.split_at_checked(end)?;
                    if value.is_empty() {
                        return None;
                    }
                    found.push(value);
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(found)
    }
}

/// `raw` without a literal at its beginning, escaped or not.
fn strip<'p>(raw: &'p str, literal: &str) -> Option<&'p str> {
    if let Some(rest) = raw.strip_prefix(literal) {
        return Some(rest);
    }
    let end = prefix(raw, literal)?;
    raw.get(end..)
}

/// The length of the beginning of `raw` that decodes to `literal`.
fn prefix(raw: &str, literal: &str) -> Option<usize> {
    let mut end = 0;
    for wanted in literal.bytes() {
        let rest = raw.as_bytes().get(end..)?;
        let (byte, length) = match rest {
            [b'%', high, low, ..] => {
                (char::from(*high).to_digit(16)? * 16 + char::from(*low).to_digit(16)?, 3)
            }
            [byte, ..] => (u32::from(*byte), 1),
            [] => return None,
        };
        if byte != u32::from(wanted) {
            return None;
        }
        end += length;
    }
    Some(end)
}

/// Where a literal first stands after at least one character.
fn first(raw: &str, literal: &str) -> Option<usize> {
    let mut at = next_char(raw, 0)?;
    loop {
        if prefix(raw.get(at..)?, literal).is_some() {
            return Some(at);
        }
        at = next_char(raw, at)?;
    }
}

/// Where a literal stands that ends the text.
fn last(raw: &str, literal: &str) -> Option<usize> {
    let mut at = next_char(raw, 0)?;
    loop {
        let rest = raw.get(at..)?;
        if prefix(rest, literal) == Some(rest.len()) {
            return Some(at);
        }
        at = next_char(raw, at)?;
    }
}

/// The end of the character, or escape, at a position.
fn next_char(raw: &str, at: usize) -> Option<usize> {
    let rest = raw.get(at..)?;
    let c = rest.chars().next()?;
    if c == '%' && rest.len() >= 3 && rest.is_char_boundary(3) {
        Some(at + 3)
    } else {
        Some(at + c.len_utf8())
    }
}

/// A whole path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) segments: Vec<Segment>,
    /// What stands behind a `?` in the template.
    pub(crate) query: Option<String>,
}

impl Template {
    /// A template as described.
    pub(crate) fn parse(template: &str) -> Self {
        let (path, query) =
            template.split_once('?').map_or((template, None), |(path, query)| (path, Some(query)));
        let segments = split(path).map(Segment::parse).collect();
        Template { segments, query: query.map(str::to_owned) }
    }

    /// The parameters of a path, by name, still escaped; `None` where the path is another.
    pub(crate) fn find<'t, 'p>(&'t self, path: &'p str) -> Option<Vec<(&'t str, &'p str)>> {
        let mut found = Vec::new();
        let mut given = split(path);
        for segment in &self.segments {
            let values = segment.find(given.next()?)?;
            let names = segment.pieces.iter().filter_map(|piece| match piece {
                Piece::Parameter(name) => Some(name.as_str()),
                Piece::Literal(_) => None,
            });
            found.extend(names.zip(values));
        }
        given.next().is_none().then_some(found)
    }
}

/// The segments of a path.
pub(crate) fn split(path: &str) -> std::str::Split<'_, char> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: &str, path: &str, expected: Option<&[(&str, &str)]>) {
        let template = Template::parse(template);
        assert_eq!(template.find(path).as_deref(), expected);
    }

    #[test]
    fn paths_are_matched() {
        check("/a/{b}", "/a/1", Some(&[("b", "1")]));
        check("/a/{b}", "/a/", None);
        check("/a/{b}", "/a/1/", None);
        check("/a/{b}/", "/a/1/", Some(&[("b", "1")]));
        check("/{b}.json", "/x.json.json", Some(&[("b", "x.json")]));
        check("/{b}.json", "/.json", None);
        check("/{b}:cancel", "/x%3Acancel", Some(&[("b", "x")]));
        check("/{a}...{b}", "/x...y", Some(&[("a", "x"), ("b", "y")]));
        check("/v1/s p", "/v1/s%20p", Some(&[]));
        check("/", "/", Some(&[]));
        check("/{a", "/{a", Some(&[]));
    }
}
