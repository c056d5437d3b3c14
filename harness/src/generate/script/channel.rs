//! What travels on the channel beside requests: questions to pass the time, noise, resets, half messages.

use crate::generate::Stimulus;
use crate::generate::compose::compose;
use crate::generate::entropy::Entropy;
use crate::text::Node;
use crate::wire::DELIMITER;

use super::{Author, odd};

/// Pieces of JSON and of other things.
const PIECES: [&[u8]; 40] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"'",
    b"\\",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b"\0",
    b"\x01",
    b"\x1B",
    b"\x7F",
    b"\xC3",
    b"\xA9",
    b"\xED\xA0\x80",
    b"\xFE",
    b"null",
    b"true",
    b"-",
    b"0",
    b"1e",
    b"12",
    b"0x1",
    b"NaN",
    b"//",
    b"/*",
    b"\\u0000",
    b"\\ud83d",
    b"\\x41",
    b"\"execute\"",
    b"\"arguments\":{}",
    b"\"id\":",
    b"%s",
    b"\xEF\xBB\xBF",
    b"\"\"",
];
/// Halves of messages.
const HALVES: [&[u8]; 10] = [
    b"{",
    b"{\"execute\":",
    b"{\"execute\":\"guest-pi",
    b"{\"execute\":\"guest-ping\",\"id\":\"\\",
    b"{\"execute\":\"guest-ping\",\"id\":[[[",
    b"{\"execute\":\"guest-ping\",\"id\":-1",
    b"{\"execute\":\"guest-ping\"",
    b"{\"a\":[1,2}",
    b"\"",
    b"[{\"a\":tru",
];
/// Pieces of one stretch of noise.
const PIECES_MAX: usize = 24;

/// A question that changes nothing, of those that agents answer fast.
pub(super) fn question(author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    const QUESTIONS: [&str; 12] = [
        "guest-ping",
        "guest-ping",
        "guest-get-time",
        "guest-get-host-name",
        "guest-get-timezone",
        "guest-get-users",
        "guest-fsfreeze-status",
        "guest-get-osinfo",
        "guest-get-memory-block-info",
        "guest-get-vcpus",
        "guest-info",
        "guest-qgaspec-nonexistent",
    ];
    match entropy.byte() % 4 {
        0 => compose("guest-sync", [("id", Node::Int(odd::integer(entropy)).into())]),
        1 => compose("guest-sync-delimited", [("id", Node::Int(odd::integer(entropy)).into())]),
        2 => {
            let questions = author.ground.schema.commands();
            let plain = |command: &&crate::schema::Command| {
                command.arguments.is_empty() && command.name.starts_with("guest-get-")
            };
            let plain: Vec<_> = questions.iter().filter(plain).collect();
            compose(entropy.pick(&plain).map_or("guest-ping", |command| &command.name), [])
        }
        _ => compose(entropy.pick(&QUESTIONS).unwrap_or(&"guest-ping"), []),
    }
}

/// Bytes that are no request, or a request behind them.
pub(super) fn noise(entropy: &mut Entropy<'_>) -> Stimulus {
    let ping = b"{\"execute\":\"guest-ping\"}\n";
    let bytes = match entropy.byte() % 8 {
        0 => vec![DELIMITER; entropy.size(1..=5)],
        1 => [half(entropy), &[DELIMITER], &ping[..]].concat(),
        2 => [half(entropy), &[*entropy.pick(&[0x1B, 0x01, 0x00]).unwrap_or(&0x1B)], &ping[..]].concat(),
        3 => half(entropy).to_vec(),
        4 => [&b" \t\r\n".repeat(entropy.size(0..=300))[..], &ping[..]].concat(),
        5 => {
            let bytes: Vec<u8> = (0..entropy.size(1..=40)).map(|_| entropy.byte()).collect();
            [&bytes[..], b"\n"].concat()
        }
        _ => {
            let pieces = 0..entropy.size(1..=PIECES_MAX);
            let pieces: Vec<&[u8]> = pieces.filter_map(|_| entropy.pick(&PIECES).copied()).collect();
            [&pieces.concat()[..], b"\n"].concat()
        }
    };
    Stimulus::bytes(bytes)
}

/// What a client says just before it leaves: nothing, or half a message.
pub(super) fn last_words(entropy: &mut Entropy<'_>) -> Vec<u8> {
    if entropy.coin() { half(entropy).to_vec() } else { Vec::new() }
}

fn half(entropy: &mut Entropy<'_>) -> &'static [u8] {
    entropy.pick(&HALVES).copied().unwrap_or(b"{")
}
