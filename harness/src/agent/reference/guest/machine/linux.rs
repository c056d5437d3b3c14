//! A small Linux guest that has one of everything.

use super::{
    Ability, Account, Cpu, Disk, Interface, Machine, Memory, MemoryBlock, Mount, Platform, Session,
    SuspendMode, address, disk, mount, nowhere, part,
};

impl Machine {
    /// A small Linux guest.
    pub fn linux() -> Self {
        let block =
            |index, online, can_offline| MemoryBlock { index, online, can_offline, is_busy: index == 1 };
        let session = |user, login_ms| Session { user, login_ms, domain: None };
        Self {
            platform: Platform::Linux,
            system: vec![
                ("kernel-release", "6.1.0"),
                ("kernel-version", "#1 SMP"),
                ("machine", "x86_64"),
                ("id", "reference"),
                ("name", "Reference"),
                ("pretty-name", "Reference \"One\" 1"),
                ("version", "1 (one)"),
                ("version-id", "1"),
            ],
            cpus: vec![
                Cpu { id: 0, online: true, can_offline: false },
                Cpu { id: 1, online: true, can_offline: true },
                // A gap, and one that was plugged in and not yet taken into use.
                Cpu { id: 4, online: false, can_offline: true },
            ],
            memory: Memory {
                block_bytes: 128 << 20,
                blocks: vec![
                    block(0, true, false),
                    block(1, true, true),
                    block(32, true, true),
                    block(33, false, true),
                ],
                is_switchable: true,
            },
            disks: disks(),
            mounts: mounts(),
            interfaces: interfaces(),
            devices: Vec::new(),
            accounts: vec![
                Account { name: "root", home: "/root" },
                Account { name: "alice", home: "/home/alice" },
                Account { name: "bob", home: "/home/bob" },
            ],
            sessions: vec![
                session("root", 1_700_000_100_000),
                session("alice", 1_700_000_200_000),
                session("alice", 1_700_000_050_125),
            ],
            time_zone: (Some("NST"), -12_600),
            suspend_modes: vec![SuspendMode::Disk, SuspendMode::Ram, SuspendMode::Hybrid],
        }
    }
}

fn disks() -> Vec<Disk> {
    let partition = |name| Disk { partition: true, ..part(name, vec!["/dev/vda"]) };
    vec![
        disk("/dev/vda", "virtio", 4, None),
        partition("/dev/vda1"),
        partition("/dev/vda2"),
        Disk { health: Some((311, 8760)), ..disk("/dev/nvme0n1", "nvme", 5, Some("REFERENCE-1")) },
        Disk { alias: Some("archive"), ..part("/dev/dm-0", vec!["/dev/nvme0n1"]) },
        part("/dev/loop0", Vec::new()),
        // In a reader that is not on PCI.
        Disk { address: Some(nowhere("usb")), ..part("/dev/sda", Vec::new()) },
    ]
}

fn mounts() -> Vec<Mount> {
    vec![
        mount("vda1", "/", "ext4", (2 << 30, 10 << 30)),
        mount("vda2", "/qgaspec", "ext4", (1 << 20, 256 << 20)),
        mount("dm-0", "/srv", "xfs", (3 << 30, 20 << 30)),
        Mount {
            freezing: Ability::Lacks,
            trimming: Ability::Lacks,
            ..mount("loop0", "/media", "iso9660", (4 << 20, 4 << 20))
        },
        Mount {
            freezing: Ability::Lacks,
            trimming: Ability::Lacks,
            ..mount("sda", "/mnt/memory card", "vfat", (1 << 30, 8 << 30))
        },
    ]
}

fn interfaces() -> Vec<Interface> {
    vec![
        Interface {
            name: "lo",
            hardware_address: Some("00:00:00:00:00:00"),
            addresses: vec![address("127.0.0.1", "ipv4", 8), address("::1", "ipv6", 128)],
            statistics: Some([840, 10, 0, 0, 840, 10, 0, 0]),
        },
        Interface {
            name: "eth0",
            hardware_address: Some("52:54:00:12:34:56"),
            addresses: vec![
                address("192.0.2.15", "ipv4", 24),
                address("fe80::5054:ff:fe12:3456", "ipv6", 64),
            ],
            statistics: Some([1_048_576, 2048, 0, 1, 524_288, 1024, 0, 0]),
        },
        Interface { name: "tun0", hardware_address: None, addresses: Vec::new(), statistics: None },
    ]
}
