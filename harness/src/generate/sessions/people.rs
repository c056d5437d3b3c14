//! Conversations about a user: keys and passwords. There are none unless we are told of a user who may lose them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::generate::Effort::{Full, Quick};
use crate::generate::variant::{Ground, Variant};
use crate::schema::Command;
use crate::text::Node;

use super::scene::{self, Scene};
use super::talk::Talk;

/// The conversations about this command.
pub(in crate::generate) fn variants<'a>(
    ground: Ground<'a>,
    command: Option<&'a Command>,
) -> Vec<Variant<'a>> {
    let Some(user) = ground.profile.user.as_deref() else { return Vec::new() };
    let scene = |command, name, effort, tell: fn(&mut Talk, &str)| Scene::new(command, name, effort, tell);
    let keys = vec![
        scene(ADD, "kept", Quick, keep_keys),
        scene(ADD, "reset", Quick, reset_keys),
        scene(ADD, "again", Quick, add_again),
        scene(ADD, "many", Full, add_many),
        scene(ADD, "wrong", Full, |talk, user| wrong_keys(talk, user, ADD)),
        scene(REMOVE, "missing", Full, remove_missing),
        scene(REMOVE, "wrong", Full, |talk, user| wrong_keys(talk, user, REMOVE)),
    ];
    let passwords = vec![
        scene(PASSWORD, "plain", Quick, |talk, user| set_password(talk, user, b"pass w\xC3\xB6rd", false)),
        scene(PASSWORD, "crypted", Full, |talk, user| {
            set_password(talk, user, CRYPTED, true);
            set_password(talk, user, CRYPTED, false);
        }),
        scene(PASSWORD, "odd", Full, |talk, user| {
            for password in [&b""[..], b"a:b", b"-e", b" blanks ", &[b'x'; 300]] {
                set_password(talk, user, password, false);
            }
        }),
        scene(PASSWORD, "lines", Full, |talk, user| {
            for password in [&b"a\nqgaspec-nonexistent:b"[..], b"a\n"] {
                set_password(talk, user, password, false);
                set_password(talk, user, password, true);
            }
        }),
        scene(PASSWORD, "alphabet", Quick, |talk, user| {
            for text in ["!!!!", "cGF*zcw==", "-_-_", "cGFzcw=\u{e9}"] {
                for crypted in [false, true] {
                    talk.ask(PASSWORD, [of(user), ("password", Node::string(text)), crypted_as(crypted)]);
                }
            }
        }),
    ];
    let mut variants = scene::variants(ground, command, &[GET, ADD, REMOVE], keys, |_| user.to_owned());
    variants.extend(scene::variants(ground, command, &[PASSWORD], passwords, |_| user.to_owned()));
    variants
}

const GET: &str = "guest-ssh-get-authorized-keys";
const ADD: &str = "guest-ssh-add-authorized-keys";
const REMOVE: &str = "guest-ssh-remove-authorized-keys";
const PASSWORD: &str = "guest-set-user-password";
/// What `crypt` makes of some password.
const CRYPTED: &[u8] = b"$6$qgaspec$notarealhashbutofthatform";

/// A key that has the right form and belongs to nobody.
fn key(number: u8) -> String {
    let mut blob = b"\0\0\0\x0Bssh-ed25519\0\0\0\x20".to_vec();
    blob.extend([number; 32]);
    format!("ssh-ed25519 {} qgaspec-{number}@invalid", STANDARD.encode(blob))
}

fn of(user: &str) -> (&'static str, Node) {
    ("username", Node::string(user))
}

fn keys(numbers: &[u8]) -> (&'static str, Node) {
    ("keys", Node::list(numbers.iter().map(|number| Node::string(key(*number)))))
}

fn keep_keys(talk: &mut Talk, user: &str) {
    talk.ask(GET, [of(user)]);
    talk.ask(ADD, [of(user), keys(&[1])]);
    talk.ask(GET, [of(user)]);
    talk.ask(ADD, [of(user), keys(&[2, 1])]);
    talk.ask(GET, [of(user)]);
    talk.ask(REMOVE, [of(user), keys(&[1])]);
    talk.ask(GET, [of(user)]);
    talk.ask(REMOVE, [of(user), keys(&[1, 2])]);
    talk.ask(GET, [of(user)]);
}

fn reset_keys(talk: &mut Talk, user: &str) {
    let reset = |reset| ("reset", Node::Bool(reset));
    talk.ask(ADD, [of(user), keys(&[3, 4])]);
    talk.ask(ADD, [of(user), keys(&[5]), reset(true)]);
    talk.ask(GET, [of(user)]);
    talk.ask(ADD, [of(user), keys(&[6]), reset(false)]);
    talk.ask(GET, [of(user)]);
    talk.ask(ADD, [of(user), keys(&[]), reset(true)]);
    talk.ask(GET, [of(user)]);
}

/// Keys that the user has already, and one twice at once.
fn add_again(talk: &mut Talk, user: &str) {
    talk.ask(ADD, [of(user), keys(&[9]), ("reset", Node::Bool(true))]);
    talk.ask(GET, [of(user)]);
    for numbers in [&[9][..], &[10, 10], &[10, 9, 11]] {
        talk.ask(ADD, [of(user), keys(numbers)]);
        talk.ask(GET, [of(user)]);
    }
    talk.ask(REMOVE, [of(user), keys(&[9, 10, 11])]);
    talk.ask(GET, [of(user)]);
}

/// More keys than a careless buffer holds.
fn add_many(talk: &mut Talk, user: &str) {
    let numbers: Vec<u8> = (20..60).collect();
    talk.ask(ADD, [of(user), keys(&numbers)]);
    talk.ask(GET, [of(user)]);
    talk.ask(REMOVE, [of(user), keys(&[20, 40, 59])]);
    talk.ask(GET, [of(user)]);
    talk.ask(REMOVE, [of(user), keys(&numbers)]);
    talk.ask(GET, [of(user)]);
}

/// What is no key beside one that is.
fn wrong_keys(talk: &mut Talk, user: &str, command: &str) {
    for wrong in ["# qgaspec", "#", "ssh-ed25519 AAAA one\nssh-ed25519 AAAA two", "ssh-ed25519 AAAA\n"] {
        let keys = [wrong.to_owned(), key(12)].map(Node::String);
        talk.ask(command, [of(user), ("keys", Node::list(keys))]);
    }
    talk.ask(GET, [of(user)]);
}

fn remove_missing(talk: &mut Talk, user: &str) {
    talk.ask(ADD, [of(user), keys(&[7])]);
    talk.ask(GET, [of(user)]);
    talk.ask(REMOVE, [of(user), keys(&[8])]);
    talk.ask(REMOVE, [of(user), keys(&[8, 7, 8])]);
    talk.ask(ADD, [of(user), keys(&[7])]);
    talk.ask(GET, [of(user)]);
    talk.ask(REMOVE, [of(user), keys(&[7])]);
    talk.ask(GET, [of(user)]);
}

fn set_password(talk: &mut Talk, user: &str, password: &[u8], crypted: bool) {
    let password = ("password", Node::String(STANDARD.encode(password)));
    talk.ask(PASSWORD, [of(user), password, crypted_as(crypted)]);
}

fn crypted_as(crypted: bool) -> (&'static str, Node) {
    ("crypted", Node::Bool(crypted))
}
