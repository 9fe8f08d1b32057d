//! Texts and numbers that read like a real system's, by the name and format of what they stand for.
//! Only a suggestion: whoever asks fits it to the schema's other limits.

use crate::generate::rng::Rng;

mod dates;
mod words;

pub(crate) use dates::{date, seconds, time, timestamp};

/// A text for a format, or `None` where the format is not known.
pub(crate) fn by_format(format: &str, rng: &mut Rng) -> Option<String> {
    let format = format.to_ascii_lowercase();
    Some(match format.as_str() {
        "date-time" | "datetime" | "ppaas_date_time_v3" => timestamp(rng),
        "date" | "full-date" | "ppaas_date_notime_v2" => date(rng),
        "time" | "partial-time" => time(rng),
        "date-time-rfc-2822" => dates::rfc_2822(rng),
        "duration" => format!("PT{}M", rng.between(1, 90)),
        "email" | "idn-email" => email(rng),
        "hostname" | "idn-hostname" => format!("{}.example.com", rng.word(words::SITES)),
        "ipv4" | "ip" => format!("192.0.2.{}", rng.between(1, 254)),
        "ip/cidr" | "cidr" => "192.0.2.0/24".to_owned(),
        "ipv6" => format!("2001:db8::{:x}", rng.between(1, 0xffff)),
        "uuid" | "guid" => uuid(rng),
        "uri" | "url" | "iri" | "endpoint" => url(rng),
        "uri-reference" | "iri-reference" => format!("/{}/{}", rng.word(words::SITES), rng.between(1, 999)),
        "uri-template" => format!("https://{}.example.com/items/{{id}}", rng.word(words::SITES)),
        "json-pointer" => "/data/0".to_owned(),
        "relative-json-pointer" => "0/data".to_owned(),
        "regex" => "^[a-z]+$".to_owned(),
        "byte" | "base64" => base64(rng),
        "base64url" => base64(rng).trim_end_matches('=').to_owned(),
        "binary" => sentence(rng),
        "json" => "{\"source\":\"web\"}".to_owned(),
        "http-method" => rng.word(&["GET", "POST"]).to_owned(),
        "iso-country-code" | "country" => rng.word(words::COUNTRIES).to_owned(),
        "currency" | "iso-4217" => rng.word(words::CURRENCIES).to_owned(),
        "phone" | "phone-number" => phone(rng),
        "repo.nwo" => "octo-org/hello-world".to_owned(),
        "color" => format!("#{:06x}", rng.below(0x0100_0000)),
        "decimal" => format!("{}.{:02}", rng.between(1, 900), rng.between(0, 99)),
        "int64" | "int32" => rng.between(1, 9_999).to_string(),
        _ => return None,
    })
}

/// A text for a name, or `None` where the name says nothing.
pub(crate) fn by_name(name: &str, rng: &mut Rng) -> Option<String> {
    let parts = split_name(name);
    let last = parts.last()?.as_str();
    let has = |word: &str| parts.iter().any(|part| part == word);
    if let Some(text) = by_pair(&parts, rng) {
        return Some(text);
    }
    Some(match last {
        "email" | "mail" => email(rng),
        "phone" | "mobile" | "fax" | "telephone" | "msisdn" => phone(rng),
        "url" | "uri" | "href" | "link" | "website" | "homepage" | "callback" => url(rng),
        "currency" => rng.word(words::CURRENCIES).to_owned(),
        "country" => rng.word(words::COUNTRIES).to_owned(),
        "city" | "town" | "locality" => rng.word(words::CITIES).to_owned(),
        "state" | "region" | "province" if has("address") => rng.word(words::REGIONS).to_owned(),
        "manager" | "author" | "assignee" | "supervisor" | "approver" | "signer" | "cardholder"
        | "employee" | "fullname" | "salesperson" | "accountant" | "owner" => person(rng),
        "street" | "line1" | "address1" | "addressline1" => street(rng),
        "line2" | "address2" | "addressline2" => format!("Floor {}", rng.between(1, 30)),
        "zip" | "postcode" | "zipcode" | "postalcode" => format!("{:05}", rng.between(10_000, 99_950)),
        "language" | "lang" => rng.word(words::LANGUAGES).to_owned(),
        "locale" => rng.word(words::LOCALES).to_owned(),
        "timezone" | "tz" => rng.word(words::TIME_ZONES).to_owned(),
        "company" | "organization" | "organisation" | "org" | "business" | "employer" | "supplier"
        | "manufacturer" | "brand" | "companyname" => rng.word(words::COMPANIES).to_owned(),
        "domain" | "hostname" | "host" => format!("{}.example.com", rng.word(words::SITES)),
        "department" | "division" => rng.word(words::DEPARTMENTS).to_owned(),
        "jobtitle" | "occupation" | "profession" => rng.word(words::JOBS).to_owned(),
        "product" => rng.word(words::PRODUCTS).to_owned(),
        "sku" => format!("SKU-{}", rng.between(10_000, 99_999)),
        "iban" => "DE89370400440532013000".to_owned(),
        "title" | "subject" | "headline" | "topic" => title(rng),
        "description" | "note" | "notes" | "comment" | "summary" | "body" | "text" | "message"
        | "content" | "memo" | "reason" | "bio" | "details" => sentence(rng),
        "name" | "label" | "displayname" => name_of(&parts, rng),
        "username" | "login" | "nickname" | "handle" | "slug" => handle(rng),
        "firstname" => rng.word(words::FIRST_NAMES).to_owned(),
        "lastname" | "surname" => rng.word(words::LAST_NAMES).to_owned(),
        "ip" => format!("192.0.2.{}", rng.between(1, 254)),
        "color" | "colour" => format!("#{:06x}", rng.below(0x0100_0000)),
        "sha" | "hash" | "digest" | "checksum" | "fingerprint" => hex(rng, 40),
        "token" | "secret" | "key" | "password" | "nonce" | "cursor" => letters(rng, 24),
        "uuid" | "guid" => uuid(rng),
        "filename" | "file" => format!("{}.pdf", rng.word(words::SITES)),
        "version" => format!("{}.{}.{}", rng.between(1, 4), rng.between(0, 9), rng.between(0, 20)),
        "amount" | "price" | "total" | "balance" | "rate" => {
            format!("{}.{:02}", rng.between(5, 900), rng.between(0, 99))
        }
        "date" | "day" => date(rng),
        "time" | "timestamp" | "datetime" | "at" if parts.len() > 1 || last == "datetime" => timestamp(rng),
        "id" | "sid" | "ref" | "reference" | "number" | "code" => identifier(&parts, rng),
        _ => return None,
    })
}

/// A text for anything that has no telling name.
pub(crate) fn anything(rng: &mut Rng) -> String {
    rng.word(words::PLAIN).to_owned()
}

/// One or two lower-case words and a number: unlike any other made by the same generator.
pub(crate) fn key(rng: &mut Rng) -> String {
    format!("{}_{}", rng.word(words::PLAIN), rng.between(1, 9_999))
}

/// A whole number for a name, within what such numbers usually are.
pub(crate) fn number_by_name(name: &str, rng: &mut Rng) -> i64 {
    let parts = split_name(name);
    let last = parts.last().map_or("", String::as_str);
    match last {
        "created" | "updated" | "modified" | "timestamp" | "at" | "expires" | "date" | "time" | "ts"
        | "since" | "until" | "before" | "after" => seconds(rng),
        "year" => rng.between(2024, 2027),
        "month" => rng.between(1, 12),
        "day" => rng.between(1, 28),
        "hour" => rng.between(0, 23),
        "minute" | "second" => rng.between(0, 59),
        "amount" | "price" | "total" | "subtotal" | "balance" | "cost" | "fee" | "tax" => {
            rng.between(2, 400) * 250
        }
        "limit" | "size" | "count" | "quantity" | "qty" | "page" | "number" | "position" | "index" => {
            rng.between(1, 20)
        }
        "percent" | "percentage" | "rate" | "score" | "latitude" | "lat" => rng.between(1, 60),
        "id" => rng.between(10_000, 9_999_999),
        "port" => rng.between(1024, 49_151),
        _ => rng.between(1, 100),
    }
}

/// The words of a name in lower case: `billingEmail`, `billing_email` and `billing-email` are the same.
pub(crate) fn split_name(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last_lower = false;
    let mut open = false;
    for c in name.chars().take(128) {
        if !c.is_alphanumeric() {
            open = false;
            last_lower = false;
            continue;
        }
        if !open || (c.is_uppercase() && last_lower) {
            parts.push(String::new());
            open = true;
        }
        last_lower = c.is_lowercase() || c.is_numeric();
        if let Some(part) = parts.last_mut() {
            part.extend(c.to_lowercase());
        }
    }
    parts
}

/// Names whose last two words mean something together.
fn by_pair(parts: &[String], rng: &mut Rng) -> Option<String> {
    let [.., before, last] = parts else { return None };
    Some(match (before.as_str(), last.as_str()) {
        ("job", "title") => rng.word(words::JOBS).to_owned(),
        (
            "manager" | "author" | "assignee" | "supervisor" | "approver" | "signer" | "cardholder"
            | "employee" | "sender" | "recipient" | "salesperson" | "agent" | "patient" | "guest" | "display"
            | "real",
            "name",
        ) => person(rng),
        ("supplier" | "employer" | "brand" | "manufacturer" | "org" | "organisation", "name") => {
            rng.word(words::COMPANIES).to_owned()
        }
        ("city" | "town", "name") => rng.word(words::CITIES).to_owned(),
        ("department" | "team", "name") => rng.word(words::DEPARTMENTS).to_owned(),
        ("street", "address" | "name") => street(rng),
        ("first" | "given" | "middle", "name") => rng.word(words::FIRST_NAMES).to_owned(),
        ("last" | "family", "name") => rng.word(words::LAST_NAMES).to_owned(),
        ("full" | "holder" | "person" | "contact" | "customer" | "owner", "name") => person(rng),
        ("user" | "login" | "screen", "name") => handle(rng),
        ("company" | "business" | "organization" | "account" | "vendor" | "merchant", "name") => {
            rng.word(words::COMPANIES).to_owned()
        }
        ("file", "name") => format!("{}.pdf", rng.word(words::SITES)),
        ("host" | "domain", "name") => format!("{}.example.com", rng.word(words::SITES)),
        ("postal" | "zip" | "post", "code") => format!("{:05}", rng.between(10_000, 99_950)),
        ("country", "code") => rng.word(words::COUNTRIES).to_owned(),
        ("currency", "code") => rng.word(words::CURRENCIES).to_owned(),
        ("language", "code") => rng.word(words::LANGUAGES).to_owned(),
        ("phone" | "mobile" | "fax", "number") => phone(rng),
        ("email" | "mail", "address") => email(rng),
        ("ip", "address") => format!("192.0.2.{}", rng.between(1, 254)),
        ("address", "1") | ("line", "1") => street(rng),
        ("time", "zone") => rng.word(words::TIME_ZONES).to_owned(),
        ("content" | "media" | "mime", "type") => "application/pdf".to_owned(),
        _ => return None,
    })
}

fn name_of(parts: &[String], rng: &mut Rng) -> String {
    let about = |word: &str| parts.iter().any(|part| part == word);
    if about("product") || about("item") || about("plan") || about("price") {
        rng.word(words::PRODUCTS).to_owned()
    } else if parts.len() == 1 {
        person(rng)
    } else {
        title(rng)
    }
}

/// `customer_id` → `cus_…`: a prefix from the word before, as many systems do.
fn identifier(parts: &[String], rng: &mut Rng) -> String {
    let [.., before, _] = parts else { return letters(rng, 14) };
    let prefix: String = before.chars().take(3).collect();
    format!("{prefix}_{}", letters(rng, 14))
}

fn person(rng: &mut Rng) -> String {
    format!("{} {}", rng.word(words::FIRST_NAMES), rng.word(words::LAST_NAMES))
}

fn email(rng: &mut Rng) -> String {
    let (first, last) = (rng.word(words::FIRST_NAMES), rng.word(words::LAST_NAMES));
    format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase())
}

fn handle(rng: &mut Rng) -> String {
    format!("{}-{}", rng.word(words::FIRST_NAMES).to_lowercase(), rng.word(words::SITES))
}

/// Numbers of the range kept free for fiction.
fn phone(rng: &mut Rng) -> String {
    format!("+1202555{:04}", rng.between(100, 199))
}

fn url(rng: &mut Rng) -> String {
    format!("https://{}.example.com/{}", rng.word(words::SITES), rng.between(1, 9_999))
}

fn street(rng: &mut Rng) -> String {
    format!("{} {}", rng.between(1, 240), rng.word(words::STREETS))
}

fn title(rng: &mut Rng) -> String {
    rng.word(words::TITLES).to_owned()
}

fn sentence(rng: &mut Rng) -> String {
    rng.word(words::SENTENCES).to_owned()
}

fn uuid(rng: &mut Rng) -> String {
    let (high, low) = (rng.bits(), rng.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0x0fff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

fn base64(rng: &mut Rng) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(sentence(rng))
}

fn hex(rng: &mut Rng, length: usize) -> String {
    (0..length)
        .map(|_| char::from_digit(u32::try_from(rng.below(16)).unwrap_or(0), 16).unwrap_or('0'))
        .collect()
}

/// Letters and digits, as tokens and identifiers are made of.
pub(crate) fn letters(rng: &mut Rng, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..length).filter_map(|_| rng.pick(ALPHABET).copied().map(char::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_spelling() {
        for name in ["billingEmail", "billing_email", "BillingEmail", "billing-email", "billing[email]"] {
            assert_eq!(split_name(name), ["billing", "email"], "{name}");
        }
    }

    #[test]
    fn names_and_formats_give_what_they_say() {
        let rng = &mut Rng::new(3);
        assert!(by_name("customer_email", rng).unwrap().ends_with("@example.com"));
        assert!(by_name("customerId", rng).unwrap().starts_with("cus_"));
        assert_eq!(by_name("currency", rng).unwrap().len(), 3);
        assert_eq!(by_name("zorp", rng), None);
        for name in ["manager", "managerName", "employee_name", "full_name", "author", "assignee"] {
            let text = by_name(name, rng).unwrap();
            let (first, last) = text.split_once(' ').unwrap();
            assert!(
                words::FIRST_NAMES.contains(&first) && words::LAST_NAMES.contains(&last),
                "{name}: {text}"
            );
        }
        for (name, known) in [
            ("employer", words::COMPANIES),
            ("supplier_name", words::COMPANIES),
            ("jobTitle", words::JOBS),
            ("department", words::DEPARTMENTS),
            ("city", words::CITIES),
            ("currency_code", words::CURRENCIES),
            ("countryCode", words::COUNTRIES),
        ] {
            let text = by_name(name, rng).unwrap();
            assert!(known.contains(&text.as_str()), "{name}: {text}");
        }
        assert!(by_name("website", rng).unwrap().contains(".example.com/"));
        assert!(by_name("domain", rng).unwrap().ends_with(".example.com"));
        assert_eq!(by_format("uuid", rng).unwrap().len(), 36);
        assert_eq!(by_format("no-such-format", rng), None);
        assert!((2024..=2027).contains(&number_by_name("exp_year", rng)));
    }
}
