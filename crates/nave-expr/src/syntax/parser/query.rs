//! Pipes, lists, bindings and operators, by the precedence of jq 1.8.2 (`src/parser.y`).

use super::{Failed, Parsed, Parser, Tree};
use crate::ast::{Assignment, Expr, Kind, Operator};

/// How operators of one level stand in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    /// `a - b - c` is `(a - b) - c`.
    Left,
    /// `a // b // c` is `a // (b // c)`.
    Right,
    /// `a == b == c` is an error.
    Single,
}

/// What an operator makes of its operands.
#[derive(Debug, Clone, Copy)]
enum Joins {
    Binary(Operator),
    Assign(Assignment),
}

/// Operators with their level, the loosest first.
const OPERATORS: [(&str, u8, Row, Joins); 22] = {
    use Joins::{Assign, Binary};
    use Operator as O;
    [
        ("//", 1, Row::Right, Binary(O::Alternative)),
        ("=", 2, Row::Single, Assign(Assignment::Set)),
        ("|=", 2, Row::Single, Assign(Assignment::Update)),
        ("+=", 2, Row::Single, Assign(Assignment::Arithmetic(O::Add))),
        ("-=", 2, Row::Single, Assign(Assignment::Arithmetic(O::Subtract))),
        ("*=", 2, Row::Single, Assign(Assignment::Arithmetic(O::Multiply))),
        ("/=", 2, Row::Single, Assign(Assignment::Arithmetic(O::Divide))),
        ("%=", 2, Row::Single, Assign(Assignment::Arithmetic(O::Remainder))),
        ("//=", 2, Row::Single, Assign(Assignment::Arithmetic(O::Alternative))),
        ("or", 3, Row::Left, Binary(O::Or)),
        ("and", 4, Row::Left, Binary(O::And)),
        ("==", 5, Row::Single, Binary(O::Equal)),
        ("!=", 5, Row::Single, Binary(O::NotEqual)),
        ("<", 5, Row::Single, Binary(O::Less)),
        ("<=", 5, Row::Single, Binary(O::LessOrEqual)),
        (">", 5, Row::Single, Binary(O::Greater)),
        (">=", 5, Row::Single, Binary(O::GreaterOrEqual)),
        ("+", 6, Row::Left, Binary(O::Add)),
        ("-", 6, Row::Left, Binary(O::Subtract)),
        ("*", 7, Row::Left, Binary(O::Multiply)),
        ("/", 7, Row::Left, Binary(O::Divide)),
        ("%", 7, Row::Left, Binary(O::Remainder)),
    ]
};

impl Parser<'_> {
    /// Everything: pipes of lists, with bindings, labels and definitions, which reach to the end.
    pub(super) fn query(&mut self) -> Parsed<Tree> {
        self.enter()?;
        let mut stages = Vec::new();
        loop {
            let (stage, is_last) = self.list()?;
            stages.push(stage);
            if is_last || !self.take("|") {
                break;
            }
        }
        self.leave();
        self.pipe(stages)
    }

    /// The value of an object's entry: pipes of expressions, without `,` and without bindings.
    pub(super) fn entry_value(&mut self) -> Parsed<Tree> {
        self.enter()?;
        let mut stages = vec![self.expression(0)?];
        while self.take("|") {
            stages.push(self.expression(0)?);
        }
        self.leave();
        self.pipe(stages)
    }

    fn pipe(&mut self, mut stages: Vec<Tree>) -> Parsed<Tree> {
        let mut tree = stages.pop().ok_or(Failed)?;
        while let Some(stage) = stages.pop() {
            tree = self.join(stage, tree, Kind::Pipe)?;
        }
        Ok(tree)
    }

    /// `a, b, …`, and whether it reaches to the end of what it stands in.
    fn list(&mut self) -> Parsed<(Tree, bool)> {
        let mut items = Vec::new();
        loop {
            let (item, is_last) = self.item()?;
            items.push(item);
            if is_last || !self.take(",") {
                return Ok((self.balance(items)?, is_last));
            }
        }
    }

    /// `,` is associative, so that a list of thousands of items may be a tree of a dozen levels.
    fn balance(&mut self, mut items: Vec<Tree>) -> Parsed<Tree> {
        if items.len() <= 1 {
            return items.pop().ok_or(Failed);
        }
        let right = items.split_off(items.len().div_ceil(2));
        let (left, right) = (self.balance(items)?, self.balance(right)?);
        self.join(left, right, Kind::Comma)
    }

    fn join(&mut self, left: Tree, right: Tree, kind: fn(Box<Expr>, Box<Expr>) -> Kind) -> Parsed<Tree> {
        let span = left.expr.span.to(right.expr.span);
        let below = left.height.max(right.height);
        self.tree(kind(left.expr, right.expr), span, below)
    }

    fn item(&mut self) -> Parsed<(Tree, bool)> {
        if self.at("def") {
            self.skip_definition()?;
            return Ok((self.query()?, true));
        }
        if self.at("label") {
            return Ok((self.label()?, true));
        }
        let source = self.expression(0)?;
        if self.at("as") {
            return Ok((self.bind(source)?, true));
        }
        Ok((source, false))
    }

    /// Operators of at least this level, with their operands.
    pub(super) fn expression(&mut self, least: u8) -> Parsed<Tree> {
        let mut left = self.postfix()?;
        let mut single = None;
        while let Some((level, row, joins)) = self.operator().filter(|(level, ..)| *level >= least) {
            if row == Row::Single && single == Some(level) {
                return Err(self.second_of_a_row(level));
            }
            self.advance();
            self.enter()?;
            let right = self.expression(if row == Row::Right { level } else { level + 1 })?;
            self.leave();
            single = (row == Row::Single).then_some(level);
            let span = left.expr.span.to(right.expr.span);
            let below = left.height.max(right.height);
            let kind = match joins {
                Joins::Binary(operator) => Kind::Binary(operator, left.expr, right.expr),
                Joins::Assign(assignment) => Kind::Assign(assignment, left.expr, right.expr),
            };
            left = self.tree(kind, span, below)?;
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(u8, Row, Joins)> {
        let token = self.peek()?;
        let found = OPERATORS.iter().find(|(text, ..)| token.is(text));
        found.map(|(_, level, row, joins)| (*level, *row, *joins))
    }

    fn second_of_a_row(&mut self, level: u8) -> Failed {
        let span = self.here();
        let sign = span.text(self.source);
        let (message, hint) = if level == 2 {
            (
                format!("`{sign}` cannot stand behind another assignment"),
                "compare with `==`; several assignments stand in a pipe: `.a = 1 | .b = 2`",
            )
        } else {
            (
                format!("`{sign}` cannot stand behind another comparison"),
                "join comparisons with `and`, as in `0 < .a and .a < 10`, or use parentheses",
            )
        };
        self.report(span, message, Some(hint.to_owned()))
    }
}
