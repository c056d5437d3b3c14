//! All files of a schema, one behind the other.
//!
//! Follows `include` from file to file. What a path leads to is the caller's business: nothing here opens a
//! file. The files become one text, so that a place is one number in all later steps.

use std::collections::HashMap;

use super::diagnostic::Remarks;
use super::parser::{ExpressionKind, KINDS, Syntax, TopLevel};
use super::{lexer, parser};
use crate::text::Span;

/// Gives the text of the file at a path, or says why there is none.
pub(super) type Load<'l> = dyn FnMut(&str) -> Result<String, String> + 'l;

/// Files that include each other deeper than this are refused; QEMU's own need three levels.
const MAX_LEVELS: usize = 32;

/// More files than any schema has; QEMU's own have less than a hundred.
const MAX_FILES: usize = 1000;

/// The greatest size of all files together, in bytes.
const MAX_TEXT: usize = 64 << 20;

/// Reads the structure of a file and of all that it includes. `load` is absent if nothing may be included.
pub(super) fn read_all(
    source_name: &str,
    text: &str,
    load: Option<&mut Load<'_>>,
    remarks: &mut Remarks,
) -> Syntax {
    let mut reader =
        Reader { load, remarks, text: String::new(), syntax: Syntax::default(), files: HashMap::new() };
    reader.files.insert(resolve("", source_name), State::Open);
    reader.file(source_name, text, 1);
    reader.syntax
}

/// How far the reading of a file has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
}

struct Reader<'r, 'l> {
    load: Option<&'r mut Load<'l>>,
    remarks: &'r mut Remarks,
    text: String,
    syntax: Syntax,
    /// The files so far, by their path.
    files: HashMap<String, State>,
}

impl Reader<'_, '_> {
    fn file(&mut self, name: &str, text: &str, level: usize) {
        let base = self.text.len();
        self.text.push_str(text);
        self.remarks.enter(name, base, text);
        let tokens = lexer::lex(&self.text, base, self.remarks);
        let syntax = parser::parse(&self.text, &tokens, self.remarks);
        // The next file starts on a line of its own, and no place is in two files.
        self.text.push('\n');
        self.syntax.free_docs.extend(syntax.free_docs);
        for expression in syntax.expressions {
            let included = included(&expression).map(|(path, span)| (path.to_owned(), span));
            self.syntax.expressions.push(expression);
            if let Some((path, span)) = included {
                self.include(name, &path, span, level);
            }
        }
    }

    fn include(&mut self, from: &str, path: &str, span: Span, level: usize) {
        let path = resolve(from, path);
        if self.load.is_none() {
            let remark = self.remarks.error("include-unsupported", span, "included files are not read");
            remark.help("put all definitions into one file and remove the `include`");
            self.syntax.partial = true;
            return;
        }
        match self.files.get(&path) {
            Some(State::Done) => {}
            Some(State::Open) => {
                let message = if resolve("", from) == path {
                    "this file includes itself".to_owned()
                } else {
                    format!("`{path}` includes this file, directly or not")
                };
                let remark = self.remarks.error("include-loop", span, message);
                remark.help("remove this include; definitions may be used before they are read");
            }
            None => self.load(path, span, level),
        }
    }

    fn load(&mut self, path: String, span: Span, level: usize) {
        let Some(load) = &mut self.load else { return };
        let text = if level >= MAX_LEVELS {
            Err(format!("more than {MAX_LEVELS} levels of includes"))
        } else if self.files.len() >= MAX_FILES {
            Err(format!("more than {MAX_FILES} files"))
        } else {
            load(&path).and_then(|text| {
                let fits = text.len() <= MAX_TEXT.saturating_sub(self.text.len());
                fits.then_some(text).ok_or_else(|| format!("more than {} MiB in all files", MAX_TEXT >> 20))
            })
        };
        self.files.insert(path.clone(), State::Open);
        match text {
            Ok(text) => self.file(&path, &text, level + 1),
            Err(reason) => {
                let message = format!("`{path}` cannot be included");
                let remark = self.remarks.error("include-unreadable", span, message);
                remark.label(reason).help("paths are relative to the file that includes");
                self.syntax.partial = true;
            }
        }
        self.files.insert(path, State::Done);
    }
}

/// The path that an expression includes, if it is well-formed so far.
fn included(expression: &TopLevel) -> Option<(&str, Span)> {
    let entry = expression.object.entry("include").filter(|_| expression.complete)?;
    let kinds = expression.object.entries.iter().filter(|entry| KINDS.contains(&entry.key.as_str()));
    match &entry.value.kind {
        ExpressionKind::String(path) if kinds.count() == 1 => Some((path, entry.value.span)),
        _ => None,
    }
}

/// The path of a file that is included from another one, without detours.
fn resolve(from: &str, path: &str) -> String {
    let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
    let (root, relative) = match (path.strip_prefix('/'), directory.strip_prefix('/')) {
        (Some(path), _) => ("/", path.to_owned()),
        (None, Some(directory)) => ("/", format!("{directory}/{path}")),
        // The directory of `/file` is the root, and that of `file` has no name.
        (None, None) if directory.is_empty() && from.starts_with('/') => ("/", path.to_owned()),
        (None, None) => ("", format!("{directory}/{path}")),
    };
    let mut steps: Vec<&str> = Vec::new();
    for step in relative.split('/') {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => drop(steps.pop()),
            ".." if root == "/" => {}
            _ => steps.push(step),
        }
    }
    format!("{root}{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_includes() {
        for (from, path, expected) in [
            ("", "a.json", "a.json"),
            ("root.json", "a.json", "a.json"),
            ("./root.json", "./a.json", "a.json"),
            ("qapi/root.json", "a.json", "qapi/a.json"),
            ("qapi/sub/root.json", "../a.json", "qapi/a.json"),
            ("root.json", "../../a.json", "../../a.json"),
            ("../x/root.json", "../a.json", "../a.json"),
            ("/srv/qapi/root.json", "..//./a.json", "/srv/a.json"),
            ("/root.json", "../a.json", "/a.json"),
            ("qapi/root.json", "/etc/a.json", "/etc/a.json"),
        ] {
            assert_eq!(resolve(from, path), expected, "{path} from {from}");
        }
    }
}
