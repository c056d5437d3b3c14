//! Reports are well-formed whatever an agent said, and nothing of it acts on whoever shows them.

use crate::junit;
use crate::watch::Watched;

/// Checks what every run must have written; where it could not run, there are no reports.
#[track_caller]
pub(crate) fn assert_well_formed(watched: &Watched) {
    assert!(!watched.err.contains("panicked"), "{}", watched.err);
    let (Some(json), Some(junit)) = (&watched.json, &watched.junit) else {
        assert_eq!(watched.exit, 4, "no reports: {}", watched.err);
        return;
    };
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["format"], "qgaspec-report/1");
    assert_eq!(json["summary"]["exit"], watched.exit);
    junit::assert_valid(junit);
    for text in [&watched.out, &watched.err] {
        let control = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{text}");
    }
}

/// Checks that what an agent said is shown, not done.
#[track_caller]
pub(crate) fn assert_harmless(watched: &Watched) {
    let json = watched.json.as_deref().unwrap();
    assert!(json.contains("owned"), "the text is not in the report at all");
    for text in [&watched.out, json, watched.junit.as_deref().unwrap()] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']));
        // An annotation for continuous integration is a line that begins so.
        assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    }
    assert!(!watched.junit.as_deref().unwrap().contains("<script>"));
}
