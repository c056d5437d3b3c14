//! Open files: handles, positions and what must be read from them.
//!
//! Files behave as C's streams do, since the documentation says that modes are those of `fopen`. What C
//! leaves open is left open here: reading after writing without a seek between them, the first position of
//! a file opened for appending, data that another handle has buffered.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::text::Json;
use crate::wire::Reply;

use super::content::Contents;
use super::is_unsupported;
use super::programs::{NOWHERE, leaves_files_alone};

/// Handles remembered in one life of the agent. Beyond this many nothing is said of unknown ones.
const HANDLES_MAX: usize = 50_000;

/// Names remembered: of folders, and of files that should not be there.
const NAMES_MAX: usize = 100;

/// What is known about files that this session opened.
#[derive(Clone, Debug, Default)]
pub struct Files {
    open: HashMap<i64, Stream>,
    closed: HashSet<i64>,
    ever: HashSet<i64>,
    /// Folders in which files were opened.
    folders: HashSet<String>,
    /// Files of names that nobody gives, which were made all the same or may have been.
    made: HashSet<String>,
    contents: Contents,
}

/// One open handle.
#[derive(Clone, Debug)]
struct Stream {
    /// The path, if it surely names one file and no other path names the same.
    path: Option<String>,
    mode: Option<Mode>,
    /// Whether the request left the mode out.
    by_default: bool,
    position: Option<u64>,
    last: Last,
    has_read: bool,
    /// It may have buffered what another handle has changed since.
    stale: bool,
}

/// What was done last, as far as C cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Neither,
    Read,
    Write,
}

/// What may be done with an open handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// It may be read from.
    pub reads: bool,
    /// It may be written to.
    pub writes: bool,
    /// The request to open it left the mode out.
    pub by_default: bool,
}

/// An `fopen` mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    base: Base,
    update: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Read,
    Write,
    Append,
}

/// Where a seek starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The start of the file.
    Set,
    /// The current position.
    Current,
    /// The end of the file.
    End,
}

impl Whence {
    /// Reads the argument in either of its forms.
    pub fn read(value: &Json<'_>) -> Option<Self> {
        match value.as_str() {
            Some(name) => Some(match name.as_ref() {
                "set" => Self::Set,
                "cur" => Self::Current,
                "end" => Self::End,
                _ => return None,
            }),
            None => Some(match value.as_i64()? {
                0 => Self::Set,
                1 => Self::Current,
                2 => Self::End,
                _ => return None,
            }),
        }
    }
}

impl Files {
    /// Learns from a valid request and its reply, if that is known.
    pub fn record(&mut self, command: &str, arguments: Option<&Json<'_>>, reply: Option<&Reply<'_>>) {
        if is_unsupported(reply) {
            return;
        }
        let Some(arguments) = arguments else { return };
        let handle = arguments.member("handle").and_then(Json::as_i64);
        let success = reply.and_then(Reply::success);
        if handle.is_some_and(|handle| !self.open.contains_key(&handle))
            && command != "guest-file-read"
            && (reply.is_none() || success.is_some())
        {
            // A handle that is not known, or not any more, may be that of any file, with writes that were held back.
            self.contents.clear();
        }
        match (command, handle) {
            ("guest-file-open", _) => self.opened(arguments, reply),
            ("guest-file-close", Some(handle)) => self.closed(handle, success),
            ("guest-file-read", Some(handle)) => self.was_read(handle, arguments, success),
            ("guest-file-write", Some(handle)) => self.written(handle, arguments, success),
            ("guest-file-seek", Some(handle)) => self.sought(handle, arguments, success),
            ("guest-file-flush", Some(handle)) => self.flushed(handle, success),
            // A program may write to any file.
            ("guest-exec", _) if (reply.is_none() || success.is_some()) && !leaves_files_alone(arguments) => {
                self.contents.clear();
            }
            _ => {}
        }
    }

    /// Something was sent that an agent may have taken for a request about files.
    pub fn forget(&mut self) {
        self.open.clear();
        self.closed.clear();
        self.contents.clear();
    }

    /// Whether this session opened the handle and it is surely still open.
    pub fn is_open(&self, handle: i64) -> bool {
        self.open.contains_key(&handle)
    }

    /// Whether this session closed the handle, and no open has returned it since.
    pub fn is_closed(&self, handle: i64) -> bool {
        self.closed.contains(&handle)
    }

    /// Whether no open has ever returned the handle.
    pub fn was_never_opened(&self, handle: i64) -> bool {
        self.ever.len() < HANDLES_MAX && !self.ever.contains(&handle)
    }

    /// What a read at the handle's position must find, up to the end of the file.
    pub fn rest(&self, handle: i64) -> Option<&[u8]> {
        let stream = self.open.get(&handle)?;
        let readable = stream.mode.is_some_and(Mode::reads);
        if !readable || stream.stale || stream.last == Last::Write {
            return None;
        }
        let content = self.contents.at(stream.path.as_deref()?)?;
        if content.dirty_by.is_some_and(|writer| writer != handle) {
            return None;
        }
        let start = usize::try_from(stream.position?).ok()?;
        Some(content.bytes.get(start..).unwrap_or_default())
    }

    /// What may be done with a handle, if it is open and its mode is known.
    pub fn access(&self, handle: i64) -> Option<Access> {
        let stream = self.open.get(&handle)?;
        let mode = stream.mode?;
        Some(Access { reads: mode.reads(), writes: mode.writes(), by_default: stream.by_default })
    }

    /// How long the file of this handle is, if that is known and nothing waits to be written.
    pub fn settled_length(&self, handle: i64) -> Option<u64> {
        let bytes = self.stored(self.open.get(&handle)?.path.as_deref()?)?;
        Some(bytes.len() as u64)
    }

    /// Whether a file may be there although nobody gives it such a name.
    pub fn may_be_made(&self, path: &str) -> bool {
        self.made.len() >= NAMES_MAX || self.made.contains(path)
    }

    /// Whether the path is that of a folder in which a file was opened.
    pub fn is_folder(&self, path: &str) -> bool {
        self.folders.contains(path)
    }

    /// What programs must find in the file of this path.
    pub fn stored(&self, path: &str) -> Option<&[u8]> {
        let content = self.contents.at(path)?;
        content.dirty_by.is_none().then_some(&content.bytes)
    }

    /// Where a seek must end; negative where it cannot succeed. Only in regular files a position is what it seems.
    pub fn seek_target(&self, handle: i64, whence: Whence, offset: i64) -> Option<i128> {
        let stream = self.open.get(&handle)?;
        let path = stream.path.as_deref()?;
        let start = match whence {
            Whence::Set => 0,
            Whence::Current => i128::from(stream.position?),
            Whence::End => {
                let content = self.contents.at(path)?;
                if content.dirty_by.is_some_and(|writer| writer != handle) {
                    return None;
                }
                content.bytes.len() as i128
            }
        };
        Some(start + i128::from(offset))
    }

    fn opened(&mut self, arguments: &Json<'_>, reply: Option<&Reply<'_>>) {
        let path = arguments.member("path").and_then(Json::as_str);
        let path = path.as_deref().filter(|path| names_one_file(path));
        let mode = match arguments.member("mode") {
            None => Some(Mode::DEFAULT),
            Some(mode) => mode.as_str().and_then(|mode| Mode::read(&mode)),
        };
        let succeeded = reply.is_none_or(|reply| reply.error().is_none());
        if let Some(path) = arguments.member("path").and_then(Json::as_str)
            && path.contains(NOWHERE)
            && (succeeded || mode.is_none_or(|mode| !mode.needs_file()))
            && self.made.len() < NAMES_MAX
        {
            self.made.insert(path.into_owned());
        }
        let Some(handle) = reply.and_then(Reply::success).and_then(Json::as_i64) else {
            // It may have come as far as truncating the file, and its handle may have been closed before.
            self.forget_content(path, mode);
            if reply.is_none_or(|reply| reply.error().is_none()) {
                self.closed.clear();
            }
            return;
        };
        if self.open.len() + self.closed.len() >= HANDLES_MAX {
            self.forget();
        }
        if self.ever.len() < HANDLES_MAX {
            self.ever.insert(handle);
        }
        if let Some((folder, _)) = path.and_then(|path| path.rsplit_once('/'))
            && self.folders.len() < NAMES_MAX
        {
            self.folders.insert(folder.to_owned());
        }
        self.closed.remove(&handle);
        if let Some(stream) = self.open.remove(&handle) {
            self.forget_content(stream.path.as_deref(), stream.mode);
        }
        self.apply_open(path, mode);
        let position = match mode {
            Some(Mode { base: Base::Read | Base::Write, .. }) => Some(0),
            Some(Mode { base: Base::Append, .. }) | None => None,
        };
        let path = path.map(str::to_owned);
        let by_default = arguments.member("mode").is_none();
        self.open.insert(
            handle,
            Stream { path, mode, by_default, position, last: Last::Neither, has_read: false, stale: false },
        );
    }

    /// What opening alone does to the file.
    fn apply_open(&mut self, path: Option<&str>, mode: Option<Mode>) {
        let (Some(path), Some(mode)) = (path, mode) else {
            self.forget_content(path, mode);
            return;
        };
        if !mode.writes() {
            return;
        }
        let same_file =
            |stream: &&Stream| stream.path.as_deref().is_none_or(|other| other.eq_ignore_ascii_case(path));
        let another_writer =
            self.open.values().filter(same_file).any(|stream| stream.mode.is_none_or(Mode::writes));
        let another_case =
            self.open.values().filter(same_file).any(|stream| stream.path.as_deref() != Some(path));
        if another_writer || another_case {
            self.forget_content(Some(path), Some(mode));
        } else if mode.base == Base::Write {
            self.contents.truncate(path);
            self.mark_stale(path, None);
        }
    }

    fn closed(&mut self, handle: i64, success: Option<&Json<'_>>) {
        let Some(stream) = self.open.remove(&handle) else { return };
        if success.is_some() {
            self.closed.insert(handle);
            self.contents.flushed(handle);
        } else {
            self.forget_content(stream.path.as_deref(), stream.mode);
        }
    }

    fn was_read(&mut self, handle: i64, arguments: &Json<'_>, success: Option<&Json<'_>>) {
        let asked_nothing = arguments.member("count").and_then(Json::as_i64) == Some(0);
        let bytes = success.and_then(|value| STANDARD.decode(&*value.member("buf-b64")?.as_str()?).ok());
        let plausible = |bytes: &Vec<u8>| {
            self.rest(handle).is_none_or(|rest| {
                rest.starts_with(bytes) && (asked_nothing || rest.is_empty() || !bytes.is_empty())
            })
        };
        let said = success.and_then(|value| value.member("count")).and_then(Json::as_u64);
        let count =
            bytes.filter(plausible).map(|bytes| bytes.len() as u64).filter(|count| said == Some(*count));
        let Some(stream) = self.open.get_mut(&handle) else { return };
        stream.position = match (stream.position, count) {
            (Some(position), Some(count)) if stream.last != Last::Write => position.checked_add(count),
            _ => None,
        };
        stream.last = Last::Read;
        stream.has_read = true;
    }

    fn written(&mut self, handle: i64, arguments: &Json<'_>, success: Option<&Json<'_>>) {
        let Some(stream) = self.open.get_mut(&handle) else { return };
        let path = stream.path.clone();
        let mode = stream.mode;
        let count = success.and_then(|value| value.member("count")).and_then(Json::as_u64);
        let bytes = written_bytes(arguments, count).filter(|_| stream.last != Last::Read);
        let content = path.as_deref().and_then(|path| self.contents.at(path));
        let start = match mode {
            Some(Mode { base: Base::Append, .. }) => content.map(|content| content.bytes.len() as u64),
            Some(Mode { base: Base::Write, .. } | Mode { base: Base::Read, update: true }) => stream.position,
            Some(Mode { base: Base::Read, update: false }) | None => None,
        };
        stream.last = Last::Write;
        if let (Some(path), Some(start), Some(bytes)) = (&path, start, bytes) {
            stream.position = start.checked_add(bytes.len() as u64);
            self.contents.write(path, start, &bytes, handle);
        } else {
            stream.position = None;
            self.forget_content(path.as_deref(), mode);
        }
        if let Some(path) = path {
            self.mark_stale(&path, Some(handle));
        }
    }

    fn sought(&mut self, handle: i64, arguments: &Json<'_>, success: Option<&Json<'_>>) {
        let whence = arguments.member("whence").and_then(Whence::read);
        let offset = arguments.member("offset").and_then(Json::as_i64);
        let target = whence.zip(offset).and_then(|(whence, offset)| self.seek_target(handle, whence, offset));
        let position = success.and_then(|value| value.member("position")).and_then(Json::as_u64);
        let Some(stream) = self.open.get_mut(&handle) else { return };
        stream.position = position.filter(|position| target == Some(i128::from(*position)));
        if success.is_some() {
            stream.last = Last::Neither;
        }
    }

    fn flushed(&mut self, handle: i64, success: Option<&Json<'_>>) {
        let Some(stream) = self.open.get_mut(&handle) else { return };
        if success.is_some() {
            if stream.last == Last::Write {
                stream.last = Last::Neither;
            }
            self.contents.flushed(handle);
        } else {
            stream.position = None;
            let (path, mode) = (stream.path.clone(), stream.mode);
            self.forget_content(path.as_deref(), mode);
        }
    }

    /// The file may have changed in a way that is not known.
    fn forget_content(&mut self, path: Option<&str>, mode: Option<Mode>) {
        match path {
            _ if mode.is_some_and(|mode| !mode.writes()) => {}
            Some(path) => self.contents.forget(path),
            // Any of the known files may have been meant.
            None => self.contents.clear(),
        }
    }

    /// Handles that have read the file may have buffered what it was before.
    fn mark_stale(&mut self, path: &str, except: Option<i64>) {
        for (handle, stream) in &mut self.open {
            if Some(*handle) != except && stream.has_read && stream.path.as_deref() == Some(path) {
                stream.stale = true;
            }
        }
    }
}

impl Mode {
    /// The mode of a request that says nothing of it.
    pub const DEFAULT: Self = Self { base: Base::Read, update: false };

    /// Reads one of the fifteen spellings of C.
    pub fn read(text: &str) -> Option<Self> {
        let (base, rest) = text.split_at_checked(1)?;
        let base = match base {
            "r" => Base::Read,
            "w" => Base::Write,
            "a" => Base::Append,
            _ => return None,
        };
        let update = match rest {
            "" | "b" => false,
            "+" | "b+" | "+b" => true,
            _ => return None,
        };
        Some(Self { base, update })
    }

    /// Whether it allows to read.
    pub fn reads(self) -> bool {
        self.update || self.base == Base::Read
    }

    /// Whether it needs a file that is there already.
    pub fn needs_file(self) -> bool {
        self.base == Base::Read
    }

    /// Whether it allows to write.
    pub fn writes(self) -> bool {
        self.update || self.base != Base::Read
    }
}

/// Whether a path surely names a regular file by its only name: absolute, without detours, and not among
/// the devices. Links could still give it another name; the harness makes none.
fn names_one_file(path: &str) -> bool {
    let special = ["/dev/", "/proc/", "/sys/", "/run/"];
    path.is_ascii()
        && path.starts_with('/')
        && !special.iter().any(|folder| path.starts_with(folder))
        && path.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."))
}

/// The bytes that a write has put into the file, if it says that it took all of them.
fn written_bytes(arguments: &Json<'_>, count: Option<u64>) -> Option<Vec<u8>> {
    let mut bytes = STANDARD.decode(&*arguments.member("buf-b64")?.as_str()?).ok()?;
    let asked = match arguments.member("count") {
        Some(asked) => usize::try_from(asked.as_u64()?).ok()?,
        None => bytes.len(),
    };
    if asked > bytes.len() || usize::try_from(count?).ok()? != asked {
        return None;
    }
    bytes.truncate(asked);
    Some(bytes)
}
