//! A planted fault is found soon.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qgaspec_fuzz::canary(bytes));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    qgaspec_fuzz::replay_files(qgaspec_fuzz::canary)
}
