//! The text watermark in memory, on one thread: marking lines, reading a text that is marked and one that is not. Throughput is in
//! bytes of UTF-8.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use biaoshi::watermark::text::{Alphabet, Density, Detection, Detector, Embedder};
use biaoshi::watermark::{Key, Payload};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const CHINESE: &str = "春天的茶园里，雾气还没有散去，采茶的人已经到了山腰。她们背着竹篓，手指在叶尖上飞快地跳动；一芽一叶，轻轻一提就断了。\n";
const ENGLISH: &str =
    "The dough is wet, so fold it gently rather than knead it, and let it rest for half an hour between the folds.\n";
/// Bytes of a text.
const SIZE: usize = 8 << 20;

fn embed(embedder: &Embedder, text: &str) -> String {
    let mut marker = embedder.marker(Payload(0x0123_4567_89ab_cdef), Density::Normal, Alphabet::Operators);
    let (mut out, mut offset, mut copied) = (String::with_capacity(text.len() * 2), 0, 0);
    let mut put = |insertion: biaoshi::watermark::text::Insertion| {
        out.push_str(&text[copied..insertion.at as usize]);
        out.push_str(&insertion.text);
        copied = insertion.at as usize;
    };
    for line in text.split_inclusive('\n') {
        marker.push(line, &[], |at| (offset + at) as u64);
        marker.insertions().for_each(&mut put);
        offset += line.len();
    }
    marker.finish().0.into_iter().for_each(put);
    out + &text[copied..]
}

fn detect(detector: &Detector, text: &str) -> Detection {
    let mut search = detector.search();
    text.split_inclusive('\n').for_each(|line| search.push(line));
    search.finish()
}

fn watermark(c: &mut Criterion) {
    let (embedder, detector) = (Embedder::new(&Key::PUBLISHED), Detector::new(&[Key::PUBLISHED]));
    let mut group = c.benchmark_group("text watermark");
    group.sample_size(10);
    for (name, prose) in [("chinese", CHINESE), ("english", ENGLISH)] {
        let text = prose.repeat(SIZE / prose.len());
        let marked = embed(&embedder, &text);
        assert_eq!(detect(&detector, &marked).marks.len(), 1);
        assert!(detect(&detector, &text).marks.is_empty());
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("embed {name}"), |b| b.iter(|| embed(&embedder, &text)));
        group.bench_function(format!("detect nothing {name}"), |b| b.iter(|| detect(&detector, &text)));
        group.throughput(Throughput::Bytes(marked.len() as u64));
        group.bench_function(format!("detect {name}"), |b| b.iter(|| detect(&detector, &marked)));
    }
    group.finish();
}

criterion_group!(benches, watermark);
criterion_main!(benches);
