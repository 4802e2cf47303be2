//! The image watermark in memory, on one thread: embedding, a mark that is there, one that is not, and several keys.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use biaoshi::watermark::Effort;
use biaoshi::watermark::image::{Detector, Embedder, Plane, Scratch, Strength};
use biaoshi::watermark::{Key, Payload};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Widths and heights of 1, 4, 12 and 48 megapixels.
const SIZES: [(usize, usize); 4] = [(1200, 900), (2400, 1800), (4000, 3000), (8000, 6000)];

/// Noise of several sizes, the coarse ones strongest, as in photographs.
fn picture(width: usize, height: usize) -> Plane {
    let noise = |x: usize, y: usize, size: usize| {
        let mut v = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77) ^ size as u32;
        for _ in 0..3 {
            v = (v ^ v >> 15).wrapping_mul(0x2C1B_3C6D);
        }
        (v >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let at = |i: usize| {
        let (x, y) = (i % width, i / width);
        let octaves = [(64, 90.0), (16, 40.0), (4, 16.0), (1, 6.0)];
        let sum: f32 = octaves.iter().map(|&(size, strength)| strength * noise(x / size, y / size, size)).sum();
        (sum + 128.0).clamp(0.0, 255.0).round()
    };
    Plane { width, height, data: (0..width * height).map(at).collect() }
}

/// Makes a mark and adds it.
fn embed(embedder: &Embedder, mut plane: Plane) -> Plane {
    let mark = embedder.embed(&plane, Payload(0x0123_4567_89ab_cdef), Strength::default()).unwrap();
    let (mut scratch, mut delta) = (Scratch::default(), Vec::new());
    for (y, row) in plane.data.chunks_exact_mut(plane.width).enumerate() {
        mark.row(y, &mut scratch, &mut delta);
        row.iter_mut().zip(&delta).for_each(|(p, d)| *p = (*p + d).round().clamp(0.0, 255.0));
    }
    plane
}

fn watermark(c: &mut Criterion) {
    let key = Key::PUBLISHED;
    let (embedder, detector) = (Embedder::new(&key), Detector::new(&key));
    let others: Vec<Key> = (0..4).map(|i| Key::new([i; 16])).collect();
    let several = Detector::with_keys(&others);
    let mut group = c.benchmark_group("watermark");
    group.sample_size(10);
    for (width, height) in SIZES {
        let plane = picture(width, height);
        let marked = embed(&embedder, plane.clone());
        assert!(detector.detect(&marked, Effort::Normal).mark().is_some());
        assert!(several.detect(&plane, Effort::Normal).mark().is_none());
        let size = format!("{} MP", width * height / 1_000_000);
        group.throughput(Throughput::Elements((width * height) as u64));
        let id = |what| BenchmarkId::new(what, &size);
        group.bench_function(id("embed"), |b| b.iter(|| embed(&embedder, plane.clone())));
        group.bench_function(id("hit"), |b| b.iter(|| detector.detect(&marked, Effort::Normal)));
        group.bench_function(id("miss"), |b| b.iter(|| detector.detect(&plane, Effort::Normal)));
        group.bench_function(id("miss, 4 keys"), |b| b.iter(|| several.detect(&plane, Effort::Normal)));
    }
    group.finish();
}

criterion_group!(benches, watermark);
criterion_main!(benches);
