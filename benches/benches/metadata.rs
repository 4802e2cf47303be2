//! One read and one write of the label per format, on the fixtures, in memory.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use biaoshi_label::{Label, Level};
use biaoshi_tests::{PRODUCER, fixtures, read, write};
use criterion::{Criterion, criterion_group, criterion_main};

fn metadata(c: &mut Criterion) {
    let label = Label::new(Level::Confirmed, PRODUCER, "bench", false).unwrap();
    // The first fixture of a row is its plain one.
    let mut seen = Vec::new();
    for fixture in fixtures() {
        if seen.contains(&fixture.format.name) {
            continue;
        }
        seen.push(fixture.format.name);
        let labelled = write(fixture.format, &fixture.bytes, &label).unwrap();
        c.bench_function(&format!("read/{}", fixture.name), |b| {
            b.iter(|| read(fixture.format, &labelled).0.records.len())
        });
        c.bench_function(&format!("write/{}", fixture.name), |b| {
            b.iter(|| write(fixture.format, &fixture.bytes, &label).unwrap())
        });
    }
}

criterion_group!(benches, metadata);
criterion_main!(benches);
