//! See `biaoshi_fuzz::text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::text(&data.to_vec()));
