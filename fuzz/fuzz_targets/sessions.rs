//! The reference agent breaks no rule in any session.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qgaspec_fuzz::sessions(bytes));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    qgaspec_fuzz::replay_files(qgaspec_fuzz::sessions)
}
