//! See `biaoshi_fuzz::isobmff`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::isobmff(&data.to_vec()));
