//! Fuzz oracles as plain functions: each takes bytes and panics when an invariant does not hold.
//!
//! A target in `fuzz_targets/` is a thin shell around one of them. The tests here replay every file of the
//! corpus and a stretch of pseudo-random inputs through each, so that a broken invariant is found on any
//! machine, without a fuzzer. What an agent of somebody else does is not judged here.

#![forbid(unsafe_code)]

mod cases;
mod files;
mod framing;
mod json_text;
mod schema_text;
mod trials;

pub use cases::cases;
pub use files::{scenario_text, transcript_text};
pub use framing::framing;
pub use json_text::json_text;
pub use schema_text::schema_text;
pub use trials::{agent_input, canary, sessions};

/// Runs an oracle on files, for targets that are compiled without a fuzzer.
///
/// # Panics
///
/// When an invariant does not hold; the file is named before.
#[expect(clippy::print_stdout, reason = "the output of a small program")]
pub fn replay_files(oracle: fn(&[u8])) -> std::process::ExitCode {
    for path in std::env::args_os().skip(1) {
        let path = std::path::PathBuf::from(path);
        println!("{}", path.display());
        match std::fs::read(&path) {
            Ok(bytes) => oracle(&bytes),
            Err(error) => {
                println!("cannot be read: {error}");
                return std::process::ExitCode::from(2);
            }
        }
    }
    std::process::ExitCode::SUCCESS
}

#[cfg(test)]
#[expect(clippy::print_stdout, reason = "a failing test shows which input it was")]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    /// Pseudo-random inputs for each oracle, unless `QGASPEC_FUZZ_SECONDS` gives it a time.
    const INPUTS: u64 = 2000;
    /// Of inputs that are whole sessions, which take a hundred times as long.
    const SESSIONS: u64 = 60;
    /// Executions in which the canary must have sung.
    const CANARY_MAX: u64 = 400;

    #[test]
    fn schema_text_holds() {
        check("schema-text", schema_text, b" {}[]':,#\n'abct-command*data\\@=\xFF");
    }

    #[test]
    fn json_text_holds() {
        check("json-text", json_text, b" {}[]\"\":,\\ud8bntrefalsu0123-+.eE'\n\xFF\xC3\xA9");
    }

    #[test]
    fn framing_holds() {
        check("framing", framing, b"{}[]\"\\\n\r\xFF \x1Ba1");
    }

    #[test]
    fn scenario_text_holds() {
        check_from(&["corpus/found", "scenarios/files"], scenario_text, b"[]=\"'{}\nstepndx_-#.\xFF", INPUTS);
    }

    #[test]
    fn transcript_text_holds() {
        check("transcript-text", transcript_text, b"{}[]\":,0123\nexchange\xFF");
    }

    #[test]
    fn agent_input_holds() {
        let alphabet = b"{}[]\":,\\\n\r\x1B\x00\xFF executguest-pingid1";
        check_from(&["corpus/framing", "corpus/json-text"], agent_input, alphabet, INPUTS);
    }

    #[test]
    fn cases_hold() {
        check_from(&["corpus/sessions"], cases, &EVERY_BYTE, INPUTS);
    }

    #[test]
    fn sessions_hold() {
        check_from(&["corpus/sessions"], sessions, &EVERY_BYTE, SESSIONS);
    }

    /// The same search that finds nothing in a correct agent finds the planted fault.
    #[test]
    fn the_canary_sings() {
        let seeds = corpus("corpus/sessions");
        let needed = (0..CANARY_MAX).find(|seed| {
            let input = random_input(*seed, &seeds, &EVERY_BYTE);
            crate::trials::canary_finding(&input).is_some()
        });
        println!("found in execution {needed:?}");
        assert!(needed.is_some(), "not found in {CANARY_MAX} executions");
    }

    static EVERY_BYTE: [u8; 256] = {
        let mut bytes = [0; 256];
        let mut at = 0;
        while at < 256 {
            bytes[at] = at as u8;
            at += 1;
        }
        bytes
    };

    fn check(name: &str, oracle: fn(&[u8]), alphabet: &[u8]) {
        check_from(&[&format!("corpus/{name}")], oracle, alphabet, INPUTS);
    }

    /// Replays the files of these folders, and inputs that are made from them.
    fn check_from(folders: &[&str], oracle: fn(&[u8]), alphabet: &[u8], inputs: u64) {
        let seeds: Vec<_> = folders.iter().flat_map(|folder| corpus(folder)).collect();
        assert!(!seeds.is_empty(), "{folders:?} is not where it should be");
        for (file, bytes) in &seeds {
            println!("{file}");
            oracle(bytes);
        }
        let time = std::env::var("QGASPEC_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
        let time = time.map(Duration::from_secs);
        let began = Instant::now();
        for seed in (0..).take_while(|seed| time.map_or(*seed < inputs, |time| began.elapsed() < time)) {
            let input = random_input(seed, &seeds, alphabet);
            println!("seed {seed}: {}", input.escape_ascii());
            oracle(&input);
        }
    }

    /// Every file in a folder of the project.
    fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    }

    /// Characters that matter to a reader, or a seed with a few bytes changed.
    fn random_input(seed: u64, seeds: &[(String, Vec<u8>)], alphabet: &[u8]) -> Vec<u8> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |limit: usize| (random.next_u64() % limit as u64) as usize;
        if seed.is_multiple_of(2) {
            let length = below(40);
            return (0..length).map(|_| alphabet[below(alphabet.len())]).collect();
        }
        let mut bytes = seeds[below(seeds.len())].1.clone();
        for _ in 0..=below(4) {
            let at = below(bytes.len() + 1);
            let byte = alphabet[below(alphabet.len())];
            match below(4) {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        bytes
    }
}
