//! Twists: the same thing said in another way, sent in other pieces, said too often, or spoilt.

use crate::generate::entropy::Entropy;
use crate::generate::{Part, Stimulus};

use super::odd;

/// One way to twist what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    /// Some bytes are changed.
    Spoil,
    /// Spaces between tokens and escapes in strings.
    Respell,
    /// With an `id`.
    Id,
    /// Sent in several writes.
    Cut,
    /// Sent together with what comes next.
    Join,
    /// Sent several times.
    Repeat,
    /// With another line end, or none.
    End,
}

impl Twist {
    const ALL: [Self; 7] =
        [Self::Spoil, Self::Respell, Self::Id, Self::Cut, Self::Join, Self::Repeat, Self::End];

    /// A random part of all twists.
    pub(super) fn draw(entropy: &mut Entropy<'_>) -> Vec<Self> {
        Self::ALL.into_iter().filter(|_| entropy.one_in(3)).collect()
    }

    /// The twisted stimulus, or several.
    pub(super) fn apply(
        self,
        mut stimulus: Stimulus,
        next: Option<&Stimulus>,
        entropy: &mut Entropy<'_>,
    ) -> Vec<Stimulus> {
        match self {
            Self::Spoil => spoil(&mut stimulus, entropy),
            Self::Respell => respell(&mut stimulus, entropy),
            Self::Id => identify(&mut stimulus, entropy),
            Self::Cut => cut(&mut stimulus, entropy),
            Self::Join => join(&mut stimulus, next),
            Self::Repeat => {
                let times = *entropy.pick(&[2, 2, 2, 3, 3, 5, 20, 100]).unwrap_or(&2);
                return vec![stimulus; times];
            }
            Self::End => end(&mut stimulus, entropy),
        }
        vec![stimulus]
    }
}

/// Known bytes of a stimulus, one stretch of them.
fn stretch<'s>(stimulus: &'s mut Stimulus, entropy: &mut Entropy<'_>) -> Option<&'s mut Vec<u8>> {
    let mut known: Vec<&mut Vec<u8>> = stimulus
        .writes
        .iter_mut()
        .flatten()
        .filter_map(|part| match part {
            Part::Bytes(bytes) if !bytes.is_empty() => Some(bytes),
            Part::Bytes(_) | Part::Hole(_) => None,
        })
        .collect();
    let at = entropy.index(known.len())?;
    Some(known.swap_remove(at))
}

fn spoil(stimulus: &mut Stimulus, entropy: &mut Entropy<'_>) {
    const TOKENS: [&[u8]; 16] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b",",
        b":",
        b"\\",
        b"null",
        b"1e999",
        b"\\u0000",
        b"\xFF",
        b"\0",
        b"\n",
        b"-9223372036854775809",
        b"'",
    ];
    // What is spoilt opens nothing of which a later step should know.
    stimulus.binding = None;
    for _ in 0..=entropy.byte() % 3 {
        let Some(bytes) = stretch(stimulus, entropy) else { return };
        let at = entropy.index(bytes.len()).unwrap_or(0);
        let end = bytes.len().min(at + 1 + usize::from(entropy.byte() % 8));
        match entropy.byte() % 6 {
            0 => bytes[at] ^= 1 << (entropy.byte() % 8),
            1 => bytes[at] = entropy.byte(),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let copy = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, copy));
            }
            4 => {
                let token = entropy.pick(&TOKENS).copied().unwrap_or(b"{");
                drop(bytes.splice(at..at, token.iter().copied()));
            }
            _ => bytes.swap(at, end - 1),
        }
    }
}

/// Respells what is outside strings with white space and letters within with escapes. Strings that go on over a hole
/// there are none: holes hold numbers and lists.
fn respell(stimulus: &mut Stimulus, entropy: &mut Entropy<'_>) {
    let Some(bytes) = stretch(stimulus, entropy) else { return };
    let mut respelled = Vec::with_capacity(bytes.len() * 2);
    let (mut within, mut escaped) = (false, false);
    for &byte in bytes.iter() {
        match byte {
            _ if escaped => {
                escaped = false;
                respelled.push(byte);
            }
            b'\\' if within => {
                escaped = true;
                respelled.push(byte);
            }
            b'"' => {
                within = !within;
                respelled.push(byte);
            }
            b'a'..=b'z' | b'-' if within && entropy.one_in(8) => {
                respelled.extend(format!("\\u{byte:04x}").bytes());
            }
            b'{' | b'}' | b'[' | b']' | b':' | b',' if !within => {
                let spaces: &[u8] =
                    entropy.pick(&[&b""[..], b" ", b"\t", b"\n", b"\r\n"]).copied().unwrap_or(b"");
                respelled.extend_from_slice(spaces);
                respelled.push(byte);
                respelled.extend_from_slice(spaces);
            }
            _ => respelled.push(byte),
        }
    }
    *bytes = respelled;
}

fn identify(stimulus: &mut Stimulus, entropy: &mut Entropy<'_>) {
    if let Some(Part::Bytes(bytes)) = stimulus.writes.first_mut().and_then(|write| write.first_mut())
        && bytes.starts_with(b"{\"execute\"")
    {
        let id = [&b"\"id\":"[..], &odd::value(entropy).to_bytes(), b","].concat();
        drop(bytes.splice(1..1, id));
    }
}

fn cut(stimulus: &mut Stimulus, entropy: &mut Entropy<'_>) {
    let [write] = stimulus.writes.as_slice() else { return };
    let [Part::Bytes(bytes)] = write.as_slice() else { return };
    let pieces: Vec<Vec<Part>> = if bytes.len() < 100 && entropy.one_in(4) {
        bytes.iter().map(|byte| vec![Part::Bytes(vec![*byte])]).collect()
    } else {
        let mut rest = bytes.as_slice();
        let mut pieces = Vec::new();
        for _ in 0..=entropy.byte() % 3 {
            let (piece, behind) =
                rest.split_at(entropy.index(rest.len().max(1)).unwrap_or(0).min(rest.len()));
            pieces.push(vec![Part::Bytes(piece.to_vec())]);
            rest = behind;
        }
        pieces.push(vec![Part::Bytes(rest.to_vec())]);
        pieces
    };
    stimulus.writes = pieces;
}

/// Behind a request comes the next one, in the same write. It will be sent by itself as well.
fn join(stimulus: &mut Stimulus, next: Option<&Stimulus>) {
    let again = stimulus.writes.clone();
    let behind = next.map_or(again, |next| next.writes.clone());
    if let ([write], [more]) = (stimulus.writes.as_mut_slice(), behind.as_slice()) {
        write.extend(more.iter().cloned());
        stimulus.binding = None;
        stimulus.until = None;
    }
}

fn end(stimulus: &mut Stimulus, entropy: &mut Entropy<'_>) {
    if let Some(Part::Bytes(bytes)) = stimulus.writes.last_mut().and_then(|write| write.last_mut())
        && bytes.last() == Some(&b'\n')
    {
        bytes.pop();
        let ends: [&[u8]; 5] = [b"\r\n", b"", b" \n", b"\n\n", b"\t\r\n"];
        bytes.extend_from_slice(entropy.pick(&ends).copied().unwrap_or(b"\n"));
    }
}
