//! The visible label in and out of JPEGs of 12 megapixels, in memory: walked, looked at, drawn on, read back.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use biaoshi::media::{ExplicitOptions, Outcome, explicit};
use biaoshi_container::{Limits, Patched};
use biaoshi_explicit::image::Corner;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use libjpeg_turbo_rs::{Encoder, PixelFormat};

/// A soft picture with grain, as RGB.
fn picture(width: usize, height: usize) -> Vec<u8> {
    let mut noise = 1_u32;
    let mut grain = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 28) as u8
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| [x * 200 / width, y * 200 / height, 128]));
    pixels.flat_map(|p| p.map(|v| v as u8 + grain())).collect()
}

fn jpegs(c: &mut Criterion) {
    let (width, height) = (4096, 3072);
    let pixels = picture(width, height);
    let encoder = || Encoder::new(&pixels, width, height, PixelFormat::Rgb).quality(90);
    let jpeg = explicit("jpeg").unwrap();
    let mut group = c.benchmark_group("jpeg");
    group.sample_size(10);
    for (name, encoder) in [
        ("baseline", encoder()),
        ("restarts", encoder().restart_rows(1)),
        ("optimised", encoder().optimize_huffman(true)),
        ("progressive", encoder().progressive(true)),
    ] {
        let bytes = encoder.encode().unwrap();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::new("find", name), &bytes, |b, bytes| {
            b.iter(|| (jpeg.find)(bytes, &ExplicitOptions::default(), &Limits::default()).unwrap());
        });
        for corner in [Corner::BottomRight, Corner::TopLeft] {
            group.bench_with_input(BenchmarkId::new(format!("draw {corner:?}"), name), &bytes, |b, bytes| {
                b.iter(|| {
                    let options = ExplicitOptions { corner, ..ExplicitOptions::default() };
                    let outcome = (jpeg.apply)(bytes, &options, &Limits::default()).unwrap();
                    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
                    let view = Patched::new(bytes, &drawn.patch);
                    assert!(drawn.confirm.unwrap().shows(&view, &Limits::default()).unwrap());
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, jpegs);
criterion_main!(benches);
