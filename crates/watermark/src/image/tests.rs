//! A gate on pictures made here: it guards what works, it does not show what works on photographs.

use super::*;
use crate::Effort;
use crate::{Key, Payload};

const PAYLOAD: Payload = Payload(0x0123_4567_89ab_cdef);

fn key() -> Key {
    Key::new(*b"a key of sixteen")
}

/// A picture like a photograph: noise of all sizes, the coarse ones strongest, and flat parts.
fn picture(width: usize, height: usize, seed: u32) -> Plane {
    let noise = |x: usize, y: usize, octave: u32| {
        let mut v = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77) ^ (octave * 77 + seed);
        for _ in 0..3 {
            v = (v ^ v >> 15).wrapping_mul(0x2C1B_3C6D);
        }
        (v >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let mut plane = Plane::new(width, height);
    for (size, strength) in [(64, 120.0), (16, 50.0), (4, 16.0), (1, 6.0)] {
        let (columns, rows) = (width / size + 2, height / size + 2);
        let data = (0..columns * rows).map(|i| noise(i % columns, i / columns, size as u32)).collect();
        let cells = Plane { width: columns, height: rows, data };
        let layer = cells.sample(width, height, 1.0 / size as f32, 1.0 / size as f32);
        for (p, l) in plane.data.iter_mut().zip(&layer.data) {
            *p += strength * l;
        }
    }
    plane.data.iter_mut().for_each(|p| *p = (*p + 128.0).clamp(0.0, 255.0).round());
    plane
}

fn marked(plane: &Plane, payload: Payload) -> Plane {
    let mark = Embedder::new(&key()).embed(plane, payload, Strength::default()).unwrap();
    let mut out = plane.clone();
    let (mut scratch, mut delta) = (Scratch::default(), Vec::new());
    for (y, row) in out.data.chunks_exact_mut(plane.width).enumerate() {
        mark.row(y, &mut scratch, &mut delta);
        assert_eq!(delta.len(), row.len());
        row.iter_mut().zip(&delta).for_each(|(p, d)| *p = (*p + d).round().clamp(0.0, 255.0));
    }
    out
}

fn crop(plane: &Plane, x: usize, y: usize, width: usize, height: usize) -> Plane {
    let data = (y..y + height).flat_map(|y| plane.row(y)[x..x + width].iter().copied()).collect();
    Plane { width, height, data }
}

fn turned(plane: &Plane) -> Plane {
    let (width, height) = (plane.height, plane.width);
    let data = (0..width * height).map(|i| plane.row(i % width)[plane.width - 1 - i / width]).collect();
    Plane { width, height, data }
}

fn mirrored(plane: &Plane) -> Plane {
    let data = plane.rows().flat_map(|row| row.iter().rev().copied()).collect();
    Plane { data, ..*plane }
}

fn found(plane: &Plane) -> Option<Found> {
    Detector::new(&key()).detect(plane, Effort::Normal).marks.pop()
}

fn psnr(a: &Plane, b: &Plane) -> f32 {
    let error: f32 = a.data.iter().zip(&b.data).map(|(a, b)| (a - b).powi(2)).sum();
    10.0 * (255.0 * 255.0 * a.data.len() as f32 / error).log10()
}

#[test]
fn marks_survive_what_platforms_do() {
    let clean = picture(720, 540, 1);
    let plane = marked(&clean, PAYLOAD);
    assert!((41.0..46.5).contains(&psnr(&clean, &plane)), "{}", psnr(&clean, &plane));
    let smaller = plane.resize(360, 270);
    let cases = [
        ("as it is", plane.clone(), Content::Match),
        ("half the size", smaller, Content::Match),
        ("a third larger", plane.resize(960, 720), Content::Match),
        ("wider", plane.resize(720, 594), Content::Match),
        ("a quarter turn", turned(&plane), Content::Match),
        ("mirrored", mirrored(&plane), Content::Match),
        ("a quarter of the area", crop(&plane, 201, 143, 360, 270), Content::Unknown),
        ("blurred", plane.blur(1.5), Content::Match),
    ];
    for (name, plane, content) in cases {
        let mark = found(&plane).unwrap_or_else(|| panic!("{name}: nothing found"));
        assert_eq!((mark.payload, mark.content), (PAYLOAD, content), "{name}");
    }
}

#[test]
fn the_quad_is_where_the_mark_is() {
    let plane = marked(&picture(480, 480, 2), PAYLOAD);
    let mut page = picture(1200, 900, 3);
    for (y, row) in plane.rows().enumerate() {
        page.data[(y + 300) * 1200 + 500..][..480].copy_from_slice(row);
    }
    let mark = found(&page).unwrap();
    assert_eq!((mark.payload, mark.content), (PAYLOAD, Content::Unknown));
    for ((x, y), (wx, wy)) in
        mark.quad.into_iter().zip([(500.0, 300.0), (980.0, 300.0), (980.0, 780.0), (500.0, 780.0)])
    {
        assert!((x - wx).abs() < 70.0 && (y - wy).abs() < 70.0, "({x}, {y}) is far from ({wx}, {wy})");
    }
}

/// The picture under a mark that was copied from another one does not agree with it.
#[test]
fn a_copied_mark_is_recognised() {
    let (clean, other) = (picture(640, 480, 4), picture(640, 480, 5));
    let from = marked(&clean, PAYLOAD);
    let mut forged = other.clone();
    for (i, p) in forged.data.iter_mut().enumerate() {
        *p = (*p + from.data[i] - clean.data[i]).clamp(0.0, 255.0);
    }
    let mark = found(&forged).unwrap();
    assert_eq!((mark.payload, mark.content), (PAYLOAD, Content::Mismatch));
}

#[test]
fn nothing_is_found_where_nothing_is() {
    for seed in 10..16 {
        let plane = picture(512, 384, seed);
        assert_eq!(found(&plane), None);
    }
    let plane = marked(&picture(512, 384, 10), PAYLOAD);
    let other = Detector::new(&Key::new([7; 16])).detect(&plane, Effort::Normal);
    assert_eq!(other.mark(), None, "another key");
    assert!(other.false_positive < 1e-9);
}

#[test]
fn poor_pictures_are_no_trouble() {
    for (width, height) in [(1, 1), (31, 400), (64, 64), (64, 3000)] {
        for value in [0.0, 128.0, 255.0] {
            let flat = Plane { width, height, data: vec![value; width * height] };
            assert_eq!(found(&flat), None);
            let mark = Embedder::new(&key()).embed(&flat, PAYLOAD, Strength::default());
            assert_eq!(mark.is_some(), width.min(height) >= SMALLEST);
        }
    }
    let wild = Plane { width: 80, height: 90, data: vec![f32::NAN; 7200] };
    assert_eq!(found(&wild), None);
}

#[test]
fn the_same_picture_gets_the_same_mark() {
    let clean = picture(300, 200, 6);
    assert_eq!(marked(&clean, PAYLOAD), marked(&clean, PAYLOAD));
}

#[test]
fn several_keys_share_a_search() {
    let plane = marked(&picture(480, 480, 3), PAYLOAD);
    let other = Key::new(*b"some other key..");
    let found = Detector::with_keys([&other, &key()]).detect(&plane, Effort::Normal).marks.remove(0);
    assert_eq!((found.key, found.payload), (1, PAYLOAD));
    assert!(Detector::with_keys([&other]).detect(&plane, Effort::Fast).marks.is_empty());
}
