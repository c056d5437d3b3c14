//! Requests that change the guest and look at it, so that a fault in doing so shows.

const VCPUS: [&str; 12] = [
    r#""vcpus":[]"#,
    r#""vcpus":[{"logical-id":1,"online":false}]"#,
    r#""vcpus":[]"#,
    r#""vcpus":[{"logical-id":1,"online":false},{"logical-id":1,"online":true}]"#,
    r#""vcpus":[{"logical-id":0,"online":false}]"#,
    r#""vcpus":[{"logical-id":1,"online":false},{"logical-id":0,"online":false},{"logical-id":1,"online":true}]"#,
    r#""vcpus":[{"logical-id":0,"online":true},{"logical-id":99,"online":true}]"#,
    r#""vcpus":[{"logical-id":99,"online":true},{"logical-id":1,"online":true}]"#,
    r#""vcpus":[{"logical-id":4294967296,"online":true}]"#,
    r#""vcpus":[{"logical-id":0,"online":true},{"logical-id":0,"online":true},{"logical-id":0,"online":true},{"logical-id":0,"online":true},{"logical-id":0,"online":true}]"#,
    r#""vcpus":[{"logical-id":1,"online":true,"can-offline":true}]"#,
    r#""vcpus":[{"logical-id":1,"online":true,"can-offline":false}]"#,
];

const MEMORY_BLOCKS: [&str; 5] = [
    r#""mem-blks":[{"phys-index":33,"online":true},{"phys-index":99,"online":true},{"phys-index":1,"online":false},{"phys-index":0,"online":false},{"phys-index":32,"online":false}]"#,
    r#""mem-blks":[{"phys-index":32,"online":false},{"phys-index":32,"online":true}]"#,
    r#""mem-blks":[{"phys-index":18446744073709551615,"online":true},{"phys-index":99,"online":false}]"#,
    r#""mem-blks":[{"phys-index":33,"online":true,"can-offline":false}]"#,
    r#""mem-blks":[]"#,
];

const FREEZES: [(&str, &str); 8] = [
    ("guest-fsfreeze-freeze", ""),
    ("guest-fsfreeze-freeze-list", ""),
    ("guest-fsfreeze-freeze-list", r#""mountpoints":[]"#),
    ("guest-fsfreeze-freeze-list", r#""mountpoints":["/"]"#),
    ("guest-fsfreeze-freeze-list", r#""mountpoints":["/","/"]"#),
    ("guest-fsfreeze-freeze-list", r#""mountpoints":["/nosuch"]"#),
    ("guest-fsfreeze-freeze-list", r#""mountpoints":["/nosuch","/"]"#),
    ("guest-fsfreeze-freeze-list", r#""mountpoints":["/","/qgaspec","/srv","/media"]"#),
];

const CLOCK: [&str; 7] = [
    "",
    r#""time":1600000000000000000"#,
    "",
    r#""time":-1000000000"#,
    r#""time":9223372036854775807"#,
    r#""time":"1""#,
    r#""time":1"#,
];

const POWER: [(&str, &str); 14] = [
    ("guest-shutdown", ""),
    ("guest-shutdown", r#""mode":"powerdown""#),
    ("guest-shutdown", r#""mode":"halt""#),
    ("guest-shutdown", r#""mode":"reboot""#),
    ("guest-shutdown", ""),
    ("guest-shutdown", r#""mode":"""#),
    ("guest-shutdown", r#""mode":"Reboot""#),
    ("guest-shutdown", r#""mode":"rebooting""#),
    ("guest-shutdown", r#""mode":"up""#),
    ("guest-shutdown", r#""mode":1"#),
    ("guest-suspend-disk", ""),
    ("guest-suspend-ram", ""),
    ("guest-suspend-hybrid", ""),
    ("guest-suspend-ram", r#""x":1"#),
];

/// Plain; with a colon, a line break, a blank at the end; of several alphabets; and long.
const PASSWORDS: [&str; 7] = ["cGFzcw==", "YTpi", "YQpi", "YSA=", "!!!!", "-_-_", LONG_PASSWORD];
const LONG_PASSWORD: &str = concat!(
    "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4",
    "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4",
    "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4",
    "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4",
);

const KEYS: [(&str, &str); 12] = [
    ("add", r#""keys":["a 1","b 2"]"#),
    ("add", r#""keys":["a 1","c 3","c 3"]"#),
    ("add", r#""keys":["d 4"],"reset":true"#),
    ("add", r#""keys":["e 5"]"#),
    ("add", r##""keys":["# f"]"##),
    ("remove", r#""keys":["x 9"]"#),
    ("remove", r#""keys":["d 4","e 5"]"#),
    ("add", r#""keys":["a 1"]"#),
    ("add", r#""keys":[],"reset":true"#),
    ("add", r#""keys":["a 1"]"#),
    ("remove", r#""keys":["a 1"]"#),
    ("remove", r#""keys":["a\nb"]"#),
];

/// The requests, in the order in which they are sent.
pub(super) fn conversation() -> Vec<Vec<u8>> {
    let mut requests = Vec::new();
    let mut ask = |command: &str, arguments: &str| requests.push(request(command, arguments));
    for (list, set, changes) in [
        ("guest-get-vcpus", "guest-set-vcpus", &VCPUS[..]),
        ("guest-get-memory-blocks", "guest-set-memory-blocks", &MEMORY_BLOCKS[..]),
    ] {
        for change in changes {
            ask(set, change);
            ask(list, "");
        }
    }
    for (freeze, arguments) in FREEZES {
        ask(freeze, arguments);
        for (command, arguments) in [
            ("guest-fsfreeze-status", ""),
            ("guest-sync-delimited", r#""id":1"#),
            ("guest-info", ""),
            ("guest-fsfreeze-thaw", ""),
            ("guest-fsfreeze-status", ""),
            ("guest-info", ""),
            ("guest-fsfreeze-thaw", ""),
            ("guest-fsfreeze-status", ""),
        ] {
            ask(command, arguments);
        }
    }
    for time in CLOCK {
        ask("guest-set-time", time);
        ask("guest-get-time", "");
    }
    for (command, arguments) in POWER {
        ask(command, arguments);
    }
    for password in PASSWORDS {
        for crypted in [false, true, false] {
            let password = format!(r#""username":"alice","password":"{password}","crypted":{crypted}"#);
            ask("guest-set-user-password", &password);
        }
    }
    ask("guest-set-user-password", r#""username":"a:b","password":"","crypted":false"#);
    ask("guest-set-user-password", r#""username":"alice","password":"""#);
    let many: Vec<String> = (0..40).map(|number| format!("\"k {number}\"")).collect();
    let many = ("add", format!(r#""keys":[{}]"#, many.join(",")));
    let keys = KEYS.map(|(verb, keys)| (verb, keys.to_owned())).into_iter().chain([many]);
    for (verb, keys) in keys {
        ask(&format!("guest-ssh-{verb}-authorized-keys"), &format!(r#""username":"alice",{keys}"#));
        ask("guest-ssh-get-authorized-keys", r#""username":"alice""#);
    }
    ask("guest-ssh-add-authorized-keys", r#""username":"nosuch","keys":[]"#);
    ask("guest-ssh-add-authorized-keys", r#""username":"nosuch","keys":["a 1"]"#);
    ask("guest-fstrim", "");
    ask("guest-fstrim", r#""minimum":0"#);
    requests
}

fn request(command: &str, arguments: &str) -> Vec<u8> {
    format!("{{\"execute\":\"{command}\",\"arguments\":{{{arguments}}}}}\n").into_bytes()
}
