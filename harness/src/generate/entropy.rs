//! The random numbers of one case.
//!
//! Whatever fills the bytes (a stream made from the run's seed, libFuzzer, a property test), everything
//! random comes from one `arbitrary::Unstructured`, and running out of bytes gives the smallest choice instead of
//! an error.

use std::ops::RangeInclusive;

use arbitrary::Unstructured;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::CaseId;

/// Bytes that become choices.
#[derive(Debug)]
pub(super) struct Entropy<'b>(Unstructured<'b>);

impl<'b> Entropy<'b> {
    /// Choices made from these bytes.
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    /// An integer of the range, which must not be empty.
    pub(super) fn integer(&mut self, range: RangeInclusive<i128>) -> i128 {
        let least = *range.start();
        self.0.int_in_range(range).unwrap_or(least)
    }

    /// A size of the range, which must not be empty.
    pub(super) fn size(&mut self, range: RangeInclusive<usize>) -> usize {
        let least = *range.start();
        self.0.int_in_range(range).unwrap_or(least)
    }

    /// One of the items, if there are any.
    pub(super) fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        self.0.choose(items).ok()
    }

    /// The index of one of so many items, if there are any.
    pub(super) fn index(&mut self, length: usize) -> Option<usize> {
        self.0.choose_index(length).ok()
    }

    /// Yes or no.
    pub(super) fn coin(&mut self) -> bool {
        self.0.ratio(1u8, 2u8).unwrap_or(false)
    }

    /// Whether it happens that happens once in so many times. Never without bytes.
    pub(super) fn one_in(&mut self, times: u8) -> bool {
        self.byte() % times.max(1) == times.max(1) - 1
    }

    /// Whether no bytes are left, so that every choice from now on is the smallest.
    pub(super) fn is_exhausted(&self) -> bool {
        self.0.is_empty()
    }

    /// Any byte.
    pub(super) fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or(0)
    }
}

/// Enough for the choices of any case; larger contents are made by formula.
const STREAM_BYTES: usize = 1024;

/// The bytes of the shortest scripts; each length is twice the one before it.
const SCRIPT_BYTES_MIN: usize = 48;
/// How many lengths there are.
const SCRIPT_LENGTHS: u32 = 6;

/// The bytes behind the choices of one case. They depend on the seed and the case's name alone, so that a case
/// stays the same whichever others exist or are selected.
pub(super) fn stream(seed: u64, id: &CaseId) -> [u8; STREAM_BYTES] {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&digest(id.0.as_bytes()).to_le_bytes());
    let mut bytes = [0; STREAM_BYTES];
    ChaCha8Rng::from_seed(key).fill_bytes(&mut bytes);
    bytes
}

/// The bytes of the script of this number: few for a short one, many for a long one. They depend on nothing else.
pub fn script_bytes(seed: u64, number: u64) -> Vec<u8> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&number.to_le_bytes());
    // No case has such a key: the digest of a name stands where this has a mark.
    key[16] = 1;
    let mut stream = ChaCha8Rng::from_seed(key);
    let length = SCRIPT_BYTES_MIN << (stream.next_u32() % SCRIPT_LENGTHS);
    let mut bytes = vec![0; length];
    stream.fill_bytes(&mut bytes);
    bytes
}

/// FNV-1a: the digest must never change with the compiler or a library.
pub(super) fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_and_name() {
        let id = |name: &str| CaseId(name.to_owned());
        assert_eq!(stream(1, &id("a")), stream(1, &id("a")));
        assert_ne!(stream(1, &id("a")), stream(2, &id("a")));
        assert_ne!(stream(1, &id("a")), stream(1, &id("b")));
    }

    #[test]
    fn the_digest_is_that_of_the_published_vectors() {
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn without_bytes_every_choice_is_the_smallest() {
        let mut entropy = Entropy::new(&[]);
        assert_eq!(entropy.integer(-3..=5), -3);
        assert_eq!(entropy.pick(&[7, 8]), Some(&7));
        assert_eq!(entropy.pick::<u8>(&[]), None);
        assert_eq!(entropy.byte(), 0);
    }
}
