//! How the author of an agent in Rust has it judged, without a socket: bytes in, bytes out.
//!
//! `cargo run --example your_agent` tries the agent below, which is not without faults, and shows the first one that it
//! finds in as few requests as possible. `cargo test --example your_agent` is the same as a property: any bytes make a session, and no session may
//! break a rule.

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use qgaspec::agent::embedded::{Agent, Line};
use qgaspec::generate::script_bytes;
use qgaspec::run::fuzz::{Finding, Setup, Trial};
use serde_json::{Value, json};

/// An agent of four commands, a request a line.
#[derive(Default)]
struct YourAgent {
    line: Vec<u8>,
}

impl Agent for YourAgent {
    fn receive(&mut self, input: &[u8], output: &mut Vec<u8>) -> Line {
        for byte in input {
            match byte {
                // The delimiter: what came before it is forgotten.
                0xFF => self.line.clear(),
                b'\n' if !self.line.trim_ascii().is_empty() => {
                    answer(&std::mem::take(&mut self.line), output);
                }
                _ => self.line.push(*byte),
            }
        }
        Line::Open
    }

    fn connected(&mut self, _: &mut Vec<u8>) -> Line {
        self.line.clear();
        Line::Open
    }
}

fn answer(line: &[u8], output: &mut Vec<u8>) {
    let request: Value = serde_json::from_slice(line).unwrap_or_default();
    let command = request["execute"].as_str().unwrap_or_default();
    let id = &request["arguments"]["id"];
    let mut reply = match command {
        "guest-ping" => json!({ "return": {} }),
        "guest-sync" | "guest-sync-delimited" if id.is_i64() => json!({ "return": id }),
        "guest-info" => json!({ "return": { "version": "1.0.0", "supported_commands": [] } }),
        _ => json!({ "error": { "class": "CommandNotFound", "desc": format!("no command {command}") } }),
    };
    // A fault: an `id` of null is an `id`, too.
    if !request["id"].is_null() {
        reply["id"] = request["id"].clone();
    }
    if command == "guest-sync-delimited" && reply.get("return").is_some() {
        output.push(0xFF);
    }
    output.extend(reply.to_string().bytes());
    output.push(b'\n');
}

fn main() {
    let setup = Setup::default();
    let mut trial = Trial::new(&setup, YourAgent::default);
    let found = (0..1000).find_map(|number| trial.session(&script_bytes(0, number)).err());
    match found.map(|finding| trial.minimise(*finding)) {
        Some(Finding { rule, expected, got, steps, .. }) => {
            println!("{rule}: expected {expected}, got {got}, after {} steps", steps.len());
        }
        None => println!("nothing was found in 1000 sessions"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use qgaspec::agent::embedded::Reference;
    use qgaspec::agent::reference::Config;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        // With an agent that is right, such as the reference agent.
        #[test]
        fn no_session_breaks_a_rule(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let setup = Setup::default();
            let mut trial = Trial::new(&setup, || Reference::new(Config::default()));
            prop_assert!(trial.session(&bytes).is_ok());
        }
    }

    #[test]
    fn the_fault_is_found_in_one_request() {
        let setup = Setup::default();
        let mut trial = Trial::new(&setup, YourAgent::default);
        let bytes = br#"{"execute":"guest-ping","id":null}"#;
        let line = [&bytes[..], b"\n"].concat();
        assert_eq!(trial.bytes(&line).unwrap_err().rule, "envelope/id");
    }
}
