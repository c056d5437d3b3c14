//! The guest's users as its files hold them: `/etc/passwd`, `/etc/shadow` and `.ssh/authorized_keys`.
//!
//! The files are the only record, so that what commands change can be read from outside, and the other way
//! round.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::files::{FileError, FileSystem};
use super::machine::Account;

const SHADOW: &str = "/etc/shadow";
const FIRST_USER_NUMBER: usize = 1000;

/// The files of a guest with these users.
pub(super) fn files(accounts: &[Account]) -> [(String, String); 2] {
    let passwd = accounts.iter().enumerate().map(|(at, Account { name, home })| {
        let number = if *name == "root" { 0 } else { FIRST_USER_NUMBER + at };
        format!("{name}:x:{number}:{number}::{home}:/bin/sh\n")
    });
    let shadow = accounts.iter().map(|account| format!("{}:!:\n", account.name));
    [("/etc/passwd".to_owned(), passwd.collect()), (SHADOW.to_owned(), shadow.collect())]
}

/// Gives a user another password. One that is plain is kept in a scheme of our own, which hides nothing.
pub(crate) fn set_password(
    files: &mut FileSystem,
    user: &str,
    password: &[u8],
    crypted: bool,
) -> Result<(), FileError> {
    let hash = if crypted {
        password.to_vec()
    } else {
        format!("$plain${}", STANDARD.encode(password)).into_bytes()
    };
    let start = format!("{user}:").into_bytes();
    let mut content = Vec::new();
    for line in lines(files.content(SHADOW).unwrap_or_default()).filter(|line| !line.starts_with(&start)) {
        content.extend([line, b"\n"].concat());
    }
    content.extend([&start, &hash[..], b":\n"].concat());
    files.replace(SHADOW, content)
}

/// The lines of the file that says which keys open the account.
pub(crate) fn authorized_keys(files: &FileSystem, account: &Account) -> Result<Vec<String>, FileError> {
    let content = files.content(&keys_path(account))?;
    Ok(lines(content).map(|line| String::from_utf8_lossy(line).into_owned()).collect())
}

/// Puts other lines into that file, which is made if need be.
pub(crate) fn write_authorized_keys<'l>(
    files: &mut FileSystem,
    account: &Account,
    lines: impl IntoIterator<Item = &'l str>,
) -> Result<(), FileError> {
    let content = lines.into_iter().flat_map(|line| [line, "\n"]).collect::<String>();
    files.replace(&keys_path(account), content.into_bytes())
}

fn keys_path(account: &Account) -> String {
    format!("{}/.ssh/authorized_keys", account.home)
}

fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}
