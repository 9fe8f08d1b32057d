//! Templates: read, filled, and refused with the place of what is wrong.

use serde_json::json;

use super::*;

fn text(text: &str) -> File<'_> {
    File { path: "templates/t.txt", text }
}

#[track_caller]
fn check(template: &str, arguments: &Value, expected: Result<(&str, &str), &str>) {
    let filled = Template::read(text(template), None).and_then(|template| template.fill(arguments));
    let told = |fault: &Fault| {
        let at = fault.problems.first().map_or_else(|| fault.at.clone(), |problem| Some(problem.at.clone()));
        format!("{} {}", at.unwrap_or_default(), fault.code.name)
    };
    match (&filled, expected) {
        (Ok(filled), Ok((subject, text))) => {
            assert_eq!((filled.subject.as_str(), filled.text.as_str()), (subject, text));
        }
        (Err(fault), Err(expected)) => assert_eq!(told(fault), expected),
        (found, _) => panic!("{found:?}"),
    }
}

#[test]
fn a_subject_and_a_text_are_filled() {
    let ann = json!({"name": "Ann", "amount": 12.5, "items": ["a", "b"]});
    check("Subject: Hi ${.name}\n\nDear ${.name},\n${.amount}", &ann, Ok(("Hi Ann", "Dear Ann,\n12.5")));
    check("Subject: Hi\r\n\r\nA\r\nB", &ann, Ok(("Hi", "A\r\nB")));
    check("Subject: Hi\nA", &ann, Ok(("Hi", "A")));
    check("Subject:", &ann, Ok(("", "")));
    check("Subject: $${x} ${.items | join(\", \")}\n\n${.no // \"none\"}", &ann, Ok(("${x} a, b", "none")));
}

#[test]
fn what_is_wrong_has_its_place() {
    let ann = json!({"name": "Ann"});
    check("Hello", &ann, Err("templates/t.txt:1:1 E-MANIFEST-INVALID"));
    check("Subject: Hi ${.name\n\nA", &ann, Err("templates/t.txt:1:13 E-EXPR-SYNTAX"));
    check("Subject: Hi\n\nA\nB ${.name +}", &ann, Err("templates/t.txt:4:12 E-EXPR-SYNTAX"));
    check("Subject: Hi\n\n${nothing}", &ann, Err("templates/t.txt:3:3 E-EXPR-NAME"));
    check("Subject: Hi\n\nAB ${.name | tonumber}", &ann, Err("templates/t.txt:3:14 E-EXPR-FAILED"));
    check("Subject: Hi\n\n${.name, .name}", &ann, Err("templates/t.txt:3:1 E-MAP-COUNT"));
}

#[test]
fn values_in_html_are_escaped() {
    let html = File { path: "templates/t.html", text: "<p>${.name}</p>" };
    let template = Template::read(text("Subject: s\n\n${.name}"), Some(html)).unwrap();
    let filled = template.fill(&json!({"name": "<script>&\"'"})).unwrap();
    assert_eq!(filled.text, "<script>&\"'");
    assert_eq!(filled.html.as_deref(), Some("<p>&lt;script&gt;&amp;&quot;&apos;</p>"));
}

#[test]
fn a_folder_has_texts_with_their_html() {
    let file = |path, text| File { path, text };
    let good =
        [file("t/a.html", "<p>"), file("t/a.txt", "Subject: a\n\na"), file("t/b.txt", "Subject: b\n\nb")];
    let templates = read_all(good).unwrap();
    assert_eq!(templates.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert!(templates["a"].html.is_some() && templates["b"].html.is_none());
    for wrong in ["t/a.html", "t/notes.md"] {
        let fault = read_all([file(wrong, "x")]).unwrap_err();
        assert_eq!(fault.message, format!("`{wrong}` is not a template"));
    }
}
