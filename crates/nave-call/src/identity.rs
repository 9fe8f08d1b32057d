//! Names that are never given twice: idempotency keys, and ids of calls in the ledger.

use nave_model::Fault;
use nave_model::fault::codes;

/// 128 random bits as a UUID of version 4 (RFC 9562 section 5.4), which is what systems expect of a key.
///
/// # Errors
/// The machine gives no random numbers.
pub(crate) fn key() -> Result<String, Fault> {
    Ok(written(versioned(random()?, 4)))
}

/// A UUID of version 7 (RFC 9562 section 5.7): ids of later calls are greater, to the millisecond.
///
/// # Errors
/// The machine gives no random numbers.
pub(crate) fn ordered(now_ms: u64) -> Result<String, Fault> {
    let bits = (u128::from(now_ms) << 80) | (random()? & ((1 << 80) - 1));
    Ok(written(versioned(bits, 7)))
}

fn random() -> Result<u128, Fault> {
    let mut bytes = [0_u8; 16];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| Fault::new(codes::INTERNAL, "the machine gives no random numbers"))?;
    Ok(u128::from_be_bytes(bytes))
}

/// The same bits with version and variant in their places.
fn versioned(bits: u128, version: u128) -> u128 {
    (bits & !(0xf << 76) & !(0b11 << 62)) | (version << 76) | (0b10 << 62)
}

fn written(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    let mut text = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, version: char) {
        let shape: String = id.chars().map(|c| if c == '-' { '-' } else { 'x' }).collect();
        assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
        assert_eq!(id.chars().nth(14), Some(version));
        assert!(matches!(id.chars().nth(19), Some('8' | '9' | 'a' | 'b')), "{id}");
    }

    #[test]
    fn keys_are_version_4_uuids_and_differ() {
        let (one, two) = (key().unwrap(), key().unwrap());
        assert_ne!(one, two);
        check(&one, '4');
    }

    #[test]
    fn ids_sort_by_time() {
        let ids: Vec<String> = [1, 2, 1 << 40].map(|ms| ordered(ms).unwrap()).to_vec();
        assert!(ids.is_sorted(), "{ids:?}");
        check(&ids[2], '7');
    }
}
