//! See `biaoshi_fuzz::tiff`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::tiff(&data.to_vec()));
