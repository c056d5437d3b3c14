//! Variants of form: how replies are spelled and travel, and what input is taken that need not be.

use super::{Variant, plain};
use crate::agent::reference::Effect;
use crate::agent::reference::fault::{Hook, Intake, Memory, edit};
use crate::wire::DELIMITER;

/// A pause between two pieces of one reply.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(1);

/// The length of a long description of an error, in bytes.
const LONG_TEXT_BYTES: usize = 64 << 10;

/// The greatest number that is taken for an integer whatever its spelling: up to here a double holds them all.
const EXACT_IN_DOUBLE: f64 = 9_007_199_254_740_992.0;

pub(super) static VARIANTS: [Variant; 11] = [
    plain(
        "lower-case-escapes",
        "escapes have small hexadecimal digits",
        &[Hook::Output(|_, _, line| edit::send(edit::map_strings(&line, |inside, _| in_lower_case(inside))))],
    ),
    plain(
        "delimiter-apart",
        "the delimiter comes a moment before its reply",
        &[Hook::Output(|_, _, line| match line.strip_prefix(&[DELIMITER]) {
            Some(rest) => in_two(&[DELIMITER], rest),
            None => edit::as_is(line),
        })],
    ),
    plain(
        "line-end-apart",
        "the line end comes a moment after its reply",
        &[Hook::Output(|_, _, line| {
            let (reply, end) = line.split_at(line.len() - 1);
            in_two(reply, end)
        })],
    ),
    plain(
        "joined-writes",
        "all replies to one piece of input come in one write",
        &[Hook::Batch(|_, effects| joined(effects))],
    ),
    plain(
        "blanks-before-the-line-end",
        "blanks stand between a reply and its line end",
        &[Hook::Output(|_, _, mut line| {
            line.splice(line.len() - 1.., *b" \t \n");
            edit::send(line)
        })],
    ),
    plain(
        "empty-lines",
        "an empty line follows each reply",
        &[Hook::Output(|_, _, mut line| {
            line.push(b'\n');
            edit::send(line)
        })],
    ),
    plain(
        "located-texts",
        "descriptions of errors begin with a line and a column",
        &[Hook::Reply(|_, context, reply| {
            let place = format!("{}:{}: that went wrong", context.line + 1, context.ordinal);
            super::describe(reply, &place);
        })],
    ),
    plain(
        "long-texts",
        "descriptions of errors have 64 KiB",
        &[Hook::Reply(|_, context, reply| {
            // Some thousand long replies would show no more than some hundred.
            let length = if context.ordinal.is_multiple_of(16) { LONG_TEXT_BYTES } else { 1 };
            super::describe(reply, &"e".repeat(length));
        })],
    ),
    plain(
        "whole-numbers-are-integers",
        "a number without a fraction is an integer, however it is spelled",
        &[Hook::Text(|_, text| edit::map_words(&text, |word, _| whole(word)))],
    ),
    plain(
        "forgets-half-messages-with-clients",
        "what a client leaves unfinished is forgotten when it leaves",
        &[
            Hook::Greet(|memory| {
                memory.count = 1;
                Vec::new()
            }),
            Hook::Input(reset_once),
        ],
    ),
    plain(
        "refuses-half-messages-of-clients",
        "what a client left unfinished is refused as soon as the next one says something",
        &[
            Hook::Greet(|memory| {
                memory.count = u64::from(!memory.bytes.is_empty());
                Vec::new()
            }),
            Hook::Input(|memory, bytes| {
                memory.bytes.clear();
                if !bytes.ends_with(b"\n") {
                    memory.bytes.extend_from_slice(bytes);
                }
                let cut = (std::mem::take(&mut memory.count) == 1).then_some(Intake::Cut);
                cut.into_iter().chain([Intake::Bytes(bytes.to_vec())]).collect()
            }),
        ],
    ),
];

fn in_two(first: &[u8], second: &[u8]) -> Vec<Effect> {
    vec![Effect::Send(first.to_vec()), Effect::Pause(PAUSE), Effect::Send(second.to_vec())]
}

fn joined(effects: Vec<Effect>) -> Vec<Effect> {
    let mut joined: Vec<Effect> = Vec::with_capacity(effects.len());
    for effect in effects {
        match (joined.last_mut(), effect) {
            (Some(Effect::Send(last)), Effect::Send(bytes)) => last.extend(bytes),
            (_, effect) => joined.push(effect),
        }
    }
    joined
}

/// A string with the digits of its escapes by number in lower case.
fn in_lower_case(inside: &[u8]) -> Vec<u8> {
    let mut changed = inside.to_vec();
    let mut at = 0;
    while at < changed.len() {
        let escape = changed[at] == b'\\';
        if escape && changed.get(at + 1) == Some(&b'u') {
            changed[at + 2..].iter_mut().take(4).for_each(u8::make_ascii_lowercase);
        }
        at += if escape { 2 } else { 1 };
    }
    changed
}

/// The plain spelling of a number such as `1.0` or `1e3`, if a double holds it exactly.
fn whole(word: &str) -> Option<String> {
    let number = word.parse::<f64>().ok().filter(|_| word.starts_with(|first: char| first != '+'))?;
    let is_spelled = word.contains(['.', 'e', 'E']) && !word.ends_with('.') && !word.starts_with('.');
    (is_spelled && number.fract() == 0.0 && number.abs() < EXACT_IN_DOUBLE)
        .then(|| (number as i128).to_string())
}

fn reset_once(memory: &mut Memory, bytes: &[u8]) -> Vec<Intake> {
    let reset = (std::mem::take(&mut memory.count) == 1).then_some(Intake::Reset);
    reset.into_iter().chain([Intake::Bytes(bytes.to_vec())]).collect()
}
