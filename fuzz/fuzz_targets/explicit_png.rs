//! See `biaoshi_fuzz::explicit_png`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::explicit_png(&data.to_vec()));
