//! The rules of the house that no compiler checks: which room may use which, sizes, words.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest source file, in lines, tests included.
const LINES_MAX: usize = 800;

/// Which rooms a room may use besides itself. This table is the design's picture of arrows; a new arrow is a
/// decision, not a detail.
const ARROWS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("verdict", &[]),
    ("spec", &[]),
    ("schema", &["text"]),
    ("wire", &["text"]),
    ("model", &["schema", "text", "wire"]),
    ("classify", &["model", "schema", "text", "wire"]),
    ("rules", &["classify", "model", "schema", "spec", "text", "verdict", "wire"]),
    ("generate", &["schema", "text", "wire"]),
    ("agent", &["classify", "schema", "text", "wire"]),
    ("agent/reference", &["model", "schema", "text", "wire"]),
    ("scenario", &["generate", "rules", "schema", "text"]),
    (
        "run",
        &[
            "agent", "classify", "generate", "model", "rules", "scenario", "schema", "spec", "text",
            "verdict", "wire",
        ],
    ),
    ("report", &["classify", "generate", "rules", "run", "spec", "text", "verdict"]),
];

/// Rooms that do no I/O, start nothing and read no clock.
const PURE: &[&str] = &[
    "text", "verdict", "spec", "schema", "wire", "model", "classify", "rules", "generate", "scenario",
    "report",
];

/// What pure rooms must not name.
const IMPURE: &[&str] = &[
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "std::process",
    "std::net",
    "std::fs",
    "std::env",
    "std::thread",
    "tokio",
];

/// Words that mean that something is not finished. They are split here so that this file may name them; the
/// first is a word of the schema language too, and counts only at the beginning of a comment.
const UNFINISHED: &[&str] = &[
    concat!("// TO", "DO"),
    concat!("FIX", "ME"),
    concat!("dbg", "!("),
    concat!("unimpl", "emented!"),
    concat!("to", "do!("),
];

/// Places on somebody's machine, split likewise.
const MACHINE_PATHS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];

/// Homes of nobody: those of the guest that the sandbox plays, and of an example.
const PRETENDED: &[&str] = &["/home/alice", "/home/bob", "/home/me/"];

/// Folders that are not ours or not kept.
const FOREIGN: &[&str] = &["target", ".git", "golden", "published", "snapshots"];

#[test]
fn rooms_use_only_what_the_arrows_allow() {
    let mut wrong = Vec::new();
    for source in rust_sources("harness/src") {
        let Some(room) = room_of(&source.name) else { continue };
        let (_, allowed) =
            ARROWS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("`{room}` has no arrows"));
        for used in rooms_used(&source.code) {
            let own = room.split('/').next() == Some(used.as_str());
            if !own && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: {room} must not use {used}", source.name));
            }
        }
    }
    assert_fine(&wrong);
}

#[test]
fn pure_rooms_do_no_io_and_read_no_clock() {
    let mut wrong = Vec::new();
    for source in rust_sources("harness/src") {
        let Some(room) = room_of(&source.name).filter(|room| PURE.contains(room)) else { continue };
        for word in IMPURE.iter().filter(|word| code_lines(&source.code).any(|line| line.contains(*word))) {
            wrong.push(format!("{}: {room} must not use {word}", source.name));
        }
    }
    assert_fine(&wrong);
}

#[test]
fn only_the_command_line_prints_or_exits() {
    let words = ["println!", "eprintln!", "print!(", "eprint!(", "process::exit", "io::stdout", "io::stderr"];
    let mut wrong = Vec::new();
    for source in
        rust_sources("harness/src").iter().filter(|source| !source.name.starts_with("harness/src/cli/"))
    {
        for word in words.iter().filter(|word| code_lines(&source.code).any(|line| line.contains(*word))) {
            wrong.push(format!("{}: `{word}` belongs to cli", source.name));
        }
    }
    assert_fine(&wrong);
}

#[test]
fn files_are_short() {
    let long = sources()
        .into_iter()
        .filter(|source| source.is("rs") && source.text.lines().count() > LINES_MAX)
        .map(|source| format!("{}: {} lines", source.name, source.text.lines().count()));
    assert_fine(&long.collect::<Vec<_>>());
}

#[test]
fn every_module_has_a_charter() {
    let without = sources()
        .into_iter()
        .filter(|source| {
            source.is("rs") && !source.name.ends_with("/tests.rs") && !source.text.starts_with("//! ")
        })
        .map(|source| format!("{}: does not begin with `//! `", source.name));
    assert_fine(&without.collect::<Vec<_>>());
}

#[test]
fn every_module_is_compiled() {
    let all = sources();
    let mut dead = Vec::new();
    for source in all.iter().filter(|source| source.is("rs")) {
        let path = Path::new(&source.name);
        let (Some(folder), Some(stem)) = (path.parent(), path.file_stem().and_then(|stem| stem.to_str()))
        else {
            continue;
        };
        // A folder that cargo reads by itself, or the root of a crate.
        let is_root = ["lib", "main", "build"].contains(&stem)
            || ["tests", "benches", "examples", "fuzz_targets"].iter().any(|name| folder.ends_with(name));
        let in_source_tree = folder.components().any(|part| part.as_os_str() == "src");
        if is_root && !(in_source_tree && folder.ends_with("tests")) {
            continue;
        }
        let (home, name) = match (stem, folder.file_name().and_then(|name| name.to_str())) {
            ("mod", Some(name)) => (folder.parent().unwrap(), name),
            _ => (folder, stem),
        };
        let parents =
            [home.join("mod.rs"), home.join("lib.rs"), home.join("main.rs"), home.with_extension("rs")];
        let declared =
            all.iter().filter(|other| parents.contains(&PathBuf::from(&other.name))).any(|parent| {
                code_lines(&parent.text).any(|line| line.trim_end().ends_with(&format!("mod {name};")))
            });
        if !declared {
            dead.push(format!("{}: no `mod {name};`", source.name));
        }
    }
    assert_fine(&dead);
}

#[test]
fn nothing_is_left_unfinished() {
    let mut wrong = Vec::new();
    for source in sources() {
        for word in UNFINISHED.iter().chain(MACHINE_PATHS) {
            let text = PRETENDED.iter().fold(source.text.clone(), |text, home| text.replace(home, ""));
            for (at, _) in text.lines().enumerate().filter(|(_, line)| line.contains(word)) {
                wrong.push(format!("{}:{}: `{word}`", source.name, at + 1));
            }
        }
    }
    assert_fine(&wrong);
}

#[test]
fn documents_begin_with_a_title() {
    let without = sources()
        .into_iter()
        .filter(|source| source.is("md") && !source.text.starts_with("# "))
        .map(|source| format!("{}: does not begin with `# `", source.name));
    assert_fine(&without.collect::<Vec<_>>());
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.is("md")) {
        let folder = Path::new(&source.name).parent().unwrap();
        for link in source.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !path.contains("://") && !root().join(folder).join(path).exists() {
                wrong.push(format!("{}: {link}", source.name));
            }
        }
    }
    assert_fine(&wrong);
}

#[test]
fn the_arrows_are_read_from_code_alone() {
    let code = "use crate::wire::{A, B};\nuse crate::{model, rules::Rule};\n// crate::cli::x\nfn f() { crate::text::g() }\n";
    assert_eq!(rooms_used(code), ["model", "rules", "text", "wire"]);
    let nested = "use crate::{\n    classify::{self, Hazard},\n    run,\n};\n";
    assert_eq!(rooms_used(nested), ["classify", "run"]);
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {\n    x\n}\nb\n"), "a\nb\n");
}

/// A file of the tree.
struct Source {
    /// Path from the root of the tree.
    name: String,
    /// Everything in it.
    text: String,
    /// The same without test modules.
    code: String,
}

impl Source {
    fn is(&self, kind: &str) -> bool {
        Path::new(&self.name).extension().is_some_and(|extension| extension == kind)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All text files of the tree that are ours.
fn sources() -> Vec<Source> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if FOREIGN.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if ["rs", "md", "toml"]
                .iter()
                .any(|kind| path.extension().is_some_and(|found| found == *kind))
            {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                let text = fs::read_to_string(&path).unwrap();
                found.insert(name, text);
            }
        }
    }
    assert!(found.len() > 20, "the tree is not where it should be");
    found.into_iter().map(|(name, text)| Source { code: without_tests(&text), name, text }).collect()
}

fn rust_sources(folder: &str) -> Vec<Source> {
    let test_files =
        |name: &str| name.ends_with("tests.rs") || name.contains("/tests/") || name.ends_with("/example.rs");
    sources()
        .into_iter()
        .filter(|source| source.is("rs") && source.name.starts_with(folder) && !test_files(&source.name))
        .collect()
}

/// The room of a file, or `None` where everything is allowed: the root of the library, the program, `cli`.
fn room_of(name: &str) -> Option<&'static str> {
    let path = name.strip_prefix("harness/src/")?;
    let stem = path.strip_suffix(".rs")?;
    if ["lib", "main"].contains(&stem) || stem.starts_with("cli/") {
        return None;
    }
    let room = ARROWS
        .iter()
        .map(|(room, _)| *room)
        .filter(|room| stem == *room || stem.starts_with(&format!("{room}/")))
        .max_by_key(|room| room.len());
    Some(room.unwrap_or_else(|| panic!("{name} belongs to a room without arrows")))
}

/// The rooms that a text names after `crate::`, sorted.
fn rooms_used(code: &str) -> Vec<String> {
    let code: String = code_lines(code).flat_map(|line| [line, "\n"]).collect();
    let word = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .collect()
    };
    let mut rooms = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => rooms.push(word(rest)),
            Some(group) => rooms.extend(group_heads(group).into_iter().map(word)),
        }
    }
    rooms.retain(|room| !room.is_empty() && room.starts_with(|first: char| first.is_ascii_lowercase()));
    rooms.sort();
    rooms.dedup();
    rooms
}

/// The beginnings of the items of a group of imports whose opening brace has been read.
fn group_heads(group: &str) -> Vec<&str> {
    let mut heads = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

/// The lines that are not comments.
fn code_lines(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// A text without its items marked `#[cfg(test)]`, each up to the line that closes it.
fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let indent = &line[..line.len() - line.trim_start().len()];
            for skipped in lines.by_ref() {
                let ends = skipped.starts_with(indent) && !skipped[indent.len()..].starts_with([' ', '#']);
                if ends && (skipped.ends_with('}') || skipped.ends_with(';')) {
                    break;
                }
            }
        } else {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

fn assert_fine(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
