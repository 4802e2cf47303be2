//! See `biaoshi_fuzz::ogg`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::ogg(&data.to_vec()));
