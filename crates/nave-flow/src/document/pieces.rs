//! Where the parts of a text stand in the file: a text whose indentation, folds, quotes or escapes were
//! removed is a row of pieces, each of which stands in the file as it is.

/// From here on, up to the next piece, the text stands in the file character by character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// First byte of the text.
    pub(crate) start: usize,
    /// The byte of the file it stands at.
    pub(crate) offset: usize,
    /// Whether it is one character for which an escape stands, up to where the next piece does.
    pub(crate) is_escape: bool,
}

impl Piece {
    /// A text that stands in the file as it is, from a byte on.
    pub(crate) fn whole(offset: usize) -> Self {
        Piece { start: 0, offset, is_escape: false }
    }
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    /// Of YAML, or a text of JSON.
    DoubleQuoted,
    /// `|` or `>`, with this many spaces before each line.
    Block(usize),
}

/// The byte of the file at which a byte of the text stands.
pub(super) fn offset(pieces: &[Piece], byte: usize) -> usize {
    let index = pieces.partition_point(|piece| piece.start <= byte);
    match pieces.get(index.saturating_sub(1)) {
        Some(piece) => piece.offset + byte.saturating_sub(piece.start),
        None => 0,
    }
}

/// The byte of the file behind the text up to and without `byte`.
pub(super) fn end(pieces: &[Piece], byte: usize) -> usize {
    // The character before decides: the next one may stand on another line.
    let index = pieces.partition_point(|piece| piece.start < byte);
    match pieces.get(index.saturating_sub(1)) {
        Some(piece) if piece.is_escape => pieces.get(index).map_or(piece.offset, |next| next.offset),
        Some(piece) => piece.offset + byte.saturating_sub(piece.start),
        None => 0,
    }
}

/// The pieces of `text`, which `raw` stands for; `raw` begins at `base` in the file, with its quote.
pub(super) fn of(style: Style, text: &str, raw: &str, base: usize) -> Vec<Piece> {
    let quote = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
    let inner = raw.get(quote..raw.len().saturating_sub(quote)).unwrap_or_default();
    let stands = match style {
        Style::Block(_) => inner.starts_with(text),
        Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => inner == text,
    };
    if stands {
        return vec![Piece::whole(base + quote)];
    }
    let mut walk = Walk { raw, at: quote, style, is_folding: false };
    let mut pieces: Vec<Piece> = Vec::new();
    let lead = match style {
        // Empty lines before the first one with content stand before `raw`.
        Style::Block(_) => text.len() - text.trim_start_matches('\n').len(),
        Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => 0,
    };
    if lead > 0 {
        pieces.push(Piece::whole(base));
    }
    for (start, character) in text.char_indices().skip_while(|(start, _)| *start < lead) {
        let Some(at) = walk.next(character) else { break };
        let (offset, is_escape) =
            (base + at, walk.at - at != character.len_utf8() && !character.is_whitespace());
        let continues = pieces
            .last()
            .is_some_and(|last| !is_escape && last.offset + (start - last.start) == offset && start != lead);
        if !continues {
            pieces.push(Piece { start, offset, is_escape });
        }
        if is_escape {
            // Where the escape ends, whatever comes behind it.
            let start = start + character.len_utf8();
            pieces.push(Piece { start, offset: base + walk.at, is_escape: false });
        }
    }
    if pieces.is_empty() {
        pieces.push(Piece::whole(base + quote));
    }
    pieces
}

/// Goes through the written form, character by character of the text it stands for.
struct Walk<'a> {
    raw: &'a str,
    at: usize,
    style: Style,
    /// Whether the first break of several was passed.
    is_folding: bool,
}

impl Walk<'_> {
    /// Where the next character of the text stands; `None` where the two do not go together.
    fn next(&mut self, character: char) -> Option<usize> {
        match self.style {
            Style::Block(indent) => self.block(character, indent),
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => self.flow(character),
        }
    }

    /// Lines of a block stand as they are behind their indentation; `>` puts a space for a line break.
    fn block(&mut self, character: char, indent: usize) -> Option<usize> {
        let is_blank = matches!(character, ' ' | '\n');
        while !is_blank && self.line_break(0) > 0 {
            self.pass_break(indent);
        }
        let at = self.at;
        if is_blank && self.line_break(0) > 0 {
            self.pass_break(indent);
            return Some(at);
        }
        self.pass(character)
    }

    /// Lines of other scalars are folded: one break is a space, of several the first is nothing and each
    /// other one a line break; the space around them is dropped.
    fn flow(&mut self, character: char) -> Option<usize> {
        if self.style == Style::DoubleQuoted {
            while self.peek(0) == Some('\\') && self.line_break(1) > 0 {
                self.at += 1;
                self.fold();
                self.is_folding = true;
            }
        }
        let breaks = self.line_break(self.blanks()) > 0;
        if matches!(character, ' ' | '\n') && breaks {
            if character == '\n' && !self.is_folding {
                self.fold();
            }
            let at = self.at;
            self.fold();
            self.is_folding = self.line_break(self.blanks()) > 0;
            return Some(at);
        }
        self.is_folding = false;
        let at = self.at;
        match (self.style, self.peek(0)?) {
            (Style::DoubleQuoted, '\\') => self.at += self.escape(character)?,
            (Style::SingleQuoted, '\'') => self.at += 2,
            _ => return self.pass(character),
        }
        Some(at)
    }

    /// Passes a line break and the space around it.
    fn fold(&mut self) {
        self.at += self.blanks();
        self.at += self.line_break(0);
        self.at += self.blanks();
    }

    fn pass(&mut self, character: char) -> Option<usize> {
        let at = self.at;
        if self.peek(0) != Some(character) {
            return None;
        }
        self.at += character.len_utf8();
        Some(at)
    }

    /// Passes a line break, and the indentation behind it.
    fn pass_break(&mut self, indent: usize) {
        self.at += self.line_break(0);
        let rest = self.raw.get(self.at..).unwrap_or_default();
        self.at += rest.bytes().take(indent).take_while(|byte| *byte == b' ').count();
    }

    /// Bytes of the escape sequence that stands here for `character`.
    fn escape(&self, character: char) -> Option<usize> {
        Some(match self.peek(1)? {
            'x' => 4,
            // JSON writes characters beyond U+FFFF as two escapes.
            'u' if u32::from(character) > 0xffff => 12,
            'u' => 6,
            'U' => 10,
            _ => 2,
        })
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.raw.get(self.at + ahead..)?.chars().next()
    }

    fn blanks(&self) -> usize {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// Length of the line break that stands `ahead` bytes from here; 0: there is none.
    fn line_break(&self, ahead: usize) -> usize {
        let rest = self.raw.as_bytes().get(self.at + ahead..).unwrap_or_default();
        match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        }
    }
}
