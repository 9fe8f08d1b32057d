//! An expression and a value: reading, checking and evaluating end within their bounds; what is read is
//! printed and read again as the same; and what the checker accepts does not fail on the value, and gives
//! nothing outside the type it inferred.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nave_expr::check::{Scope, infer};
use nave_expr::types::Type;
use nave_expr::{Budget, Program, syntax};
use nave_fuzz::parts;
use nave_model::fault::codes;
use serde_json::Value;

/// Small, so that every run is short whatever the expression does.
const BUDGET: Budget = Budget { steps: 20_000, depth: 64, bytes: 1 << 20 };

fuzz_target!(|input: &[u8]| {
    let Some([source, value]) = parts::<2>(input) else { return };
    let Ok(expr) = syntax::parse(source) else { return };
    let printed = syntax::print(&expr);
    let again = syntax::parse(&printed).expect("what was printed is read");
    assert_eq!(syntax::print(&again), printed);
    let Ok(value) = serde_json::from_str::<Value>(value) else { return };
    let unknown = Scope { input: Type::anything("it is fuzzed"), input_name: "the input".into(), variables: Vec::new() };
    infer(&expr, &unknown);
    let known = Scope { input: Type::constant(&value), ..unknown };
    let inferred = infer(&expr, &known);
    let Ok(program) = Program::from_expr(source, &expr, &[]) else { return };
    let outcome = program.run(&value, &[], BUDGET);
    if !inferred.is_accepted() {
        return;
    }
    match outcome {
        Ok(values) => {
            assert!(inferred.count.some <= !values.is_empty(), "nothing came of `{source}` on {value}");
            assert!(inferred.count.many || values.len() < 2, "`{source}` on {value} gave {}", values.len());
            for one in values.iter().filter(|one| !one.is_null()) {
                assert!(inferred.ty.accepts(one), "`{source}` on {value} gave {one}, not {}", inferred.ty);
            }
        }
        Err(fault) if fault.code == codes::EXPRESSION_LIMIT => {}
        Err(fault) => assert!(inferred.can_fail.is_some(), "`{source}` on {value} failed: {fault}"),
    }
});
