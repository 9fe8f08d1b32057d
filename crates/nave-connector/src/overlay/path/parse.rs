//! The grammar of a JSONPath (RFC 9535 appendix A), by recursive descent with a bound on nesting.

use serde_json::{Number, Value};

use super::scan::Scan;
use super::{Comparison, Operand, Query, Segment, Selector, Test};

/// How deep filters and parentheses may nest.
const DEEPEST: usize = 32;

pub(super) fn segments(scan: &mut Scan<'_>, depth: usize) -> Result<Vec<Segment>, String> {
    let mut segments = Vec::new();
    loop {
        let begin = scan.position();
        scan.skip_blanks();
        if scan.eat("..") {
            let selectors = if scan.eat("[") { bracketed(scan, depth)? } else { vec![shorthand(scan)?] };
            segments.push(Segment { descendant: true, selectors });
        } else if scan.eat(".") {
            segments.push(Segment { descendant: false, selectors: vec![shorthand(scan)?] });
        } else if scan.eat("[") {
            segments.push(Segment { descendant: false, selectors: bracketed(scan, depth)? });
        } else {
            scan.reset(begin);
            return Ok(segments);
        }
    }
}

fn shorthand(scan: &mut Scan<'_>) -> Result<Selector, String> {
    if scan.eat("*") {
        return Ok(Selector::Wildcard);
    }
    scan.member_name().map(Selector::Name).ok_or_else(|| scan.unexpected())
}

fn bracketed(scan: &mut Scan<'_>, depth: usize) -> Result<Vec<Selector>, String> {
    let mut selectors = Vec::new();
    loop {
        scan.skip_blanks();
        selectors.push(selector(scan, depth)?);
        scan.skip_blanks();
        if scan.eat("]") {
            return Ok(selectors);
        }
        if !scan.eat(",") {
            return Err(scan.unexpected());
        }
    }
}

fn selector(scan: &mut Scan<'_>, depth: usize) -> Result<Selector, String> {
    if scan.eat("*") {
        return Ok(Selector::Wildcard);
    }
    if scan.eat("?") {
        scan.skip_blanks();
        return or(scan, depth + 1).map(Selector::Filter);
    }
    if let Some(name) = scan.string()? {
        return Ok(Selector::Name(name));
    }
    let start = scan.integer()?;
    let before_colon = scan.position();
    scan.skip_blanks();
    if !scan.eat(":") {
        scan.reset(before_colon);
        return start.map(Selector::Index).ok_or_else(|| scan.unexpected());
    }
    scan.skip_blanks();
    let end = scan.integer()?;
    scan.skip_blanks();
    let mut step = None;
    if scan.eat(":") {
        scan.skip_blanks();
        step = scan.integer()?;
    }
    Ok(Selector::Slice(start, end, step))
}

fn or(scan: &mut Scan<'_>, depth: usize) -> Result<Test, String> {
    if depth > DEEPEST {
        return Err("it nests too deep".to_owned());
    }
    let mut tests = vec![and(scan, depth)?];
    while scan.eat_after_blanks("||") {
        scan.skip_blanks();
        tests.push(and(scan, depth)?);
    }
    Ok(single(tests, Test::Or))
}

fn and(scan: &mut Scan<'_>, depth: usize) -> Result<Test, String> {
    let mut tests = vec![basic(scan, depth)?];
    while scan.eat_after_blanks("&&") {
        scan.skip_blanks();
        tests.push(basic(scan, depth)?);
    }
    Ok(single(tests, Test::And))
}

fn single(mut tests: Vec<Test>, several: fn(Vec<Test>) -> Test) -> Test {
    match tests.pop() {
        Some(only) if tests.is_empty() => only,
        Some(last) => {
            tests.push(last);
            several(tests)
        }
        None => several(tests),
    }
}

fn basic(scan: &mut Scan<'_>, depth: usize) -> Result<Test, String> {
    let negated = scan.eat("!");
    if negated {
        scan.skip_blanks();
    }
    if scan.eat("(") {
        scan.skip_blanks();
        let inner = or(scan, depth + 1)?;
        scan.skip_blanks();
        if !scan.eat(")") {
            return Err(scan.unexpected());
        }
        return Ok(if negated { Test::Not(Box::new(inner)) } else { inner });
    }
    let term = term(scan, depth)?;
    let test = match term {
        Term::Test(test) => test,
        Term::Operand(left) => match comparison(scan) {
            Some(_) if negated => return Err(scan.unexpected()),
            Some(comparison) => return compared(scan, depth, comparable(left)?, comparison),
            None => match left {
                Operand::Query(query) => Test::Exists(query),
                Operand::Literal(_) | Operand::Length(_) | Operand::Count(_) => return Err(scan.unexpected()),
            },
        },
        Term::Value(query) => {
            let Some(comparison) = comparison(scan).filter(|_| !negated) else {
                return Err(scan.unexpected());
            };
            return compared(scan, depth, Operand::Query(query), comparison);
        }
    };
    Ok(if negated { Test::Not(Box::new(test)) } else { test })
}

fn compared(scan: &mut Scan<'_>, depth: usize, left: Operand, how: Comparison) -> Result<Test, String> {
    scan.skip_blanks();
    match term(scan, depth)? {
        Term::Operand(right) => Ok(Test::Compare(left, how, comparable(right)?)),
        Term::Value(query) => Ok(Test::Compare(left, how, Operand::Query(query))),
        Term::Test(_) => Err(scan.unexpected()),
    }
}

/// A query can be compared where it selects at most one node by its form; `value()` makes one of any.
fn comparable(operand: Operand) -> Result<Operand, String> {
    match operand {
        Operand::Query(query) if !query.is_singular() => {
            Err("only queries for a single node can be compared".to_owned())
        }
        other => Ok(other),
    }
}

fn comparison(scan: &mut Scan<'_>) -> Option<Comparison> {
    const ALL: [(&str, Comparison); 6] = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    ALL.iter().find(|(sign, _)| scan.eat_after_blanks(sign)).map(|(_, comparison)| *comparison)
}

/// One side of a comparison, or a test that stands alone.
enum Term {
    Operand(Operand),
    /// `value(query)`: comparable, but no test of existence.
    Value(Query),
    Test(Test),
}

fn term(scan: &mut Scan<'_>, depth: usize) -> Result<Term, String> {
    if let Some(query) = query(scan, depth)? {
        return Ok(Term::Operand(Operand::Query(query)));
    }
    if let Some(text) = scan.string()? {
        return Ok(Term::Operand(Operand::Literal(Value::String(text))));
    }
    if let Some(number) = scan.number()? {
        return Ok(Term::Operand(Operand::Literal(Value::Number(number))));
    }
    let word = scan.word();
    let literal = |value: Value| Ok(Term::Operand(Operand::Literal(value)));
    match word {
        "true" => literal(Value::Bool(true)),
        "false" => literal(Value::Bool(false)),
        "null" => literal(Value::Null),
        "" => Err(scan.unexpected()),
        name => function(scan, name, depth + 1),
    }
}

fn query(scan: &mut Scan<'_>, depth: usize) -> Result<Option<Query>, String> {
    let relative = scan.eat("@");
    if !relative && !scan.eat("$") {
        return Ok(None);
    }
    Ok(Some(Query { relative, segments: segments(scan, depth)? }))
}

fn function(scan: &mut Scan<'_>, name: &str, depth: usize) -> Result<Term, String> {
    if depth > DEEPEST {
        return Err("it nests too deep".to_owned());
    }
    if !["length", "count", "match", "search", "value"].contains(&name) {
        return Err(format!("there is no function `{name}`"));
    }
    if !scan.eat("(") {
        return Err(scan.unexpected());
    }
    scan.skip_blanks();
    let term = match name {
        "length" => Term::Operand(Operand::Length(Box::new(argument(scan, depth)?))),
        "count" => Term::Operand(Operand::Count(query(scan, depth)?.ok_or_else(|| scan.unexpected())?)),
        "value" => Term::Value(query(scan, depth)?.ok_or_else(|| scan.unexpected())?),
        _ => {
            let text = argument(scan, depth)?;
            scan.skip_blanks();
            if !scan.eat(",") {
                return Err(scan.unexpected());
            }
            scan.skip_blanks();
            Term::Test(Test::Matches(text, argument(scan, depth)?, name == "search"))
        }
    };
    scan.skip_blanks();
    if scan.eat(")") { Ok(term) } else { Err(scan.unexpected()) }
}

/// An argument that is one value.
fn argument(scan: &mut Scan<'_>, depth: usize) -> Result<Operand, String> {
    match term(scan, depth)? {
        Term::Operand(Operand::Query(query)) if !query.is_singular() => {
            Err("this function takes a single value".to_owned())
        }
        Term::Operand(operand) => Ok(operand),
        Term::Value(query) => Ok(Operand::Query(query)),
        Term::Test(_) => Err("this function takes a single value".to_owned()),
    }
}

/// A number literal as JSON writes it.
pub(super) fn as_number(text: &str) -> Option<Number> {
    match serde_json::from_str(text).ok()? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}
