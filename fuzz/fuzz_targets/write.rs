//! See `biaoshi_fuzz::write`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::write(&data.to_vec()));
