//! Version numbers in paths and addresses: `/v1/refunds`, `/2022-01/orders`, `https://a.example/v71`.

/// A path without its version segments, and these segments joined by `/`.
pub(super) fn split(path: &str) -> (String, String) {
    let mut kept: Vec<&str> = Vec::new();
    let mut versions: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        if is_version(segment) { versions.push(segment) } else { kept.push(segment) }
    }
    (kept.join("/"), versions.join("/"))
}

/// A path template without the names of its parameters: `/a/{}/b`.
pub(super) fn nameless(path: &str) -> String {
    let mut nameless = String::with_capacity(path.len());
    for (index, part) in path.split('{').enumerate() {
        match part.split_once('}') {
            Some((_, rest)) if index > 0 => {
                nameless.push_str("{}");
                nameless.push_str(rest);
            }
            _ => nameless.push_str(part),
        }
    }
    nameless
}

/// `v1`, `v2.1`, `v1beta1`, `V71`, `2022-01`, `2010-04-01`, `1.0` and `2`.
fn is_version(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if let Some(rest) = lower.strip_prefix('v') {
        let plain = rest.replace("alpha", "").replace("beta", "").replace("rc", "");
        return rest.starts_with(|c: char| c.is_ascii_digit())
            && plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'));
    }
    let parts: Vec<&str> = lower.split('-').collect();
    match parts.as_slice() {
        [year, rest @ ..] if year.len() == 4 && (1..=2).contains(&rest.len()) => {
            digits(year) && rest.iter().all(|part| part.len() == 2 && digits(part))
        }
        [_] => lower.len() <= 6 && lower.split('.').all(digits),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_recognised() {
        for (path, rest, version) in [
            ("/v1/refunds/{id}", "/refunds/{id}", "v1"),
            ("/2010-04-01/Accounts", "/Accounts", "2010-04-01"),
            ("/admin/api/2022-01/orders.json", "/admin/api/orders.json", "2022-01"),
            ("/api/2.0/x", "/api/x", "2.0"),
            ("/crm/v3/objects/v4", "/crm/objects", "v3/v4"),
            ("/v1beta1/x", "/x", "v1beta1"),
            ("/vat/values/2-fast", "/vat/values/2-fast", ""),
            ("https://checkout-test.adyen.com/v71", "https://checkout-test.adyen.com", "v71"),
            ("https://10.0.0.1/x", "https://10.0.0.1/x", ""),
        ] {
            assert_eq!(split(path), (rest.to_owned(), version.to_owned()), "{path}");
        }
    }

    #[test]
    fn parameters_lose_their_names() {
        assert_eq!(nameless("/a/{id}/b/{other}.json"), "/a/{}/b/{}.json");
    }
}
