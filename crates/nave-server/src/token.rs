//! The token every request to the API carries until people sign in: made at the first start, readable by
//! the hub's own user alone, compared in constant time.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nave_model::fault::codes;
use nave_model::{Fault, Secret};
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};

/// Random bytes of a token.
const BYTES: usize = 32;

/// What a token begins with, so that a scanner for secrets knows it.
const SIGN: &str = "nave_";

/// The hub's token.
#[derive(Debug, Clone)]
pub(crate) struct Token(Secret);

impl Token {
    /// The token in a file; made where there is none.
    ///
    /// # Errors
    /// `E-FILE`: it cannot be read or made, or others may read it.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        if path.exists() {
            let mode =
                std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.permissions().mode();
            if mode & 0o077 != 0 {
                let message = format!("others may read the token in `{}`", path.display());
                return Err(Fault::new(codes::FILE, message).with_hint(format!(
                    "`chmod 600 {0}`, or remove it to have a new one made",
                    path.display()
                )));
            }
            return read(path).map(Token);
        }
        let token = made()?;
        write(path, token.reveal()).map_err(|error| {
            Fault::new(codes::FILE, format!("the token cannot be written to `{}`", path.display()))
                .with_detail(error.to_string())
        })?;
        Ok(Token(token))
    }

    /// Whether a request's `Authorization` header carries it. How long that takes says nothing about the
    /// token: digests are compared, and all of them.
    pub(crate) fn fits(&self, authorization: Option<&[u8]>) -> bool {
        let given = authorization.unwrap_or_default();
        let scheme = given.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "));
        let given = Sha256::digest(given.get(7..).unwrap_or_default());
        let own = Sha256::digest(self.0.reveal().as_bytes());
        let differing = given.iter().zip(own.iter()).fold(0, |all, (a, b)| all | (a ^ b));
        scheme && differing == 0
    }
}

/// Whole or not at all: a hub that is killed here starts again.
fn write(path: &Path, token: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    // What a hub left here that was killed before it had a token.
    std::fs::remove_file(&beside).ok();
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(token.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// The token a hub wrote, for its clients.
///
/// # Errors
/// `E-FILE`: it cannot be read.
pub fn read(path: &Path) -> Result<Secret, Fault> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    let token = text.trim();
    if token.len() < SIGN.len() + BYTES {
        let message = format!("`{}` holds no token", path.display());
        return Err(Fault::new(codes::FILE, message).with_hint("remove it to have a new one made"));
    }
    Ok(Secret::new(token))
}

fn made() -> Result<Secret, Fault> {
    let mut bytes = [0; BYTES];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Fault::new(codes::INTERNAL, "the operating system gives no random bytes"))?;
    Ok(Secret::new(format!("{SIGN}{}", URL_SAFE_NO_PAD.encode(bytes))))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(codes::FILE, format!("the token in `{}` cannot be read", path.display()))
        .with_hint("it is made when a hub first starts; run as the hub's own user")
        .with_detail(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_is_readable_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own/token");
        let first = Token::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(path.with_extension("new"), "").unwrap();
        let second = Token::open(&path).unwrap();
        assert_eq!(first.0, second.0);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Token::open(&path).unwrap_err().code, codes::FILE);
    }

    #[test]
    fn only_the_token_itself_fits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let token = Token::open(&path).unwrap();
        let own = token.0.reveal().to_owned();
        assert!(token.fits(Some(format!("Bearer {own}").as_bytes())));
        assert!(token.fits(Some(format!("bearer {own}").as_bytes())));
        for wrong in [format!("Bearer {own}x"), format!("Basic {own}"), own, String::new()] {
            assert!(!token.fits(Some(wrong.as_bytes())), "{wrong}");
        }
        assert!(!token.fits(None));
    }
}
