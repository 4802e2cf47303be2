//! See `biaoshi_fuzz::riff`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::riff(&data.to_vec()));
