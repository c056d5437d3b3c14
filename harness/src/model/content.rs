//! What must be in the files that this session made.

use std::collections::HashMap;

/// Bytes kept of one file; a longer one is forgotten.
const FILE_MAX: u64 = 4 << 20;
/// Bytes kept of all files.
const TOTAL_MAX: u64 = 32 << 20;
/// Files known at a time.
const FILES_MAX: usize = 256;

/// The files whose content is known, by path.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    by_path: HashMap<String, Content>,
}

/// The content of one file.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// Its bytes, as the handle that wrote last must see them.
    pub bytes: Vec<u8>,
    /// The handle that wrote last, while what it wrote may not have reached the file yet.
    pub dirty_by: Option<i64>,
}

impl Contents {
    /// The content of this file.
    pub fn at(&self, path: &str) -> Option<&Content> {
        self.by_path.get(path)
    }

    /// The file is empty now.
    pub fn truncate(&mut self, path: &str) {
        if self.by_path.len() >= FILES_MAX {
            self.by_path.clear();
        }
        let is_other_case = |known: &String| known != path && known.eq_ignore_ascii_case(path);
        if self.by_path.keys().any(is_other_case) {
            // On some file systems both names are the same file.
            self.by_path.retain(|known, _| !known.eq_ignore_ascii_case(path));
        } else {
            self.by_path.insert(path.to_owned(), Content::default());
        }
    }

    /// The file's content is no longer known.
    pub fn forget(&mut self, path: &str) {
        self.by_path.remove(path);
    }

    /// No file's content is known any more.
    pub fn clear(&mut self) {
        self.by_path.clear();
    }

    /// A handle wrote these bytes at this position.
    pub fn write(&mut self, path: &str, position: u64, bytes: &[u8], handle: i64) {
        let total: usize = self.by_path.values().map(|content| content.bytes.len()).sum();
        let Some(content) = self.by_path.get_mut(path) else { return };
        if bytes.is_empty() {
            return;
        }
        let end = position.saturating_add(bytes.len() as u64);
        let grown = end.saturating_sub(content.bytes.len() as u64);
        if end > FILE_MAX || total as u64 + grown > TOTAL_MAX {
            self.by_path.remove(path);
            return;
        }
        // The limit above makes these fit.
        let (start, end) = (position as usize, end as usize);
        if content.bytes.len() < end {
            content.bytes.resize(end, 0);
        }
        content.bytes[start..end].copy_from_slice(bytes);
        content.dirty_by = Some(handle);
    }

    /// What the handle wrote has reached the files.
    pub fn flushed(&mut self, handle: i64) {
        for content in self.by_path.values_mut() {
            if content.dirty_by == Some(handle) {
                content.dirty_by = None;
            }
        }
    }
}
