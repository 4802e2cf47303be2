#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use std::path::Path;

use biaoshi_container::{Patched, to_vec};
use biaoshi_explicit::TOO_SMALL;
use biaoshi_explicit::image::{Rect, Style};
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling, decompress_to};
use proptest::prelude::*;

use super::*;
use crate::Error;
use crate::Place;
use crate::pixels::{Opened, Read};

const WORDS: &str = "AI生成";

/// A soft picture with some grain, `channels` samples a pixel.
pub(super) fn pixels(width: usize, height: usize, channels: usize) -> Vec<u8> {
    let sample = |n: usize| {
        let (c, x, y) = (n % channels, n / channels % width, n / channels / width);
        let wave = ((x as f32 / 17.0 + c as f32).sin() + (y as f32 / 23.0).cos()) * 55.0 + 128.0;
        wave as u8 ^ (n.wrapping_mul(2_654_435_761) >> 29) as u8
    };
    (0..width * height * channels).map(sample).collect()
}

fn encoder(pixels: &[u8], width: usize, height: usize, format: PixelFormat) -> Encoder<'_> {
    Encoder::new(pixels, width, height, format).quality(88)
}

/// Kinds of JPEG that are to be taken, by name.
pub(super) fn kinds(width: usize, height: usize) -> Vec<(&'static str, Vec<u8>)> {
    let (gray, rgb, cmyk) = (pixels(width, height, 1), pixels(width, height, 3), pixels(width, height, 4));
    let color = || encoder(&rgb, width, height, PixelFormat::Rgb);
    let all = [
        ("gray", encoder(&gray, width, height, PixelFormat::Grayscale)),
        ("444", color().subsampling(Subsampling::S444)),
        ("422", color().subsampling(Subsampling::S422)),
        ("420", color().subsampling(Subsampling::S420)),
        ("440", color().subsampling(Subsampling::S440)),
        ("411", color().subsampling(Subsampling::S411)),
        ("optimised", color().subsampling(Subsampling::S420).optimize_huffman(true)),
        ("progressive", color().subsampling(Subsampling::S420).progressive(true)),
        ("progressive gray", encoder(&gray, width, height, PixelFormat::Grayscale).progressive(true)),
        ("restarts", color().subsampling(Subsampling::S420).restart_blocks(5)),
        ("restart rows, progressive", color().subsampling(Subsampling::S422).restart_rows(1).progressive(true)),
        ("cmyk", encoder(&cmyk, width, height, PixelFormat::Cmyk)),
        // As Pillow writes them: K at half the resolution.
        (
            "cmyk with fine cyan",
            encoder(&cmyk, width, height, PixelFormat::Cmyk).sampling_factors(vec![(2, 2), (1, 1), (1, 1), (1, 1)]),
        ),
    ];
    all.into_iter().map(|(name, e)| (name, e.encode().unwrap())).collect()
}

/// Puts segments behind SOI.
fn with_segments(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

fn drawn(bytes: &Vec<u8>, corner: Corner) -> (Vec<u8>, Rect) {
    let outcome = draw(bytes, WORDS, corner, &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    let Place::Picture { rect, height_ratio, .. } = drawn.found.place else { panic!() };
    assert!(height_ratio >= 0.05);
    (to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap(), rect)
}

#[test]
fn only_the_blocks_under_the_label_change() {
    for (width, height) in [(200, 150), (161, 247)] {
        for (name, bytes) in kinds(width, height) {
            let (out, rect) = drawn(&bytes, Corner::BottomLeft);
            let (before, after) = (read_coefficients(&bytes).unwrap(), read_coefficients(&out).unwrap());
            assert_eq!(before.quant_tables, after.quant_tables, "{name}");
            let most =
                |f: fn(&libjpeg_turbo_rs::ComponentCoefficients) -> u8| before.components.iter().map(f).max().unwrap();
            let (h, v) = (most(|c| c.h_sampling), most(|c| c.v_sampling));
            let mut changed = 0;
            for (b, a) in before.components.iter().zip(&after.components) {
                let (across, down) = ((8 * h / b.h_sampling) as usize, (8 * v / b.v_sampling) as usize);
                // Blocks behind the edge are padding, which the decoder does not show.
                let (columns, rows) = (width.div_ceil(across), height.div_ceil(down));
                for (n, (b_block, a_block)) in b.blocks.iter().zip(&a.blocks).enumerate() {
                    let (x, y) = (n % b.blocks_x, n / b.blocks_x);
                    let inside = (x + 1) * across > rect.x as usize
                        && x * across < (rect.x + rect.width) as usize
                        && (y + 1) * down > rect.y as usize
                        && y * down < (rect.y + rect.height) as usize;
                    assert!(inside || b_block == a_block || x >= columns || y >= rows, "{name} block {x} {y}");
                    changed += usize::from(b_block != a_block);
                }
            }
            assert!(changed > 8, "{name}");
            assert_eq!(find(&bytes, WORDS, &Limits::default()).unwrap(), None, "{name}");
            let found = find(&out, WORDS, &Limits::default()).unwrap().unwrap();
            assert!(found.score > 0.95, "{name} {found:?}");
            let again = draw(&out, WORDS, Corner::TopRight, &Limits::default()).unwrap();
            assert!(matches!(again, Outcome::Already(_)), "{name}");
        }
    }
}

#[test]
fn the_label_is_white_on_a_dark_plate() {
    // The JPEG crate's own pixel decoder does not take the last kind.
    for (name, bytes) in kinds(300, 200).into_iter().filter(|(name, _)| *name != "cmyk with fine cyan") {
        let (out, rect) = drawn(&bytes, Corner::BottomRight);
        let gray = name.contains("gray");
        let cmyk = name == "cmyk";
        let format = if gray {
            PixelFormat::Grayscale
        } else if cmyk {
            PixelFormat::Cmyk
        } else {
            PixelFormat::Rgb
        };
        let count = format.bytes_per_pixel();
        let picture = decompress_to(&out, format).unwrap().data;
        let pixel = |x: u32, y: u32| &picture[(y as usize * 300 + x as usize) * count..][..count];
        let (mut white, mut dark) = (0, 0);
        for y in rect.y + 2..rect.y + rect.height - 2 {
            for x in rect.x + 4..rect.x + rect.width - 4 {
                // CMYK from Adobe files is inverted: 255 is no ink.
                let (least, most) = (pixel(x, y).iter().min().unwrap(), pixel(x, y).iter().max().unwrap());
                white += u32::from(*least > 230);
                dark += u32::from(if cmyk { pixel(x, y)[3] < 120 } else { *most < 125 });
            }
        }
        let area = rect.width * rect.height;
        assert!(white * 10 > area && dark * 3 > area, "{name}: {white} white and {dark} dark of {area}");
    }
}

#[test]
fn segments_and_what_follows_the_picture_stay() {
    let app = |n: u8, data: &[u8]| grammar::encode(n, data).unwrap();
    let kept =
        [app(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), app(0xed, b"Photoshop 3.0\0"), app(grammar::COM, b"hello")];
    for (name, jpeg) in kinds(160, 120) {
        let mut bytes = with_segments(&jpeg, &kept);
        bytes.extend(b"trailing \xff\xd9 bytes");
        let (out, _) = drawn(&bytes, Corner::BottomRight);
        assert!(out.ends_with(b"\xff\xd9trailing \xff\xd9 bytes"), "{name}");
        let all = |b: &Vec<u8>| -> Vec<Vec<u8>> {
            let segments = grammar::segments(b, &Limits::default()).unwrap();
            let apps = segments.iter().filter(|s| s.marker >= 0xe0);
            apps.map(|s| b[s.range().start as usize..s.range().end as usize].to_vec()).collect()
        };
        assert_eq!(all(&bytes), all(&out), "{name}");
        assert!(all(&out).len() >= 4);
    }
}

#[test]
fn the_label_stands_upright_for_every_orientation() {
    let jpeg = &kinds(240, 160)[1].1;
    for orientation in 1..=8u8 {
        let exif = [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0, 0, 0, 0, 0]]
            .concat();
        let bytes = with_segments(jpeg, &[grammar::encode(grammar::APP1, &exif).unwrap()]);
        let (out, rect) = drawn(&bytes, Corner::BottomRight);
        assert_eq!(rect.width < rect.height, orientation >= 5);
        assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some());
        let corner = (rect.x > 100, rect.y > 60);
        let expected = [
            (true, true),
            (false, true),
            (false, false),
            (true, false),
            (true, true),
            (true, false),
            (false, false),
            (false, true),
        ];
        assert_eq!(corner, expected[usize::from(orientation) - 1], "{orientation}");
    }
}

#[test]
fn the_mpf_index_still_points_at_the_second_picture() {
    let pictures = kinds(160, 120);
    let (first, second) = (&pictures[3].1, &pictures[1].1);
    let mut mpf = b"MPF\0MM\0*\0\0\0\x08\0\x01\xb0\x02\0\x07\0\0\0\x20\0\0\0\x1a\0\0\0\0".to_vec();
    let entries = mpf.len();
    mpf.extend([0; 32]);
    let size = u32::try_from(first.len() + mpf.len() + 4).unwrap();
    // Offsets count from the MPF header: SOI 2, marker and length 4, "MPF\0" 4.
    mpf[entries + 4..entries + 8].copy_from_slice(&size.to_be_bytes());
    mpf[entries + 20..entries + 24].copy_from_slice(&u32::try_from(second.len()).unwrap().to_be_bytes());
    mpf[entries + 24..entries + 28].copy_from_slice(&(size - 10).to_be_bytes());
    let mut bytes = with_segments(first, &[grammar::encode(grammar::APP2, &mpf).unwrap()]);
    bytes.extend(second);
    let (out, _) = drawn(&bytes, Corner::BottomRight);
    assert_ne!(out.len(), bytes.len());
    let number = |at: usize| u32::from_be_bytes(*out[at..].first_chunk().unwrap()) as usize;
    let at = 6 + entries;
    assert_eq!(number(at + 4), out.len() - second.len());
    assert_eq!(&out[10 + number(at + 24)..], second.as_slice());
}

#[test]
fn a_label_survives_quality_50() {
    let jpeg = &kinds(480, 320)[3].1;
    let (out, _) = drawn(jpeg, Corner::TopLeft);
    let picture = decompress_to(&out, PixelFormat::Rgb).unwrap().data;
    let again =
        Encoder::new(&picture, 480, 320, PixelFormat::Rgb).quality(50).subsampling(Subsampling::S420).encode().unwrap();
    assert!(find(&again, WORDS, &Limits::default()).unwrap().is_some_and(|f| f.score > 0.9));
    // Looking for other words finds the label too, and says which words it has.
    let other = find(&again, "AI合成", &Limits::default()).unwrap().unwrap();
    assert!(matches!(other.place, Place::Picture { words, .. } if words == WORDS));
}

/// Adds a faint pattern to every pixel; the file and the power of the pattern.
fn marked(bytes: &Vec<u8>) -> Option<(Vec<u8>, f64)> {
    let limits = Limits::default();
    let Opened::Picture(mut picture) = open(bytes, &limits).unwrap() else { return None };
    let plane = picture.lightness();
    let delta = |x: usize, y: usize| 2.5 * (x as f32 / 2.9).sin() * (y as f32 / 3.7).cos();
    picture.add(&mut |y, out| {
        out.clear();
        out.extend((0..plane.width).map(|x| delta(x, y)));
    });
    let patch = picture.patch(bytes, &limits).unwrap();
    let all = (0..plane.data.len()).map(|n| f64::from(delta(n % plane.width, n / plane.width).powi(2)));
    Some((to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap(), all.sum::<f64>() / plane.data.len() as f64))
}

fn plane(bytes: &Vec<u8>) -> biaoshi_watermark::image::Plane {
    match lightness(bytes, &Limits::default()).unwrap() {
        Read::Plane(plane) => plane,
        Read::Skip(reason) => panic!("{reason}"),
    }
}

#[test]
fn what_is_added_goes_into_luma_alone() {
    for (name, bytes) in kinds(161, 120) {
        let kept = [grammar::encode(0xe1, b"Exif\0\0some").unwrap(), grammar::encode(grammar::COM, b"hello").unwrap()];
        let bytes = with_segments(&bytes, &kept);
        let Some((out, _)) = marked(&bytes) else {
            assert!(name.contains("cmyk"), "{name}");
            continue;
        };
        let (before, after) = (read_coefficients(&bytes).unwrap(), read_coefficients(&out).unwrap());
        assert!(before.quant_tables == after.quant_tables, "{name}");
        assert!(before.components[0].blocks != after.components[0].blocks, "{name}");
        for (b, a) in before.components.iter().zip(&after.components).skip(1) {
            // Behind the edge lies padding, which no decoder shows.
            let most = |f: fn(&libjpeg_turbo_rs::ComponentCoefficients) -> u8| before.components.iter().map(f).max();
            let (h, v) = (most(|c| c.h_sampling).unwrap(), most(|c| c.v_sampling).unwrap());
            let columns = 161_usize.div_ceil(usize::from(8 * h / b.h_sampling));
            let rows = 120_usize.div_ceil(usize::from(8 * v / b.v_sampling));
            for y in 0..rows {
                let line = |c: &libjpeg_turbo_rs::ComponentCoefficients| c.blocks[y * c.blocks_x..][..columns].to_vec();
                assert!(line(b) == line(a), "{name}");
            }
        }
        let frame = |b: &Vec<u8>| {
            let segments = grammar::segments(b, &Limits::default()).unwrap();
            let apps: Vec<_> = segments.iter().filter(|s| s.marker >= 0xe0).map(|s| s.read(b).unwrap()).collect();
            (segments.iter().find(|s| matches!(s.marker, 0xc0..=0xc2)).unwrap().marker == 0xc2, apps)
        };
        assert_eq!(frame(&bytes), frame(&out), "{name}");
    }
}

/// Under half a step of quantisation, where rounding would leave nothing.
#[test]
fn a_faint_change_keeps_its_power_in_coarse_files() {
    let rgb = pixels(320, 240, 3);
    for (quality, least) in [(95, 0.9), (75, 0.8), (50, 0.55), (30, 0.4)] {
        let bytes = Encoder::new(&rgb, 320, 240, PixelFormat::Rgb).quality(quality).encode().unwrap();
        let (out, wanted) = marked(&bytes).unwrap();
        let (before, after) = (plane(&bytes), plane(&out));
        let (mut both, mut power, mut pattern) = (0.0, 0.0, 0.0);
        for (n, (b, a)) in before.data.iter().zip(&after.data).enumerate() {
            let delta = 2.5 * ((n % 320) as f32 / 2.9).sin() * ((n / 320) as f32 / 3.7).cos();
            both += f64::from(delta * (a - b));
            power += f64::from((a - b) * (a - b));
            pattern += f64::from(delta * delta);
        }
        let ratio = power / before.data.len() as f64 / wanted;
        assert!((0.8..1.15).contains(&ratio), "quality {quality}: {ratio} of the power");
        assert!(both / (power * pattern).sqrt() > least, "quality {quality}: {}", both / (power * pattern).sqrt());
    }
}

/// Adobe's files of red, green and blue: each color has its coefficients.
#[test]
fn colors_that_are_no_luma_move_together() {
    let rgb = pixels(160, 120, 3);
    let encoder = encoder(&rgb, 160, 120, PixelFormat::Rgb).subsampling(Subsampling::S444);
    let bytes = encoder.colorspace(libjpeg_turbo_rs::ColorSpace::Rgb).encode().unwrap();
    let (out, _) = marked(&bytes).unwrap();
    let (before, after) = (read_coefficients(&bytes).unwrap(), read_coefficients(&out).unwrap());
    assert!(before.components.iter().zip(&after.components).all(|(b, a)| b.blocks != a.blocks));
    let difference: f32 = plane(&bytes).data.iter().zip(&plane(&out).data).map(|(a, b)| (a - b).abs()).sum();
    assert!((0.5..3.0).contains(&(difference / (160.0 * 120.0))));
}

#[test]
fn what_cannot_be_taken_is_skipped_with_a_reason() {
    let skip = |bytes: &Vec<u8>| match draw(bytes, WORDS, Corner::BottomRight, &Limits::default()).unwrap() {
        Outcome::Skip(reason) => reason,
        other => panic!("{other:?}"),
    };
    let rgb = pixels(160, 120, 3);
    let arithmetic = encoder(&rgb, 160, 120, PixelFormat::Rgb).arithmetic(true).encode().unwrap();
    assert_eq!(skip(&arithmetic), PROCESS.with(["c9".into()]));
    let lossless = encoder(&rgb, 160, 120, PixelFormat::Rgb).lossless(true).encode().unwrap();
    assert_eq!(skip(&lossless), PROCESS.with(["c3".into()]));
    let tiny = encoder(&rgb[..30 * 30 * 3], 30, 30, PixelFormat::Rgb).encode().unwrap();
    assert!(skip(&tiny).is(&TOO_SMALL));
    let mut deep = kinds(160, 120)[0].1.clone();
    let sof = grammar::segments(&deep, &Limits::default()).unwrap().into_iter().find(|s| s.marker == 0xc0).unwrap();
    deep[sof.payload().start as usize] = 12;
    assert_eq!(skip(&deep), PRECISION.with([12u8.into()]));
    let words = draw(&kinds(160, 120)[0].1, "AI画", Corner::BottomRight, &Limits::default());
    assert!(matches!(words, Err(Error::Explicit(biaoshi_explicit::Error::Words))));
    let limits = Limits { decoded: 10_000, ..Limits::default() };
    let limited = draw(&kinds(160, 120)[1].1, WORDS, Corner::BottomRight, &limits);
    assert!(matches!(limited, Err(Error::Container(e)) if e.kind() == biaoshi_container::Kind::Limit));
}

/// Viewers do without the last two bytes, and pass over what stands between segments.
#[test]
fn a_picture_without_its_end_is_drawn_on() {
    for (name, bytes) in kinds(160, 120) {
        for more in [&b""[..], b"\xff", b"\xff\xd8\xff\xe0"] {
            let open = [&bytes[..bytes.len() - 2], more].concat();
            let outcome = draw(&open, WORDS, Corner::BottomRight, &Limits::default()).unwrap();
            let Outcome::Drawn(done) = outcome else { panic!("{name}: {outcome:?}") };
            assert_eq!(done.notes, [ENDED.message()], "{name}");
            assert!(done.damage.is_some(), "{name}");
            let out = to_vec(&Patched::new(&open, &done.patch), u64::MAX).unwrap();
            assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some(), "{name}");
            let again = draw(&out, WORDS, Corner::BottomRight, &Limits::default()).unwrap();
            assert!(matches!(again, Outcome::Already(_)), "{name}");
            assert!(name.starts_with("cmyk") || decompress_to(&out, PixelFormat::Rgb).is_ok(), "{name}");
        }
        let cut = bytes[..bytes.len() * 3 / 4].to_vec();
        let error = draw(&cut, WORDS, Corner::BottomRight, &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::Container(e) if e.kind() == biaoshi_container::Kind::Malformed), "{name}");
    }
}

#[test]
fn scans_of_nothing_are_counted() {
    let (_, good) = kinds(160, 120).into_iter().find(|(name, _)| *name == "progressive gray").unwrap();
    let scans = |n: usize| {
        [&good[..good.len() - 2], &b"\xff\xda\0\x08\x01\x01\0\x01\x3f\x10\0".repeat(n), b"\xff\xd9"].concat()
    };
    let error = |n| draw(&scans(n), WORDS, Corner::BottomRight, &Limits::default()).unwrap_err().to_string();
    assert!(!error(100).contains("--limit-work"), "{}", error(100));
    assert!(error(5000).contains("--limit-work"), "{}", error(5000));
}

#[test]
fn sample_photos_take_the_label() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/photos");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no {}", folder.display());
        return;
    };
    for path in files.map(|f| f.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "jpg")) {
        let bytes = std::fs::read(&path).unwrap();
        for words in [WORDS, "人工智能生成", "内容由AI生成"] {
            assert_eq!(find(&bytes, words, &Limits::default()).unwrap(), None, "{}", path.display());
        }
        let (out, _) = drawn(&bytes, Corner::BottomRight);
        assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some(), "{}", path.display());
        assert!(out.len() * 100 <= bytes.len() * 105, "{}: {} -> {}", path.display(), bytes.len(), out.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Damaged files give an error or an outcome, never a panic.
    #[test]
    fn damage_never_panics(kind in 0usize..13, hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<Option<prop::sample::Index>>()) {
        thread_local!(static KINDS: Vec<(&'static str, Vec<u8>)> = kinds(96, 64));
        let mut bytes = KINDS.with(|k| k[kind].1.clone());
        for (at, value) in hits {
            let n = bytes.len();
            bytes[at.index(n)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = draw(&bytes, WORDS, Corner::BottomRight, &Limits::default());
        let _ = find(&bytes, WORDS, &Limits::default());
    }
}

/// Bytes between segments that are coded anew: left alone, their last one would make a marker of the next ones.
#[test]
fn strays_between_segments_make_no_marker() {
    let bytes = kinds(200, 152).into_iter().find(|(name, _)| *name == "420").map(|(_, bytes)| bytes).unwrap();
    let tables = grammar::segments(&bytes, &Limits::default()).unwrap().into_iter().filter(|s| s.marker == 0xc4);
    let [first, second, ..] = tables.collect::<Vec<_>>()[..] else { panic!("a table for each component") };
    let (first, second) = (first.start as usize, second.start as usize);
    let strays = [&bytes[..first], b"\0\xff", &bytes[first..second], b"\xf3\xf4\xf5", &bytes[second..]].concat();
    let frame::Shape::Known(frame) = Frame::read(&strays, &Limits::default()).unwrap() else { panic!("a known frame") };
    let stamp = Stamp::new(&frame.canvas, WORDS, Corner::default(), Style::default()).unwrap();
    let Outcome::Drawn(drawn) = draw_anew(&strays, &frame, &stamp, WORDS, &Limits::default()).unwrap() else {
        panic!()
    };
    let out = to_vec(&Patched::new(&strays, &drawn.patch), u64::MAX).unwrap();
    assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some());
}
