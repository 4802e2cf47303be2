//! See `biaoshi_fuzz::jpeg`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::jpeg(&data.to_vec()));
