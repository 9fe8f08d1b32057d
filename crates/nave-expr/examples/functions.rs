//! Writes the documentation of all functions: `cargo run -p nave-expr --example functions > docs/functions.md`.

use std::io::{Result, Write};

fn main() -> Result<()> {
    std::io::stdout().write_all(nave_expr::functions::reference().as_bytes())
}
