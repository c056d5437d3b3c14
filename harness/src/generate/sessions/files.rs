//! Conversations about files: what was written comes back, positions are kept, handles end.
//!
//! Every conversation has a file of its own in the scratch folder and closes what it opened. It is said here
//! what is sent; what must come back follows from that, and is not said here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Symbol};
use crate::schema::Command;
use crate::text::Node;

use super::scene::{self, Scene};
use super::talk::Talk;

/// The conversations about this command.
pub(in crate::generate) fn variants<'a>(
    ground: Ground<'a>,
    command: Option<&'a Command>,
) -> Vec<Variant<'a>> {
    let Some(scratch) = ground.profile.scratch.as_deref() else { return Vec::new() };
    scene::variants(ground, command, &COMMANDS, scenes(), move |draw| {
        format!("{scratch}/qgaspec-{}", draw.slug)
    })
}

/// What a conversation may need. An agent without one of them has no files to speak of.
const COMMANDS: [&str; 6] = [OPEN, CLOSE, READ, WRITE, SEEK, FLUSH];
const OPEN: &str = "guest-file-open";
const CLOSE: &str = "guest-file-close";
const READ: &str = "guest-file-read";
const WRITE: &str = "guest-file-write";
const SEEK: &str = "guest-file-seek";
const FLUSH: &str = "guest-file-flush";

fn scenes() -> Vec<Scene> {
    use Effort::{Full, Quick};
    let scene = |command, name, effort, tell: fn(&mut Talk, &str)| Scene::new(command, name, effort, tell);
    let mut scenes = vec![
        scene(WRITE, "all-bytes", Quick, all_bytes),
        scene(WRITE, "count-smaller", Quick, count_smaller),
        scene(WRITE, "count-wrong", Full, count_wrong),
        scene(WRITE, "base64-wrong", Full, base64_wrong),
        scene(WRITE, "types-wrong", Full, write_of_wrong_types),
        scene(WRITE, "read-only", Full, write_to_read_only),
        scene(READ, "pieces", Quick, pieces),
        scene(READ, "default-count", Full, read_by_default),
        scene(READ, "write-only", Full, read_from_write_only),
        scene(READ, "count-wrong", Full, read_count_wrong),
        scene(READ, "types-wrong", Full, read_of_wrong_types),
        scene(OPEN, "default-missing", Quick, default_mode_missing),
        scene(OPEN, "default-reads", Full, default_mode_reads),
        scene(OPEN, "append", Quick, append),
        scene(OPEN, "truncate", Full, truncate),
        scene(OPEN, "two-handles", Quick, two_handles),
        scene(OPEN, "many-handles", Full, many_handles),
        scene(OPEN, "mode-wrong", Full, mode_wrong),
        scene(OPEN, "types-wrong", Full, open_with_wrong_types),
        scene(OPEN, "names", Full, odd_names),
        scene(OPEN, "folder", Full, folder_to_write),
        scene(OPEN, "nowhere", Quick, lead_nowhere),
        scene(OPEN, "inside-file", Full, inside_file),
        scene(SEEK, "names", Quick, seek_by_name),
        scene(SEEK, "numbers", Quick, seek_by_number),
        scene(SEEK, "past-end", Full, seek_past_end),
        scene(SEEK, "far", Full, seek_far),
        scene(SEEK, "wrong", Full, seek_wrong),
        scene(SEEK, "whence-wrong", Quick, seek_from_nowhere),
        scene(FLUSH, "visible", Full, flush_shows),
        scene(CLOSE, "twice", Quick, close_twice),
        scene(CLOSE, "use-after", Quick, use_after_close),
        scene(CLOSE, "new-handle", Full, handles_differ),
        scene(CLOSE, "other-handles", Quick, other_handles),
    ];
    scenes
        .extend(SIZES.map(|size| {
            sized(WRITE, format!("size-{size}"), move |talk, path| round_trip(talk, path, size))
        }));
    scenes.push(Scene::new(WRITE, "size-1048576", Effort::Stress, |talk: &mut Talk, path: &str| {
        round_trip(talk, path, 1 << 20);
    }));
    scenes.extend(MODES.map(|(name, mode)| {
        sized(OPEN, format!("mode-{name}"), move |talk, path| open_in_mode(talk, path, mode))
    }));
    scenes
}

fn sized(command: &'static str, name: String, tell: impl Fn(&mut Talk, &str) + 'static) -> Scene {
    Scene::new(command, name, Effort::Full, tell)
}

const SIZES: [u32; 7] = [0, 1, 4095, 4096, 4097, 65_536, 65_537];

/// All documented modes, each with its name in case IDs.
const MODES: [(&str, &str); 15] = [
    ("r", "r"),
    ("rb", "rb"),
    ("w", "w"),
    ("wb", "wb"),
    ("a", "a"),
    ("ab", "ab"),
    ("r-plus", "r+"),
    ("rb-plus", "rb+"),
    ("r-plus-b", "r+b"),
    ("w-plus", "w+"),
    ("wb-plus", "wb+"),
    ("w-plus-b", "w+b"),
    ("a-plus", "a+"),
    ("ab-plus", "ab+"),
    ("a-plus-b", "a+b"),
];

/// Contents of this length: all byte values, in an order that differs from one 256 bytes to the next.
fn contents(length: u32) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(7) + at / 256) as u8).collect()
}

fn write(talk: &mut Talk, file: Symbol, bytes: &[u8]) {
    talk.on(file, WRITE, [("buf-b64", base64(bytes))]);
}

fn base64(bytes: &[u8]) -> Node {
    Node::String(STANDARD.encode(bytes))
}

fn read(talk: &mut Talk, file: Symbol, count: impl Into<i128>) {
    talk.on(file, READ, [("count", Node::Int(count.into()))]);
}

fn seek(talk: &mut Talk, file: Symbol, offset: impl Into<i128>, whence: impl Into<Node>) {
    talk.on(file, SEEK, [("offset", Node::Int(offset.into())), ("whence", whence.into())]);
}

fn close(talk: &mut Talk, file: Symbol) {
    talk.on(file, CLOSE, []);
}

/// Makes the file with these contents.
fn prepare(talk: &mut Talk, path: &str, bytes: &[u8]) {
    let file = talk.open(path, Some("w"));
    write(talk, file, bytes);
    close(talk, file);
}

/// Reads the whole file through a new handle.
fn review(talk: &mut Talk, path: &str, length: u32) {
    let file = talk.open(path, Some("r"));
    read(talk, file, length + 10);
    read(talk, file, 10);
    close(talk, file);
}

fn all_bytes(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w+"));
    write(talk, file, &contents(256));
    talk.on(file, FLUSH, []);
    seek(talk, file, 0, "set");
    read(talk, file, 256);
    read(talk, file, 256);
    close(talk, file);
    read(talk, file, 1);
    review(talk, path, 256);
}

fn round_trip(talk: &mut Talk, path: &str, size: u32) {
    prepare(talk, path, &contents(size));
    let file = talk.open(path, Some("rb"));
    read(talk, file, size);
    talk.on(file, READ, []);
    talk.on(file, READ, []);
    close(talk, file);
}

fn count_smaller(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w"));
    for count in [3, 0, 10] {
        talk.on(file, WRITE, [("buf-b64", base64(b"0123456789")), ("count", Node::Int(count))]);
    }
    close(talk, file);
    review(talk, path, 13);
}

fn count_wrong(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w"));
    for count in [11, -1, i64::MAX.into(), i64::MIN.into(), 1 << 32] {
        talk.on(file, WRITE, [("buf-b64", base64(b"0123456789")), ("count", Node::Int(count))]);
    }
    close(talk, file);
    review(talk, path, 0);
}

fn base64_wrong(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w"));
    for wrong in ["!!!!", "cWdh!", "cW\u{e9}h", "-_-_"] {
        talk.on(file, WRITE, [("buf-b64", Node::string(wrong))]);
    }
    write(talk, file, b"right");
    close(talk, file);
    review(talk, path, 5);
}

/// An agent that takes one type for another finds good base64 in these.
fn write_of_wrong_types(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w"));
    for wrong in [Node::Int(1234), Node::Bool(true), Node::Null] {
        talk.on(file, WRITE, [("buf-b64", wrong)]);
    }
    for wrong in [Node::Null, Node::string("4"), Node::Bool(true), Node::Number("4.5".to_owned())] {
        talk.on(file, WRITE, [("buf-b64", base64(b"lost")), ("count", wrong)]);
    }
    write(talk, file, b"right");
    close(talk, file);
    review(talk, path, 5);
}

fn write_to_read_only(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"kept");
    let file = talk.open(path, Some("r"));
    write(talk, file, b"lost");
    talk.on(file, FLUSH, []);
    close(talk, file);
    review(talk, path, 4);
}

fn pieces(talk: &mut Talk, path: &str) {
    prepare(talk, path, &contents(1000));
    let file = talk.open(path, Some("r"));
    for count in [0, 1, 2, 253, 256, 300, 188, 1, 1] {
        read(talk, file, count);
    }
    close(talk, file);
}

fn read_from_write_only(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w"));
    read(talk, file, 1);
    close(talk, file);
}

fn read_count_wrong(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"0123456789");
    let file = talk.open(path, Some("r"));
    for count in [-1, i64::MIN, i64::MAX, 1 << 32, 64 << 20] {
        read(talk, file, count);
    }
    read(talk, file, 10);
    close(talk, file);
}

fn read_of_wrong_types(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"0123456789");
    let file = talk.open(path, Some("r"));
    for wrong in [Node::Null, Node::string("4"), Node::Bool(true), Node::Number("4.5".to_owned())] {
        talk.on(file, READ, [("count", wrong)]);
    }
    read(talk, file, 10);
    close(talk, file);
}

fn open_with_wrong_types(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"kept");
    for wrong in [Node::Null, Node::Bool(false), Node::list([Node::string("r")])] {
        talk.ask(OPEN, [("path", Node::string(path)), ("mode", wrong)]);
    }
    review(talk, path, 4);
}

fn folder_to_write(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"beside");
    let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
    for mode in ["w", "r+", "ab"] {
        talk.open_in_vain(folder, Some(mode));
    }
}

/// Paths that cannot be opened with any mode.
fn lead_nowhere(talk: &mut Talk, _: &str) {
    for path in ["", "/qgaspec-nonexistent/file"] {
        for mode in ["r", "w", "a+"] {
            talk.open_in_vain(path, Some(mode));
        }
    }
}

/// Reads without a count what is more than one such read returns.
fn read_by_default(talk: &mut Talk, path: &str) {
    prepare(talk, path, &contents(10_000));
    let file = talk.open(path, Some("r"));
    for _ in 0..4 {
        talk.on(file, READ, []);
    }
    close(talk, file);
}

fn inside_file(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"file");
    for mode in ["w", "r", "a"] {
        talk.open_in_vain(&format!("{path}/inside"), Some(mode));
    }
    review(talk, path, 4);
}

fn default_mode_missing(talk: &mut Talk, path: &str) {
    let path = format!("{path}-qgaspec-nonexistent");
    for mode in [None, Some("r"), Some("r+"), Some("rb"), None] {
        talk.open_in_vain(&path, mode);
    }
}

fn default_mode_reads(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"default");
    let file = talk.open(path, None);
    read(talk, file, 100);
    write(talk, file, b"not allowed");
    close(talk, file);
    review(talk, path, 7);
}

fn open_in_mode(talk: &mut Talk, path: &str, mode: &str) {
    prepare(talk, path, b"0123456789");
    let file = talk.open(path, Some(mode));
    seek(talk, file, 0, "set");
    read(talk, file, 4);
    seek(talk, file, 2, "set");
    write(talk, file, b"AB");
    talk.on(file, FLUSH, []);
    close(talk, file);
    review(talk, path, 12);
}

fn append(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"first");
    let file = talk.open(path, Some("a"));
    write(talk, file, b" second");
    close(talk, file);
    let file = talk.open(path, Some("a+"));
    seek(talk, file, 0, "set");
    write(talk, file, b" third");
    close(talk, file);
    review(talk, path, 18);
}

fn truncate(talk: &mut Talk, path: &str) {
    prepare(talk, path, &contents(100));
    prepare(talk, path, b"short");
    review(talk, path, 5);
    let file = talk.open(path, Some("w+"));
    close(talk, file);
    review(talk, path, 0);
}

fn two_handles(talk: &mut Talk, path: &str) {
    let writer = talk.open(path, Some("w"));
    let reader = talk.open(path, Some("r"));
    write(talk, writer, b"one");
    talk.on(writer, FLUSH, []);
    read(talk, reader, 3);
    write(talk, writer, b"two");
    talk.on(writer, FLUSH, []);
    seek(talk, reader, 3, "set");
    read(talk, reader, 3);
    close(talk, writer);
    seek(talk, reader, 0, "set");
    read(talk, reader, 10);
    close(talk, reader);
}

fn many_handles(talk: &mut Talk, path: &str) {
    prepare(talk, path, &contents(12));
    let files: Vec<Symbol> = (0..12).map(|_| talk.open(path, Some("r"))).collect();
    for (file, at) in files.iter().zip(0..) {
        seek(talk, *file, at, "set");
    }
    // Downwards: an agent with one position for all would be right by chance if it went on by one from file to file.
    for file in files.iter().rev() {
        read(talk, *file, 1);
    }
    for file in files {
        close(talk, file);
    }
}

fn mode_wrong(talk: &mut Talk, path: &str) {
    for mode in ["", "x", "R", "rw", "w ", "br", "r++", "wx", "w+\0", "+"] {
        talk.open_in_vain(path, Some(mode));
    }
    talk.open_in_vain(path, Some("r"));
}

/// Names with blanks, quotes and letters of the world.
fn odd_names(talk: &mut Talk, path: &str) {
    for suffix in [" blank", "-\u{e9}\u{4e2d}\u{1f600}", "-'\"", "-%s"] {
        let path = format!("{path}{suffix}");
        prepare(talk, &path, suffix.as_bytes());
        review(talk, &path, 100);
    }
}

fn seek_by_name(talk: &mut Talk, path: &str) {
    seek_around(talk, path, &["set", "cur", "end"].map(Node::from));
}

fn seek_by_number(talk: &mut Talk, path: &str) {
    seek_around(talk, path, &[0, 1, 2].map(Node::Int));
}

fn seek_around(talk: &mut Talk, path: &str, whences: &[Node; 3]) {
    let [set, current, end] = whences;
    prepare(talk, path, &contents(100));
    let file = talk.open(path, Some("r"));
    for (offset, whence) in
        [(10, set), (5, current), (0, current), (-15, current), (0, end), (-1, end), (-100, end), (99, set)]
    {
        seek(talk, file, offset, whence.clone());
        seek(talk, file, 0, current.clone());
        read(talk, file, 2);
        seek(talk, file, 0, current.clone());
    }
    close(talk, file);
}

fn seek_past_end(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"0123456789");
    let file = talk.open(path, Some("r+"));
    seek(talk, file, 20, "set");
    read(talk, file, 5);
    seek(talk, file, 0, "cur");
    seek(talk, file, 5, "end");
    write(talk, file, b"X");
    close(talk, file);
    review(talk, path, 16);
}

/// A place that needs more than 32 bits.
fn seek_far(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"0123456789");
    let file = talk.open(path, Some("r"));
    seek(talk, file, (1_i64 << 32) + 5, "set");
    seek(talk, file, 0, "cur");
    read(talk, file, 5);
    seek(talk, file, 2, "set");
    read(talk, file, 5);
    close(talk, file);
}

fn seek_wrong(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"0123456789");
    let file = talk.open(path, Some("r"));
    seek(talk, file, 4, "set");
    seek(talk, file, -1, "set");
    seek(talk, file, -5, "cur");
    seek(talk, file, -11, "end");
    seek(talk, file, i64::MIN, "end");
    for whence in [3_i64, -1, 1 << 32, i64::MAX] {
        seek(talk, file, 0, whence);
    }
    seek(talk, file, 0, "cur");
    read(talk, file, 10);
    close(talk, file);
}

/// Starts that are neither a name nor a number of the three.
fn seek_from_nowhere(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"0123456789");
    let file = talk.open(path, Some("r"));
    seek(talk, file, 4, "set");
    for name in ["SET", "SEEK_SET", "start", "0", ""] {
        seek(talk, file, 0, name);
    }
    for wrong in [Node::Null, Node::Bool(false), Node::Number("0.5".to_owned()), Node::Int(3), Node::Int(-1)]
    {
        seek(talk, file, 0, wrong);
    }
    seek(talk, file, 0, "cur");
    read(talk, file, 10);
    close(talk, file);
}

fn flush_shows(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w"));
    write(talk, file, b"flushed");
    talk.on(file, FLUSH, []);
    review(talk, path, 7);
    talk.on(file, FLUSH, []);
    close(talk, file);
    talk.on(file, FLUSH, []);
}

fn close_twice(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w"));
    close(talk, file);
    close(talk, file);
}

fn use_after_close(talk: &mut Talk, path: &str) {
    let file = talk.open(path, Some("w+"));
    write(talk, file, b"kept");
    close(talk, file);
    write(talk, file, b"lost");
    read(talk, file, 1);
    seek(talk, file, 0, "set");
    talk.on(file, FLUSH, []);
    review(talk, path, 4);
}

/// Numbers that are no handles, while a file is open that could be taken for them.
fn other_handles(talk: &mut Talk, path: &str) {
    prepare(talk, path, b"kept");
    let file = talk.open(path, Some("r+"));
    for handle in [-1, i64::MIN, i64::MAX] {
        let handle = ("handle", Node::Int(handle.into()));
        talk.ask(READ, [handle.clone()]);
        talk.ask(WRITE, [handle.clone(), ("buf-b64", base64(b"lost"))]);
        talk.ask(SEEK, [handle.clone(), ("offset", Node::Int(0)), ("whence", Node::from("set"))]);
        talk.ask(FLUSH, [handle.clone()]);
        talk.ask(CLOSE, [handle]);
    }
    close(talk, file);
    review(talk, path, 4);
}

/// A handle that ended stays ended, also after the next one is given out.
fn handles_differ(talk: &mut Talk, path: &str) {
    let first = talk.open(path, Some("w"));
    close(talk, first);
    let second = talk.open(path, Some("w"));
    write(talk, first, b"lost");
    write(talk, second, b"kept");
    close(talk, first);
    close(talk, second);
    review(talk, path, 4);
}
