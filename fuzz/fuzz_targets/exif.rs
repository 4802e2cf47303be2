//! See `biaoshi_fuzz::exif`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| biaoshi_fuzz::exif(&data.to_vec()));
