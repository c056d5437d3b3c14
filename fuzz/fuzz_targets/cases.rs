//! What is generated is what it is meant to be.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qgaspec_fuzz::cases(bytes));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    qgaspec_fuzz::replay_files(qgaspec_fuzz::cases)
}
