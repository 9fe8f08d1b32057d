//! Where credentials' values come from until they live in the vault: a file or an environment
//! variable the connection names. The only place in Nave that reads either for a secret.

use std::path::Path;

use nave_model::connection::SecretSource;
use nave_model::fault::codes;
use nave_model::{Fault, Secret};
use tokio::io::AsyncReadExt;

/// A secret longer than this is not one: somebody named the wrong file.
const LONGEST: u64 = 64 * 1024;

/// Reads a secret. The final line break of a file does not belong to it.
///
/// # Errors
/// The variable or file does not exist, cannot be read, is empty, or holds what no header can carry.
pub async fn read(source: &SecretSource) -> Result<Secret, Fault> {
    let (value, place) = match source {
        SecretSource::Env(name) => (variable(name)?, format!("the environment variable `{name}`")),
        SecretSource::File(path) => (file(Path::new(path)).await?, format!("the file `{path}`")),
    };
    if value.is_empty() {
        return Err(missing(format!("{place} is empty")));
    }
    if value.chars().any(char::is_control) {
        return Err(missing(format!("{place} holds more than one line, or control characters")));
    }
    Ok(Secret::new(value))
}

#[expect(clippy::disallowed_methods, reason = "this is the place that reads credentials")]
fn variable(name: &str) -> Result<String, Fault> {
    std::env::var(name).map_err(|_| missing(format!("the environment variable `{name}` is not set")))
}

async fn file(path: &Path) -> Result<String, Fault> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        missing(format!("the file `{shown}` cannot be read")).with_detail(error.to_string())
    };
    let opened = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let mut value = String::new();
    opened.take(LONGEST + 1).read_to_string(&mut value).await.map_err(unreadable)?;
    if value.len() as u64 > LONGEST {
        return Err(missing(format!("the file `{shown}` is longer than a secret can be")));
    }
    let line = value.strip_suffix('\n').unwrap_or(&value);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn missing(message: String) -> Fault {
    Fault::new(codes::CREDENTIAL_MISSING, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &[u8], expected: Result<&str, &str>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, content).unwrap();
        let source = SecretSource::File(path.to_str().unwrap().to_owned());
        match (runtime.block_on(read(&source)), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.reveal(), expected),
            (Err(fault), Err(expected)) => {
                assert_eq!(fault.code, codes::CREDENTIAL_MISSING);
                assert!(fault.message.ends_with(expected), "{fault}");
            }
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn the_value_is_the_files_one_line() {
        check(b"sk_test_1", Ok("sk_test_1"));
        check(b"sk_test_1\r\n", Ok("sk_test_1"));
        check(b" spaces count \n", Ok(" spaces count "));
        check(b"\n", Err("is empty"));
        check(b"two\nlines\n", Err("more than one line, or control characters"));
        check(b"\xff\xfe", Err("cannot be read"));
        check(&vec![b'a'; 70_000], Err("longer than a secret can be"));
    }

    #[tokio::test]
    async fn what_is_not_there_is_named() {
        let nowhere = read(&SecretSource::File("/nowhere/key".into())).await.unwrap_err();
        assert_eq!(nowhere.message, "the file `/nowhere/key` cannot be read");
        let unset = read(&SecretSource::Env("NAVE_TEST_SURELY_UNSET".into())).await.unwrap_err();
        assert_eq!(unset.message, "the environment variable `NAVE_TEST_SURELY_UNSET` is not set");
    }
}
