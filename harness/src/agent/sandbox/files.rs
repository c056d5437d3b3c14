//! The files that a guest consists of: `/etc` and the records of logins.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::wire::TimeZone;

use super::guest::{Guest, Login, OsRelease};

/// Everybody who can log in: name, number, and name in full.
pub(super) const ACCOUNTS: [(&str, u32, &str); 3] =
    [("root", 0, "root"), ("alice", 1000, "Alice"), ("bob", 1001, "Bob")];

/// Writes the guest's `/etc` into an empty folder.
pub(super) fn write_etc(folder: &Path, guest: &Guest) -> io::Result<()> {
    let write = |name: &str, content: &[u8]| std::fs::write(folder.join(name), content);
    let passwd = ACCOUNTS.map(|(name, number, full_name)| {
        let folder = if number == 0 { "" } else { "/home" };
        format!("{name}:x:{number}:{number}:{full_name}:{folder}/{name}:/bin/sh\n")
    });
    write("passwd", passwd.concat().as_bytes())?;
    let group = ACCOUNTS.map(|(name, number, _)| format!("{name}:x:{number}:\n"));
    write("group", group.concat().as_bytes())?;
    write("nsswitch.conf", b"passwd: files\ngroup: files\nshadow: files\nhosts: files\n")?;
    write("hosts", b"127.0.0.1 localhost\n::1 localhost\n")?;
    write("hostname", format!("{}\n", guest.host_name).as_bytes())?;
    // A link, as on most systems: there are readers that take a plain file for no zone at all.
    std::fs::create_dir(folder.join("zoneinfo"))?;
    write("zoneinfo/Local", &zone_file(&guest.time_zone))?;
    symlink("zoneinfo/Local", folder.join("localtime"))?;
    if let Some(text) = os_release(guest.os_release) {
        write("os-release", text.as_bytes())?;
    }
    // Where some distributions' programs are looked up; the host's own is mounted here.
    std::fs::create_dir(folder.join("alternatives"))?;
    // Programs outside the linker's usual folders are still to find their libraries.
    match std::fs::read("/etc/ld.so.cache") {
        Ok(cache) => write("ld.so.cache", &cache),
        Err(_) => Ok(()),
    }
}

fn os_release(kind: OsRelease) -> Option<&'static str> {
    match kind {
        OsRelease::Quoted => Some(
            "# A comment, and an empty line\n\nNAME=\"Sandbox \\\"Linux\\\"\"\nID=sandbox\nVERSION='1 (one)'\n\
             VERSION_ID=\"1\"\nPRETTY_NAME=\"Sandbox Linux 1\"\nVARIANT='Test Edition'\nVARIANT_ID=test\n\
             HOME_URL=\"https://example.org/\"\n",
        ),
        OsRelease::Partial => Some("ID=sandbox\nPRETTY_NAME=\"Sandbox Linux\"\n"),
        OsRelease::Absent => None,
    }
}

/// What the os-release file means, by key.
pub(super) fn os_release_values(kind: OsRelease) -> BTreeMap<String, String> {
    let pairs: &[(&str, &str)] = match kind {
        OsRelease::Quoted => &[
            ("NAME", "Sandbox \"Linux\""),
            ("ID", "sandbox"),
            ("VERSION", "1 (one)"),
            ("VERSION_ID", "1"),
            ("PRETTY_NAME", "Sandbox Linux 1"),
            ("VARIANT", "Test Edition"),
            ("VARIANT_ID", "test"),
            ("HOME_URL", "https://example.org/"),
        ],
        OsRelease::Partial => &[("ID", "sandbox"), ("PRETTY_NAME", "Sandbox Linux")],
        OsRelease::Absent => &[],
    };
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A file of a time zone (RFC 8536), version 2, with one type of local time and no transition.
fn zone_file(zone: &TimeZone) -> Vec<u8> {
    let names = [zone.abbreviation.as_bytes(), b"\0"].concat();
    let counts: [u32; 6] = [0, 0, 0, 0, 1, names.len() as u32];
    let mut block = b"TZif2".to_vec();
    block.extend([0; 15]);
    block.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
    block.extend(zone.offset_s.to_be_bytes());
    // Not summer time; its name is the first.
    block.extend([0, 0]);
    block.extend(names);
    // Without transitions, the block with short times and the one with long times are equal.
    let mut file = block.repeat(2);
    // POSIX counts westwards.
    let (sign, offset) = if zone.offset_s > 0 { ("-", zone.offset_s) } else { ("", -zone.offset_s) };
    let (hours, minutes) = (offset / 3600, offset / 60 % 60);
    file.extend(format!("\n{}{sign}{hours}:{minutes:02}\n", zone.abbreviation).bytes());
    file
}

/// The records of logins as the C library reads them.
pub(super) fn utmp(logins: &[Login]) -> Vec<u8> {
    logins.iter().zip(100..).flat_map(|(login, pid)| utmp_record(login, pid)).collect()
}

/// One `struct utmp` of Linux. Most 64-bit architectures keep the 32-bit times of their predecessors; those
/// that had none do not.
fn utmp_record(login: &Login, pid: i32) -> Vec<u8> {
    const USER_PROCESS: i16 = 7;
    let (seconds, micros) = (login.at_us.div_euclid(1_000_000), login.at_us.rem_euclid(1_000_000));
    let line = login.line.as_bytes();
    let id = &line[line.len().saturating_sub(4)..];
    let mut record = Vec::with_capacity(400);
    record.extend(USER_PROCESS.to_ne_bytes());
    record.extend([0; 2]);
    record.extend(pid.to_ne_bytes());
    record.extend(padded::<32>(line));
    record.extend(padded::<4>(id));
    record.extend(padded::<32>(login.user.as_bytes()));
    record.extend(padded::<256>(b""));
    // The exit status of a process that has ended.
    record.extend([0; 4]);
    if cfg!(any(target_arch = "aarch64", target_arch = "loongarch64")) {
        record.extend([0; 8]);
        record.extend(seconds.to_ne_bytes());
        record.extend(micros.to_ne_bytes());
    } else {
        record.extend([0; 4]);
        record.extend((seconds as i32).to_ne_bytes());
        record.extend((micros as i32).to_ne_bytes());
    }
    // The remote address, and room for later.
    record.extend([0; 16 + 20]);
    record.resize(record.len().next_multiple_of(8), 0);
    record
}

fn padded<const LENGTH: usize>(text: &[u8]) -> [u8; LENGTH] {
    let mut field = [0; LENGTH];
    let length = text.len().min(LENGTH);
    field[..length].copy_from_slice(&text[..length]);
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_written_both_ways() {
        let zone = |offset_s| {
            let file = zone_file(&TimeZone { abbreviation: "XYZ".to_owned(), offset_s });
            String::from_utf8_lossy(&file).lines().last().unwrap().to_owned()
        };
        assert_eq!(zone(-12_600), "XYZ3:30");
        assert_eq!(zone(20_700), "XYZ-5:45");
        assert_eq!(zone(0), "XYZ0:00");
    }

    #[test]
    fn login_records_have_the_size_of_the_c_library() {
        let expected =
            if cfg!(any(target_arch = "aarch64", target_arch = "loongarch64")) { 400 } else { 384 };
        assert_eq!(utmp(&Guest::default().logins).len(), 3 * expected);
    }
}
