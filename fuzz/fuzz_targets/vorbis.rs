//! See `biaoshi_fuzz::vorbis`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::vorbis(&data.to_vec()));
