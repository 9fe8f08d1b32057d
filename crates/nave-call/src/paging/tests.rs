//! Every kind's examples run.

use super::*;

#[test]
fn every_kind_finds_what_its_examples_say() {
    for kind in ALL {
        assert!(!kind.examples.is_empty() && kind.summary.ends_with('.'), "{}", kind.name);
        for example in kind.examples {
            let rule: Paging = serde_json::from_str(example.rule).unwrap();
            assert_eq!(kind_of(&rule).name, kind.name);
            let arguments = serde_json::from_str(example.arguments).unwrap();
            let body = serde_json::from_str(example.body).unwrap();
            let link = Some(example.link).filter(|link| !link.is_empty());
            let items = items(&rule, &body).unwrap();
            let view = View { arguments: &arguments, body: &body, link, items };
            let found = match (kind.next)(&rule, &view) {
                Ok(Next::End) => "end".to_owned(),
                Ok(Next::Argument(argument, value)) => format!("{argument} = {value}"),
                Ok(Next::Address(address)) => address,
                Err(fault) => {
                    assert_eq!(fault.code, codes::PAGING);
                    fault.message.clone()
                }
            };
            assert_eq!(found, example.next, "{} {}", kind.name, example.body);
        }
    }
}

#[test]
fn the_parameters_named_are_those_of_the_rule() {
    for kind in ALL {
        let mut fields = vec![format!(r#""kind":"{}""#, kind.name), r#""items":"/a""#.to_owned()];
        fields.extend(kind.parameters.iter().map(|(name, _)| match *name {
            "first" => r#""first":0"#.to_owned(),
            other => format!(r#""{other}":"/b""#),
        }));
        let rule: Paging = serde_json::from_str(&format!("{{{}}}", fields.join(","))).unwrap();
        assert_eq!(items_pointer(&rule), "/a");
        let written = serde_json::to_value(&rule).unwrap();
        assert_eq!(written.as_object().unwrap().len(), fields.len(), "{}", kind.name);
    }
}

#[test]
fn what_is_no_list_is_a_fault() {
    let rule = Paging::LinkHeader { items: "/data".into() };
    let body = serde_json::json!({"data": {"no": "list"}});
    assert_eq!(items(&rule, &body).unwrap_err().code, codes::PAGING);
    assert!(items(&rule, &serde_json::json!({})).unwrap().is_empty());
}
