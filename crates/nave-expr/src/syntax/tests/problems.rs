//! x
use crate::syntax::parse;

#[test]
fn generate() {
    let text = std::fs::read_to_string("/tmp/parse-programs.txt").unwrap();
    for source in text.split("\n---\n") {
        let source = source.trim_end_matches('\n');
        println!("        (\n            {source:?},\n            &[");
        match parse(source) {
            Ok(tree) => println!("OK {}", super::dump::dump(&tree)),
            Err(problems) => {
                for p in problems {
                    println!(
                        "                {:?},",
                        format!("{}..{} {}", p.span.start, p.span.end, p.message)
                    );
                    println!(
                        "                {:?},",
                        format!(
                            "  {}{}",
                            p.hint.unwrap_or_default(),
                            if p.code.name == "E-EXPR-PROFILE" { "  PROFILE" } else { "" }
                        )
                    );
                }
            }
        }
        println!("            ],\n        ),");
    }
}
