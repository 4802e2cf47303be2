//! See `biaoshi_fuzz::png`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::png(&data.to_vec()));
