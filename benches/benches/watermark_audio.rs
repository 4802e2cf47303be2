//! The audio watermark in memory, on one thread: embedding, a mark that is there, one that is not, one at another speed, and
//! several keys. Throughput is in samples of one channel: 88,200 of them are a second.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use biaoshi::watermark::audio::{Detection, Detector, Embedder};
use biaoshi::watermark::{Effort, Key, Payload};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const RATE: u32 = 44_100;
const CHANNELS: usize = 2;
const SECONDS: u32 = 60;
/// Frames of a piece, as decoders hand them over.
const PIECE: usize = 8192;

/// Noise whose loudness and colour change, a little different on either side.
fn sound() -> Vec<f32> {
    let mut state = 1_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let mut last = 0.0;
    let frames = (0..RATE * SECONDS).flat_map(|n| {
        let time = n as f32 / RATE as f32;
        last += (0.4 + 0.3 * (3.0 * time).sin()) * (noise() - last);
        let loud = 0.5 * (0.55 + 0.45 * (7.0 * time).sin());
        [loud * last, loud * (0.8 * last + 0.1 * noise())]
    });
    frames.collect()
}

fn embed(embedder: &Embedder, samples: &[f32]) -> Vec<f32> {
    let mut marker = embedder.marker(RATE, CHANNELS, Payload(0x0123_4567_89ab_cdef)).unwrap();
    let mut out = Vec::with_capacity(samples.len());
    samples.chunks(PIECE * CHANNELS).for_each(|piece| marker.push(piece, &mut out));
    marker.finish(&mut out);
    out.iter_mut().zip(samples).for_each(|(difference, sample)| *difference += sample);
    out
}

fn detect(detector: &Detector, samples: &[f32], rate: u32, effort: Effort) -> Detection {
    let mut search = detector.search(rate, CHANNELS, effort).unwrap();
    samples.chunks(PIECE * CHANNELS).for_each(|piece| search.push(piece));
    search.finish()
}

fn watermark(c: &mut Criterion) {
    let (embedder, detector) = (Embedder::new(&Key::PUBLISHED), Detector::new(&[Key::PUBLISHED]));
    let others: Vec<Key> = (0..4).map(|i| Key::new([i; 16])).collect();
    let several = Detector::new(&others);
    let samples = sound();
    let marked = embed(&embedder, &samples);
    // The same samples at another rate play 3 % faster.
    let faster = (f64::from(RATE) * 1.03) as u32;
    assert_eq!(detect(&detector, &marked, RATE, Effort::Fast).marks.len(), 1);
    assert_eq!(detect(&detector, &marked, faster, Effort::Normal).marks.len(), 1);
    assert!(detect(&several, &marked, RATE, Effort::Normal).marks.is_empty());
    let mut group = c.benchmark_group("audio watermark");
    group.sample_size(10);
    group.throughput(Throughput::Elements(samples.len() as u64));
    group.bench_function("embed", |b| b.iter(|| embed(&embedder, &samples)));
    let mut search = |name: &str, detector: &Detector, samples: &[f32], rate, effort| {
        group.bench_function(name, |b| b.iter(|| detect(detector, samples, rate, effort)));
    };
    search("hit", &detector, &marked, RATE, Effort::Normal);
    search("hit, 3 % faster", &detector, &marked, faster, Effort::Normal);
    search("miss", &detector, &samples, RATE, Effort::Normal);
    search("miss, fast", &detector, &samples, RATE, Effort::Fast);
    search("miss, 4 keys", &several, &samples, RATE, Effort::Normal);
    group.finish();
}

criterion_group!(benches, watermark);
criterion_main!(benches);
