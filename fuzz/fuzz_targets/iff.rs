//! See `biaoshi_fuzz::iff`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::iff(&data.to_vec()));
