//! The guest's files: a tree of directories and files in memory, and open handles as stdio has them.
//!
//! Handles of the same file share its content at once; each has its own position. Sizes and numbers are
//! bounded, and exceeding a bound is an error such as a real guest would give.

use std::collections::BTreeMap;

/// How many handles may be open at a time.
const OPEN_MAX: usize = 1000;
/// How many files and directories there may be.
const ENTRIES_MAX: usize = 10_000;
const PATH_MAX_BYTES: usize = 4095;
const NAME_MAX_BYTES: usize = 255;

/// All files of a guest.
#[derive(Debug)]
pub(crate) struct FileSystem {
    /// By normal absolute path; the root is the empty path.
    entries: BTreeMap<String, Entry>,
    /// By the numbers that entries hold.
    contents: Vec<Vec<u8>>,
    open: BTreeMap<i64, OpenFile>,
    next_handle: i64,
    capacity_bytes: usize,
    used_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    Directory,
    /// The content is at this place.
    File(usize),
}

#[derive(Clone, Copy, Debug)]
struct OpenFile {
    entry: Entry,
    mode: Mode,
    position: u64,
}

/// What a handle may do, and what opening does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) access: Access,
    pub(crate) opening: Opening,
}

/// Which directions a handle has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    Both,
}

/// What opening does to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// It has to be there.
    Existing,
    /// It is made or emptied.
    Truncate,
    /// It is made if need be, and every write goes to its end.
    Append,
}

/// Where a seek counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whence {
    Start,
    Position,
    End,
}

/// What goes wrong with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FileError {
    #[error("no such file or directory")]
    NotFound,
    #[error("it is a directory")]
    IsDirectory,
    #[error("a part of the path is not a directory")]
    NotDirectory,
    #[error("the path is too long")]
    NameTooLong,
    #[error("too many files are open")]
    TooManyOpen,
    #[error("no space is left")]
    NoSpace,
    #[error("the handle is not open")]
    BadHandle,
    #[error("the handle was not opened for this")]
    BadAccess,
    #[error("the position would be before the start of the file or too far behind its end")]
    BadPosition,
}

impl Mode {
    /// The mode of this spelling, one of the fifteen of `fopen`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let opening = match name.chars().next()? {
            'r' => Opening::Existing,
            'w' => Opening::Truncate,
            'a' => Opening::Append,
            _ => return None,
        };
        let access = match (&name[1..], opening) {
            ("" | "b", Opening::Existing) => Access::Read,
            ("" | "b", _) => Access::Write,
            ("+" | "b+" | "+b", _) => Access::Both,
            _ => return None,
        };
        Some(Self { access, opening })
    }
}

impl FileSystem {
    /// A small tree: a scratch directory for tests, and these files by path, for which there is always room.
    pub(crate) fn new(
        capacity_bytes: usize,
        first_handle: i64,
        files_in_it: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut files = Self {
            entries: BTreeMap::new(),
            contents: Vec::new(),
            open: BTreeMap::new(),
            next_handle: first_handle,
            capacity_bytes,
            used_bytes: 0,
        };
        for directory in ["", "/qgaspec", "/tmp"] {
            files.entries.insert(directory.to_owned(), Entry::Directory);
        }
        for (path, content) in files_in_it {
            for (at, _) in path.match_indices('/') {
                files.entries.insert(path[..at].to_owned(), Entry::Directory);
            }
            files.add(&path, content.into_bytes());
        }
        files
    }

    /// What is in a file now.
    pub(crate) fn content(&self, path: &str) -> Result<&[u8], FileError> {
        let (path, _) = self.resolve(path)?;
        match self.entries.get(&path).ok_or(FileError::NotFound)? {
            Entry::Directory => Err(FileError::IsDirectory),
            Entry::File(at) => Ok(&self.contents[*at]),
        }
    }

    /// Puts other content into a file, which is made if need be, its directories too.
    pub(crate) fn replace(&mut self, path: &str, content: Vec<u8>) -> Result<(), FileError> {
        self.make_parents(path)?;
        let (path, _) = self.resolve(path)?;
        let at = match self.entries.get(&path) {
            Some(Entry::Directory) => return Err(FileError::IsDirectory),
            Some(Entry::File(at)) => Some(*at),
            None if self.entries.len() >= ENTRIES_MAX => return Err(FileError::NoSpace),
            None => None,
        };
        let used_before = at.map_or(0, |at| self.contents[at].len());
        if content.len() > self.capacity_bytes.saturating_sub(self.used_bytes - used_before) {
            return Err(FileError::NoSpace);
        }
        match at {
            Some(at) => {
                self.used_bytes = self.used_bytes - used_before + content.len();
                self.contents[at] = content;
            }
            None => drop(self.add(&path, content)),
        }
        Ok(())
    }

    fn make_parents(&mut self, path: &str) -> Result<(), FileError> {
        for (end, _) in path.match_indices('/').skip(1) {
            let (directory, _) = self.resolve(&path[..end])?;
            if !self.entries.contains_key(&directory) && self.entries.len() >= ENTRIES_MAX {
                return Err(FileError::NoSpace);
            }
            self.entries.entry(directory).or_insert(Entry::Directory);
        }
        Ok(())
    }

    /// How many bytes all files hold together.
    #[cfg(test)]
    pub(crate) fn used_bytes(&self) -> usize {
        let held = self.contents.iter().map(Vec::len).sum();
        assert_eq!(self.used_bytes, held, "the count went wrong");
        held
    }

    /// Opens a file or, for reading only, a directory.
    pub(crate) fn open(&mut self, path: &str, mode: Mode) -> Result<i64, FileError> {
        if self.open.len() >= OPEN_MAX {
            return Err(FileError::TooManyOpen);
        }
        let (path, names_directory) = self.resolve(path)?;
        let entry = match self.entries.get(&path) {
            Some(Entry::Directory) if mode.access != Access::Read => return Err(FileError::IsDirectory),
            Some(Entry::File(_)) if names_directory => return Err(FileError::NotDirectory),
            Some(entry) => *entry,
            None if mode.opening == Opening::Existing => return Err(FileError::NotFound),
            None if names_directory => return Err(FileError::IsDirectory),
            None if self.entries.len() >= ENTRIES_MAX => return Err(FileError::NoSpace),
            None => self.add(&path, Vec::new()),
        };
        if let (Entry::File(at), Opening::Truncate) = (entry, mode.opening) {
            self.used_bytes -= self.contents[at].len();
            self.contents[at].clear();
        }
        let handle = self.next_handle;
        self.next_handle += 1;
        self.open.insert(handle, OpenFile { entry, mode, position: 0 });
        Ok(handle)
    }

    /// Closes a handle.
    pub(crate) fn close(&mut self, handle: i64) -> Result<(), FileError> {
        self.open.remove(&handle).map(|_| ()).ok_or(FileError::BadHandle)
    }

    /// Whether a handle is open.
    pub(crate) fn is_open(&self, handle: i64) -> bool {
        self.open.contains_key(&handle)
    }

    /// The handles that are open, the oldest first.
    pub(crate) fn handles(&self) -> impl Iterator<Item = i64> {
        self.open.keys().copied()
    }

    /// Gives a handle the smallest number that is free, from 3, and returns it.
    pub(crate) fn renumber(&mut self, handle: i64) -> i64 {
        let Some(file) = self.open.remove(&handle) else { return handle };
        let free = (3..handle).find(|number| !self.open.contains_key(number)).unwrap_or(handle);
        self.open.insert(free, file);
        free
    }

    /// Whether nothing is left to read behind the position.
    pub(crate) fn is_at_end(&self, handle: i64) -> bool {
        let position = self.open.get(&handle).map(|file| file.position);
        position.zip(self.size(handle).ok()).is_some_and(|(position, size)| position >= size)
    }

    /// Reads at most `count` bytes, and tells whether it wanted more than there were.
    pub(crate) fn read(&mut self, handle: i64, count: usize) -> Result<(Vec<u8>, bool), FileError> {
        let file = self.open.get_mut(&handle).ok_or(FileError::BadHandle)?;
        let Entry::File(at) = file.entry else { return Err(FileError::IsDirectory) };
        if file.mode.access == Access::Write {
            return Err(FileError::BadAccess);
        }
        let content = &self.contents[at];
        let start = usize::try_from(file.position).unwrap_or(usize::MAX).min(content.len());
        let taken = count.min(content.len() - start);
        file.position += taken as u64;
        Ok((content[start..start + taken].to_vec(), taken < count))
    }

    /// Writes at the position, or at the end of a file that is appended to.
    pub(crate) fn write(&mut self, handle: i64, bytes: &[u8]) -> Result<(), FileError> {
        let file = self.open.get_mut(&handle).ok_or(FileError::BadHandle)?;
        let Entry::File(at) = file.entry else { return Err(FileError::BadAccess) };
        if file.mode.access == Access::Read {
            return Err(FileError::BadAccess);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let content = &mut self.contents[at];
        if file.mode.opening == Opening::Append {
            file.position = content.len() as u64;
        }
        let start = usize::try_from(file.position).map_err(|_| FileError::NoSpace)?;
        let end = start.checked_add(bytes.len()).ok_or(FileError::NoSpace)?;
        let growth = end.saturating_sub(content.len());
        if growth > self.capacity_bytes.saturating_sub(self.used_bytes) {
            return Err(FileError::NoSpace);
        }
        content.resize(content.len() + growth, 0);
        content[start..end].copy_from_slice(bytes);
        self.used_bytes += growth;
        file.position = end as u64;
        Ok(())
    }

    /// Moves the position, also beyond the end.
    pub(crate) fn seek(&mut self, handle: i64, whence: Whence, offset: i64) -> Result<i64, FileError> {
        let size = self.size(handle)?;
        let file = self.open.get_mut(&handle).ok_or(FileError::BadHandle)?;
        let base = match whence {
            Whence::Start => 0,
            Whence::Position => file.position,
            Whence::End => size,
        };
        let position = i64::try_from(i128::from(base) + i128::from(offset));
        let position = position.ok().filter(|position| *position >= 0).ok_or(FileError::BadPosition)?;
        file.position = position.cast_unsigned();
        Ok(position)
    }

    /// The size of an open file; directories have none.
    fn size(&self, handle: i64) -> Result<u64, FileError> {
        match self.open.get(&handle).ok_or(FileError::BadHandle)?.entry {
            Entry::Directory => Ok(0),
            Entry::File(at) => Ok(self.contents[at].len() as u64),
        }
    }

    fn add(&mut self, path: &str, content: Vec<u8>) -> Entry {
        let entry = Entry::File(self.contents.len());
        self.used_bytes += content.len();
        self.contents.push(content);
        self.entries.insert(path.to_owned(), entry);
        entry
    }

    /// The normal absolute path, whose last part need not exist, and whether it can only be a directory's.
    fn resolve(&self, path: &str) -> Result<(String, bool), FileError> {
        if path.is_empty() || path.contains('\0') {
            return Err(FileError::NotFound);
        }
        if path.len() > PATH_MAX_BYTES {
            return Err(FileError::NameTooLong);
        }
        let mut normal = String::new();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            match self.entries.get(&normal) {
                Some(Entry::Directory) => {}
                Some(Entry::File(_)) => return Err(FileError::NotDirectory),
                None => return Err(FileError::NotFound),
            }
            match name {
                "." => {}
                ".." => normal.truncate(normal.rfind('/').unwrap_or(0)),
                _ if name.len() > NAME_MAX_BYTES => return Err(FileError::NameTooLong),
                _ => {
                    normal.push('/');
                    normal.push_str(name);
                }
            }
        }
        Ok((normal, matches!(path.rsplit('/').next(), Some("" | "." | ".."))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> FileSystem {
        FileSystem::new(1000, 1000, [("/etc/hostname".to_owned(), "host\n".to_owned())])
    }

    fn mode(name: &str) -> Mode {
        Mode::from_name(name).unwrap()
    }

    #[test]
    fn there_are_fifteen_modes() {
        for name in "r w a rb wb ab r+ w+ a+ rb+ wb+ ab+ r+b w+b a+b".split(' ') {
            assert!(Mode::from_name(name).is_some(), "{name}");
        }
        for name in ["", "b", "rw", "x", "r++", "rt", "R", "wx", "w+ ", "é"] {
            assert_eq!(Mode::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn what_one_handle_writes_another_reads() {
        let mut files = files();
        let writer = files.open("/tmp/a", mode("w")).unwrap();
        let reader = files.open("/tmp/../tmp/./a", mode("r")).unwrap();
        assert_eq!((writer, reader), (1000, 1001));
        files.write(writer, b"hello").unwrap();
        assert_eq!(files.read(reader, 3), Ok((b"hel".to_vec(), false)));
        assert_eq!(files.read(reader, 2), Ok((b"lo".to_vec(), false)));
        assert_eq!(files.read(reader, 1), Ok((Vec::new(), true)));
        assert_eq!(files.read(reader, 0), Ok((Vec::new(), false)));
        assert_eq!(files.write(reader, b"x"), Err(FileError::BadAccess));
        assert_eq!(files.read(writer, 1), Err(FileError::BadAccess));
    }

    #[test]
    fn appending_ignores_the_position_and_truncating_empties() {
        let mut files = files();
        let append = files.open("/tmp/a", mode("a+")).unwrap();
        files.write(append, b"one").unwrap();
        assert_eq!(files.seek(append, Whence::Start, 1), Ok(1));
        assert_eq!(files.read(append, 9), Ok((b"ne".to_vec(), true)));
        files.seek(append, Whence::Start, 0).unwrap();
        files.write(append, b"two").unwrap();
        assert_eq!(files.seek(append, Whence::Position, -5), Ok(1));
        assert_eq!(files.read(append, 9), Ok((b"netwo".to_vec(), true)));
        files.open("/tmp/a", mode("w")).unwrap();
        assert_eq!(files.seek(append, Whence::End, 0), Ok(0));
    }

    #[test]
    fn a_position_may_be_behind_the_end_but_not_before_the_start() {
        let mut files = files();
        let handle = files.open("/tmp/a", mode("w+")).unwrap();
        assert_eq!(files.seek(handle, Whence::Start, -1), Err(FileError::BadPosition));
        assert_eq!(files.seek(handle, Whence::Start, 3), Ok(3));
        assert_eq!(files.read(handle, 1), Ok((Vec::new(), true)));
        files.write(handle, b"x").unwrap();
        files.seek(handle, Whence::End, -4).unwrap();
        assert_eq!(files.read(handle, 4), Ok((b"\0\0\0x".to_vec(), false)));
        assert_eq!(files.seek(handle, Whence::Start, i64::MAX), Ok(i64::MAX));
        assert_eq!(files.seek(handle, Whence::Position, 1), Err(FileError::BadPosition));
        assert_eq!(files.seek(handle, Whence::Position, 0), Ok(i64::MAX));
        assert_eq!(files.write(handle, b"x"), Err(FileError::NoSpace));
    }

    #[test]
    fn paths_fail_as_in_a_real_guest() {
        let mut files = files();
        assert_eq!(files.open("/nowhere", mode("r")), Err(FileError::NotFound));
        assert_eq!(files.open("/nowhere/a", mode("w")), Err(FileError::NotFound));
        assert_eq!(files.open("", mode("w")), Err(FileError::NotFound));
        assert_eq!(files.open("/etc", mode("w")), Err(FileError::IsDirectory));
        assert_eq!(files.open("/etc/hostname/x", mode("w")), Err(FileError::NotDirectory));
        assert_eq!(files.open("/etc/hostname/", mode("r")), Err(FileError::NotDirectory));
        assert_eq!(files.open("/tmp/new/", mode("w")), Err(FileError::IsDirectory));
        assert_eq!(files.open(&format!("/tmp/{}", "n".repeat(256)), mode("w")), Err(FileError::NameTooLong));
        let directory = files.open("/..", mode("r")).unwrap();
        assert_eq!(files.read(directory, 1), Err(FileError::IsDirectory));
        assert_eq!(files.write(directory, b"x"), Err(FileError::BadAccess));
    }

    #[test]
    fn handles_end_and_never_come_back() {
        let mut files = files();
        let first = files.open("/etc/hostname", mode("r")).unwrap();
        assert_eq!(files.close(first), Ok(()));
        assert_eq!(files.close(first), Err(FileError::BadHandle));
        assert_eq!(files.read(first, 1), Err(FileError::BadHandle));
        let handles: Vec<_> = (0..=OPEN_MAX).map(|_| files.open("/etc/hostname", mode("r"))).collect();
        assert_eq!(handles[0], Ok(first + 1));
        assert_eq!(handles[OPEN_MAX], Err(FileError::TooManyOpen));
    }

    #[test]
    fn the_files_together_are_bounded() {
        let mut files = files();
        let handle = files.open("/tmp/a", mode("w")).unwrap();
        assert_eq!(files.write(handle, &[1; 1001]), Err(FileError::NoSpace));
        files.write(handle, &[1; 990]).unwrap();
        files.seek(handle, Whence::Start, 0).unwrap();
        files.write(handle, &[2; 990]).unwrap();
        assert_eq!(files.write(handle, &[1; 10]), Err(FileError::NoSpace));
        files.open("/tmp/a", mode("w")).unwrap();
        let handle = files.open("/tmp/b", mode("w")).unwrap();
        files.write(handle, &[1; 990]).unwrap();
    }

    #[test]
    fn whole_files_are_read_and_replaced() {
        let mut files = files();
        assert_eq!(files.content("/etc/hostname"), Ok(&b"host\n"[..]));
        assert_eq!(files.content("/etc"), Err(FileError::IsDirectory));
        assert_eq!(files.content("/etc/x"), Err(FileError::NotFound));
        files.replace("/home/bob/keys", vec![1; 995]).unwrap();
        files.replace("/home/bob/keys", vec![2; 995]).unwrap();
        assert_eq!(files.content("/home/bob/keys").map(<[u8]>::len), Ok(995));
        assert_eq!(files.replace("/home/bob/keys", vec![3; 996]), Err(FileError::NoSpace));
        assert_eq!(files.replace("/tmp/x", vec![3]), Err(FileError::NoSpace));
        assert_eq!(files.replace("/etc/hostname/x", Vec::new()), Err(FileError::NotDirectory));
        assert_eq!(files.replace("/etc", Vec::new()), Err(FileError::IsDirectory));
    }
}
