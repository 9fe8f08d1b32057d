//! Definitions and modules, which Nave does not have: they are read so far that what follows them is read
//! too, and refused by name instead of as mistakes.

use super::{Failed, Parsed, Parser};
use crate::syntax::token::TokenKind;

impl Parser<'_> {
    /// `module … ;`, `import … ;` and `include … ;`, which stand in front of everything.
    pub(super) fn skip_directives(&mut self) {
        while self.at("module") || self.at("import") || self.at("include") {
            let span = self.here();
            self.refuse(span.text(self.source), span);
            while !self.is_at_end() && !self.at(";") {
                let partner = self.peek().map_or(0, |token| token.partner);
                self.position = partner.max(self.position);
                self.advance();
            }
            self.take(";");
        }
    }

    /// `def name(parameters): body;`. What is wrong inside of it does not matter any more.
    pub(super) fn skip_definition(&mut self) -> Parsed<()> {
        self.refuse("def", self.here());
        let said = self.problems.len();
        let depth = self.depth;
        let definition = self.definition();
        self.problems.truncate(said);
        self.depth = depth;
        definition?;
        // A program of nothing but definitions has nothing else to be told.
        if self.is_at_end() { Err(Failed) } else { Ok(()) }
    }

    fn definition(&mut self) -> Parsed<()> {
        self.advance();
        if !self.at_kind(&TokenKind::Name) {
            return Err(self.unexpected("a name"));
        }
        self.advance();
        if self.at("(") {
            // Parameters are names between `;`; the whole bracket is passed over.
            self.position = self.peek().map_or(self.position, |token| token.partner);
            self.advance();
        }
        self.expect(":")?;
        self.query()?;
        self.expect(";")
    }
}
