//! A small Windows guest: it lacks what Windows lacks, and tells of its drivers.

use super::{
    Ability, Account, Cpu, Device, Interface, Machine, Memory, Mount, Platform, Session, SuspendMode,
    address, disk, mount,
};

impl Machine {
    /// A small Windows guest.
    pub fn windows() -> Self {
        let cpu = |id| Cpu { id, online: true, can_offline: false };
        Self {
            platform: Platform::Windows,
            system: vec![
                ("kernel-release", "20348"),
                ("kernel-version", "10.0"),
                ("machine", "x86_64"),
                ("id", "mswindows"),
                ("name", "Microsoft Windows"),
                ("pretty-name", "Windows Server 2022 Standard"),
                ("version", "Microsoft Windows Server 2022"),
                ("version-id", "2022"),
                ("variant", "server"),
                ("variant-id", "server"),
            ],
            cpus: vec![cpu(0), cpu(1)],
            memory: Memory { block_bytes: 0, blocks: Vec::new(), is_switchable: false },
            disks: vec![disk(r"\\.\PhysicalDrive0", "sata", 31, Some("REFERENCE-2"))],
            mounts: vec![
                mount(r"\\?\Volume{1}\", r"C:\", "NTFS", (20 << 30, 60 << 30)),
                Mount {
                    freezing: Ability::Lacks,
                    trimming: Ability::Lacks,
                    ..mount(r"\\?\Volume{2}\", r"D:\", "CDFS", (5 << 30, 5 << 30))
                },
            ],
            interfaces: vec![Interface {
                name: "Ethernet",
                hardware_address: Some("52:54:00:12:34:57"),
                addresses: vec![address("192.0.2.16", "ipv4", 24)],
                statistics: Some([1_048_576, 2048, 0, 1, 524_288, 1024, 0, 0]),
            }],
            devices: vec![
                Device {
                    driver: "Red Hat VirtIO Ethernet Adapter",
                    release: Some((1_674_172_800_000_000_000, "100.92.104.22900")),
                    model: Some((0x1AF4, 0x1000)),
                },
                Device { driver: "PCI standard host CPU bridge", release: None, model: None },
            ],
            accounts: vec![Account { name: "Administrator", home: "/administrator" }],
            sessions: vec![Session {
                user: "Administrator",
                login_ms: 1_700_000_100_500,
                domain: Some("REFERENCE"),
            }],
            time_zone: (Some("W. Europe Standard Time"), 3600),
            suspend_modes: vec![SuspendMode::Disk, SuspendMode::Ram],
        }
    }
}
