use std::io::Cursor;

use image_webp::WebPDecoder;
use proptest::prelude::*;

use super::*;

/// The pixels as another decoder sees them.
fn decoded(data: &[u8]) -> Vec<u32> {
    let chunk = biaoshi_container::riff::encode(*b"VP8L", data);
    let file = biaoshi_container::riff::encode(*b"RIFF", &[b"WEBP".as_slice(), &chunk].concat());
    let mut decoder = WebPDecoder::new(Cursor::new(file)).unwrap();
    let mut out = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut out).unwrap();
    match decoder.has_alpha() {
        true => out.chunks(4).map(|p| u32::from_be_bytes([p[3], p[0], p[1], p[2]])).collect(),
        false => out.chunks(3).map(|p| u32::from_be_bytes([255, p[0], p[1], p[2]])).collect(),
    }
}

/// A picture of `colors` colors, in runs of up to `run` pixels.
fn picture(count: usize, colors: u32, run: u32, opaque: bool) -> Vec<u32> {
    let mut state = colors + run;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 8
    };
    let mut out = Vec::new();
    while out.len() < count {
        let color = (next() % colors).wrapping_mul(0x9e37_79b1) | if opaque { 0xff00_0000 } else { 0 };
        out.extend(std::iter::repeat_n(color, 1 + (next() % run) as usize));
    }
    out.truncate(count);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn there_and_back(width in 1u32..70, height in 1u32..70, few in 1u32..40, many: bool, run in 1u32..90, opaque: bool) {
        let colors = if many { few * 50 } else { few };
        let pixels = picture((width * height) as usize, colors, run, opaque);
        prop_assert_eq!(decoded(&encode(width, height, &pixels, !opaque)), pixels);
    }
}

#[test]
fn every_number_of_colors_comes_back() {
    for colors in [1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 100_000] {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (257, 65)] {
            let pixels = picture((width * height) as usize, colors, 1, true);
            assert_eq!(decoded(&encode(width, height, &pixels, false)), pixels, "{colors} {width}");
        }
    }
}

#[test]
fn long_copies_and_long_codes_come_back() {
    // A copy is as long as can be; what is far repeats; some symbols are so rare that their codes have to be cut.
    let noise = picture(400_000, 1 << 24, 1, true);
    let skewed = (0u32..20).flat_map(|n| std::iter::repeat_n(0xff00_0000 | n << 8, 1 << n.min(17)));
    let pixels: Vec<u32> = noise.iter().copied().chain(noise.iter().copied()).chain(skewed).collect();
    let pixels = &pixels[..pixels.len() / 1000 * 1000];
    let coded = encode(1000, pixels.len() as u32 / 1000, pixels, false);
    assert!(coded.len() < 400_000 * 4, "{}", coded.len());
    assert_eq!(decoded(&coded), pixels);
}

#[test]
fn flat_pictures_are_small() {
    let pixels = vec![0xff12_3456; 1000 * 1000];
    assert!(encode(1000, 1000, &pixels, false).len() < 400);
}
