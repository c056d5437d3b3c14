//! What readers of `JUnit`'s XML rely on: which elements may be in which, their attributes, and that counts are true.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element: those that it may be in, the attributes that it must have, and others that it may have.
struct Element {
    name: &'static str,
    parents: &'static [&'static str],
    mandatory: &'static [&'static str],
    optional: &'static [&'static str],
}

const fn element(
    name: &'static str,
    parents: &'static [&'static str],
    mandatory: &'static [&'static str],
    optional: &'static [&'static str],
) -> Element {
    Element { name, parents, mandatory, optional }
}

const COUNTS: &[&str] = &["name", "tests", "failures", "errors"];
const ELEMENTS: [Element; 7] = [
    element("testsuites", &[""], COUNTS, &["skipped", "time", "timestamp"]),
    element("testsuite", &["testsuites"], COUNTS, &["skipped", "disabled", "time", "timestamp"]),
    element("testcase", &["testsuite"], &["name", "classname"], &["time"]),
    element("failure", &["testcase"], &[], &["message", "type"]),
    element("error", &["testcase"], &[], &["message", "type"]),
    element("skipped", &["testcase"], &[], &["message"]),
    element("system-out", &["testcase", "testsuite"], &[], &[]),
];
/// Elements that are counted, with the attribute of the suite that tells how many there are.
const COUNTED: [(&str, &str); 3] = [("testcase", "tests"), ("failure", "failures"), ("error", "errors")];

type Attributes = BTreeMap<String, String>;
/// How often each element is in a suite.
type Counts = BTreeMap<String, usize>;

/// Checks a whole report.
#[track_caller]
pub(crate) fn assert_valid(text: &str) {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    let mut suites = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                let name = enter(&element, open.last(), &mut suites);
                open.push(name);
            }
            Event::Empty(element) => drop(enter(&element, open.last(), &mut suites)),
            Event::End(_) => drop(open.pop()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, Vec::<String>::new(), "elements are left open");
    assert!(suites.len() > 1, "there is no suite");
    for (attributes, counts) in &suites[1..] {
        check_counts(attributes, counts);
    }
    for (element, attribute) in COUNTED {
        let count = |(_, counts): &(Attributes, Counts)| counts.get(element).copied().unwrap_or(0);
        let sum: usize = suites[1..].iter().map(count).sum();
        assert_eq!(suites[0].0.get(attribute), Some(&sum.to_string()), "{attribute} of the whole");
    }
    let allowed = |c: char| c >= ' ' || matches!(c, '\t' | '\n' | '\r');
    assert!(text.chars().all(allowed), "a character that XML cannot have");
}

/// The attributes of the whole and of each suite, with the elements within.
type Suites = Vec<(Attributes, Counts)>;

#[track_caller]
fn enter(element: &BytesStart<'_>, parent: Option<&String>, suites: &mut Suites) -> String {
    let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
    let parent = parent.map_or("", String::as_str);
    let known = ELEMENTS.iter().find(|known| known.name == name);
    let Some(Element { parents, mandatory, optional, .. }) = known else {
        panic!("<{name}> is not an element of JUnit's")
    };
    assert!(parents.contains(&parent), "<{name}> in <{parent}>");
    let attributes: Attributes = element
        .attributes()
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
            (key, String::from_utf8(attribute.value.to_vec()).unwrap())
        })
        .collect();
    for attribute in *mandatory {
        assert!(attributes.contains_key(*attribute), "<{name}> has no {attribute}");
    }
    for attribute in attributes.keys() {
        let is_known = mandatory.contains(&attribute.as_str()) || optional.contains(&attribute.as_str());
        assert!(is_known, "<{name}> has the attribute {attribute}");
    }
    if matches!(name.as_str(), "testsuites" | "testsuite") {
        suites.push((attributes, Counts::new()));
    } else if let Some((_, counts)) = suites.last_mut() {
        *counts.entry(name.clone()).or_default() += 1;
    }
    name
}

#[track_caller]
fn check_counts(attributes: &Attributes, counts: &Counts) {
    for (element, attribute) in COUNTED {
        let there = counts.get(element).copied().unwrap_or(0).to_string();
        assert_eq!(attributes.get(attribute), Some(&there), "{attribute} of {:?}", attributes.get("name"));
    }
}
