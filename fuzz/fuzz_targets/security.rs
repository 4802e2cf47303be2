//! See `biaoshi_fuzz::security`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::security(data));
