#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::tiff::Form;
use biaoshi_container::{Patched, to_vec};
use proptest::prelude::*;

use super::*;

const SIZE: (usize, usize) = (37, 21);

/// A kind of file.
#[derive(Debug, Clone, Copy)]
struct Kind {
    form: Form,
    compression: u64,
    predictor: bool,
    planar: bool,
    /// Sides of tiles, or rows of strips.
    tile: Option<(usize, usize)>,
    rows: usize,
    bytes: usize,
    samples: usize,
    white_is_zero: bool,
}

fn kinds() -> impl Strategy<Value = Kind> {
    let form = (any::<bool>(), any::<bool>()).prop_map(|(big_endian, big)| Form { big_endian, big });
    let tile = prop_oneof![Just(None), Just(Some((16, 16))), Just(Some((32, 16)))];
    let shape = (prop_oneof![Just(1u64), Just(5), Just(8)], any::<[bool; 3]>(), tile, 1..25usize);
    (form, shape, 1..=2usize, 1..=4usize).prop_map(|(form, (compression, flags, tile, rows), bytes, samples)| Kind {
        form,
        compression,
        predictor: flags[0],
        planar: flags[1],
        tile,
        rows: rows.min(SIZE.1),
        bytes,
        samples,
        white_is_zero: flags[2] && samples == 1,
    })
}

fn value(x: usize, y: usize, sample: usize) -> u16 {
    ((x * 911 + y * 1313 + sample * 17_000) % 65_536) as u16
}

impl Kind {
    /// The strips or tiles, coded by the book.
    fn chunks(&self) -> Vec<Vec<u8>> {
        let (width, height) = self.tile.unwrap_or((SIZE.0, self.rows));
        let planes = if self.planar { self.samples } else { 1 };
        let each = self.samples / planes;
        let mut out = Vec::new();
        for plane in 0..planes {
            for top in (0..SIZE.1).step_by(height) {
                for left in (0..SIZE.0).step_by(width) {
                    let rows = if self.tile.is_some() { height } else { height.min(SIZE.1 - top) };
                    let mut raw = Vec::new();
                    for y in top..top + rows {
                        for n in 0..width * each {
                            let at = |n: usize| {
                                let v = value(left + n / each, y, plane * each + n % each);
                                if self.bytes == 1 { v >> 8 } else { v }
                            };
                            let left = if self.predictor && n >= each { at(n - each) } else { 0 };
                            let v = at(n).wrapping_sub(left);
                            match (self.bytes, self.form.big_endian) {
                                (1, _) => raw.push(v as u8),
                                (_, true) => raw.extend(v.to_be_bytes()),
                                (_, false) => raw.extend(v.to_le_bytes()),
                            }
                        }
                    }
                    out.push(match self.compression {
                        5 => {
                            weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(&raw).unwrap()
                        }
                        8 => miniz_oxide::deflate::compress_to_vec_zlib(&raw, 6),
                        _ => raw,
                    });
                }
            }
        }
        out
    }

    fn file(&self) -> Vec<u8> {
        let form = self.form;
        let mut out = if form.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        out.extend(form.bytes(if form.big { 43 } else { 42 }, 2).unwrap());
        if form.big {
            out.extend([form.bytes(8, 2).unwrap(), vec![0; 2]].concat());
        }
        let pointer = out.len();
        out.extend(vec![0; form.offset_size() as usize]);
        let (mut offsets, mut counts) = (Vec::new(), Vec::new());
        for chunk in self.chunks() {
            offsets.push(out.len() as u64);
            counts.push(chunk.len() as u64);
            out.extend(chunk);
        }
        out.extend(b"private data");
        out.resize(out.len().next_multiple_of(2), 0);
        let short = |numbers: &[u64]| (3u16, numbers.to_vec());
        let color = if self.samples < 3 { u64::from(!self.white_is_zero) } else { 2 };
        let mut tags = vec![
            (256, short(&[SIZE.0 as u64])),
            (257, short(&[SIZE.1 as u64])),
            (258, short(&vec![self.bytes as u64 * 8; self.samples])),
            (259, short(&[self.compression])),
            (262, short(&[color])),
            (277, short(&[self.samples as u64])),
            (284, short(&[1 + u64::from(self.planar)])),
            (317, short(&[1 + u64::from(self.predictor)])),
        ];
        tags.extend(self.samples.is_multiple_of(2).then(|| (338, short(&[2]))));
        tags.extend(match self.tile {
            Some((width, height)) => vec![
                (322, short(&[width as u64])),
                (323, short(&[height as u64])),
                (324, (4, offsets)),
                (325, short(&counts)),
            ],
            None => vec![(273, (4, offsets)), (278, short(&[self.rows as u64])), (279, short(&counts))],
        });
        tags.sort_by_key(|t| t.0);
        self.directory(&tags, pointer, &mut out);
        out
    }

    /// Appends a directory with its values, and points at it.
    fn directory(&self, tags: &[(u16, (u16, Vec<u64>))], pointer: usize, out: &mut Vec<u8>) {
        let form = self.form;
        let mut entries = Vec::new();
        for (tag, (kind, numbers)) in tags {
            let size = if *kind == 3 { 2 } else { 4 };
            let value: Vec<u8> = numbers.iter().flat_map(|n| form.bytes(*n, size).unwrap()).collect();
            let mut entry = form.entry(*tag, *kind, numbers.len() as u64, out.len() as u64).unwrap();
            if value.len() as u64 <= form.offset_size() {
                let start = entry.len() - form.offset_size() as usize;
                entry[start..].fill(0);
                entry[start..start + value.len()].copy_from_slice(&value);
            } else {
                out.extend(&value);
                out.resize(out.len().next_multiple_of(2), 0);
            }
            entries.push(entry);
        }
        let at = form.bytes(out.len() as u64, form.offset_size()).unwrap();
        out[pointer..pointer + at.len()].copy_from_slice(&at);
        out.extend(form.bytes(entries.len() as u64, form.count_size()).unwrap());
        out.extend(entries.concat());
        out.extend(form.bytes(0, form.offset_size()).unwrap());
    }
}

fn whole(bytes: &Vec<u8>) -> Whole {
    Whole::read(bytes, &Limits::default()).unwrap().unwrap_or_else(|reason| panic!("{reason}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn samples_come_out_and_go_in(kind in kinds(), grain: u16) {
        let bytes = kind.file();
        let mut picture = whole(&bytes);
        let flip = if kind.white_is_zero { !0 } else { 0 };
        let mut expected: Vec<u8> = Vec::new();
        for n in 0..SIZE.0 * SIZE.1 * kind.samples {
            let pixel = n / kind.samples;
            let v = value(pixel % SIZE.0, pixel / SIZE.0, n % kind.samples) ^ flip;
            expected.extend(&v.to_be_bytes()[..kind.bytes]);
        }
        prop_assert!(picture.raster.samples == expected, "{kind:?}");
        // Noise takes more room in compressed strips than what was there.
        for (n, sample) in picture.raster.samples.iter_mut().enumerate() {
            *sample ^= ((n as u16).wrapping_mul(grain | 1) >> 9) as u8;
        }
        let patch = picture.patch(&bytes, &Limits::default()).unwrap();
        prop_assert!(patch.is_sound());
        let out = to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap();
        prop_assert!(whole(&out).raster.samples == picture.raster.samples, "{kind:?}");
        prop_assert!(kind.compression != 1 || out.len() == bytes.len());
        let private = |b: &Vec<u8>| b.windows(12).filter(|w| w == b"private data").count();
        prop_assert_eq!(private(&out), 1);
    }
}

#[test]
fn strips_over_other_structures_are_left_alone() {
    let form = Form { big_endian: false, big: false };
    let kind = Kind {
        form,
        compression: 1,
        predictor: false,
        planar: false,
        tile: None,
        rows: SIZE.1,
        bytes: 1,
        samples: 1,
        white_is_zero: false,
    };
    let mut bytes = kind.file();
    let (_, first) = Form::read(&bytes).unwrap();
    let directory = form.directory(&bytes, first, &Limits::default()).unwrap();
    let entry = directory.entries.iter().find(|e| e.tag == 273).unwrap().value.clone();
    // The strip now begins inside the directory.
    bytes.resize(bytes.len() + 1000, 0);
    bytes[entry.start as usize..entry.end as usize].copy_from_slice(&(first as u32 + 4).to_le_bytes());
    let picture = whole(&bytes);
    let patch = picture.patch(&bytes, &Limits::default()).unwrap();
    let out = to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap();
    assert!(out.len() > bytes.len());
    assert!(whole(&out).raster.samples == picture.raster.samples);
}
