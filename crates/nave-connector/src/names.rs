//! Names of operations: readable, stable, and the same however a description's maps are ordered.

use std::collections::BTreeMap;

/// One operation that needs a name.
#[derive(Debug, Clone, Copy)]
pub struct Unnamed<'a> {
    /// `operationId`, where the description gives one.
    pub operation_id: Option<&'a str>,
    /// HTTP method.
    pub method: &'a str,
    /// Path template.
    pub path: &'a str,
}

/// How often operations that share a name move on together. Four candidates need three moves; a
/// description made so that each move causes the next collision is numbered instead.
const MOST_MOVES: usize = 12;

/// Longer names are cut at a word; nobody types them.
const LONGEST: usize = 120;

/// Gives every operation its name, in the order given.
///
/// Each operation has a list of candidates, shortest first: the `operationId` in `snake_case` without
/// version words, the same with them, then method and path without and with version segments. Where
/// operations share a name, *all* of them move on to their next candidate, so that none is favoured
/// by its position. What is still shared at the end is numbered in the order of path and method.
pub fn assign(operations: &[Unnamed<'_>]) -> Vec<String> {
    let candidates: Vec<Vec<String>> = operations.iter().map(candidates).collect();
    let mut levels = vec![0_usize; operations.len()];
    let name = |index: usize, level: usize| -> &str {
        candidates
            .get(index)
            .and_then(|list: &Vec<String>| list.get(level).or_else(|| list.last()))
            .map_or("operation", String::as_str)
    };
    for _ in 0..MOST_MOVES {
        let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, level) in levels.iter().enumerate() {
            holders.entry(name(index, *level)).or_default().push(index);
        }
        let mut moved = false;
        for index in holders.into_values().filter(|holders| holders.len() > 1).flatten() {
            let most = candidates.get(index).map_or(0, |list| list.len().saturating_sub(1));
            if let Some(level) = levels.get_mut(index).filter(|level| **level < most) {
                *level += 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let names: Vec<&str> = levels.iter().enumerate().map(|(index, level)| name(index, *level)).collect();
    number(operations, &names)
}

/// Appends `_2`, `_3` … to names that are still shared, in the order of path and method.
fn number(operations: &[Unnamed<'_>], names: &[&str]) -> Vec<String> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|index| {
        operations.get(*index).map(|operation| (operation.path, operation.method, operation.operation_id))
    });
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for name in names {
        taken.insert((*name).to_owned(), 0);
    }
    let mut numbered: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    for index in order {
        let Some(name) = numbered.get_mut(index) else { continue };
        let uses = taken.entry(name.clone()).or_default();
        *uses += 1;
        if *uses == 1 {
            continue;
        }
        let mut count = *uses;
        let mut unique = format!("{name}_{count}");
        while taken.contains_key(&unique) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        taken.insert(name.clone(), count);
        taken.insert(unique.clone(), 1);
        *name = unique;
    }
    numbered
}

fn candidates(operation: &Unnamed<'_>) -> Vec<String> {
    let mut candidates: Vec<Vec<String>> = Vec::new();
    if let Some(id) = operation.operation_id {
        let full = words(id);
        candidates.push(without_versions(&full));
        candidates.push(full);
    }
    let path: Vec<String> = operation.path.split('/').flat_map(path_words).collect();
    let method = || words(operation.method);
    candidates.push(method().into_iter().chain(without_noise(&path)).collect());
    candidates.push(method().into_iter().chain(path).collect());
    let mut names: Vec<String> =
        candidates.iter().map(|words| joined(words)).filter(|name| !name.is_empty()).collect();
    names.dedup();
    names
}

fn joined(words: &[String]) -> String {
    let mut name = String::new();
    for word in words {
        if name.len() + word.len() >= LONGEST {
            break;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(word);
    }
    name
}

/// Words of a path segment; a version such as `2010-04-01` stays one word, an ending such as `.json`
/// is dropped.
fn path_words(segment: &str) -> Vec<String> {
    if is_version(segment) {
        return vec![segment.to_ascii_lowercase().replace(['.', '-'], "_")];
    }
    words(segment.strip_suffix(".json").unwrap_or(segment))
}

fn without_versions(words: &[String]) -> Vec<String> {
    let kept: Vec<String> = words.iter().filter(|word| !is_version(word)).cloned().collect();
    if kept.is_empty() { words.to_vec() } else { kept }
}

fn without_noise(words: &[String]) -> Vec<String> {
    let mut rest = words;
    while let Some((first, tail)) = rest.split_first()
        && !tail.is_empty()
        && (is_version(first) || matches!(first.as_str(), "api" | "apis" | "rest"))
    {
        rest = tail;
    }
    rest.to_vec()
}

/// `v1`, `v2.1`, `v1beta1`, `2010-04-01`, also with `_` where a word was made of it.
fn is_version(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    if let Some(rest) = lower.strip_prefix('v') {
        let plain = rest.replace("alpha", "").replace("beta", "");
        return rest.starts_with(|c: char| c.is_ascii_digit())
            && plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
    }
    lower.len() == 10
        && lower.char_indices().all(|(index, c)| match index {
            4 | 7 => matches!(c, '-' | '_'),
            _ => c.is_ascii_digit(),
        })
}

/// The words of an identifier, in lower case: at every sign that is no letter or digit, and at every
/// change from small to capital letter. Capitals in a row are one word.
pub fn words(identifier: &str) -> Vec<String> {
    let characters: Vec<char> = identifier.replace("OAuth", "Oauth").chars().take(1_000).collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            flush(&mut words, &mut word);
            continue;
        }
        if character.is_uppercase() && begins_word(&characters, index) {
            flush(&mut words, &mut word);
        }
        word.extend(character.to_lowercase());
    }
    flush(&mut words, &mut word);
    words
}

fn begins_word(characters: &[char], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| characters.get(before));
    let after = characters.get(index + 1);
    match before {
        Some(before) if before.is_lowercase() || before.is_numeric() => true,
        // The last capital before small letters begins a word, except in a plural such as `IDs`.
        Some(before) if before.is_uppercase() => {
            let plural = after == Some(&'s') && !characters.get(index + 2).is_some_and(|c| c.is_lowercase());
            after.is_some_and(|after| after.is_lowercase()) && !plural
        }
        _ => false,
    }
}

fn flush(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(operations: &[(Option<&str>, &str, &str)], expected: &[&str]) {
        let unnamed: Vec<Unnamed<'_>> = operations
            .iter()
            .map(|(operation_id, method, path)| Unnamed { operation_id: *operation_id, method, path })
            .collect();
        assert_eq!(assign(&unnamed), expected);
        let reversed: Vec<Unnamed<'_>> = unnamed.iter().rev().copied().collect();
        let mut names = assign(&reversed);
        names.reverse();
        assert_eq!(names, expected, "in another order");
    }

    #[test]
    fn identifiers_fall_into_words() {
        for (identifier, expected) in [
            ("PostRefunds", "post refunds"),
            ("getHTTPResponse", "get http response"),
            ("listUserIDs", "list user ids"),
            ("OAuthToken", "oauth token"),
            ("actions/add-custom-labels", "actions add custom labels"),
            ("chat_postMessage", "chat post message"),
            ("get-/crm/v3/{contactId}_getById", "get crm v3 contact id get by id"),
            ("listV2Items", "list v2 items"),
            ("größeÄndern", "größe ändern"),
        ] {
            assert_eq!(words(identifier).join(" "), expected);
        }
    }

    #[test]
    fn names_are_short_while_they_can_be() {
        check(&[(Some("PostRefunds"), "POST", "/v1/refunds")], &["post_refunds"]);
        check(&[(None, "POST", "/v1/refunds")], &["post_refunds"]);
        check(&[(None, "GET", "/2010-04-01/Accounts/{Sid}/Calls.json")], &["get_accounts_sid_calls"]);
        check(&[(None, "GET", "/")], &["get"]);
        check(&[(Some("///"), "GET", "/a")], &["get_a"]);
    }

    #[test]
    fn collisions_are_resolved_for_all_alike() {
        check(
            &[(None, "GET", "/v1/a"), (None, "GET", "/v2/a"), (None, "GET", "/v2/b")],
            &["get_v1_a", "get_v2_a", "get_b"],
        );
        check(
            &[(Some("getIt"), "GET", "/x"), (Some("getIt"), "GET", "/y"), (Some("other"), "GET", "/z")],
            &["get_x", "get_y", "other"],
        );
        check(
            &[(None, "GET", "/a/{b}"), (None, "GET", "/a/b"), (None, "GET", "/a-b")],
            &["get_a_b_3", "get_a_b_2", "get_a_b"],
        );
    }
}
