//! The cutter of frames does not depend on how the stream is cut into chunks.

use qgaspec::wire::{DELIMITER, Frame, FrameKind, Framer};

/// Small, so that short inputs reach the limit.
const LIMIT_BYTES: usize = 64;

/// Feeds the bytes after the first whole, byte by byte, and in chunks whose size the first byte gives.
///
/// # Panics
///
/// When the frames differ, when one is over the limit, or when bytes appear that were not fed.
pub fn framing(bytes: &[u8]) {
    let Some((first, stream)) = bytes.split_first() else { return };
    let whole = frames(std::iter::once(stream));
    assert_eq!(whole, frames(stream.chunks(1)), "byte by byte makes a difference");
    assert_eq!(whole, frames(stream.chunks(usize::from(first % 16) + 2)), "chunks make a difference");
    for frame in &whole {
        assert!(!frame.bytes.contains(&DELIMITER), "a delimiter is within {frame:?}");
        let bounded = frame.kind != FrameKind::Message || frame.bytes.len() <= LIMIT_BYTES;
        assert!(bounded, "a message is over the limit: {frame:?}");
    }
    let kept: usize = whole.iter().map(|frame| frame.bytes.len() + frame.delimiters).sum();
    assert!(kept <= stream.len(), "{kept} bytes of {}", stream.len());
}

fn frames<'b>(chunks: impl Iterator<Item = &'b [u8]>) -> Vec<Frame> {
    let mut framer = Framer::new(LIMIT_BYTES);
    let mut found = Vec::new();
    for chunk in chunks {
        framer.feed(chunk);
        found.extend(std::iter::from_fn(|| framer.next_frame()));
    }
    framer.finish();
    found.extend(std::iter::from_fn(|| framer.next_frame()));
    found
}
