//! Odd values: where representations end, what is often forgotten, what means something to somebody.

use crate::generate::entropy::Entropy;
use crate::text::Node;

/// Integers at which something changes.
const INTEGERS: [i128; 34] = [
    0,
    1,
    2,
    3,
    -1,
    -2,
    4,
    5,
    7,
    127,
    128,
    255,
    256,
    1000,
    1001,
    4095,
    4096,
    4097,
    65_535,
    65_536,
    48_000_000,
    48 << 20,
    (48 << 20) + 1,
    i32::MAX as i128,
    i32::MAX as i128 + 1,
    i32::MIN as i128,
    u32::MAX as i128,
    1 << 32,
    (1 << 53) + 1,
    i64::MAX as i128,
    i64::MIN as i128,
    u64::MAX as i128,
    1 << 64,
    i64::MIN as i128 - 1,
];

/// Texts that mean something to somebody.
const TEXTS: [&str; 30] = [
    "",
    " ",
    "a",
    "0",
    "-1",
    "r",
    "w",
    "/",
    ".",
    "..",
    "*",
    "-",
    "--",
    "-h",
    "true",
    "null",
    "set",
    "end",
    "cGluZw==",
    "%s%n%x",
    "$(true)",
    "a\0b",
    "\n",
    "\u{7f}\u{80}",
    "\u{e9}\u{4e2d}\u{1f600}",
    "'\"\\",
    "[::1]",
    "PATH=",
    "LD_PRELOAD=x",
    "guest-ping",
];

/// Numbers that are no integers as an agent would write them.
const SPELLINGS: [&str; 9] =
    ["1.0", "-0", "-0.0", "1e3", "0.1", "1e-7", "1e999", "123456789012345678901234567890", "5e-324"];

/// Lengths of long texts.
const LENGTHS: [usize; 6] = [64, 255, 256, 300, 4096, 5000];

/// Depth of random values.
const DEPTH_MAX: usize = 4;

/// An integer, often an odd one.
pub(super) fn integer(entropy: &mut Entropy<'_>) -> i128 {
    match entropy.byte() % 8 {
        0..=3 => entropy.pick(&INTEGERS).copied().unwrap_or(0),
        4 | 5 => entropy.integer(0..=20),
        6 => entropy.integer(-70_000..=70_000),
        _ => entropy.integer(i128::from(i64::MIN)..=i128::from(i64::MAX)),
    }
}

/// A text, often an odd one.
pub(super) fn text(entropy: &mut Entropy<'_>) -> String {
    match entropy.byte() % 8 {
        7 => {
            let letter = *entropy.pick(&['x', '/', '\\', '\u{e9}', '"']).unwrap_or(&'x');
            std::iter::repeat_n(letter, *entropy.pick(&LENGTHS).unwrap_or(&64)).collect()
        }
        _ => (*entropy.pick(&TEXTS).unwrap_or(&"")).to_owned(),
    }
}

/// Any value.
pub(super) fn value(entropy: &mut Entropy<'_>) -> Node {
    of_depth(entropy, 0)
}

fn of_depth(entropy: &mut Entropy<'_>, depth: usize) -> Node {
    let kinds = if depth >= DEPTH_MAX { 6 } else { 9 };
    match entropy.byte() % kinds {
        1 => Node::Bool(entropy.coin()),
        2 | 3 => Node::Int(integer(entropy)),
        4 => Node::String(text(entropy)),
        5 => Node::Number((*entropy.pick(&SPELLINGS).unwrap_or(&"0")).to_owned()),
        6 => Node::list((0..entropy.byte() % 4).map(|_| of_depth(entropy, depth + 1)).collect::<Vec<_>>()),
        7 | 8 => {
            let members = entropy.byte() % 4;
            Node::object(
                (0..members).map(|_| (text(entropy), of_depth(entropy, depth + 1))).collect::<Vec<_>>(),
            )
        }
        _ => Node::Null,
    }
}
