//! See `biaoshi_fuzz::gif`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::gif(&data.to_vec()));
