#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::{Patched, to_vec};
use proptest::prelude::*;

use super::*;
use crate::picture::animation::Pixel;

const WORDS: &str = "AI生成";
const SIZE: (u16, u16) = (120, 80);

/// One image of a test file.
#[derive(Debug, Clone)]
struct Part {
    rect: (u16, u16, u16, u16),
    dispose: u8,
    transparent: Option<u8>,
    local: Option<Vec<[u8; 3]>>,
    interlaced: bool,
    indices: Vec<u8>,
}

/// `count` colors without black, white or gray.
fn colors(count: usize) -> Vec<[u8; 3]> {
    (0..count).map(|n| [(n * 29) as u8, 255 - (n * 29) as u8, 90 + (n / 3) as u8]).collect()
}

fn part(rect: (u16, u16, u16, u16), dispose: u8, transparent: Option<u8>, colors: usize) -> Part {
    let mut state = u32::from(rect.0) + 7;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as usize % colors) as u8
    };
    let indices = std::iter::repeat_with(next).take(usize::from(rect.2) * usize::from(rect.3)).collect();
    Part { rect, dispose, transparent, local: None, interlaced: false, indices }
}

fn table(colors: &[[u8; 3]]) -> (u8, Vec<u8>) {
    let bits = colors.len().next_power_of_two().trailing_zeros().max(1) as u8;
    let mut bytes = colors.concat();
    bytes.resize(3 << bits, 0);
    (0x80 | (bits - 1), bytes)
}

fn build(version: &[u8; 6], global: &[[u8; 3]], parts: &[Part]) -> Vec<u8> {
    let (flags, bytes) = table(global);
    let mut out = version.to_vec();
    out.extend([SIZE.0.to_le_bytes(), SIZE.1.to_le_bytes()].concat());
    out.extend([flags, 0, 0]);
    out.extend(bytes);
    if version == b"GIF89a" {
        out.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00\x21\xfe\x04test\x00");
    }
    for part in parts {
        if version == b"GIF89a" {
            let packed = part.dispose << 2 | u8::from(part.transparent.is_some());
            out.extend([0x21, 0xf9, 4, packed, 9, 0, part.transparent.unwrap_or(0), 0, 0x2c]);
        } else {
            out.push(0x2c);
        }
        let (x, y, width, height) = part.rect;
        [x, y, width, height].iter().for_each(|n| out.extend(n.to_le_bytes()));
        let (flags, local) = part.local.as_ref().map_or((0, Vec::new()), |l| table(l));
        out.push(flags | if part.interlaced { 0x40 } else { 0 });
        out.extend(local);
        out.push(8);
        let line = usize::from(width);
        let rows: Vec<&[u8]> = part.indices.chunks(line).collect();
        let order: Vec<usize> = match part.interlaced {
            true => {
                [(0, 8), (4, 8), (2, 4), (1, 2)].into_iter().flat_map(|(a, b)| (a..rows.len()).step_by(b)).collect()
            }
            false => (0..rows.len()).collect(),
        };
        let coded: Vec<u8> = order.into_iter().flat_map(|n| rows[n].to_vec()).collect();
        out.extend(lzw::encode(&coded, 8).unwrap());
    }
    out.push(0x3b);
    out
}

/// Every displayed canvas.
fn shown(bytes: &Vec<u8>) -> Vec<Vec<Pixel>> {
    let limits = Limits::default();
    let gif = Gif::read(bytes, &limits).unwrap();
    let frames = gif.images.iter().map(|image| {
        let color = |index: u8| {
            let [r, g, b] = gif.table(image)[usize::from(index)];
            if image.transparent == Some(index) { [0; 4] } else { [r, g, b, 255] }
        };
        (image.frame, image.indices(bytes, &limits).unwrap().into_iter().map(color).collect())
    });
    animation::displayed(&gif.canvas(), &frames.collect::<Vec<_>>())
}

fn drawn(bytes: &Vec<u8>, corner: Corner) -> (Vec<u8>, Rect, Vec<biaoshi_container::Message>) {
    let outcome = draw(bytes, WORDS, corner, &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    assert!(drawn.patch.is_sound());
    let crate::Place::Picture { rect, .. } = drawn.found.place else { panic!() };
    (to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap(), rect, drawn.notes)
}

/// The label is in every displayed frame, and all other pixels are as they were, but for `merged` of them.
fn check(bytes: &Vec<u8>, corner: Corner, merged: usize) -> Vec<u8> {
    let (out, rect, notes) = drawn(bytes, corner);
    let others = animation::changed_outside(rect, SIZE.0.into(), &shown(bytes), &shown(&out));
    assert!(others <= merged, "{others} pixels changed");
    assert_eq!(!notes.is_empty(), merged > 0);
    assert_eq!(find(bytes, WORDS, &Limits::default()).unwrap(), None);
    assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some_and(|f| f.score > 0.9));
    assert!(matches!(draw(&out, WORDS, corner, &Limits::default()).unwrap(), Outcome::Already(_)));
    out
}

const WHOLE: (u16, u16, u16, u16) = (0, 0, SIZE.0, SIZE.1);

fn animations() -> Vec<Vec<u8>> {
    let corner = (70, 50, 40, 25);
    let away = (3, 3, 20, 10);
    let local = Part { local: Some(colors(16)), ..part(corner, 1, Some(3), 16) };
    let lace = Part { interlaced: true, ..part(WHOLE, 1, None, 32) };
    vec![
        build(b"GIF89a", &colors(32), &[part(WHOLE, 0, None, 32)]),
        build(b"GIF87a", &colors(32), &[part(WHOLE, 0, None, 32)]),
        build(b"GIF89a", &colors(32), &[lace, part(away, 1, None, 2), local]),
        build(
            b"GIF89a",
            &colors(32),
            &[
                part(WHOLE, 1, Some(0), 32),
                part(corner, 2, Some(5), 32),
                part(WHOLE, 3, Some(1), 32),
                part(away, 1, None, 32),
            ],
        ),
        // Stickers: each frame is only as large as it must be, and goes away.
        build(
            b"GIF89a",
            &colors(32),
            &[part(away, 2, Some(0), 32), part(corner, 2, Some(0), 32), part(away, 2, None, 32)],
        ),
        build(b"GIF87a", &colors(32), &[part(away, 0, None, 32)]),
    ]
}

#[test]
fn every_displayed_frame_shows_the_label() {
    for bytes in animations() {
        for corner in Corner::ALL {
            let out = check(&bytes, corner, 0);
            let layout = |b: &Vec<u8>| biaoshi_container::gif::read(b, &Limits::default()).unwrap().0.blocks;
            let texts =
                |b: &Vec<u8>| layout(b).iter().filter(|b| b.kind == biaoshi_container::gif::Kind::Comment).count();
            assert_eq!(texts(&bytes), texts(&out));
        }
    }
}

#[test]
fn frames_without_the_label_stay_byte_for_byte() {
    let bytes = build(b"GIF89a", &colors(32), &[part(WHOLE, 1, None, 32), part((0, 0, 30, 30), 1, None, 32)]);
    let Outcome::Drawn(drawn) = draw(&bytes, WORDS, Corner::BottomRight, &Limits::default()).unwrap() else { panic!() };
    assert_eq!(drawn.patch.edits().len(), 1);
}

#[test]
fn full_palettes_give_up_rare_colors_only_when_they_must() {
    let mut full = part(WHOLE, 1, None, 256);
    full.indices.iter_mut().for_each(|i| *i = if *i < 8 && *i != 0 { 30 } else { *i });
    full.indices[..8].copy_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let (out, _, notes) = drawn(&build(b"GIF89a", &colors(256), &[full.clone()]), Corner::BottomRight);
    assert_eq!(notes, [COLORS_MERGED.with([2u8.into()])]);
    assert!(out.len() > 1000);
    check(&build(b"GIF89a", &colors(256), &[full]), Corner::BottomRight, 2);
    // Black and white are among the colors.
    let mut table = colors(256);
    (table[9], table[200]) = ([5, 4, 2], [255, 250, 250]);
    let bytes = build(b"GIF89a", &table, &[part(WHOLE, 1, None, 256)]);
    let out = check(&bytes, Corner::BottomRight, 0);
    assert!(out.len() < bytes.len() + 100, "no local table is needed");
}

#[test]
fn black_that_no_pixel_has_is_not_given_away() {
    let mut table = colors(32);
    table[31] = [0, 0, 0];
    check(&build(b"GIF89a", &table, &[part(WHOLE, 1, None, 31)]), Corner::BottomRight, 0);
}

#[test]
fn a_frame_that_cannot_grow_is_skipped_with_the_reason() {
    let parts = [part(WHOLE, 1, None, 32), part((60, 0, 60, 80), 2, None, 32), part((0, 0, 9, 9), 2, None, 32)];
    let outcome = draw(&build(b"GIF89a", &colors(32), &parts), WORDS, Corner::BottomRight, &Limits::default()).unwrap();
    assert!(matches!(&outcome, Outcome::Skip(reason) if reason.is(&FRAMES)), "{outcome:?}");
}

/// Browsers and Pillow show all of a first frame that goes beyond the logical screen.
#[test]
fn a_first_frame_beyond_the_screen_makes_it_larger() {
    for (screen, rect, size) in [
        ((60u16, 40u16), (0, 0, 120, 80), (120, 80)),
        ((100, 0), (10, 0, 120, 80), (130, 80)),
        ((0, 0), (0, 0, 120, 80), (120, 80)),
    ] {
        let mut bytes = build(b"GIF89a", &colors(8), &[part(rect, 1, None, 8), part((0, 0, 200, 200), 1, None, 8)]);
        bytes[6..10].copy_from_slice(&[screen.0.to_le_bytes(), screen.1.to_le_bytes()].concat());
        let gif = Gif::read(&bytes, &Limits::default()).unwrap();
        assert_eq!((gif.width, gif.height), size);
        let (out, place, _) = drawn(&bytes, Corner::BottomRight);
        assert!(place.x + place.width > size.0 - 20 && place.y + place.height > size.1 - 20, "{place:?}");
        assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some());
    }
}

#[test]
fn damage_and_limits_are_errors() {
    let good = animations().remove(3);
    let at = good.len() / 2;
    assert!(draw(&good[..at].to_vec(), WORDS, Corner::BottomRight, &Limits::default()).is_err());
    let limits = Limits { decoded: 4000, ..Limits::default() };
    let error = draw(&good, WORDS, Corner::BottomRight, &limits).unwrap_err();
    assert!(error.to_string().contains("--limit-decoded"), "{error}");
}

/// Such a frame could grow to the label, and be too large to be read again.
#[test]
fn frames_far_outside_of_the_canvas_are_an_error_or_can_be_read() {
    let limits = Limits { decoded: 8 << 20, ..Limits::default() };
    let good = animations().remove(5);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] = 65;
        if let Ok(Outcome::Drawn(drawn)) = draw(&bytes, WORDS, Corner::BottomRight, &limits) {
            let out = to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
            assert!(find(&out, WORDS, &limits).is_ok(), "byte {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Damaged files give an error or an outcome, never a panic; what is written can be read.
    #[test]
    fn damage_never_panics(kind in 0usize..6, hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        thread_local!(static FILES: Vec<Vec<u8>> = animations());
        let mut bytes = FILES.with(|f| f[kind].clone());
        for (at, value) in hits {
            let n = bytes.len();
            bytes[at.index(n)] = value;
        }
        let limits = Limits { decoded: 8 << 20, ..Limits::default() };
        let _ = find(&bytes, WORDS, &limits);
        if let Ok(Outcome::Drawn(drawn)) = draw(&bytes, WORDS, Corner::BottomRight, &limits) {
            prop_assert!(drawn.patch.is_sound());
            let out = to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
            prop_assert!(find(&out, WORDS, &limits).is_ok());
        }
    }
}
