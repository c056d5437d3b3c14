//! The reference agent gives the replies that real agents gave: as many, in the same order, equal in all but
//! the words of descriptions.

use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::agent::reference::commands;
use crate::text::{Json, Limits, json};

#[test]
fn recorded_replies_are_given_again() {
    let shared = std::env::var_os("QGASPEC_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")), PathBuf::from);
    let path = shared.join("data/qemu-ga-wire.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        #[expect(clippy::print_stderr, reason = "a test that did not run has to say so")]
        {
            eprintln!("SKIPPED: no recordings at {}", path.display());
        }
        return;
    };
    let chapters: Value = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (name, case) in chapters.as_object().unwrap().values().filter_map(Value::as_object).flatten() {
        let chunks: Vec<Vec<u8>> =
            case["sent"].as_array().unwrap().iter().map(|chunk| latin_1(chunk.as_str().unwrap())).collect();
        if !is_comparable(&chunks.concat()) {
            continue;
        }
        let mut agent = ReferenceAgent::new(Config::default());
        let got: Vec<u8> = chunks.iter().flat_map(|chunk| replies(&mut agent, chunk)).collect();
        let recorded = case["got"].as_object().unwrap();
        if !recorded.keys().any(|recorded| outline(&latin_1(recorded)) == outline(&got)) {
            wrong.push(format!("{name}: {} came of {:.300}", printable(&got), case));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 300, "only {compared} cases were compared");
}

/// Whether the replies follow from the bytes alone, and not from the guest or from a command we do not have.
fn is_comparable(sent: &[u8]) -> bool {
    let sent = String::from_utf8_lossy(sent);
    // Of some cases only the beginning and the end were recorded.
    let is_whole = !sent.contains(" bytes)...");
    is_whole
        && sent.split("guest-").skip(1).all(|rest| {
            let end = rest.find(|character: char| !character.is_ascii_lowercase() && character != '-');
            let command = format!("guest-{}", &rest[..end.unwrap_or(rest.len())]);
            commands::find(&command).is_some() || crate::schema::builtin::seed().command(&command).is_none()
        })
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

/// What must be equal: delimiters, results, ids, error classes.
fn outline(bytes: &[u8]) -> Vec<String> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines
        .map(|line| {
            let text = line.strip_prefix(b"\xFF").unwrap_or(line);
            let Ok(mut reply) = serde_json::from_slice::<Value>(text) else {
                // Too deep for that reader; then the very bytes have to be equal.
                return printable(line);
            };
            if let Some(error) = reply.get_mut("error").and_then(Value::as_object_mut) {
                error.remove("desc");
            }
            let read = json::read(text, Limits::default()).unwrap();
            if let Some(number) = read.value.member("id").and_then(Json::as_number) {
                // Numbers have to be equal in value, not in spelling; adding makes zeros equal too.
                reply["id"] = (number.as_f64() + 0.0).to_string().into();
            }
            format!("{}{reply}", if text.len() < line.len() { "delimiter " } else { "" })
        })
        .collect()
}
