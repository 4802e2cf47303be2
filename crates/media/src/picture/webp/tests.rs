#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::{Patched, SourceExt, to_vec};
use image_webp::{ColorType, WebPEncoder};
use proptest::prelude::*;

use super::*;
use crate::Place;
use crate::picture::animation::delta;
use crate::pixels::Opened;

const WORDS: &str = "AI生成";
const SIZE: (u32, u32) = (120, 80);

/// The data of VP8L for noise, with colors under alpha 0.
fn picture(width: u32, height: u32, alpha: bool) -> Vec<u8> {
    let count = if alpha { 4 } else { 3 };
    let mut state = width + 7 * height;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if state >> 30 == 0 { 0 } else { (state >> 24) as u8 }
    };
    let data: Vec<u8> = std::iter::repeat_with(next).take((width * height) as usize * count).collect();
    let mut out = Vec::new();
    let color = if alpha { ColorType::Rgba8 } else { ColorType::Rgb8 };
    WebPEncoder::new(&mut out).encode(&data, width, height, color).unwrap();
    let length = u32::from_le_bytes(out[16..20].try_into().unwrap()) as usize;
    out[20..20 + length].to_vec()
}

fn form(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let body: Vec<u8> = chunks.iter().flat_map(|(id, data)| riff::encode(**id, data)).collect();
    riff::encode(*b"RIFF", &[b"WEBP".as_slice(), &body].concat())
}

fn three(n: u32) -> Vec<u8> {
    n.to_le_bytes()[..3].to_vec()
}

fn vp8x(flags: u8) -> (&'static [u8; 4], Vec<u8>) {
    (b"VP8X", [vec![flags, 0, 0, 0], three(SIZE.0 - 1), three(SIZE.1 - 1)].concat())
}

fn anmf(rect: (u32, u32, u32, u32), flags: u8, alpha: bool) -> (&'static [u8; 4], Vec<u8>) {
    let (x, y, width, height) = rect;
    let numbers = [x / 2, y / 2, width - 1, height - 1, 90].into_iter().flat_map(three).collect();
    let inner = riff::encode(*b"VP8L", &picture(width, height, alpha));
    (b"ANMF", [numbers, vec![flags], inner, riff::encode(*b"odd ", b"x")].concat())
}

const WHOLE: (u32, u32, u32, u32) = (0, 0, SIZE.0, SIZE.1);

fn files() -> Vec<Vec<u8>> {
    let anim = (b"ANIM", vec![0, 0, 0, 0, 3, 0]);
    let (corner, away) = ((70, 40, 50, 40), (2, 4, 21, 11));
    let kept = vec![(b"EXIF", b"MM\0*\0\0\0\x08\0\0\0\0\0\0".to_vec()), (b"odd ", b"abc".to_vec())];
    let still = |alpha| (b"VP8L", picture(SIZE.0, SIZE.1, alpha));
    vec![
        form(&[still(false)]),
        form(&[still(true)]),
        form(&[vec![vp8x(0x18), still(true)], kept.clone()].concat()),
        form(
            &[vec![vp8x(2), anim.clone(), anmf(WHOLE, 0, false), anmf(corner, 2, false), anmf(away, 1, true)], kept]
                .concat(),
        ),
        form(&[
            vp8x(0x12),
            anim.clone(),
            anmf(away, 1, true),
            anmf(corner, 1, true),
            anmf(WHOLE, 0, true),
            anmf(away, 0, false),
        ]),
        form(&[vp8x(2), anim, anmf(away, 2, false)]),
    ]
}

fn shown(bytes: &Vec<u8>) -> Vec<Vec<[u8; 4]>> {
    let layout = Layout::read(bytes, &Limits::default()).unwrap();
    let decoded = |p: &Part| (p.frame, Picture::decode(bytes, p, &Limits::default()).unwrap().rgba());
    animation::displayed(&layout.canvas(), &layout.parts.iter().map(decoded).collect::<Vec<_>>())
}

#[test]
fn every_displayed_frame_shows_the_label() {
    let limits = Limits::default();
    for (n, bytes) in files().iter().enumerate() {
        for corner in Corner::ALL {
            let Outcome::Drawn(drawn) = draw(bytes, WORDS, corner, &limits).unwrap() else { panic!("{n}") };
            assert!(drawn.patch.is_sound());
            let out = to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap();
            assert_eq!(u32::from_le_bytes(out[4..8].try_into().unwrap()) as usize, out.len() - 8);
            let Place::Picture { rect, .. } = drawn.found.place else { panic!() };
            assert_eq!(animation::changed_outside(rect, SIZE.0, &shown(bytes), &shown(&out)), 0, "{n}");
            assert_eq!(find(bytes, WORDS, &limits).unwrap(), None);
            assert!(find(&out, WORDS, &limits).unwrap().is_some_and(|f| f.score > 0.9), "{n}");
            assert!(matches!(draw(&out, WORDS, corner, &limits).unwrap(), Outcome::Already(_)));
            // Chunks that are no pictures stay.
            let others = |b: &Vec<u8>| -> Vec<Vec<u8>> {
                let form = riff::form(b).unwrap();
                let chunks = riff::chunks(b, form.body, &[], &limits).unwrap().into_iter();
                let kept = chunks.filter(|c| !matches!(&c.id, b"VP8L" | b"ANMF" | b"VP8X"));
                kept.map(|c| b.bytes("", c.range(), 1 << 20, biaoshi_container::phrase!("", "")).unwrap()).collect()
            };
            assert_eq!(others(bytes), others(&out));
        }
    }
}

/// Everything but the coded pixels and the sizes round them.
fn others(bytes: &Vec<u8>) -> Vec<Vec<u8>> {
    let part = |range| bytes.bytes("", range, 1 << 20, biaoshi_container::phrase!("", "")).unwrap();
    let inside = |range| riff::chunks(bytes, range, &[], &Limits::default()).unwrap();
    let mut out = Vec::new();
    for chunk in inside(riff::form(bytes).unwrap().body) {
        match &chunk.id {
            b"VP8L" => {}
            b"ANMF" => {
                out.push(part(chunk.data().start..chunk.data().start + 16));
                let inner = inside(chunk.data().start + 16..chunk.data().end);
                out.extend(inner.iter().filter(|c| c.id != *b"VP8L").map(|c| part(c.range())));
            }
            _ => out.push(part(chunk.range())),
        }
    }
    out
}

#[test]
fn every_frame_gets_what_is_added_to_its_place() {
    for (n, bytes) in files().iter().enumerate() {
        let (patch, _) = delta::change(bytes, open);
        let out = to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap();
        assert_eq!(u32::from_le_bytes(out[4..8].try_into().unwrap()) as usize, out.len() - 8);
        let (power, largest) = delta::faults(SIZE.0, &shown(bytes), &shown(&out));
        // What was cut off below a frame shines through where that is half transparent.
        let mixed = n == 3 || n == 4;
        assert!(power < if mixed { 0.2 } else { 0.02 } && (mixed || largest <= 1.0), "{n}: {power} {largest}");
        assert_eq!(others(bytes), others(&out), "{n}");
    }
}

#[test]
fn colors_under_alpha_stay() {
    let bytes = &files()[1];
    let Outcome::Drawn(drawn) = draw(bytes, WORDS, Corner::TopLeft, &Limits::default()).unwrap() else { panic!() };
    let out = to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap();
    let Place::Picture { rect, .. } = drawn.found.place else { panic!() };
    let (before, after) = (&shown(bytes)[0], &shown(&out)[0]);
    assert!(before.iter().any(|p| p[3] == 0 && p[0] > 0));
    let inside = |n: u32| rect.holds(&Rect { x: n % SIZE.0, y: n / SIZE.0, width: 1, height: 1 });
    assert!((0..).zip(before.iter().zip(after)).all(|(n, (b, a))| inside(n) || a == b));
}

#[test]
fn lossy_pictures_are_skipped_with_the_reason() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/clean/webp.webp");
    let outcome = draw(&std::fs::read(fixture).unwrap(), WORDS, Corner::BottomRight, &Limits::default());
    assert!(matches!(&outcome, Ok(Outcome::Skip(reason)) if reason.is(&LOSSY)), "{outcome:?}");
}

#[test]
fn damage_and_limits_are_errors() {
    let good = files().remove(4);
    assert!(draw(&good[..good.len() / 2].to_vec(), WORDS, Corner::BottomRight, &Limits::default()).is_err());
    let limits = Limits { decoded: 4000, ..Limits::default() };
    let error = draw(&good, WORDS, Corner::BottomRight, &limits).unwrap_err();
    assert!(error.to_string().contains("--limit-decoded"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Damaged files give an error or an outcome, never a panic.
    #[test]
    fn damage_never_panics(kind in 0usize..6, hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        thread_local!(static FILES: Vec<Vec<u8>> = files());
        let mut bytes = FILES.with(|f| f[kind].clone());
        for (at, value) in hits {
            // Headers matter most.
            let n = if value % 2 == 0 { bytes.len() } else { 100 };
            bytes[at.index(n)] = value;
        }
        let limits = Limits { decoded: 8 << 20, ..Limits::default() };
        let _ = find(&bytes, WORDS, &limits);
        if let Ok(Outcome::Drawn(drawn)) = draw(&bytes, WORDS, Corner::BottomRight, &limits) {
            prop_assert!(drawn.patch.is_sound());
            let out = to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
            prop_assert!(find(&out, WORDS, &limits).is_ok());
        }
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
