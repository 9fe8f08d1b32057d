//! Keeps a secret that a vendor brought where the connection says it is read from: whole or not at all,
//! readable by the hub alone, and never in the place of another.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nave_model::fault::codes;
use nave_model::{Fault, Secret};

use super::read::another;

/// Writes the secret to a file that must not be there yet; durable when this returns.
///
/// # Errors
/// `E-SIGNATURE-INVALID`: there is such a file. `E-AUTH-MISSING`: it cannot be written, so that the sender
/// tries again.
pub(super) async fn keep(file: PathBuf, secret: &Secret) -> Result<(), Fault> {
    let text = secret.clone();
    let written =
        tokio::task::spawn_blocking(move || write(&file, &text).map_err(|error| (file, error))).await;
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err((_, error))) if error.kind() == io::ErrorKind::AlreadyExists => Err(another()),
        Ok(Err((file, error))) => {
            let message = format!("the secret cannot be kept in `{}`", file.display());
            Err(Fault::new(codes::CREDENTIAL_MISSING, message).with_detail(error.to_string()))
        }
        Err(error) => {
            Err(Fault::new(codes::INTERNAL, "keeping a secret failed").with_detail(error.to_string()))
        }
    }
}

fn write(file: &Path, secret: &Secret) -> io::Result<()> {
    let folder =
        file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let beside = file.with_extension(format!("{:016x}", fastrand::u64(..)));
    let made = (|| {
        let mut new = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        new.write_all(secret.reveal().as_bytes())?;
        new.write_all(b"\n")?;
        new.sync_all()?;
        // A link, unlike a rename, fails where there is such a file.
        fs::hard_link(&beside, file)
    })();
    // Whatever became of it, the name beside is of no use any more.
    fs::remove_file(&beside).ok();
    made?;
    fs::File::open(folder)?.sync_all()
}
