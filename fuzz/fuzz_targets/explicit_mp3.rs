//! See `biaoshi_fuzz::explicit_mp3`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::explicit_mp3(&data.to_vec()));
