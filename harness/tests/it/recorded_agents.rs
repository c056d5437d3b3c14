//! What real agents were recorded to reply breaks no rule: the judge raises no false alarm.

use std::path::PathBuf;
use std::time::Duration;

use qgaspec::classify::{self, Tail};
use qgaspec::rules::Judge;
use qgaspec::schema::builtin;
use qgaspec::wire::{Ending, Exchange, Fence, FenceKind, Frame, Framer, Observation, Reset, Role};
use serde_json::Value;

/// Recordings in which an agent does break a rule: 5.2 printed small fractions as 0.
const BROKEN: &[(&str, &str)] = &[("N id 5e-324", "envelope/id")];

#[test]
#[expect(clippy::print_stdout, reason = "a test that cannot run must say so")]
fn recorded_replies_break_no_rule() {
    let beside = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into();
    let folder = std::env::var_os("QGASPEC_SHARED").unwrap_or_else(beside);
    let path = PathBuf::from(folder).join("data/qemu-ga-wire.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: no recordings at {}", path.display());
        return;
    };
    let chapters: Value = serde_json::from_str(&text).expect("the recordings are JSON");
    let cases = chapters.as_object().expect("chapters").values().filter_map(Value::as_object).flatten();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (name, case) in cases {
        let writes: Vec<Vec<u8>> =
            case["sent"].as_array().expect("writes").iter().filter_map(Value::as_str).map(latin_1).collect();
        for received in case["got"].as_object().expect("replies").keys() {
            // Of some recordings only the beginning and the end were kept.
            if received.contains(" bytes)...")
                || String::from_utf8_lossy(&writes.concat()).contains(" bytes)...")
            {
                continue;
            }
            judged += 1;
            let broken = broken_rules(&writes, &latin_1(received));
            let unknown = broken.into_iter().filter(|code| !BROKEN.contains(&(name.as_str(), code)));
            wrong.extend(unknown.map(|code| format!("{name}: {code} by {received}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 300, "only {judged} recordings were judged");
}

/// The rules that this conversation breaks, a fence being answered behind it.
fn broken_rules(writes: &[Vec<u8>], received: &[u8]) -> Vec<&'static str> {
    let sent = writes.concat();
    let kind = match classify::read(&sent, builtin::seed()).tail {
        Tail::Clean => FenceKind::Plain,
        Tail::Open => FenceKind::AfterReset(Reset::Delimiter),
    };
    let bytes = b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":7}}\n".to_vec();
    let exchange = Exchange {
        case: "recorded".into(),
        role: Role::Case,
        writes: writes.to_vec(),
        fence: Fence { kind, id: 7, bytes, reply: frames(b"{\"return\": 7}\n").pop() },
        received: frames(received),
        ending: Ending::InStep,
        began: Duration::ZERO,
        elapsed: Duration::ZERO,
    };
    let judgement = Judge::new(builtin::seed()).observe(&Observation::Exchange(exchange));
    let broken = judgement.rulings.iter().filter(|ruling| ruling.failure.is_some());
    broken.map(|ruling| ruling.rule.code).collect()
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut framer = Framer::new(1 << 20);
    framer.feed(bytes);
    framer.finish();
    std::iter::from_fn(|| framer.next_frame()).collect()
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).expect("a recorded byte")).collect()
}
