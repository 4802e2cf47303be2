//! See `biaoshi_fuzz::id3`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::id3(&data.to_vec()));
