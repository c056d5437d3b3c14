//! Keys that open accounts: which must be in a user's file, and which must not.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::Json;
use crate::wire::Reply;

use super::is_unsupported;

/// Users whose keys are remembered.
const USERS_MAX: usize = 1000;
/// Keys remembered of one user; of more nothing is.
const KEYS_MAX: usize = 10_000;

/// What is known about keys, by user.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    users: BTreeMap<String, KeyFile>,
}

/// What is known about one user's file. Only keys that are plain lines are remembered.
#[derive(Clone, Debug, Default)]
pub struct KeyFile {
    present: BTreeMap<String, Origin>,
    absent: BTreeSet<String>,
    added: BTreeSet<String>,
    doubled: BTreeSet<String>,
    is_exact: bool,
    was_reset: bool,
    is_writable: bool,
}

/// Where a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was listed.
    Listed,
    /// It was added since the last list.
    Added,
}

impl Keys {
    /// Learns from a valid request and its reply, if that is known.
    pub fn record(&mut self, command: &str, arguments: Option<&Json<'_>>, reply: Option<&Reply<'_>>) {
        if is_unsupported(reply) {
            return;
        }
        match command {
            "guest-ssh-get-authorized-keys" => self.got(arguments, reply.and_then(Reply::success)),
            "guest-ssh-add-authorized-keys" | "guest-ssh-remove-authorized-keys" => {
                self.changed(command.contains("-add-"), arguments, reply);
            }
            // A program or a file handle may change any file.
            "guest-exec" => self.users.clear(),
            "guest-file-open" if arguments.is_some_and(opens_keys) => self.users.clear(),
            _ => {}
        }
    }

    /// What is known about this user's file.
    pub fn file(&self, user: &str) -> Option<&KeyFile> {
        self.users.get(user)
    }

    fn got(&mut self, arguments: Option<&Json<'_>>, success: Option<&Json<'_>>) {
        let listed = success.and_then(listed).filter(|keys| keys.len() <= KEYS_MAX);
        let (Some(user), Some(listed)) = (arguments.and_then(user), listed) else { return };
        if self.users.len() >= USERS_MAX {
            self.users.clear();
        }
        let file = self.users.entry(user).or_default();
        let mut seen = BTreeSet::new();
        file.doubled = listed.iter().filter(|key| !seen.insert(*key)).cloned().collect();
        file.present =
            listed.into_iter().filter(|key| is_plain(key)).map(|key| (key, Origin::Listed)).collect();
        file.absent.clear();
        file.added.clear();
        file.is_exact = true;
        file.was_reset = false;
    }

    fn changed(&mut self, adds: bool, arguments: Option<&Json<'_>>, reply: Option<&Reply<'_>>) {
        let named = arguments.and_then(|arguments| Some((user(arguments)?, keys(arguments)?)));
        let Some((user, keys)) = named else {
            self.users.clear();
            return;
        };
        if reply.and_then(Reply::success).is_none() {
            self.users.remove(&user);
            return;
        }
        if self.users.len() >= USERS_MAX {
            self.users.clear();
        }
        let resets = arguments.and_then(|arguments| arguments.member("reset")).and_then(Json::as_bool);
        let file = self.users.entry(user).or_default();
        if adds {
            file.add(keys, resets == Some(true));
        } else {
            file.remove(keys);
        }
        if file.present.len() + file.absent.len() > KEYS_MAX {
            *file = KeyFile::default();
        }
    }
}

impl KeyFile {
    /// The keys that must be in the file.
    pub fn present(&self) -> &BTreeMap<String, Origin> {
        &self.present
    }

    /// The keys that must not be in the file.
    pub fn absent(&self) -> &BTreeSet<String> {
        &self.absent
    }

    /// The keys that were added since the file was surely known, and that were not there twice already.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        let known = self.added.iter().filter(|key| self.is_exact && !self.doubled.contains(*key));
        known.map(String::as_str)
    }

    /// Whether the file surely holds nothing else than what must be in it, because it was reset.
    pub fn was_reset(&self) -> bool {
        self.was_reset && self.is_exact
    }

    /// Whether the file surely does not hold this key.
    pub fn lacks(&self, key: &str) -> bool {
        self.is_exact && is_plain(key) && !self.present.contains_key(key)
    }

    /// Whether the file was written since it is known.
    pub fn is_writable(&self) -> bool {
        self.is_writable
    }

    fn add(&mut self, keys: Vec<String>, resets: bool) {
        if resets {
            self.present.clear();
            self.absent.clear();
            self.added.clear();
            self.doubled.clear();
            self.is_exact = true;
            self.was_reset = true;
        }
        self.is_writable = true;
        for key in keys {
            if is_plain(&key) {
                self.absent.remove(&key);
                self.present.entry(key.clone()).or_insert(Origin::Added);
                self.added.insert(key);
            } else {
                self.is_exact = false;
            }
        }
    }

    fn remove(&mut self, keys: Vec<String>) {
        self.is_writable = true;
        for key in keys.into_iter().filter(|key| is_plain(key)) {
            self.present.remove(&key);
            self.added.remove(&key);
            self.absent.insert(key);
        }
    }
}

/// The user that a request is about.
pub fn user(arguments: &Json<'_>) -> Option<String> {
    Some(arguments.member("username")?.as_str()?.into_owned())
}

/// The keys of a request.
pub fn keys(arguments: &Json<'_>) -> Option<Vec<String>> {
    let keys = arguments.member("keys")?.as_array()?;
    keys.iter().map(|key| Some(key.as_str()?.into_owned())).collect()
}

/// The keys of a reply.
pub fn listed(value: &Json<'_>) -> Option<Vec<String>> {
    keys(value)
}

/// Whether nobody who reads the line can take it for another one.
fn is_plain(key: &str) -> bool {
    let plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    key.trim() == key
        && !key.is_empty()
        && !key.starts_with('#')
        && !key.contains("  ")
        && key.bytes().all(plain)
}

fn opens_keys(arguments: &Json<'_>) -> bool {
    let path = arguments.member("path").and_then(Json::as_str);
    path.is_some_and(|path| path.contains("authorized_keys"))
}
