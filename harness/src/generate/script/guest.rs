//! What the guest is: its processors, memory, clock and users, whether it is frozen, whether it runs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::generate::compose::{binding, compose};
use crate::generate::entropy::Entropy;
use crate::generate::{Stimulus, Symbol};
use crate::text::Node;

use super::shape::Shape;
use super::speaker::Speaker;
use super::{Author, Daring, odd};

/// Passwords, some of which no program should be given.
const PASSWORDS: [&[u8]; 5] = [b"", b"secret", b"a:b", b"two\nlines", b"\xFF\0"];
/// Lines that are keys, and others.
const KEYS: [&str; 7] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHFnYXNwZWM= one@invalid",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHFnYXNwZWN= two@invalid",
    "",
    "# no key",
    "two\nlines",
    "ssh-rsa",
    " ",
];
/// How to turn off.
const MODES: [&str; 6] = ["powerdown", "halt", "reboot", "", "Halt", "halt "];

/// Freezes, thaws, or asks how things are.
pub(super) fn freeze(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    match entropy.byte() % 8 {
        0 | 1 => {
            speaker.has_frozen = true;
            compose("guest-fsfreeze-freeze", [])
        }
        2 => {
            speaker.has_frozen = true;
            let scratch = author.ground.profile.scratch.as_deref().unwrap_or("/tmp");
            let places = ["/", scratch, "/tmp", "/proc", "/qgaspec-nonexistent", "", "relative"];
            let chosen = (0..entropy.byte() % 4).filter_map(|_| entropy.pick(&places));
            let chosen = Node::list(chosen.map(|place| Node::string(*place)).collect::<Vec<_>>());
            compose("guest-fsfreeze-freeze-list", [("mountpoints", chosen.into())])
        }
        3 | 4 => compose("guest-fsfreeze-thaw", []),
        5 => compose("guest-info", []),
        _ => compose("guest-fsfreeze-status", []),
    }
}

/// Asks what the guest is, or sets it.
pub(super) fn next(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    let is_bold = author.daring == Daring::Anything;
    match entropy.byte() % 8 {
        0 => processors(speaker, author, entropy),
        1 => memory(speaker, author, entropy),
        2 => clock(speaker, author, entropy),
        3 if is_bold => compose("guest-fstrim", [("minimum", Node::Int(odd::integer(entropy)).into())]),
        3 => compose("guest-fstrim", []),
        4 | 5 if is_bold => keys(author, entropy),
        6 if is_bold => password(author, entropy),
        _ => {
            let questions =
                ["guest-get-fsinfo", "guest-get-disks", "guest-network-get-interfaces", "guest-get-osinfo"];
            compose(entropy.pick(&questions).unwrap_or(&"guest-get-users"), [])
        }
    }
}

fn processors(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    if author.daring < Daring::Anything || entropy.coin() {
        speaker.and_then(Shape::Guest, author, compose("guest-set-vcpus", [("vcpus", Symbol::List.into())]));
        return binding(compose("guest-get-vcpus", []), Symbol::List, &[]);
    }
    let list = list(entropy, |entropy| switched("logical-id", entropy));
    compose("guest-set-vcpus", [("vcpus", list.into())])
}

fn memory(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    if author.daring < Daring::Anything || entropy.coin() {
        let set = compose("guest-set-memory-blocks", [("mem-blks", Symbol::List.into())]);
        speaker.and_then(Shape::Guest, author, set);
        return binding(compose("guest-get-memory-blocks", []), Symbol::List, &[]);
    }
    let list = list(entropy, |entropy| switched("phys-index", entropy));
    compose("guest-set-memory-blocks", [("mem-blks", list.into())])
}

fn list(entropy: &mut Entropy<'_>, item: impl Fn(&mut Entropy<'_>) -> Node) -> Node {
    Node::list((0..entropy.byte() % 4).map(|_| item(entropy)).collect::<Vec<_>>())
}

/// Something with a number that is on or off.
fn switched(number: &str, entropy: &mut Entropy<'_>) -> Node {
    let id = if entropy.coin() { entropy.integer(0..=3) } else { odd::integer(entropy) };
    let mut members = vec![(number, Node::Int(id)), ("online", Node::Bool(entropy.coin()))];
    if entropy.one_in(4) {
        members.push(("can-offline", Node::Bool(entropy.coin())));
    }
    Node::object(members)
}

fn clock(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    match entropy.byte() % 4 {
        0 if author.daring == Daring::Anything => compose("guest-set-time", []),
        1 if author.daring == Daring::Anything => {
            compose("guest-set-time", [("time", Node::Int(odd::integer(entropy)).into())])
        }
        2 => compose("guest-get-timezone", []),
        _ => {
            speaker.and_then(
                Shape::Guest,
                author,
                compose("guest-set-time", [("time", Symbol::Time.into())]),
            );
            binding(compose("guest-get-time", []), Symbol::Time, &[])
        }
    }
}

fn user(author: &Author<'_>, entropy: &mut Entropy<'_>) -> Node {
    match author.ground.profile.user.as_deref() {
        Some(user) if !entropy.one_in(4) => Node::string(user),
        _ => Node::String(odd::text(entropy)),
    }
}

fn keys(author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    let user = ("username", user(author, entropy).into());
    let lines = list(entropy, |entropy| Node::string(*entropy.pick(&KEYS).unwrap_or(&"")));
    match entropy.byte() % 3 {
        0 => compose("guest-ssh-get-authorized-keys", [user]),
        1 => compose("guest-ssh-remove-authorized-keys", [user, ("keys", lines.into())]),
        _ => {
            let reset = entropy.one_in(3).then(|| ("reset", Node::Bool(entropy.coin()).into()));
            let known = [user, ("keys", lines.into())].into_iter().chain(reset);
            compose("guest-ssh-add-authorized-keys", known)
        }
    }
}

fn password(author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    let password = STANDARD.encode(entropy.pick(&PASSWORDS).copied().unwrap_or_default());
    let password = if entropy.one_in(6) { odd::text(entropy) } else { password };
    compose(
        "guest-set-user-password",
        [
            ("username", user(author, entropy).into()),
            ("password", Node::String(password).into()),
            ("crypted", Node::Bool(entropy.coin()).into()),
        ],
    )
}

/// Turns the guest off, or to sleep.
pub(super) fn power(entropy: &mut Entropy<'_>) -> Stimulus {
    match entropy.byte() % 6 {
        0 => compose("guest-suspend-ram", []),
        1 => compose("guest-suspend-disk", []),
        2 => compose("guest-suspend-hybrid", []),
        3 => compose("guest-shutdown", []),
        _ => compose("guest-shutdown", [("mode", Node::string(*entropy.pick(&MODES).unwrap_or(&"")).into())]),
    }
}
