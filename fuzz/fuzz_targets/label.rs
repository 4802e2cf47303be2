//! See `biaoshi_fuzz::label`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::label(&data.to_vec()));
