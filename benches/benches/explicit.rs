//! The visible label on pictures of 1, 4 and 12 megapixels and the audible one on a minute of sound: whole jobs from
//! file to file, on one thread.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::path::{Path, PathBuf};

use biaoshi::job::{Input, LabelOptions, Output, Own, Wanted, label};
use biaoshi_tests::PRODUCER;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// A picture with some texture, so that compression has work to do.
fn picture(folder: &Path, width: u32, height: u32) -> PathBuf {
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    let mut noise = 1_u32;
    for y in 0..height {
        for x in 0..width {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (noise >> 29) as u8;
            pixels.extend([(x * 255 / width) as u8, (y * 255 / height) as u8, 128].map(|v| v.saturating_add(grain)));
        }
    }
    let path = folder.join(format!("{width}x{height}.png"));
    let mut encoder = png::Encoder::new(std::fs::File::create(&path).unwrap(), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    path
}

/// A minute of 16-bit stereo at 48 kHz.
fn sound(folder: &Path) -> PathBuf {
    let samples: Vec<u8> =
        (0..48_000 * 60).flat_map(|n: i32| ((n * 37 % 20_000 - 10_000) as i16).to_le_bytes().repeat(2)).collect();
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x10\0data".to_vec();
    bytes.extend((samples.len() as u32).to_le_bytes());
    bytes.extend(samples);
    let size = (bytes.len() - 8) as u32;
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    let path = folder.join("minute.wav");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn explicit(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let options = LabelOptions {
        wanted: Wanted::Own(Own { producer: PRODUCER.into(), ..Own::default() }),
        overwrite: true,
        ..LabelOptions::default()
    };
    let mut group = c.benchmark_group("label");
    group.sample_size(10);
    let mut files: Vec<_> =
        [(1024, 1024), (2048, 2048), (4096, 3072)].map(|(w, h)| picture(folder.path(), w, h)).to_vec();
    files.push(sound(folder.path()));
    for path in files {
        group.throughput(Throughput::Bytes(path.metadata().unwrap().len()));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let output = Output::File(folder.path().join(format!("out-{name}")));
        group.bench_with_input(BenchmarkId::from_parameter(&name), &path, |b, path| {
            b.iter(|| label(&Input::new(path.clone(), 0), &output, &options).result.unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, explicit);
criterion_main!(benches);
