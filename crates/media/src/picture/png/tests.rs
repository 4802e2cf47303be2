#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use std::path::Path;

use biaoshi_container::png::{SIGNATURE, chunks, encode};
use biaoshi_container::{Patched, SourceExt, to_vec};
use biaoshi_explicit::TOO_SMALL;
use biaoshi_explicit::image::Rect;
use header::Color;
use proptest::prelude::*;

use super::*;
use crate::Place;

const WORDS: &str = "AI生成";
const SIZE: (u32, u32) = (200, 120);

fn noise(len: usize) -> Vec<u8> {
    let mut state = 5u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Chunks in front of IDAT, by type and data.
type Extra<'a> = &'a [(&'static [u8; 4], Vec<u8>)];

/// A PNG from rows of samples, filtered by turns, in IDAT chunks of `part` bytes.
fn encode_rows(color: u8, bits: u8, rows: &[u8], extra: Extra<'_>, part: usize) -> Vec<u8> {
    let samples = [1, 0, 3, 1, 2, 0, 4][usize::from(color)];
    let line = (SIZE.0 as usize * samples * usize::from(bits)).div_ceil(8);
    let pixel = (samples * usize::from(bits) / 8).max(1);
    let mut raw = Vec::new();
    for (n, row) in rows.chunks_exact(line).enumerate() {
        let above = n.checked_sub(1).map(|m| &rows[m * line..(m + 1) * line]).unwrap_or_default();
        let mut target = vec![0; line];
        filter::apply((n % 5) as u8, pixel, above, row, &mut target);
        raw.push((n % 5) as u8);
        raw.extend(target);
    }
    whole(color, bits, 0, &raw, extra, part)
}

fn whole(color: u8, bits: u8, interlace: u8, raw: &[u8], extra: Extra<'_>, part: usize) -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    let ihdr = [&SIZE.0.to_be_bytes()[..], &SIZE.1.to_be_bytes(), &[bits, color, 0, 0, interlace]].concat();
    out.extend(encode(*b"IHDR", &ihdr));
    extra.iter().for_each(|(kind, data)| out.extend(encode(**kind, data)));
    idat::compress(raw, 6).unwrap().chunks(part).for_each(|data| out.extend(encode(*b"IDAT", data)));
    out.extend(encode(*b"tEXt", b"Comment\0after"));
    out.extend(encode(*b"IEND", &[]));
    out
}

fn gray_palette(entries: u16) -> Vec<u8> {
    // Reds and greens only: black and white have to be added.
    (0..entries).flat_map(|n| [(n * 7) as u8, 255 - (n * 5) as u8, 60]).collect()
}

/// Pictures of every color type and depth.
fn kinds() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (color, depths) in [(0, &[1, 2, 4, 8, 16][..]), (2, &[8, 16]), (3, &[1, 2, 4, 8]), (4, &[8, 16]), (6, &[8, 16])]
    {
        for bits in depths {
            let samples = [1, 0, 3, 1, 2, 0, 4][usize::from(color)];
            let line = (SIZE.0 as usize * samples * usize::from(*bits)).div_ceil(8);
            let mut rows = noise(line * SIZE.1 as usize);
            let mut extra = vec![(b"gAMA", vec![0, 0, 0xb1, 0x8f])];
            if color == 3 {
                let entries = if *bits == 8 { 200 } else { 1 << bits };
                extra.push((b"PLTE", gray_palette(entries)));
                extra.push((b"tRNS", vec![0, 128]));
                if *bits == 8 {
                    rows.iter_mut().for_each(|r| *r %= 200);
                }
            }
            all.push((format!("color {color} of {bits} bits"), encode_rows(color, *bits, &rows, &extra, 1000)));
        }
    }
    all
}

fn drawn(bytes: &Vec<u8>, corner: Corner) -> (Vec<u8>, Rect, Vec<biaoshi_container::Message>) {
    let outcome = draw(bytes, WORDS, corner, &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    let Place::Picture { rect, height_ratio, .. } = drawn.found.place else { panic!() };
    assert!(height_ratio >= 0.05);
    let view = Patched::new(bytes, &drawn.patch);
    if let Some(confirm) = drawn.confirm {
        assert!(confirm.shows(&view, &Limits::default()).unwrap());
    }
    (to_vec(&view, u64::MAX).unwrap(), rect, drawn.notes)
}

/// Pixels as 16-bit red, green, blue, alpha, by the png crate.
fn rgba(bytes: &[u8]) -> Vec<[u16; 4]> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    let wide = info.bit_depth == png::BitDepth::Sixteen;
    let samples: Vec<u16> = match wide {
        true => data.as_chunks::<2>().0.iter().map(|c| u16::from_be_bytes(*c)).collect(),
        false => data.iter().map(|s| u16::from(*s) * 257).collect(),
    };
    match info.color_type {
        png::ColorType::GrayscaleAlpha => samples.as_chunks::<2>().0.iter().map(|[g, a]| [*g, *g, *g, *a]).collect(),
        png::ColorType::Rgba => samples.as_chunks::<4>().0.to_vec(),
        other => panic!("{other:?}"),
    }
}

/// Compares a picture before and after; returns how many pixels of the label are opaque white and opaque dark.
fn check(name: &str, bytes: &Vec<u8>, out: &Vec<u8>, rect: Rect) -> (u32, u32) {
    let (before, after) = (rgba(bytes), rgba(out));
    assert_eq!(before.len(), after.len());
    let (mut white, mut dark) = (0, 0);
    for (n, (b, a)) in before.iter().zip(&after).enumerate() {
        let (x, y) = (n as u32 % SIZE.0, n as u32 / SIZE.0);
        let inside = (rect.x..rect.x + rect.width).contains(&x) && (rect.y..rect.y + rect.height).contains(&y);
        assert!(inside || a == b, "{name} at {x} {y}");
        if inside {
            white += u32::from(a.iter().all(|c| *c > 50_000));
            dark += u32::from(a[..3].iter().all(|c| *c < 27_000) && a[3] == 65_535);
        }
    }
    let area = rect.width * rect.height;
    assert!(white * 10 > area && dark * 3 > area, "{name}: {white} white and {dark} dark of {area}");
    assert_eq!(find(bytes, WORDS, &Limits::default()).unwrap(), None, "{name}");
    let found = find(out, WORDS, &Limits::default()).unwrap();
    assert!(found.as_ref().is_some_and(|f| f.score > 0.9), "{name}: {found:?}");
    let again = draw(out, WORDS, Corner::TopLeft, &Limits::default()).unwrap();
    assert!(matches!(again, Outcome::Already(_)), "{name}: {again:?}");
    (white, dark)
}

#[test]
fn every_color_type_and_depth_takes_the_label() {
    for (name, bytes) in kinds() {
        for corner in Corner::ALL {
            let (out, rect, _) = drawn(&bytes, corner);
            check(&name, &bytes, &out, rect);
            let other = |b: &Vec<u8>| -> Vec<Vec<u8>> {
                let all = chunks(b, &Limits::default()).unwrap().map(|c| c.unwrap());
                let kept = all.filter(|c| !matches!(&c.kind, b"IDAT" | b"PLTE" | b"IHDR" | b"tRNS"));
                kept.map(|c| b.bytes("", c.range(), 1 << 20, biaoshi_container::phrase!("", "")).unwrap()).collect()
            };
            assert_eq!(other(&bytes), other(&out), "{name}");
        }
    }
}

#[test]
fn a_label_is_confirmed_only_by_a_sound_stream() {
    let mut confirmed = 0;
    for (name, bytes) in kinds() {
        for corner in [Corner::BottomRight, Corner::TopLeft] {
            let Outcome::Drawn(drawn) = draw(&bytes, WORDS, corner, &Limits::default()).unwrap() else { panic!() };
            let Some(confirm) = drawn.confirm else { continue };
            confirmed += 1;
            let out = to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
            let changed =
                chunks(&out, &Limits::default()).unwrap().map(|c| c.unwrap()).filter(|c| c.kind == *b"IDAT").last();
            let data = changed.unwrap().data();
            for at in (data.start as usize..data.end as usize).step_by((data.end - data.start) as usize / 23) {
                let mut broken = out.clone();
                broken[at] ^= 0x10;
                assert!(confirm.shows(&broken, &Limits::default()).is_err(), "{name}: the chunk's own sum is wrong");
                let whole = data.start as usize - 8..data.end as usize + 4;
                let chunk = encode(*b"IDAT", &broken[data.start as usize..data.end as usize]);
                broken.splice(whole, chunk);
                let shows = confirm.shows(&broken, &Limits::default());
                assert!(!matches!(shows, Ok(true)), "{name}, {corner:?} at {at}");
            }
            // The picture as it was has no label; where its stream begins otherwise, that is damage.
            assert!(!matches!(confirm.shows(&bytes, &Limits::default()), Ok(true)), "{name}");
        }
    }
    assert!(confirmed > 15, "{confirmed}");
}

#[test]
fn chunks_in_front_of_the_label_stay() {
    let rows: Vec<u8> = (0..SIZE.1).flat_map(|y| (0..SIZE.0 * 3).map(move |x| (x * y / 7) as u8)).collect();
    let bytes = encode_rows(2, 8, &rows, &[], 300);
    let outcome = draw(&bytes, WORDS, Corner::BottomRight, &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!() };
    // One deflate block may hold the whole picture; then everything is written again.
    let first = drawn.patch.edits()[0].range.start;
    assert!(first >= 33);
    let long = noise(SIZE.0 as usize * 3 * SIZE.1 as usize);
    let bytes = encode_rows(2, 8, &long, &[], 300);
    let Outcome::Drawn(drawn) = draw(&bytes, WORDS, Corner::BottomRight, &Limits::default()).unwrap() else { panic!() };
    assert!(drawn.patch.edits()[0].range.start as usize > bytes.len() / 3, "{:?}", drawn.patch.edits()[0].range);
    let (out, rect, _) = self::drawn(&bytes, Corner::BottomRight);
    check("cut", &bytes, &out, rect);
    assert!(out.len() * 100 < bytes.len() * 102);
}

#[test]
fn full_palettes_are_widened_or_expanded() {
    let rows = noise(SIZE.0 as usize * SIZE.1 as usize);
    let bytes = encode_rows(3, 8, &rows, &[(b"PLTE", gray_palette(256))], 9000);
    let (out, rect, notes) = drawn(&bytes, Corner::BottomRight);
    assert_eq!(notes, [PALETTE_EXPANDED.message()]);
    check("expanded", &bytes, &out, rect);
    let header = Header::read(&out, &Limits::default()).unwrap();
    assert_eq!((header.color, header.bits), (Color::Rgb, 8));
    // With alpha.
    let bytes = encode_rows(3, 8, &rows, &[(b"PLTE", gray_palette(256)), (b"tRNS", vec![9; 20])], 9000);
    let (out, rect, _) = drawn(&bytes, Corner::BottomRight);
    check("expanded with alpha", &bytes, &out, rect);
    // Entries of tRNS that are opaque change nothing; read as the key of RGB pixels they would mean white.
    let opaque = encode_rows(3, 8, &rows, &[(b"PLTE", gray_palette(256)), (b"tRNS", vec![255; 20])], 9000);
    let plain = encode_rows(3, 8, &rows, &[(b"PLTE", gray_palette(256))], 9000);
    assert!(rgba(&drawn(&opaque, Corner::BottomRight).0) == rgba(&drawn(&plain, Corner::BottomRight).0));
    // Sixteen of sixteen entries: to 8 bits.
    let rows = noise(SIZE.0 as usize / 2 * SIZE.1 as usize);
    let bytes = encode_rows(3, 4, &rows, &[(b"PLTE", gray_palette(16))], 9000);
    let (out, rect, notes) = drawn(&bytes, Corner::TopRight);
    assert_eq!(notes, [PALETTE_EXTENDED.with([8u8.into()])]);
    check("widened", &bytes, &out, rect);
}

#[test]
fn a_transparent_color_does_not_make_holes() {
    // White is transparent, and the whole picture is white.
    for (color, bits, key) in [(0, 8, vec![0, 255]), (2, 8, vec![0, 255, 0, 255, 0, 255]), (2, 16, vec![255; 6])] {
        let samples = if color == 0 { 1 } else { 3 };
        let rows = vec![255; SIZE.0 as usize * samples * SIZE.1 as usize * bits / 8];
        let bytes = encode_rows(color, bits as u8, &rows, &[(b"tRNS", key)], 9000);
        let (out, rect, _) = drawn(&bytes, Corner::BottomRight);
        let after = rgba(&out);
        let centre = |x: u32| after[((rect.y + rect.height / 2) * SIZE.0 + rect.x + x) as usize];
        assert!((3..rect.width - 3).all(|x| centre(x)[3] == 65_535), "color {color}");
        assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some());
    }
}

#[test]
fn interlaced_pictures_are_written_plain() {
    // Adam7 (clause 8.2): start and step of each pass.
    let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let rows = noise(SIZE.0 as usize * SIZE.1 as usize * 3);
    let mut raw = Vec::new();
    for (x0, y0, dx, dy) in passes {
        for y in (y0..SIZE.1 as usize).step_by(dy) {
            raw.push(0);
            for x in (x0..SIZE.0 as usize).step_by(dx) {
                raw.extend(&rows[(y * SIZE.0 as usize + x) * 3..][..3]);
            }
        }
    }
    let bytes = whole(2, 8, 1, &raw, &[], 9000);
    let (out, rect, notes) = drawn(&bytes, Corner::BottomLeft);
    assert_eq!(notes, [DEINTERLACED.message()]);
    check("interlaced", &bytes, &out, rect);
}

#[test]
fn tiny_pictures_are_skipped() {
    let mut tiny = encode_rows(0, 8, &noise(SIZE.0 as usize * SIZE.1 as usize), &[], 9000);
    tiny[19] = 20;
    let outcome = draw(&tiny, WORDS, Corner::BottomRight, &Limits::default()).unwrap();
    assert!(matches!(outcome, Outcome::Skip(reason) if reason.is(&TOO_SMALL)));
}

#[test]
fn damage_is_an_error() {
    let good = kinds().remove(3).1;
    let fails = |bytes: Vec<u8>| {
        matches!(draw(&bytes, WORDS, Corner::BottomRight, &Limits::default()), Err(Error::Container(_)))
    };
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    assert!(fails(flipped));
    assert!(fails(good[..middle].to_vec()));
    let mut wide = good.clone();
    wide[17] = 0x10;
    assert!(fails(wide));
    let limited = draw(&good, WORDS, Corner::BottomRight, &Limits { decoded: 1000, ..Limits::default() });
    assert!(matches!(limited, Err(Error::Container(e)) if e.kind() == biaoshi_container::Kind::Limit));
}

#[test]
fn sample_photos_take_the_label() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/photos");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no {}", folder.display());
        return;
    };
    for path in files.map(|f| f.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "png")) {
        let bytes = std::fs::read(&path).unwrap();
        for words in [WORDS, "人工智能生成", "内容由AI生成"] {
            assert_eq!(find(&bytes, words, &Limits::default()).unwrap(), None, "{}", path.display());
        }
        let (out, ..) = drawn(&bytes, Corner::BottomRight);
        assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some(), "{}", path.display());
        assert!(out.len() * 100 <= bytes.len() * 106, "{}: {} -> {}", path.display(), bytes.len(), out.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Damaged files give an error or an outcome, never a panic.
    #[test]
    fn damage_never_panics(kind in 0usize..14, hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5), header in any::<Option<(usize, u8)>>()) {
        thread_local!(static KINDS: Vec<(String, Vec<u8>)> = kinds());
        let mut bytes = KINDS.with(|k| k[kind % k.len()].1.clone());
        if let Some((at, value)) = header {
            bytes[16 + at % 13] = value;
        }
        for (at, value) in hits {
            let n = bytes.len();
            bytes[at.index(n)] = value;
        }
        let limits = Limits { decoded: 64 << 20, ..Limits::default() };
        let _ = draw(&bytes, WORDS, Corner::BottomRight, &limits);
        let _ = find(&bytes, WORDS, &limits);
    }
}
