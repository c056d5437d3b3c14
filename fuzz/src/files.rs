//! Files that people or programs write are read, or refused with a place, whatever is in them.

use qgaspec::scenario;
use qgaspec::schema::builtin;
use qgaspec::wire::transcript::{Reader, Writer};

/// Reads a scenario or a finding.
///
/// # Panics
///
/// When the remarks about a text that is refused do not lie within it.
pub fn scenario_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(remarks) = scenario::read("fuzz.toml", &text, builtin::seed()) {
        assert!(!remarks.is_empty(), "refused without a reason");
        for remark in remarks {
            let range = remark.span.range();
            assert!(range.start <= range.end && range.end <= text.len(), "{range:?} of {}", text.len());
        }
    }
}

/// Reads a transcript, and writes what was read.
///
/// # Panics
///
/// When what was written is read as something else.
pub fn transcript_text(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(bytes) else { return };
    let mut written = Vec::new();
    let mut writer = Writer::new(&mut written, reader.head()).expect("a vector can be written to");
    let mut observations = Vec::new();
    while let Ok(Some(observation)) = reader.next_observation() {
        writer.observation(&observation).expect("a vector can be written to");
        observations.push(observation);
    }
    drop(writer);
    let mut again = Reader::new(written.as_slice()).expect("what was written has a head");
    for observation in observations {
        let read = again.next_observation().expect("what was written can be read");
        assert_eq!(read.as_ref(), Some(&observation));
    }
}
