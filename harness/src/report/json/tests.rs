use serde_json::Value;

use super::*;
use crate::report::example;
use crate::run::ledger::EXCERPT_BYTES;

const SCHEMA: &str = include_str!("../../../../reports/schema/qgaspec-report-1.schema.json");

#[test]
fn the_report_is_what_its_schema_describes() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let report: Value = serde_json::from_str(&render(&example::ledger())).unwrap();
    let mut faults = Vec::new();
    validate(&schema, &schema, &report, "report", &mut faults);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_schema_can_say_no() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut report: Value = serde_json::from_str(&render(&example::ledger())).unwrap();
    report["seed"] = Value::from("zero");
    report["rules"][0]["class"] = Value::from("sin");
    report["summary"]["unheard-of"] = Value::Null;
    report["target"].as_object_mut().unwrap().remove("kind");
    let mut faults = Vec::new();
    validate(&schema, &schema, &report, "report", &mut faults);
    assert_eq!(faults.len(), 4, "{faults:#?}");
}

#[test]
fn rules_take_the_worst_verdict_of_their_rows() {
    let report: Value = serde_json::from_str(&render(&example::ledger())).unwrap();
    let rules = report["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["rows"].as_array().unwrap().len() == 3).unwrap();
    assert_eq!(rule["verdict"], "fail");
    assert_eq!(rule["exercised"], 9);
    assert_eq!(report["summary"]["violation"]["fail"], 2);
    assert_eq!(report["summary"]["robustness"]["not-run"], 1);
}

#[test]
fn what_is_tolerated_still_fails_and_says_why() {
    let report: Value = serde_json::from_str(&render(&example::ledger())).unwrap();
    let waived: Vec<&Value> =
        report["rules"].as_array().unwrap().iter().filter(|rule| rule["waived"] == true).collect();
    let [rule] = waived.as_slice() else { panic!("{waived:?}") };
    assert_eq!((&rule["code"], &rule["verdict"]), (&Value::from("envelope/json"), &Value::from("fail")));
    assert_eq!(rule["rows"][0]["waived"][0]["expires"], "2030-12-31");
    assert_eq!(report["waivers"][1]["state"], "stale");
}

#[test]
fn bytes_are_escaped_and_cut_with_a_count() {
    let report: Value = serde_json::from_str(&render(&example::ledger())).unwrap();
    let rows = report["rules"].as_array().unwrap().iter().flat_map(|rule| rule["rows"].as_array().unwrap());
    let violation = &rows.flat_map(|row| row["violations"].as_array().unwrap()).next().unwrap();
    assert_eq!(violation["sent"], r#"{"execute":"guest-get-time"}\x0A"#);
    let received = violation["received"].as_str().unwrap();
    assert!(received.starts_with(r#"{"return": "\x1B[2J\x00\xC3(]]><script>\xE2\x80\xAE\x9B"}\x0D\x0A"#));
    assert_eq!(violation["omitted"]["received"], example::HOSTILE.len() + 5000 - EXCERPT_BYTES);
}

#[test]
fn nothing_of_the_agent_is_beyond_ascii() {
    let mut ledger = example::ledger();
    ledger.target.target.clear();
    for row in ledger.rows.values_mut() {
        row.violations.iter_mut().for_each(|violation| violation.reproduce.clear());
    }
    assert!(render(&ledger).is_ascii());
}

/// Notes where a value is not what a schema says. It knows the keywords that our schema uses and, stricter than
/// the schema, no members that are not named.
fn validate(root: &Value, schema: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
    for (keyword, wanted) in schema.as_object().unwrap() {
        let fine = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let target = root.pointer(wanted.as_str().unwrap().trim_start_matches('#')).unwrap();
                validate(root, target, value, path, faults);
                true
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|name| has_type(value, name)),
                name => has_type(value, name),
            },
            "const" => value == wanted,
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= wanted.as_u64().unwrap()),
            "required" => {
                wanted.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "properties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    match wanted.get(name) {
                        Some(schema) => validate(root, schema, member, &format!("{path}.{name}"), faults),
                        None => faults.push(format!("{path}.{name} is not described")),
                    }
                }
                true
            }
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    validate(root, wanted, item, &format!("{path}[{at}]"), faults);
                }
                true
            }
            unknown => panic!("the test does not know the keyword `{unknown}`"),
        };
        if !fine {
            faults.push(format!("{path} breaks `{keyword}`: {wanted}"));
        }
    }
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        unknown => panic!("the test does not know the type `{unknown}`"),
    }
}
