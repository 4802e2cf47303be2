#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::png::{SIGNATURE, chunks};
use biaoshi_container::{Patched, to_vec};
use biaoshi_explicit::image::Corner;
use proptest::prelude::*;

use super::super::{DEINTERLACED, PALETTE_EXPANDED, PALETTE_TO_RGB, SAMPLES_WIDENED};
use super::super::{draw, find as find_label, idat, lightness, open};
use super::*;
use crate::Place;
use crate::picture::animation::delta;
use crate::pixels::{Opened, Read};

const WORDS: &str = "AI生成";
const SIZE: (u32, u32) = (120, 80);

/// Columns and rows before, and behind: columns, rows; dispose and blend.
type Control = (u32, u32, u32, u32, u8, u8);
const WHOLE: Control = (0, 0, SIZE.0, SIZE.1, 0, 0);

struct Kind {
    color: u8,
    bits: u8,
    extra: Vec<(&'static [u8; 4], Vec<u8>)>,
    /// Values that samples take.
    most: u16,
    interlaced: bool,
}

/// Columns and rows of the passes of Adam7: the first, and the distance to the next.
const ADAM7: [(u32, u32, u32, u32); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

fn compressed(kind: &Kind, width: u32, height: u32) -> Vec<u8> {
    let samples = [1, 0, 3, 1, 2, 0, 4][usize::from(kind.color)];
    let line = |width: u32| (width as usize * samples * usize::from(kind.bits)).div_ceil(8);
    let mut state = width * 31 + height;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let value = u16::from((state >> 24) as u8);
        // Transparent now and then.
        if state >> 22 & 3 == 0 { 0 } else { (value % kind.most) as u8 }
    };
    let mut next = std::iter::repeat_with(next);
    let passes: &[_] = if kind.interlaced { &ADAM7 } else { &[(0, 0, 1, 1)] };
    let size = |(x, y, dx, dy): &(u32, u32, u32, u32)| ((width - x).div_ceil(*dx), (height - y).div_ceil(*dy));
    let lines = passes.iter().map(size).flat_map(|(width, height)| (0..height).map(move |_| line(width)));
    let rows = lines.flat_map(|line| std::iter::once(0).chain(next.by_ref().take(line)).collect::<Vec<u8>>());
    idat::compress(&rows.collect::<Vec<_>>(), 6).unwrap()
}

/// A file whose default picture is the first frame, or none.
fn build(kind: &Kind, apart: bool, frames: &[Control]) -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    let ihdr =
        [&SIZE.0.to_be_bytes()[..], &SIZE.1.to_be_bytes(), &[kind.bits, kind.color, 0, 0, kind.interlaced.into()]]
            .concat();
    out.extend(encode(*b"IHDR", &ihdr));
    kind.extra.iter().for_each(|(id, data)| out.extend(encode(**id, data)));
    out.extend(encode(*b"acTL", &[(frames.len() as u32).to_be_bytes(), [0; 4]].concat()));
    if apart {
        out.extend(encode(*b"IDAT", &compressed(kind, SIZE.0, SIZE.1)));
    }
    let mut number = 0u32;
    let mut count = || {
        number += 1;
        (number - 1).to_be_bytes()
    };
    for (n, (x, y, width, height, dispose, blend)) in frames.iter().enumerate() {
        let numbers = [*width, *height, *x, *y].into_iter().flat_map(u32::to_be_bytes);
        let control: Vec<u8> = count().into_iter().chain(numbers).chain([0, 9, 0, 100, *dispose, *blend]).collect();
        out.extend(encode(*b"fcTL", &control));
        let data = compressed(kind, *width, *height);
        if n == 0 && !apart {
            out.extend(encode(*b"IDAT", &data));
        } else {
            let half = data.len() / 2;
            out.extend(encode(*b"fdAT", &[&count()[..], &data[..half]].concat()));
            out.extend(encode(*b"fdAT", &[&count()[..], &data[half..]].concat()));
        }
    }
    out.extend(encode(*b"tEXt", b"Comment\0after"));
    out.extend(encode(*b"IEND", &[]));
    out
}

fn palette(entries: u16) -> Vec<u8> {
    (0..entries).flat_map(|n| [(n * 7) as u8, 255 - (n * 5) as u8, 60]).collect()
}

fn kinds() -> Vec<Kind> {
    vec![
        Kind { color: 2, bits: 8, extra: vec![(b"gAMA", vec![0, 0, 0xb1, 0x8f])], most: 256, interlaced: false },
        Kind { color: 6, bits: 8, extra: vec![], most: 256, interlaced: false },
        Kind { color: 6, bits: 16, extra: vec![], most: 256, interlaced: false },
        Kind { color: 4, bits: 8, extra: vec![], most: 256, interlaced: false },
        Kind { color: 0, bits: 4, extra: vec![], most: 256, interlaced: false },
        Kind { color: 0, bits: 8, extra: vec![(b"tRNS", vec![0, 0])], most: 256, interlaced: false },
        Kind {
            color: 3,
            bits: 8,
            extra: vec![(b"PLTE", palette(200)), (b"tRNS", vec![0, 99])],
            most: 200,
            interlaced: false,
        },
        Kind {
            color: 3,
            bits: 8,
            extra: vec![(b"PLTE", palette(256)), (b"tRNS", vec![0, 99])],
            most: 256,
            interlaced: false,
        },
        Kind { color: 3, bits: 8, extra: vec![(b"PLTE", palette(256))], most: 256, interlaced: false },
        Kind { color: 3, bits: 4, extra: vec![(b"PLTE", palette(16))], most: 256, interlaced: false },
    ]
}

fn animations(kind: &Kind) -> Vec<Vec<u8>> {
    // Away from the label in both corners.
    let (corner, away) = (|d, b| (70, 40, 50, 40, d, b), |d, b| (60, 3, 20, 10, d, b));
    vec![
        build(kind, false, &[WHOLE, away(0, 0), corner(0, 1)]),
        build(kind, false, &[WHOLE, corner(2, 0), away(1, 1), corner(1, 1), WHOLE]),
        build(kind, true, &[WHOLE, corner(0, 0)]),
    ]
}

fn shown(bytes: &Vec<u8>) -> Vec<Vec<[u8; 4]>> {
    let limits = Limits::default();
    let header = Header::read(bytes, &limits).unwrap();
    let decoded = |p: &Part| (p.frame, convert::decode_part(bytes, &header, p, &limits).unwrap().rgba());
    animation::displayed(&header.canvas(), &header.parts.iter().map(decoded).collect::<Vec<_>>())
}

/// The numbers of fcTL and fdAT, in order.
fn numbers(bytes: &Vec<u8>) -> Vec<u32> {
    let all = chunks(bytes, &Limits::default()).unwrap().map(|c| c.unwrap());
    let counted = all.filter(|c| matches!(&c.kind, b"fcTL" | b"fdAT"));
    counted
        .map(|c| u32::from_be_bytes(bytes.array("", c.data().start, biaoshi_container::phrase!("", "")).unwrap()))
        .collect()
}

#[test]
fn every_displayed_frame_shows_the_label() {
    let limits = Limits::default();
    for (k, kind) in kinds().iter().enumerate() {
        for (n, bytes) in animations(kind).iter().enumerate() {
            for corner in [Corner::BottomRight, Corner::TopLeft] {
                let outcome = draw(bytes, WORDS, corner, &limits).unwrap();
                let Outcome::Drawn(drawn) = outcome else { panic!("{k} {n}: {outcome:?}") };
                assert!(drawn.patch.is_sound());
                let out = to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap();
                let Place::Picture { rect, .. } = drawn.found.place else { panic!() };
                let others = animation::changed_outside(rect, SIZE.0, &shown(bytes), &shown(&out));
                assert_eq!(others, 0, "{k} {n}");
                assert_eq!(numbers(bytes), numbers(&out));
                assert!((0..).zip(numbers(&out)).all(|(a, b)| a == b));
                assert_eq!(find_label(bytes, WORDS, &limits).unwrap(), None);
                assert!(find_label(&out, WORDS, &limits).unwrap().is_some_and(|f| f.score > 0.9), "{k} {n}");
                assert!(matches!(draw(&out, WORDS, corner, &limits).unwrap(), Outcome::Already(_)));
                assert_eq!(drawn.notes.contains(&PALETTE_EXPANDED.message()), matches!(k, 7 | 8), "{k} {n}");
            }
        }
    }
}

#[test]
fn a_first_frame_grows_only_where_pixels_can_be_transparent() {
    let draw_first = |kind: &Kind| {
        let bytes = build(kind, true, &[(2, 3, 20, 10, 0, 0), (70, 40, 50, 40, 0, 1)]);
        let outcome = draw(&bytes, WORDS, Corner::BottomRight, &Limits::default()).unwrap();
        match outcome {
            Outcome::Drawn(drawn) => {
                let out = to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
                let Place::Picture { rect, .. } = drawn.found.place else { panic!() };
                assert_eq!(animation::changed_outside(rect, SIZE.0, &shown(&bytes), &shown(&out)), 0);
                assert!(find_label(&out, WORDS, &Limits::default()).unwrap().is_some());
                true
            }
            Outcome::Skip(reason) => {
                assert_eq!(reason, FRAMES.message());
                false
            }
            Outcome::Already(_) => panic!(),
        }
    };
    let grown: Vec<bool> = kinds().iter().map(draw_first).collect();
    assert_eq!(grown, [false, true, true, true, false, true, true, true, false, false]);
}

#[test]
fn frames_without_the_label_stay() {
    let bytes = build(&kinds()[0], false, &[WHOLE, (2, 3, 20, 10, 0, 0)]);
    let Outcome::Drawn(drawn) = draw(&bytes, WORDS, Corner::BottomRight, &Limits::default()).unwrap() else { panic!() };
    assert_eq!(drawn.patch.edits().len(), 1);
}

#[test]
fn broken_frames_are_errors() {
    let good = build(&kinds()[0], false, &[WHOLE, (2, 3, 20, 10, 0, 0)]);
    let wrong = |control: Control| build(&kinds()[0], false, &[WHOLE, control]);
    for bytes in [good[..good.len() - 60].to_vec(), wrong((110, 0, 20, 10, 0, 0)), wrong((0, 0, 9, 9, 7, 0))] {
        assert!(draw(&bytes, WORDS, Corner::BottomRight, &Limits::default()).is_err());
    }
    let limits = Limits { decoded: 4000, ..Limits::default() };
    assert!(draw(&good, WORDS, Corner::BottomRight, &limits).unwrap_err().to_string().contains("--limit-decoded"));
}

/// The chunks that are of no pixels, whole.
fn others(bytes: &Vec<u8>) -> Vec<Vec<u8>> {
    let all = chunks(bytes, &Limits::default()).unwrap().map(|c| c.unwrap());
    let kept = all.filter(|c| !matches!(&c.kind, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"fdAT"));
    kept.map(|c| bytes.bytes("", c.range(), 1 << 20, biaoshi_container::phrase!("", "")).unwrap()).collect()
}

#[test]
fn every_frame_gets_what_is_added_to_its_place() {
    let limits = Limits::default();
    let interlaced = kinds().into_iter().map(|kind| Kind { interlaced: true, ..kind });
    for (k, kind) in kinds().into_iter().chain(interlaced).enumerate() {
        for (n, bytes) in animations(&kind).iter().enumerate() {
            let k = k % kinds().len();
            let (patch, notes) = delta::change(bytes, open);
            let out = to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap();
            let (power, largest) = delta::faults(SIZE.0, &shown(bytes), &shown(&out));
            // What was cut off below a frame shines through where that is half transparent.
            let mixed = matches!(k, 1..=3 | 6 | 7);
            assert!(power < if mixed { 0.2 } else { 0.02 } && (mixed || largest <= 1.0), "{k} {n}: {power} {largest}");
            let default = |bytes: &Vec<u8>| {
                let header = Header::read(bytes, &limits).unwrap();
                vec![convert::decode(bytes, header, &limits).unwrap().rgba()]
            };
            // Of 16 bits only the upper half is seen here.
            assert!(delta::faults(SIZE.0, &default(bytes), &default(&out)).1 < 1.1, "{k} {n}");
            assert_eq!((others(bytes), numbers(bytes)), (others(&out), numbers(&out)), "{k} {n}");
            let color = match k {
                4 | 5 => Some(SAMPLES_WIDENED.message()),
                6.. => Some(PALETTE_TO_RGB.message()),
                _ => None,
            };
            let expected: Vec<biaoshi_container::Message> =
                kind.interlaced.then_some(DEINTERLACED.message()).into_iter().chain(color).collect();
            assert_eq!(notes, expected, "{k} {n}");
        }
    }
}

#[test]
fn lightness_is_that_of_the_first_displayed_canvas() {
    let bytes = build(&kinds()[0], true, &[(70, 40, 50, 40, 0, 0), WHOLE]);
    let Read::Plane(plane) = lightness(&bytes, &Limits::default()).unwrap() else { panic!() };
    assert_eq!((plane.width, plane.height), (SIZE.0 as usize, SIZE.1 as usize));
    for (n, (value, [r, g, b, _])) in plane.data.iter().zip(&shown(&bytes)[0]).enumerate() {
        let luma = 0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b);
        assert!((value - luma).abs() < 0.01, "{n}: {value} {luma}");
    }
}

#[test]
fn coded_frames_have_a_limit_together() {
    let flat = Kind { color: 2, bits: 8, extra: vec![], most: 1, interlaced: false };
    let bytes = build(&flat, false, &[WHOLE; 150]);
    let limits = Limits { decoded: 600_000, ..Limits::default() };
    assert!(bytes.len() < 60_000);
    let Opened::Picture(mut picture) = open(&bytes, &limits).unwrap() else { panic!() };
    picture.add(&mut |y, line| {
        line.clear();
        line.extend((0..SIZE.0).map(|x| ((x * x + 7 * x * y as u32) % 97) as f32));
    });
    let error = picture.patch(&bytes, &limits).unwrap_err().to_string();
    assert!(error.contains("coded frames together") && error.contains("--limit-decoded"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Damaged files give an error or an outcome, never a panic.
    #[test]
    fn damage_never_panics(kind in 0usize..30, hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        thread_local!(static FILES: Vec<Vec<u8>> = kinds().iter().flat_map(animations).collect());
        let mut bytes = FILES.with(|f| f[kind].clone());
        for (at, value) in hits {
            let n = bytes.len();
            bytes[at.index(n)] = value;
        }
        let limits = Limits { decoded: 8 << 20, ..Limits::default() };
        let _ = find_label(&bytes, WORDS, &limits);
        let _ = draw(&bytes, WORDS, Corner::BottomRight, &limits);
        let _ = lightness(&bytes, &limits);
        if let Ok(Opened::Picture(mut picture)) = open(&bytes, &limits) {
            picture.add(&mut |_, line| line.resize(1 << 10, 3.0));
            if let Ok(patch) = picture.patch(&bytes, &limits) {
                prop_assert!(patch.is_sound());
                let out = to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap();
                prop_assert!(lightness(&out, &limits).is_ok());
            }
        }
    }
}
