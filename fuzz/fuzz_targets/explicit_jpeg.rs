//! See `biaoshi_fuzz::explicit_jpeg`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::explicit_jpeg(&data.to_vec()));
