//! A case that the generator draws is what it is meant to be, to the classifier, which knows nothing of cases.

use qgaspec::classify::{Standing, read};
use qgaspec::generate::{Family, GuestProfile, Part, Purpose, drawn};
use qgaspec::schema::builtin;

/// Draws the case that the bytes choose, and reads what it sends at last.
///
/// # Panics
///
/// When a valid request is not valid, or an invalid one is nothing but valid.
pub fn cases(bytes: &[u8]) {
    let profile = GuestProfile { scratch: Some("/tmp/scratch".to_owned()), ..GuestProfile::default() };
    let Some(case) = drawn(builtin::seed(), &profile, bytes) else { return };
    let Some(last) = case.stimuli.last() else { return };
    let mut sent = Vec::new();
    for part in last.writes.iter().flatten() {
        match part {
            Part::Bytes(known) => sent.extend_from_slice(known),
            Part::Hole(symbol) => sent.extend_from_slice(symbol.stand_in().as_bytes()),
        }
    }
    let reading = read(&sent, builtin::seed());
    let are_valid = || reading.messages.iter().all(|message| message.standing == Standing::Valid);
    match case.purpose {
        // What goes before a reset is no message of its own.
        Purpose::Valid if case.family != Family::Recovery => {
            assert!(!reading.messages.is_empty() && are_valid(), "{}: {}", case.id, sent.escape_ascii());
        }
        Purpose::Invalid if reading.counted => {
            assert!(!are_valid(), "{}: {}", case.id, sent.escape_ascii());
        }
        Purpose::Valid | Purpose::Invalid | Purpose::Open | Purpose::Unfinished => {}
    }
}
