//! See `biaoshi_fuzz::html`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::html(&data.to_vec()));
