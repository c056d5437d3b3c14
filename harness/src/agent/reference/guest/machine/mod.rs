//! What the guest consists of: hardware, file systems and people, as commands find and leave them.
//!
//! A machine is given to an agent in its configuration; the two that are built in are in files of their own.
//! What it takes to change it is the commands' knowledge, and not here.

mod linux;
mod windows;

pub use crate::wire::Platform;

/// Everything that a guest finds when it looks around.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Which operating system runs on it.
    pub platform: Platform,
    /// What the operating system says of itself, by member of the reply.
    pub system: Vec<(&'static str, &'static str)>,
    /// Its processors.
    pub cpus: Vec<Cpu>,
    /// Its memory, as far as it can be taken into and out of use.
    pub memory: Memory,
    /// Its disks, partitions and what is built on them.
    pub disks: Vec<Disk>,
    /// What is mounted.
    pub mounts: Vec<Mount>,
    /// Its network interfaces.
    pub interfaces: Vec<Interface>,
    /// Its devices with their drivers, of which only Windows tells.
    pub devices: Vec<Device>,
    /// Those who can log in.
    pub accounts: Vec<Account>,
    /// Who has logged in, as often as they have.
    pub sessions: Vec<Session>,
    /// The name of the time zone, if it has one, and its offset in seconds; east is positive.
    pub time_zone: (Option<&'static str>, i64),
    /// How it can be suspended.
    pub suspend_modes: Vec<SuspendMode>,
}

/// How a guest can be suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspendMode {
    /// Its state is on the disk, and it is off.
    Disk,
    /// Its state is in memory, and it sleeps.
    Ram,
    /// Both.
    Hybrid,
}

/// A logical processor.
#[derive(Clone, Debug)]
pub struct Cpu {
    /// Its number.
    pub id: i64,
    /// Whether it is in use.
    pub online: bool,
    /// Whether it can be taken out of use.
    pub can_offline: bool,
}

/// Memory in blocks of one size.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The size of each block.
    pub block_bytes: u64,
    /// The blocks; a guest without any cannot tell their size either.
    pub blocks: Vec<MemoryBlock>,
    /// Whether the operating system can change the state of a block at all.
    pub is_switchable: bool,
}

/// A block of memory.
#[derive(Clone, Debug)]
pub struct MemoryBlock {
    /// Its number.
    pub index: u64,
    /// Whether it is in use.
    pub online: bool,
    /// Whether it can be taken out of use.
    pub can_offline: bool,
    /// Whether something in it cannot be moved away at present, so that taking it out of use fails.
    pub is_busy: bool,
}

/// A disk, a partition, or a device that is built on others.
#[derive(Clone, Debug)]
pub struct Disk {
    /// Its device node.
    pub name: &'static str,
    /// Whether it is a part of a disk.
    pub partition: bool,
    /// The names of the devices that it is built on.
    pub dependencies: Vec<&'static str>,
    /// Where it is in the hardware; virtual devices are nowhere.
    pub address: Option<DiskAddress>,
    /// A further name.
    pub alias: Option<&'static str>,
    /// Its health, if it tells: temperature in kelvins and hours that it was turned on.
    pub health: Option<(i64, u64)>,
}

/// The place of a disk in the hardware.
#[derive(Clone, Debug)]
pub struct DiskAddress {
    /// Domain, bus, slot and function of the controller, each -1 if it is not known.
    pub controller: [i64; 4],
    /// The kind of bus between controller and disk.
    pub bus_type: &'static str,
    /// Bus, target and unit.
    pub place: [i64; 3],
    /// The serial number.
    pub serial: Option<&'static str>,
}

/// A mounted file system.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The device that holds it, without the folder of the device node.
    pub device: &'static str,
    /// Where it is mounted.
    pub path: &'static str,
    /// Its kind.
    pub kind: &'static str,
    /// Bytes in use.
    pub used_bytes: u64,
    /// Bytes in use and free.
    pub total_bytes: u64,
    /// What comes of freezing it.
    pub freezing: Ability,
    /// Whether it is frozen.
    pub frozen: bool,
    /// What comes of trimming it.
    pub trimming: Ability,
    /// The free bytes that were not discarded yet.
    pub untrimmed_bytes: u64,
}

/// Whether a file system can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// It can.
    Works,
    /// It was never made for it.
    Lacks,
    /// It was made for it and fails.
    Fails,
}

/// A network interface.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its name.
    pub name: &'static str,
    /// Its hardware address, if it has one.
    pub hardware_address: Option<&'static str>,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// Bytes, packets, errors and drops, first received, then sent; `None` if nobody counts.
    pub statistics: Option<[u64; 8]>,
}

/// An address of an interface.
#[derive(Clone, Debug)]
pub struct Address {
    /// Its usual notation.
    pub text: &'static str,
    /// `ipv4` or `ipv6`.
    pub kind: &'static str,
    /// How many bits denote the network.
    pub prefix: i64,
}

/// A device with its driver.
#[derive(Clone, Debug)]
pub struct Device {
    /// The name of the driver.
    pub driver: &'static str,
    /// When the driver was released, in nanoseconds since the epoch, and its version.
    pub release: Option<(i64, &'static str)>,
    /// The PCI numbers of maker and model.
    pub model: Option<(u16, u16)>,
}

/// Somebody who can log in.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user's name.
    pub name: &'static str,
    /// The user's folder, where the keys are.
    pub home: &'static str,
}

/// One login.
#[derive(Clone, Debug)]
pub struct Session {
    /// The user's name.
    pub user: &'static str,
    /// When, in milliseconds since the epoch.
    pub login_ms: i64,
    /// The user's domain, on Windows.
    pub domain: Option<&'static str>,
}

impl Default for Machine {
    fn default() -> Self {
        Self::linux()
    }
}

/// An address of an interface.
pub(in crate::agent::reference) fn address(text: &'static str, kind: &'static str, prefix: i64) -> Address {
    Address { text, kind, prefix }
}

/// A whole disk on PCI.
fn disk(name: &'static str, bus_type: &'static str, slot: i64, serial: Option<&'static str>) -> Disk {
    let address = DiskAddress { controller: [0, 0, slot, 0], bus_type, place: [0, 0, 0], serial };
    Disk { address: Some(address), ..part(name, Vec::new()) }
}

/// A place on a bus of this kind, of which nothing else is known.
fn nowhere(bus_type: &'static str) -> DiskAddress {
    DiskAddress { controller: [-1; 4], bus_type, place: [0, 0, 0], serial: None }
}

/// A device without a place in the hardware, that is built on others.
pub(in crate::agent::reference) fn part(name: &'static str, dependencies: Vec<&'static str>) -> Disk {
    Disk { name, partition: false, dependencies, address: None, alias: None, health: None }
}

/// A file system that can do everything.
fn mount(device: &'static str, path: &'static str, kind: &'static str, bytes: (u64, u64)) -> Mount {
    let (used_bytes, total_bytes) = bytes;
    Mount {
        device,
        path,
        kind,
        used_bytes,
        total_bytes,
        freezing: Ability::Works,
        frozen: false,
        trimming: Ability::Works,
        untrimmed_bytes: total_bytes - used_bytes,
    }
}
