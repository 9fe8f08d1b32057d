//! What holds for every tree and for every text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::arbitrary::tree;
use super::dump::dump;
use crate::syntax::{oddities, parse, print, walk};

/// Pieces that texts are made of, so that random ones come near to expressions.
const PIECES: [&str; 74] = [
    ".", "..", ".a", ".\"b\"", "[", "]", "{", "}", "(", ")", "\"", "\"x\"", "\\(", "\\", "\\u00e9",
    "\\ud83d", "@", "@base64", "$", "$x", "$__loc__", "1", ".5", "1.", "1e3", "if", "then", "elif", "else",
    "end", "reduce", "foreach", "as", "try", "catch", "label", "break", "def", "import", "and", "or", "not",
    "|", ",", "//", "=", "|=", "+=", "//=", "==", "!=", "<", ">=", "+", "-", "*", "/", "%", "?", "?//", ":",
    ";", "#", "\n", "\r", "'", "“", "&&", "!", "ö", "\u{a0}", "range", "test", "select",
];

/// A text is read, or refused with places that can be shown.
fn check(source: &str) -> Result<(), TestCaseError> {
    match parse(source) {
        Ok(tree) => {
            let printed = print(&tree);
            let again = parse(&printed).map(|tree| dump(&tree));
            prop_assert_eq!(again, Ok(dump(&tree)), "{} → {}", source, printed);
            let warnings = oddities(&tree);
            prop_assert!(warnings.iter().all(|warning| warning.is_warning));
        }
        Err(diagnostics) => {
            prop_assert!(!diagnostics.is_empty());
            prop_assert!(diagnostics.is_sorted_by_key(|diagnostic| diagnostic.span));
            for diagnostic in diagnostics {
                let (start, end) = (diagnostic.span.start, diagnostic.span.end);
                let covered = source.get(start as usize..end as usize);
                prop_assert!(covered.is_some(), "{start}..{end} of {source:?}: {}", diagnostic.message);
                prop_assert!(!diagnostic.message.is_empty() && !diagnostic.is_warning);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn printed_trees_read_back_the_same(tree in tree()) {
        let printed = print(&tree);
        let again = parse(&printed).map_err(|problems| TestCaseError::fail(format!("{printed}: {problems:#?}")))?;
        prop_assert_eq!(dump(&again), dump(&tree), "{}", printed);
        prop_assert_eq!(print(&again), printed);
    }

    #[test]
    fn the_text_of_every_node_reads_as_that_node(tree in tree()) {
        let source = print(&tree);
        let tree = parse(&source).map_err(|_| TestCaseError::fail(source.clone()))?;
        let mut nodes = Vec::new();
        walk::everything(&tree, &mut |node| nodes.push((node.span.text(&source), dump(node))));
        for (text, expected) in nodes {
            prop_assert_eq!(parse(text).map(|node| dump(&node)), Ok(expected), "{} in {}", text, source);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(source in "\\PC{0,60}") {
        check(&source)?;
    }

    #[test]
    fn any_row_of_pieces_is_read_or_refused(pieces in vec((select(PIECES.to_vec()), any::<bool>()), 0..40)) {
        let source: String = pieces.iter().flat_map(|(piece, space)| [*piece, if *space { " " } else { "" }]).collect();
        check(&source)?;
    }

    #[test]
    fn any_cut_of_an_expression_is_read_or_refused(tree in tree(), from in 0_usize..80, length in 0_usize..200) {
        let cut: String = print(&tree).chars().skip(from).take(length).collect();
        check(&cut)?;
    }
}
