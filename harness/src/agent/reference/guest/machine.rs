//! The hardware and the people of the guest: what commands read and do not change.

/// Everything that a guest finds when it looks around.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) cpus: Vec<Cpu>,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) users: Vec<User>,
    pub(crate) memory_block_bytes: u64,
    /// Name of the time zone and its offset in seconds, east is positive.
    pub(crate) time_zone: (&'static str, i64),
    /// What the operating system says of itself, by member of the reply.
    pub(crate) system: Vec<(&'static str, &'static str)>,
}

/// A logical processor.
#[derive(Debug)]
pub(crate) struct Cpu {
    pub(crate) id: i64,
    pub(crate) online: bool,
    pub(crate) can_offline: bool,
}

/// A network interface.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) name: &'static str,
    pub(crate) hardware_address: Option<&'static str>,
    pub(crate) addresses: Vec<Address>,
    /// Bytes, packets, errors and drops, first received, then sent.
    pub(crate) statistics: [u64; 8],
}

/// An address of an interface.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) text: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) prefix: i64,
}

/// A mounted file system.
#[derive(Debug)]
pub(crate) struct Mount {
    pub(crate) device: &'static str,
    pub(crate) path: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) used_bytes: u64,
    pub(crate) total_bytes: u64,
}

/// Somebody who is logged in.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) name: &'static str,
    /// Seconds since the epoch.
    pub(crate) login_time: f64,
}

impl Default for Machine {
    fn default() -> Self {
        let address = |text, kind, prefix| Address { text, kind, prefix };
        Self {
            cpus: vec![
                Cpu { id: 0, online: true, can_offline: false },
                Cpu { id: 1, online: true, can_offline: true },
            ],
            interfaces: vec![
                Interface {
                    name: "lo",
                    hardware_address: Some("00:00:00:00:00:00"),
                    addresses: vec![address("127.0.0.1", "ipv4", 8), address("::1", "ipv6", 128)],
                    statistics: [840, 10, 0, 0, 840, 10, 0, 0],
                },
                Interface {
                    name: "eth0",
                    hardware_address: Some("52:54:00:12:34:56"),
                    addresses: vec![
                        address("192.0.2.15", "ipv4", 24),
                        address("fe80::5054:ff:fe12:3456", "ipv6", 64),
                    ],
                    statistics: [1_048_576, 2048, 0, 1, 524_288, 1024, 0, 0],
                },
            ],
            mounts: vec![
                Mount {
                    device: "vda1",
                    path: "/",
                    kind: "ext4",
                    used_bytes: 2_147_483_648,
                    total_bytes: 10_737_418_240,
                },
                Mount {
                    device: "vda2",
                    path: "/qgaspec",
                    kind: "ext4",
                    used_bytes: 1_048_576,
                    total_bytes: 268_435_456,
                },
            ],
            users: vec![User { name: "root", login_time: 1_700_000_000.25 }],
            memory_block_bytes: 128 << 20,
            time_zone: ("UTC", 0),
            system: vec![
                ("kernel-release", "6.1.0"),
                ("kernel-version", "#1 SMP"),
                ("machine", "x86_64"),
                ("id", "reference"),
                ("name", "Reference"),
                ("pretty-name", "Reference 1"),
                ("version", "1"),
                ("version-id", "1"),
            ],
        }
    }
}
