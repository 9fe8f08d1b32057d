//! Folders that are still there after a power loss: a new name is on disk only once the folder that holds it was
//! synced (fsync(2)).

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Makes a folder with all that lead to it, and makes their names durable.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    let folder = std::path::absolute(folder)?;
    let new = folder.ancestors().take_while(|ancestor| !ancestor.exists()).count();
    fs::create_dir_all(&folder)?;
    for (number, parent) in folder.ancestors().skip(1).enumerate() {
        let synced = sync(parent);
        // Of a folder that was there, whoever made it may not have synced the name; but one far above need not
        // even be readable, and its name is then not ours to care for.
        if number < new {
            synced?;
        }
    }
    Ok(())
}

/// Makes durable what was written to a file, or the names in a folder.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
