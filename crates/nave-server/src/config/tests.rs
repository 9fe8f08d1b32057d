//! Settings as people set them, and what they are told when they set something that cannot be.

use super::*;

const FILE: &str = "hub:\n  listen: 127.0.0.1:9000\n  retention:\n    runs: 7d\n";

fn read(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, String> {
    let tree = nave_connector::source::read("nave.yaml", file.as_bytes()).unwrap().tree;
    let owned = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let layers = Layers {
        document: tree.get("hub").cloned().unwrap_or_default(),
        bytes: file.as_bytes(),
        environment: owned(environment),
        flags: owned(flags),
    };
    Config::read(&layers).map_err(|fault| {
        let at = fault.at.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {at}: {}; {}", fault.code, fault.message, fault.hint.clone().unwrap_or_default())
    })
}

#[track_caller]
fn refused(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)], expected: &str) {
    let found = read(file, environment, flags).unwrap_err();
    assert!(found.contains(expected), "{found}");
}

#[test]
fn the_documented_file_is_the_default() {
    let config = Config::defaults().unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:7466");
    assert_eq!(config.retention.kept(), record::Retention::default());
    assert_eq!(config.engine.loaded, nave_engine::Options::default().loaded);
    assert_eq!(config.engine.patience_ms, nave_engine::Options::default().patience_ms);
    assert_eq!(config.bodies.webhook, 5_000_000);
}

#[test]
fn the_later_layer_wins() {
    assert_eq!(read(FILE, &[], &[]).unwrap().listen.port(), 9000);
    assert_eq!(read(FILE, &[("NAVE_HUB_LISTEN", "127.0.0.1:9001")], &[]).unwrap().listen.port(), 9001);
    let environment = [("NAVE_HUB_LISTEN", "127.0.0.1:9001"), ("PATH", "/bin")];
    let config = read(FILE, &environment, &[("listen", "localhost:9002"), ("engine.loaded", "5")]).unwrap();
    assert_eq!((config.listen.port(), config.engine.loaded), (9002, 5));
    assert_eq!(config.retention.kept().runs_ms, Some(7 * 24 * 3600 * 1000));
}

#[test]
fn what_is_kept_forever_has_no_end() {
    let config = read("", &[], &[("retention.runs", "forever"), ("retention.size", "forever")]).unwrap();
    assert_eq!((config.retention.kept().runs_ms, config.retention.kept().most_bytes), (None, None));
}

#[test]
fn the_public_address_is_what_paths_are_put_behind() {
    let public = |text: &str| read("", &[], &[("public_address", text)]).map(|config| config.public_address);
    assert_eq!(public("https://hub.example.com/"), Ok(Some("https://hub.example.com".to_owned())));
    assert_eq!(public("http://10.0.0.1:80/nave"), Ok(Some("http://10.0.0.1:80/nave".to_owned())));
    assert_eq!(Config::defaults().unwrap().public_address, None);
    for wrong in ["hub.example.com", "ftp://x", "https://", "https:///x", "https://x?y", "https://u:p@x"] {
        refused("", &[], &[("public_address", wrong)], "is no public address");
    }
}

#[test]
fn only_loopback_is_listened_on() {
    for address in ["0.0.0.0:7466", "[::]:7466", "192.168.1.5:80"] {
        refused("", &[], &[("listen", address)], "can be reached from other machines");
    }
    for address in ["7466", "example.com:80", "127.0.0.1", "localhost"] {
        refused("", &[], &[("listen", address)], "is no address to listen at");
    }
    assert!(read("", &[], &[("listen", "[::1]:0")]).is_ok());
}

#[test]
fn what_cannot_be_is_told_where_it_was_set() {
    let file = "hub:\n  drain: 30s\n  listen: 0.0.0.0:80\n";
    refused(file, &[], &[], "E-PROJECT-INVALID nave.yaml:3");
    let variable = [("NAVE_HUB_LISTEN", "10.0.0.1:80")];
    refused(file, &variable, &[], "(set by `NAVE_HUB_LISTEN`)");
    refused(file, &variable, &[("listen", "10.0.0.2:80")], "`10.0.0.2:80` can be reached");
    refused(file, &variable, &[("listen", "10.0.0.2:80")], "(set by `listen`)");
    // What a later layer puts right is no mistake any more.
    assert!(read(file, &variable, &[("listen", "127.0.0.1:0")]).is_ok());
    refused("hub:\n  retention:\n    runs: never\n", &[], &[], "E-PROJECT-INVALID nave.yaml:3");
    refused("", &[("NAVE_HUB_STORE_LANES", "0")], &[], "(set by `NAVE_HUB_STORE_LANES`)");
}

#[test]
fn what_nobody_knows_is_refused_with_the_nearest_right_thing() {
    refused("hub:\n  listne: x\n", &[], &[], "E-PROJECT-INVALID nave.yaml:2");
    refused("hub:\n  listne: x\n", &[], &[], "did you mean `listen`?");
    refused("hub: 7\n", &[], &[], "keys with values are expected");
    refused("", &[("NAVE_HUB_RETENTION_RUN", "7d")], &[], "did you mean `NAVE_HUB_RETENTION_RUNS`");
    refused("", &[], &[("drian", "7s")], "did you mean `drain`?");
    refused(
        "",
        &[],
        &[("drain", "7 parsecs")],
        "E-SETTING-INVALID : `7 parsecs` is no length of time (set by `drain`)",
    );
    refused("", &[], &[("store.lanes", "0")], "1 to 1024 lanes");
    refused("", &[], &[("store.lanes", "many")], "cannot be `many`");
    refused("", &[], &[("bodies.webhook", "2GB")], "too large for a body");
    refused("", &[], &[("retention.size", "lots")], "is no size");
    refused("", &[], &[("log.format", "xml")], "unknown variant `xml`");
}
