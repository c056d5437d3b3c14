//! How dangerous each command is, by its name, and which names a lenient reader could see at a place.

use crate::schema::Schema;

use super::hazard::Hazard;

/// All names of the protocol start so.
pub(super) const PREFIX: &[u8] = b"guest-";
/// Unknown names that start so belong to this harness, and to no agent.
const OWN_PREFIXES: [&[u8]; 2] = [b"guest-qgaspec-", b"qgaspec"];
/// No name is longer; a longer run of letters need not be looked at.
const NAME_BYTES_MAX: usize = 128;

/// How dangerous a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Danger {
    /// Whatever its arguments are.
    Always(Hazard),
    /// As its arguments are: power, unless these are known to be harmless.
    Depends(Role),
}

/// What the arguments of a command refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A path that is opened.
    Path,
    /// An open file.
    Handle,
    /// A program with its arguments.
    Program,
    /// A process.
    Pid,
    /// A list of parts of the machine that are switched.
    Switches,
}

impl Role {
    /// The level of such a command with harmless arguments.
    pub(super) const fn harmless_level(self) -> Hazard {
        match self {
            Self::Path | Self::Handle | Self::Program | Self::Pid => Hazard::Scratch,
            Self::Switches => Hazard::State,
        }
    }
}

impl Danger {
    /// The level with the worst arguments.
    const fn worst(self) -> Hazard {
        match self {
            Self::Always(hazard) => hazard,
            Self::Depends(_) => Hazard::Power,
        }
    }
}

const READ: Danger = Danger::Always(Hazard::Read);
const STATE: Danger = Danger::Always(Hazard::State);
const POWER: Danger = Danger::Always(Hazard::Power);

/// Every command of every published schema. What a schema adds to them is power.
const TABLE: [(&str, Danger); 44] = [
    ("guest-sync-delimited", READ),
    ("guest-sync", READ),
    ("guest-ping", READ),
    ("guest-get-time", READ),
    ("guest-set-time", POWER),
    ("guest-info", READ),
    ("guest-shutdown", POWER),
    ("guest-file-open", Danger::Depends(Role::Path)),
    ("guest-file-close", Danger::Depends(Role::Handle)),
    ("guest-file-read", Danger::Depends(Role::Handle)),
    ("guest-file-write", Danger::Depends(Role::Handle)),
    ("guest-file-seek", Danger::Depends(Role::Handle)),
    ("guest-file-flush", Danger::Depends(Role::Handle)),
    ("guest-fsfreeze-status", READ),
    ("guest-fsfreeze-freeze", STATE),
    ("guest-fsfreeze-freeze-list", STATE),
    ("guest-fsfreeze-thaw", STATE),
    ("guest-fstrim", STATE),
    ("guest-suspend-disk", POWER),
    ("guest-suspend-ram", POWER),
    ("guest-suspend-hybrid", POWER),
    ("guest-network-get-interfaces", READ),
    ("guest-network-get-route", READ),
    ("guest-get-vcpus", READ),
    ("guest-set-vcpus", Danger::Depends(Role::Switches)),
    ("guest-get-disks", READ),
    ("guest-get-fsinfo", READ),
    ("guest-set-user-password", POWER),
    ("guest-get-memory-blocks", READ),
    ("guest-set-memory-blocks", Danger::Depends(Role::Switches)),
    ("guest-get-memory-block-info", READ),
    ("guest-exec-status", Danger::Depends(Role::Pid)),
    ("guest-exec", Danger::Depends(Role::Program)),
    ("guest-get-host-name", READ),
    ("guest-get-users", READ),
    ("guest-get-timezone", READ),
    ("guest-get-osinfo", READ),
    ("guest-get-devices", READ),
    ("guest-ssh-get-authorized-keys", READ),
    ("guest-ssh-add-authorized-keys", POWER),
    ("guest-ssh-remove-authorized-keys", POWER),
    ("guest-get-diskstats", READ),
    ("guest-get-cpustats", READ),
    ("guest-get-load", READ),
];

/// A name and how dangerous it is.
pub(super) type Known<'n> = (&'n str, Danger);

/// The longest known name that `text` begins with, whatever follows it.
pub(super) fn longest_at<'n>(text: &[u8], schema: &'n Schema) -> Option<Known<'n>> {
    names(schema, |name| text.starts_with(name)).max_by_key(|(name, _)| name.len())
}

/// The most dangerous of the names that begin with the whole `run` and are longer. A reader that compares
/// only as many bytes as it was given could take any of them.
pub(super) fn worst_completion<'n>(run: &[u8], schema: &'n Schema) -> Option<(&'n str, Hazard)> {
    if run.len() <= PREFIX.len() {
        return None;
    }
    names(schema, |name| name.len() > run.len() && name.starts_with(run))
        .map(|(name, danger)| (name, danger.worst()))
        .max_by_key(|(_, hazard)| *hazard)
}

/// The names of the schema's commands that the search for [`PREFIX`] cannot find.
pub(super) fn foreign_names(schema: &Schema) -> impl Iterator<Item = &str> {
    let names = schema.commands().iter().map(|command| command.name.as_str());
    names.filter(|name| !name.as_bytes().starts_with(PREFIX))
}

/// Whether an agent of somebody else's could have a command of this name that nobody else knows.
pub(super) fn could_be_an_extension(name: &[u8], schema: &Schema) -> bool {
    let is_begun = PREFIX.starts_with(name) || worst_completion(name, schema).is_some();
    // A string with brackets is what lies between two strings, misread where one is not finished.
    let is_structure =
        memchr::memchr2(b'{', b'}', name).is_some() || memchr::memchr2(b'[', b']', name).is_some();
    if is_begun || is_structure || OWN_PREFIXES.iter().any(|own| name.starts_with(own)) {
        return false;
    }
    match longest_at(name, schema) {
        // Something other than a letter behind a known name is what trimming and cutting readers drop.
        Some((known, _)) => name.get(known.len()).is_some_and(|byte| is_name_byte(*byte)),
        None => true,
    }
}

/// The run of name bytes at the start of `text`, or as much of it as matters.
pub(super) fn run(text: &[u8]) -> &[u8] {
    let bounded = &text[..text.len().min(NAME_BYTES_MAX)];
    let length = bounded.iter().position(|byte| !is_name_byte(*byte)).unwrap_or(bounded.len());
    &bounded[..length]
}

/// Whether the byte can be part of a name, once a text is folded.
pub(super) const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// The names that are wanted: those of the table, and what the schema adds to them.
fn names(schema: &Schema, wanted: impl Fn(&[u8]) -> bool) -> impl Iterator<Item = Known<'_>> {
    let is_added = |name: &str| TABLE.iter().all(|(known, _)| *known != name);
    let in_schema = schema.commands().iter().map(|command| (command.name.as_str(), POWER));
    TABLE
        .into_iter()
        .map(|known| (known, true))
        .chain(in_schema.map(|known| (known, false)))
        .filter(move |((name, _), in_table)| wanted(name.as_bytes()) && (*in_table || is_added(name)))
        .map(|(known, _)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;

    #[test]
    fn every_command_of_the_built_in_schema_has_a_row() {
        for command in builtin::seed().commands() {
            assert!(TABLE.iter().any(|(name, _)| *name == command.name), "{}", command.name);
        }
    }

    #[test]
    fn the_longest_name_counts() {
        let schema = builtin::seed();
        assert_eq!(
            longest_at(b"guest-exec-status\"", schema).map(|(name, _)| name),
            Some("guest-exec-status")
        );
        assert_eq!(longest_at(b"guest-exec-stat", schema).map(|(name, _)| name), Some("guest-exec"));
        assert_eq!(longest_at(b"guest-exe", schema), None);
    }

    #[test]
    fn a_beginning_counts_as_the_worst_that_it_could_become() {
        let worst = |run: &str| worst_completion(run.as_bytes(), builtin::seed()).map(|(_, hazard)| hazard);
        assert_eq!(worst("guest-"), None);
        assert_eq!(worst("guest-s"), Some(Hazard::Power));
        assert_eq!(worst("guest-pin"), Some(Hazard::Read));
        assert_eq!(worst("guest-ping"), None);
        assert_eq!(worst("guest-fsfreeze-t"), Some(Hazard::State));
        assert_eq!(worst("guest-file"), Some(Hazard::Power));
    }

    #[test]
    fn unknown_names_may_be_extensions() {
        let could = |name: &str| could_be_an_extension(name.as_bytes(), builtin::seed());
        for yes in ["query-status", "ping", "x", "guest-reset", "guest-pingx", "guest-info-2", "guest-ping-x"]
        {
            assert!(could(yes), "{yes}");
        }
        for no in
            ["", "gue", "guest-", "guest-pin", "guest-ping", "guest-ping x", "guest-qgaspec-unknown", "x]}"]
        {
            assert!(!could(no), "{no}");
        }
    }

    #[test]
    fn what_a_schema_adds_is_power() {
        let (schema, _) =
            crate::schema::read("more", "{ 'command': 'guest-wipe' }\n{ 'command': 'vendor-wipe' }\n");
        assert_eq!(longest_at(b"guest-wipe", &schema), Some(("guest-wipe", POWER)));
        assert_eq!(foreign_names(&schema).collect::<Vec<_>>(), ["vendor-wipe"]);
    }
}
