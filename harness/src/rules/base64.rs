//! Base64 as agents write and read it, for every chapter with data in it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::Outcome;
use super::words::{fail, shown};

/// Reads base64 with or without padding, so that only the spelling is one rule's concern.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes that an agent's text stands for, however its padding is.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text).ok()
}

/// The bytes that a well-formed text stands for.
pub(super) fn decode_strictly(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Whether an agent's text has the standard alphabet, full padding and no bits left over.
pub(super) fn judge_spelling(text: &str) -> Outcome {
    match STANDARD.decode(text) {
        Ok(_) => Outcome::Pass,
        Err(error) => fail("spelling", "canonical base64", format!("{error}: {}", shown(text.as_bytes()))),
    }
}

/// Whether a client's text has characters that base64 never has. White space and padding are left open.
pub(super) fn is_foreign(text: &str) -> bool {
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    !text.bytes().all(|byte| belongs(byte) || byte.is_ascii_whitespace())
}
