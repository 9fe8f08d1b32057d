//! Examples of a project's folder.

use super::*;

#[test]
fn a_project_is_the_nearest_folder_upwards_with_its_settings() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path();
    fs::create_dir_all(root.join("a/b")).unwrap();
    assert!(!Folder::find(&root.join("a/b")).is_project());
    fs::write(root.join("nave.yaml"), "").unwrap();
    let found = Folder::find(&root.join("a/b"));
    assert!(found.is_project());
    assert_eq!(found.root(), root);
}

#[test]
fn files_are_listed_in_order_and_links_are_not_followed() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::find(temporary.path());
    folder.write("connectors/b/connector.yaml", b"b").unwrap();
    folder.write("connectors/a/connector.yaml", b"a").unwrap();
    folder.write("connectors/.hidden", b"h").unwrap();
    std::os::unix::fs::symlink("/etc", temporary.path().join("connectors/etc")).unwrap();
    let listed = folder.list("connectors").unwrap();
    assert_eq!(listed, ["connectors/a/connector.yaml", "connectors/b/connector.yaml"]);
    assert_eq!(folder.list("nowhere").unwrap(), Vec::<String>::new());
}

#[test]
fn a_changed_file_has_another_stamp() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::find(temporary.path());
    folder.write("a", b"one").unwrap();
    let before = folder.stamp("a").unwrap();
    folder.write("a", b"three").unwrap();
    assert_ne!(folder.stamp("a").unwrap(), before);
    assert_eq!(folder.stamp("b"), None);
}

#[test]
fn only_a_project_keeps_a_cache() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::find(temporary.path());
    folder.keep("erp", "key", b"bytes");
    assert_eq!(folder.recall("erp", "key"), None);
    folder.write("nave.yaml", b"").unwrap();
    let folder = Folder::find(temporary.path());
    folder.keep("erp", "key", b"bytes");
    assert_eq!(folder.recall("erp", "key").as_deref(), Some(b"bytes".as_slice()));
    assert_eq!(folder.recall("erp", "other"), None);
    assert_eq!(folder.recall("crm", "key"), None);
    folder.write(".nave/cache/erp.connector", b"cut").unwrap();
    assert_eq!(folder.recall("erp", "key"), None);
    assert_eq!(fs::read_to_string(temporary.path().join(".nave/.gitignore")).unwrap(), "*\n");
}

#[test]
fn what_the_system_says_is_told_without_its_number() {
    let fault = read(Path::new("/no/such/file"), "file").unwrap_err();
    assert_eq!(fault.message, "`file` cannot be read: no such file or directory");
}
