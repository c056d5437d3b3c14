//! The harness beside a bare client that sends the very same bytes to the same agent.
//!
//! `cargo bench --bench replay` measures against the reference agent, served by the program itself, and, where it is
//! installed, against the real `qemu-ga`, which is only asked what changes nothing. Rounds of both clients alternate; the
//! bare client sends what the harness has just sent, as many requests at a time, and only waits for the last reply.
//! Figures are medians over the rounds; the ratio within a round is what they are for.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use qgaspec::agent::target::TargetSpec;
use qgaspec::run::{Audience, Options, run_before};
use qgaspec::wire::{Ending, Observation};

const ROUNDS: usize = 9;
/// Exchanges that the bare client has under way at once, as many as the harness.
const UNDER_WAY: usize = 32;
/// What the real agent must refuse besides, so that no mistake of ours could do harm.
const BLOCKED: &str = "guest-shutdown,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid,guest-set-time,\
    guest-set-user-password,guest-set-vcpus,guest-set-memory-blocks,guest-fsfreeze-freeze,\
    guest-fsfreeze-freeze-list,guest-fsfreeze-thaw,guest-fstrim,guest-exec,guest-file-open,\
    guest-ssh-add-authorized-keys,guest-ssh-remove-authorized-keys";
const QEMU_GA: &str = "/usr/sbin/qemu-ga";

fn main() -> io::Result<()> {
    println!("agent      client   requests/s  client us/request  agent us/request");
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("reference");
    let listen = format!("unix:{}", socket.display());
    measure(
        "reference",
        Command::new(env!("CARGO_BIN_EXE_qgaspec")).args(["agent", "--listen", &listen]),
        &socket,
    )?;
    if !Path::new(QEMU_GA).exists() {
        println!("SKIPPED: {QEMU_GA} is not installed");
        return Ok(());
    }
    let socket = folder.path().join("real");
    let mut command = Command::new(QEMU_GA);
    command.args(["-m", "unix-listen", "-b", BLOCKED, "-t"]).arg(folder.path()).arg("-p").arg(&socket);
    measure("qemu-ga", &mut command, &socket)
}

/// What one client did in one round.
#[derive(Clone, Copy)]
struct Figures {
    requests: f64,
    wall_s: f64,
    client_us: f64,
    agent_us: f64,
}

fn measure(name: &str, command: &mut Command, socket: &Path) -> io::Result<()> {
    let agent = Agent(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    while UnixStream::connect(socket).is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let spec = TargetSpec::parse(&format!("unix:{}", socket.display())).expect("a path is a target");
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut tape = Tape::default();
        let harness = timed(&agent, || {
            let ledger = run_before(&spec, &Options::default(), &mut tape).map_err(io::Error::other)?;
            Ok(ledger.summary.requests)
        })?;
        let bare = timed(&agent, || tape.replay(socket))?;
        rounds.push((harness, bare));
    }
    let harness: Vec<Figures> = rounds.iter().map(|round| round.0).collect();
    let bare: Vec<Figures> = rounds.iter().map(|round| round.1).collect();
    for (client, figures) in [("harness", &harness), ("bare", &bare)] {
        let of = |figure: fn(&Figures) -> f64| median(figures.iter().map(figure));
        println!(
            "{name:<9}  {client:<7}  {:>10.0}  {:>17.1}  {:>16.1}",
            of(|figures| figures.requests / figures.wall_s),
            of(|figures| figures.client_us / figures.requests),
            of(|figures| figures.agent_us / figures.requests),
        );
    }
    let speed = |figures: &Figures| figures.requests / figures.wall_s;
    let ratio = median(rounds.iter().map(|(harness, bare)| speed(harness) / speed(bare)));
    println!("{name:<9}  harness at {:.0} % of the bare client's speed\n", ratio * 100.0);
    Ok(())
}

fn timed(agent: &Agent, act: impl FnOnce() -> io::Result<u64>) -> io::Result<Figures> {
    let cpu = |process: &str| cpu_us(Path::new("/proc").join(process).as_path());
    let process = agent.0.id().to_string();
    let (client, served, began) = (cpu("self")?, cpu(&process)?, Instant::now());
    let requests = act()? as f64;
    let wall_s = began.elapsed().as_secs_f64();
    Ok(Figures { requests, wall_s, client_us: cpu("self")? - client, agent_us: cpu(&process)? - served })
}

/// The time on a processor of all threads of a process, in microseconds.
fn cpu_us(process: &Path) -> io::Result<f64> {
    let mut total_ns = 0.0;
    for task in std::fs::read_dir(process.join("task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let on_processor = text.split_ascii_whitespace().next().and_then(|field| field.parse::<f64>().ok());
        total_ns += on_processor.ok_or_else(|| io::Error::other("schedstat is not as expected"))?;
    }
    Ok(total_ns / 1000.0)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The requests of a run that were answered, each with the id of its fence.
#[derive(Default)]
struct Tape(Vec<(Vec<u8>, i64)>);

impl Audience for Tape {
    fn observed(&mut self, observation: &Observation) -> io::Result<()> {
        if let Observation::Exchange(exchange) = observation
            && exchange.ending == Ending::InStep
        {
            let bytes = [exchange.sent(), exchange.fence.bytes.clone()].concat();
            self.0.push((bytes, exchange.fence.id));
        }
        Ok(())
    }
}

impl Tape {
    /// Sends everything again and returns the number of requests, counted as the harness counts: a stimulus is one, and
    /// its fence another.
    fn replay(&self, socket: &Path) -> io::Result<u64> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut buffer = vec![0; 1 << 16];
        for batch in self.0.chunks(UNDER_WAY) {
            let mut received = Vec::new();
            let bytes: Vec<u8> = batch.iter().flat_map(|(bytes, _)| bytes).copied().collect();
            let last = format!("{}}}", batch[batch.len() - 1].1);
            std::thread::scope(|scope| {
                let mut writer = stream.try_clone()?;
                // Both sides may have more to say than a socket holds.
                let writing = scope.spawn(move || writer.write_all(&bytes));
                while memchr::memmem::find(&received, last.as_bytes()).is_none() {
                    match stream.read(&mut buffer)? {
                        0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                        length => received.extend_from_slice(&buffer[..length]),
                    }
                }
                writing.join().expect("writing does not panic")
            })?;
        }
        Ok(self.0.len() as u64 * 2)
    }
}

/// Ends with the measurement.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
