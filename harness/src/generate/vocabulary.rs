//! What the schema cannot tell: which values of an argument are harmless.
//!
//! An argument may refer to something real: a file, a process, a user. One table says, by name, which values
//! refer to nothing, or to something that is ours. Whether a request may be sent at all is decided elsewhere, from
//! its bytes.

use super::GuestProfile;

/// The harmless values of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    /// Numbers that no guest has given out: negative, or beyond 2^62. See [`is_impossible`].
    Impossible,
    /// These texts, each with its name in case IDs.
    Texts(&'static [(&'static str, &'static str)]),
    /// Any text that starts like this.
    Stem(&'static str),
    /// A file in the scratch folder, with a name of the case's own.
    ScratchFile,
}

/// The command, or `*` for all; the name of the argument or member; its values. The first row that fits counts.
const TABLE: &[(&str, &str, Pool)] = &[
    ("guest-file-open", "path", Pool::ScratchFile),
    ("guest-file-open", "mode", Pool::Texts(&[("r", "r"), ("rb", "rb")])),
    ("guest-exec", "path", Pool::Stem("qgaspec-nonexistent")),
    (
        "guest-shutdown",
        "mode",
        Pool::Texts(&[("powerdown", "powerdown"), ("halt", "halt"), ("reboot", "reboot")]),
    ),
    ("*", "path", Pool::Stem("/qgaspec-nonexistent")),
    ("*", "mountpoints", Pool::Stem("/qgaspec-nonexistent")),
    ("*", "username", Pool::Stem("qgaspec-nonexistent")),
    ("*", "handle", Pool::Impossible),
    ("*", "pid", Pool::Impossible),
    ("*", "logical-id", Pool::Impossible),
    ("*", "phys-index", Pool::Impossible),
    ("*", "buf-b64", BASE64),
    ("*", "input-data", BASE64),
    ("*", "password", BASE64),
    (
        "*",
        "keys",
        Pool::Texts(&[("key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHFnYXNwZWM= qgaspec@invalid")]),
    ),
    ("*", "env", Pool::Stem("QGASPEC=")),
    ("*", "arg", Pool::Texts(&[("word", "qgaspec"), ("option", "--qgaspec"), ("blanks", "q g a")])),
];

const BASE64: Pool = Pool::Texts(&[
    ("three-bytes", "cWdh"),
    ("two-bytes", "cWc="),
    ("one-byte", "cQ=="),
    ("no-bytes", ""),
    ("all-signs", "+/+/"),
]);

/// The harmless values of this member of the command's arguments; `None` if any value is as good as another.
pub(super) fn pool(command: &str, member: &str) -> Option<Pool> {
    TABLE
        .iter()
        .find(|(of, name, _)| (*of == "*" || *of == command) && *name == member)
        .map(|(_, _, pool)| *pool)
}

/// Whether valid requests of this command would touch a file while there is no scratch folder.
pub(super) fn lacks_scratch(command: &str, profile: &GuestProfile) -> bool {
    profile.scratch.is_none()
        && TABLE.iter().any(|(of, _, pool)| *of == command && *pool == Pool::ScratchFile)
}

/// The name of a command that no agent has.
pub(super) const STRANGER: &str = "guest-qgaspec-nonexistent";

/// Where impossible numbers start that even an agent with 32 bits takes for one: cut to them, they are negative.
pub(super) const IMPOSSIBLE: i128 = (1 << 62) | (1 << 31);

/// Whether no guest has given out this number, nor what is left of it in 32 bits. Zero may be left: what has that
/// number, such as the first processor, can do without a request.
pub(super) const fn is_impossible(number: i128) -> bool {
    let cut = number as i32;
    (number < 0 || number >= 1 << 62) && (cut <= 0 || cut >= 1 << 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_for_the_command_comes_before_the_general_one() {
        assert_eq!(pool("guest-file-open", "path"), Some(Pool::ScratchFile));
        assert_eq!(pool("guest-exec", "path"), Some(Pool::Stem("qgaspec-nonexistent")));
        assert_eq!(pool("guest-new", "path"), Some(Pool::Stem("/qgaspec-nonexistent")));
        assert_eq!(pool("guest-new", "id"), None);
    }

    #[test]
    fn impossible_numbers_stay_so_in_32_bits() {
        assert!(is_impossible(IMPOSSIBLE) && is_impossible(IMPOSSIBLE + (1 << 30)));
        assert!(is_impossible(-1) && is_impossible(i64::MAX.into()) && is_impossible(i64::MIN.into()));
        assert!(
            !is_impossible(1) && !is_impossible((1 << 62) + 1) && !is_impossible(i128::from(i64::MIN) + 1)
        );
    }

    #[test]
    fn only_a_command_with_files_lacks_a_scratch_folder() {
        let bare = GuestProfile::default();
        assert!(lacks_scratch("guest-file-open", &bare));
        assert!(!lacks_scratch("guest-exec", &bare));
        let profile = GuestProfile { scratch: Some("/tmp".to_owned()), ..GuestProfile::default() };
        assert!(!lacks_scratch("guest-file-open", &profile));
    }
}
