//! The `Link` header with `rel="next"` (RFC 8288).

use nave_connector::manifest::Paging;
use nave_model::Fault;

use super::{Example, Kind, Next, View, mismatch};

const RULE: &str = r#"{"kind":"link_header"}"#;

pub(super) const KIND: Kind = Kind {
    name: "link_header",
    summary: "Follows the `Link` header whose relation is `next`.",
    parameters: &[],
    examples: &[
        Example {
            rule: RULE,
            arguments: "{}",
            body: "[1]",
            link: r#"<https://a.example/x?p=1>; rel="prev", <https://a.example/x?p=3,4;5>; title="a, b"; REL="last next""#,
            next: "https://a.example/x?p=3,4;5",
        },
        Example { rule: RULE, arguments: "{}", body: "[1]", link: "</x?p=2>;rel=next", next: "/x?p=2" },
        Example { rule: RULE, arguments: "{}", body: "[1]", link: r#"</x?p=2>; rel="prev""#, next: "end" },
        Example { rule: RULE, arguments: "{}", body: "[1]", link: "", next: "end" },
        Example { rule: RULE, arguments: "{}", body: "[1]", link: r#"<unfinished; rel="next""#, next: "end" },
    ],
    next,
};

fn next(rule: &Paging, view: &View<'_>) -> Result<Next, Fault> {
    let Paging::LinkHeader { .. } = rule else { return Err(mismatch()) };
    let target = view.link.and_then(|link| target(link, "next"));
    Ok(target.map_or(Next::End, |address| Next::Address(address.to_owned())))
}

/// The target of the first link that has this relation.
fn target<'a>(header: &'a str, relation: &str) -> Option<&'a str> {
    let mut rest = header;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (address, after) = after.split_once('>')?;
        let (parameters, after) = parameters(after);
        if parameters.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("rel")
                && value.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(relation))
        }) {
            return Some(address.trim());
        }
        rest = after;
    }
}

/// The parameters of one link, up to the comma that ends it, and what follows.
fn parameters(text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut quoted = false;
    let end = text.find(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let (own, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""));
    let mut quoted = false;
    let parts = own.split(move |c: char| {
        quoted ^= c == '"';
        c == ';' && !quoted
    });
    let pairs = parts.filter_map(|part| part.split_once('='));
    let pairs = pairs.map(|(name, value)| (name.trim(), value.trim().trim_matches('"')));
    (pairs.collect(), rest)
}
