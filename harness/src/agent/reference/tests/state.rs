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
    ask("guest-fstrim", "");
    ask("guest-fstrim", r#""minimum":0"#);
    requests
}

fn request(command: &str, arguments: &str) -> Vec<u8> {
    format!("{{\"execute\":\"{command}\",\"arguments\":{{{arguments}}}}}\n").into_bytes()
}
