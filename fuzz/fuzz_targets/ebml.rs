//! See `biaoshi_fuzz::ebml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::ebml(&data.to_vec()));
