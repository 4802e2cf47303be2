//! See `biaoshi_fuzz::explicit_ogg`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::explicit_ogg(&data.to_vec()));
