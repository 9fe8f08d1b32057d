//! The connectors that ship with Nave, as files inside the binary. This is the one list of them; a
//! test compares it with the folder `connectors/`.

/// A file of the repository with its path.
macro_rules! embedded {
    ($path:literal) => {
        ($path, include_bytes!(concat!("../../../", $path)))
    };
}

/// Path as in a project (`connectors/NAME/FILE`) and content of every file, sorted by path.
const FILES: &[(&str, &[u8])] = &[
    embedded!("connectors/hubspot/connector.yaml"),
    embedded!("connectors/hubspot/openapi.yaml"),
    embedded!("connectors/slack/connector.yaml"),
    embedded!("connectors/slack/openapi.yaml"),
    embedded!("connectors/stripe/connector.yaml"),
    embedded!("connectors/stripe/openapi.yaml"),
];

/// The paths of all files.
pub fn list() -> Vec<String> {
    FILES.iter().map(|(path, _)| (*path).to_owned()).collect()
}

/// The content of one file.
pub fn read(path: &str) -> Option<&'static [u8]> {
    let position = FILES.binary_search_by_key(&path, |(known, _)| known).ok()?;
    FILES.get(position).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests;
