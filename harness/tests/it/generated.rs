//! Files that are made from the code are as the code would make them now. `BLESS=1` writes them.

use std::path::Path;

use qgaspec::report::{clausebook, rulebook};

#[test]
fn the_rules_are_documented_as_they_are() {
    check("docs/rules.md", &rulebook::markdown());
}

#[test]
fn the_clauses_are_documented_as_they_are() {
    check("docs/clauses.md", &clausebook::markdown());
    let readme = include_str!("../../../README.md");
    let counts = clausebook::count().to_string();
    assert!(readme.contains(&counts), "README.md does not say: {counts}");
}

fn check(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(&there, text);
    let shown = difference.unified_diff().context_radius(1).header("as it is", "as it should be").to_string();
    assert!(
        shown.is_empty(),
        "{path} is out of date; BLESS=1 cargo test --test it generated writes it\n{shown}"
    );
}
