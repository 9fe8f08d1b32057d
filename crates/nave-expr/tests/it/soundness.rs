//! If it checks, it runs: random programs over random schemas, run on random values that satisfy them.
//! What the checker accepts gives values of the inferred type, as many as inferred, fits the target it
//! was checked against, and fails only where the checker said that it may.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like a test")]

use nave_expr::check::{Inferred, Scope, check, infer};
use nave_expr::compile::Program;
use nave_expr::types::Type;
use nave_expr::types::schema::{Dialect, Place, Schemas};
use nave_expr::{Budget, syntax};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Programs in one run of the test.
const CASES: u32 = 4_000;
/// Values each accepted program is run on.
const VALUES: usize = 6;

/// A source of choices; the same seed makes the same ones.
struct Choices(u64);

impl Choices {
    /// Below `most`. SplitMix64 (Steele, Lea and Flood, 2014).
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }
}

const NAMES: &[&str] = &["a", "b", "c", "kind"];
const TEXTS: &[&str] = &["x", "y", "", "12", "a", "2024-01-02", "x-y"];

/// `is_bounded`: with bounds, which say nothing to whoever takes a value: any number may go there.
fn schema(choices: &mut Choices, depth: usize, is_bounded: bool) -> Json {
    let kinds = if depth == 0 { 7 } else { 13 };
    match choices.below(kinds) {
        0 => json!({"type": "string"}),
        1 if is_bounded => json!({"type": "integer", "minimum": choices.below(3)}),
        1 => json!({"type": "integer"}),
        2 => json!({"type": "number"}),
        3 => json!({"type": "boolean"}),
        4 => json!({"enum": ["x", "y"]}),
        5 => json!({"type": ["string", "null"]}),
        6 => json!({"enum": [1, 2, null]}),
        7 => {
            let least = if is_bounded { choices.below(2) } else { 0 };
            json!({"type": "array", "items": schema(choices, depth - 1, is_bounded), "minItems": least})
        }
        8 => json!({"type": ["array", "null"], "items": schema(choices, depth - 1, is_bounded)}),
        9 => json!({"type": "object", "additionalProperties": schema(choices, depth - 1, is_bounded)}),
        10 if choices.one_in(3) => json!({}),
        11 => {
            let (mut one, mut other) =
                (record(choices, depth, is_bounded), record(choices, depth, is_bounded));
            one["properties"]["kind"] = json!({"const": "x"});
            other["properties"]["kind"] = json!({"const": "y"});
            one["required"].as_array_mut().unwrap().push(json!("kind"));
            other["required"].as_array_mut().unwrap().push(json!("kind"));
            json!({"oneOf": [one, other]})
        }
        _ => record(choices, depth, is_bounded),
    }
}

fn record(choices: &mut Choices, depth: usize, is_bounded: bool) -> Json {
    let mut record = json!({"type": "object", "properties": {}, "required": []});
    for name in NAMES.iter().take(3) {
        if choices.one_in(5) {
            continue;
        }
        record["properties"][*name] = schema(choices, depth - 1, is_bounded);
        if !choices.one_in(3) {
            record["required"].as_array_mut().unwrap().push(json!(name));
        }
    }
    if choices.one_in(2) {
        record["additionalProperties"] = json!(false);
    }
    record
}

fn value(choices: &mut Choices, schema: &Json) -> Json {
    if let Some(forms) = schema["oneOf"].as_array() {
        let form = choices.below(forms.len());
        return value(choices, &forms[form]);
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(constants) = schema["enum"].as_array() {
        return constants[choices.below(constants.len())].clone();
    }
    let kind = match &schema["type"] {
        Json::String(kind) => kind.as_str(),
        Json::Array(kinds) => kinds[choices.below(kinds.len())].as_str().unwrap(),
        _ => return anything(choices, 2),
    };
    match kind {
        "null" => Json::Null,
        "boolean" => json!(choices.one_in(2)),
        "integer" => {
            let least = schema["minimum"].as_u64().unwrap_or_default();
            json!(least + u64::try_from(choices.below(4)).unwrap())
        }
        "number" => [json!(0), json!(-1.5), json!(2), json!(0.25), json!(1e3)][choices.below(5)].clone(),
        "string" => json!(choices.of(TEXTS)),
        "array" => {
            let least = usize::try_from(schema["minItems"].as_u64().unwrap_or_default()).unwrap();
            let count = least + choices.below(3);
            Json::Array((0..count).map(|_| value(choices, &schema["items"])).collect())
        }
        _ => {
            let mut members = serde_json::Map::new();
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                let required = schema["required"].as_array().unwrap().contains(&json!(name));
                if required || choices.one_in(2) {
                    members.insert(name.clone(), value(choices, field));
                }
            }
            if schema["additionalProperties"].is_object() {
                for _ in 0..choices.below(3) {
                    let name = choices.of(NAMES).to_owned();
                    members.insert(name, value(choices, &schema["additionalProperties"]));
                }
            }
            Json::Object(members)
        }
    }
}

fn anything(choices: &mut Choices, depth: usize) -> Json {
    match choices.below(if depth == 0 { 5 } else { 7 }) {
        0 => Json::Null,
        1 => json!(choices.one_in(2)),
        2 => json!(choices.below(5)),
        3 => json!(1.5),
        4 => json!(choices.of(TEXTS)),
        5 => Json::Array((0..choices.below(3)).map(|_| anything(choices, depth - 1)).collect()),
        _ => {
            let members =
                (0..choices.below(3)).map(|_| (choices.of(NAMES).to_owned(), anything(choices, depth - 1)));
            Json::Object(members.collect())
        }
    }
}

/// Functions that take no arguments.
const PLAIN: &[&str] = &[
    "length",
    "not",
    "keys",
    "add",
    "any",
    "all",
    "flatten",
    "floor",
    "sqrt",
    "tostring",
    "tonumber",
    "type",
    "ascii_downcase",
    "ascii_upcase",
    "explode",
    "tojson",
    "fromjson",
    "reverse",
    "sort",
    "unique",
    "min",
    "max",
    "to_entries",
    "from_entries",
    "transpose",
    "abs",
    "toarray",
    "trim",
    "values",
    "nulls",
    "strings",
    "numbers",
    "booleans",
    "arrays",
    "objects",
    "scalars",
    "iterables",
    "first",
    "last",
    "empty",
    "error",
    "utf8bytelength",
    "implode",
    "ltrim",
    "@text",
    "@json",
    "@csv",
    "@html",
    "@base64",
    "@base64d",
    "@uri",
    "tostream",
    "combinations",
    "paths",
    "isvalid",
    "ceil",
    "round",
    "infinite",
    "isnan",
    "todate",
];

/// Functions and forms of one argument; `#` is an expression, `'` a text.
const CALLS: &[&str] = &[
    "map(#)",
    "select(#)",
    "map_values(#)",
    "with_entries(#)",
    "sort_by(#)",
    "group_by(#)",
    "unique_by(#)",
    "min_by(#)",
    "max_by(#)",
    "any(#)",
    "all(#)",
    "first(#)",
    "last(#)",
    "isempty(#)",
    "limit(1; #)",
    "limit(2; #)",
    "skip(1; #)",
    "nth(1; #)",
    "has(')",
    "has(#)",
    "contains(#)",
    "inside(#)",
    "split(')",
    "join(')",
    "join(#)",
    "startswith(')",
    "endswith(')",
    "ltrimstr(')",
    "rtrimstr(')",
    "test(')",
    "sub('; #)",
    "gsub('; ')",
    "[match(')]",
    "capture(\"(?<a>x)(?<b>y)?\")",
    "[scan(')]",
    "splits(')",
    "index(')",
    "indices(#)",
    "del(#)",
    "path(#)",
    "pick(#)",
    "getpath(#)",
    "setpath(#; #)",
    "delpaths(#)",
    "IN(#)",
    "INDEX(#)",
    "flatten(1)",
    "range(3)",
    "error(#)",
    "add(#)",
    "walk(#)",
    "paths(#)",
    "in(#)",
    "any(#; #)",
    "all(#; #)",
    "to_entries | map(#) | from_entries",
    "[limit(2; #)]",
    "splits(#)",
    "ltrimstr(#)",
    "has(0)",
    "combinations(2)",
    "format(')",
    "tojson | fromjson",
    "bsearch(#)",
];

fn program(choices: &mut Choices, depth: usize, variables: usize) -> String {
    if depth == 0 {
        return leaf(choices, variables);
    }
    let sub = |choices: &mut Choices| program(choices, depth - 1, variables);
    match choices.below(34) {
        0..=4 => leaf(choices, variables),
        5..=8 => format!("{} | {}", sub(choices), sub(choices)),
        9 => format!("({}, {})", sub(choices), sub(choices)),
        10..=12 => {
            let operator = choices.of(&["+", "-", "*", "/", "%", "+", "+"]);
            format!("(({}) {operator} ({}))", sub(choices), sub(choices))
        }
        13..=14 => {
            let operator = choices.of(&["==", "!=", "<", "<=", ">", ">=", "and", "or"]);
            format!("(({}) {operator} ({}))", sub(choices), sub(choices))
        }
        15..=16 => format!("(({}) // ({}))", sub(choices), sub(choices)),
        17..=19 => {
            let condition = condition(choices, depth, variables);
            match choices.one_in(4) {
                true => format!("if {condition} then {} end", sub(choices)),
                false => format!("if {condition} then {} else {} end", sub(choices), sub(choices)),
            }
        }
        20 => match choices.below(3) {
            0 => format!("try ({})", sub(choices)),
            1 => format!("({})?", sub(choices)),
            _ => format!("try ({}) catch ({})", sub(choices), sub(choices)),
        },
        21..=22 => {
            let (one, other) = (choices.of(NAMES), choices.of(NAMES));
            match choices.below(4) {
                0 => format!("{{{one}: ({}), {other}: ({})}}", sub(choices), sub(choices)),
                1 => format!("{{({}): ({})}}", sub(choices), sub(choices)),
                2 => format!("{{{one}, {other}: ({})}}", sub(choices)),
                _ => format!("{{{one}: ({})}}", sub(choices)),
            }
        }
        23 => format!("[{}]", sub(choices)),
        24..=26 => binding(choices, depth, variables),
        27 => {
            let operator = choices.of(&["=", "|=", "+=", "-=", "//=", "*="]);
            let path = path(choices, variables, depth);
            format!("(({path}) {operator} ({}))", sub(choices))
        }
        28 => format!("\"x\\({})\"", sub(choices)),
        29 => {
            let path = path(choices, variables, depth);
            let call = choices.of(&["del", "path", "pick"]);
            format!("{call}({path})")
        }
        _ => {
            let call = choices.of(CALLS);
            let mut text = String::new();
            for letter in call.chars() {
                match letter {
                    '#' => text.push_str(&sub(choices)),
                    '\'' => text.push_str(&format!("\"{}\"", choices.of(TEXTS))),
                    other => text.push(other),
                }
            }
            format!("({text})")
        }
    }
}

fn binding(choices: &mut Choices, depth: usize, variables: usize) -> String {
    let source = program(choices, depth - 1, variables);
    let init = program(choices, depth - 1, variables);
    let body = program(choices, depth - 1, variables + 1);
    let name = format!("$v{variables}");
    match choices.below(8) {
        0 => format!("({source}) as {{a: {name}}} | {body}"),
        1 => format!("({source}) as [{name}] | {body}"),
        2 => format!("({source}) as [{name}] ?// {name} | {body}"),
        3 => format!("({source}) as {name} | {body}"),
        4 => format!("foreach ({source}) as {name} ({init}; {body})"),
        5 => format!("foreach ({source}) as {name} ({init}; {body}; {body})"),
        6 => format!("reduce ({source}) as {name} ({init}; {body})"),
        _ => {
            let label = choices.below(3);
            format!("label $l{label} | ({source}) | if {init} then break $l{label} else . end")
        }
    }
}

fn leaf(choices: &mut Choices, variables: usize) -> String {
    match choices.below(20) {
        0 => choices.of(&["1", "2", "0", "-1", "1.5"]).to_owned(),
        1 => format!("\"{}\"", choices.of(TEXTS)),
        2 => choices.of(&["null", "true", "false"]).to_owned(),
        3..=4 => ".".to_owned(),
        5..=6 if variables > 0 => format!("$v{}", choices.below(variables)),
        7 => ".[]".to_owned(),
        8 => ".[0]".to_owned(),
        9 => choices.of(&[".[1:]", ".[:1]", ".[-1]", "[]", "{}", ".[]?", ".[1]"]).to_owned(),
        10..=12 => choices.of(PLAIN).to_owned(),
        _ => steps(choices, ""),
    }
}

fn steps(choices: &mut Choices, base: &str) -> String {
    let mut path = base.to_owned();
    for _ in 0..=choices.below(2) {
        path.push_str(&match choices.below(8) {
            0 => "[]".to_owned(),
            1 => "[0]".to_owned(),
            2 => format!(".{}?", choices.of(NAMES)),
            _ => format!(".{}", choices.of(NAMES)),
        });
    }
    if path.starts_with('[') { format!(".{path}") } else { path }
}

fn path(choices: &mut Choices, variables: usize, depth: usize) -> String {
    match choices.below(10) {
        0 => format!("{}, {}", steps(choices, ""), steps(choices, "")),
        1 => format!("{} | {}", steps(choices, ""), steps(choices, "")),
        2 => format!("{} | select({})", steps(choices, ""), condition(choices, depth, variables)),
        3 => format!("{} // {}", steps(choices, ""), steps(choices, "")),
        4 => ".".to_owned(),
        5 => {
            choices.of(&[".[1:]", ".[:1]", ".[-1]", ".[]", ".[]?", ".[2]", "first(.[])", "empty"]).to_owned()
        }
        6 => format!(
            "if {} then {} else {} end",
            condition(choices, depth, variables),
            steps(choices, ""),
            steps(choices, "")
        ),
        7 => format!("getpath([\"{}\"])", choices.of(NAMES)),
        _ => steps(choices, ""),
    }
}

fn condition(choices: &mut Choices, depth: usize, variables: usize) -> String {
    let path = steps(choices, "");
    match choices.below(14) {
        0 => format!("{path} == null"),
        1 => format!("{path} != null"),
        2 => format!("{path} == \"x\""),
        3 => format!(
            "({path} | type) == \"{}\"",
            choices.of(&["string", "number", "object", "array", "null", "boolean"])
        ),
        4 => format!("has(\"{}\")", choices.of(NAMES)),
        5 => format!("{path} > {}", choices.of(&["0", "1", "\"x\"", "null"])),
        6 => format!("({path} | length) > 0"),
        7 => format!("({path} | not)"),
        8 if depth > 0 => {
            let (one, other) =
                (condition(choices, depth - 1, variables), condition(choices, depth - 1, variables));
            format!("({one}) {} ({other})", choices.of(&["and", "or"]))
        }
        9 => format!("{path} | IN(\"x\", \"z\")"),
        10 => format!("{path} | test(\"x\")"),
        11 => format!("{path} < 2"),
        12 if depth > 0 => program(choices, depth - 1, variables),
        _ => path,
    }
}

struct Document(Json);

impl Schemas for Document {
    fn target<'a>(&'a self, document: usize, reference: &str) -> Option<(usize, &'a Json)> {
        Some((document, self.0.pointer(reference.strip_prefix('#')?)?))
    }

    fn dialect(&self, _: usize) -> Dialect {
        Dialect { nullable: false, keeps_siblings: true, items_list: false, boolean_bounds: false }
    }
}

impl Document {
    fn ty(&self) -> Type<'_> {
        Type::from_schema(Place { schemas: self, document: 0, value: &self.0 })
    }
}

/// What happened to a program.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Fate {
    Unreadable,
    Refused,
    Accepted,
}

fn trial(seed: u64) -> Fate {
    let mut choices = Choices(seed);
    let document = Document(schema(&mut choices, 3, true));
    let target = Document(schema(&mut choices, 2, false));
    let depth = 1 + choices.below(4);
    let source = program(&mut choices, depth, 0);
    let Ok(expr) = syntax::parse(&source) else { return Fate::Unreadable };
    let scope = Scope { input: document.ty(), input_name: "the input".to_owned(), variables: Vec::new() };
    let inferred = infer(&expr, &scope);
    let aimed = target.ty();
    let checked = check(&expr, &scope, &aimed, "the target");
    let Ok(ready) = Program::from_expr(&source, &expr, &[]) else { return Fate::Unreadable };
    if !inferred.is_accepted() {
        return Fate::Refused;
    }
    for _ in 0..VALUES {
        let input = value(&mut choices, &document.0);
        assert!(scope.input.accepts(&input), "{input} {}", document.0);
        let trial = Trial { seed, source: &source, schema: &document.0, input: &input };
        trial.holds(&ready, &inferred);
        let is_known = checked.diagnostics.is_empty() && checked.can_fail.is_none();
        if is_known {
            trial.fits(&ready, &aimed, &target.0);
        }
    }
    Fate::Accepted
}

struct Trial<'t> {
    seed: u64,
    source: &'t str,
    schema: &'t Json,
    input: &'t Json,
}

impl Trial<'_> {
    fn holds(&self, ready: &Program, inferred: &Inferred<'_>) {
        let Trial { seed, source, schema, input } = self;
        let told = || {
            format!(
                "\nseed: {seed}\nprogram: {source}\nschema: {schema}\ninput: {input}\ninferred: {} {:?} {:?}",
                inferred.ty, inferred.count, inferred.can_fail
            )
        };
        let mut outputs = Vec::new();
        let budget = Budget { steps: 100_000, ..Budget::default() };
        let ended = ready.each(input, &[], budget, &mut |output| outputs.push(output));
        for output in &outputs {
            assert!(inferred.ty.accepts(output), "gave {output}, outside its type{}", told());
        }
        if !inferred.count.many {
            assert!(outputs.len() < 2, "gave {} values{}", outputs.len(), told());
        }
        match ended {
            Ok(()) => {
                let is_fine = !inferred.count.some || !outputs.is_empty();
                assert!(is_fine, "gave no value{}", told());
            }
            Err(fault) if fault.code.name == "E-EXPR-LIMIT" => {}
            Err(fault) => assert!(inferred.can_fail.is_some(), "failed: {fault}{}", told()),
        }
    }

    fn fits(&self, ready: &Program, aimed: &Type<'_>, target: &Json) {
        let Trial { seed, source, schema, input } = self;
        let told =
            format!("\nseed: {seed}\nprogram: {source}\nschema: {schema}\ntarget: {target}\ninput: {input}");
        match ready.one(input, &[], Budget::default()) {
            Ok(output) => assert!(aimed.accepts(&output), "gave {output}, which does not fit{told}"),
            Err(fault) => assert!(fault.code.name == "E-EXPR-LIMIT", "failed: {fault}{told}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_accepted_runs(seed in any::<u64>()) {
        trial(seed);
    }
}

#[test]
fn enough_programs_are_accepted_to_mean_something() {
    let count = |fate| (0..1_000_u64).filter(|seed| trial(*seed) == fate).count();
    let (accepted, refused) = (count(Fate::Accepted), count(Fate::Refused));
    assert!(accepted >= 150 && refused >= 150, "{accepted} accepted, {refused} refused");
}
