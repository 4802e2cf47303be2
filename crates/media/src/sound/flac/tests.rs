#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::flac::{FrameHeader, StreamInfo};
use biaoshi_container::{Patched, to_vec};
use coder::Shape;
use proptest::prelude::*;

use super::*;
use crate::Place;
use crate::Position;

mod paged;

/// A stream made with our own coder: frames of `size` samples, the last one shorter.
fn stream(channels: u8, bits: u32, size: usize, variable: bool, samples: &[i32], more: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let code = match bits {
        8 => 1,
        16 => 4,
        _ => 6,
    };
    let header = FrameHeader { variable, number: 0, size: 1, length: 0, codes: [0x70, code << 1], extra: vec![0, 0] };
    let shape = Shape { header, bits };
    let (mut frames, mut md5) = (Vec::new(), Md5::new());
    for (n, part) in samples.chunks(size).enumerate() {
        let number = if variable { n * size } else { n } as u64;
        frames.extend(shape.frame(&vec![part; channels.into()], number));
    }
    hash_label(&mut md5, samples, channels, bits);
    let info = StreamInfo {
        block: (size as u16, size as u16),
        frame: (14, 9000),
        rate: 8000,
        channels,
        bits: bits as u8,
        total: samples.len() as u64,
        md5: md5.finalize().into(),
    };
    let mut out = b"fLaC".to_vec();
    let blocks: Vec<_> = std::iter::once((0, info.encode().unwrap())).chain(more.to_vec()).collect();
    for (n, (kind, data)) in blocks.iter().enumerate() {
        let last = if n + 1 == blocks.len() { 0x80 } else { 0 };
        let [_, a, b, c] = (data.len() as u32).to_be_bytes();
        out.extend([kind | last, a, b, c]);
        out.extend(data);
    }
    out.extend(frames);
    out
}

fn grainy(count: usize, bits: u32) -> Vec<i32> {
    let mut state = 9u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as i32 >> (33 - bits)
    };
    (0..count).map(|_| next()).collect()
}

fn decoded(bytes: &[u8]) -> (StreamInfo, Vec<Vec<i32>>) {
    let source = bytes.to_vec();
    let stream = Stream::open(&source, &Limits::default()).unwrap().unwrap();
    let mut ears = Ears::new(&stream, &ExplicitOptions::default()).unwrap();
    let mut channels = vec![Vec::new(); stream.info.channels.into()];
    let mut last = None;
    let frames = stream.walk(&source, &Limits::default(), &mut |block| {
        ears.add(block);
        channels.iter_mut().enumerate().for_each(|(n, c)| c.extend_from_slice(block.channel(n as u32)));
    });
    let frames = frames.unwrap().unwrap();
    ears.check(&stream).unwrap();
    let mut samples = 0;
    for (n, frame) in frames.iter().enumerate() {
        let expected = if frame.header.variable { samples } else { n as u64 };
        assert_eq!(frame.header.number, expected, "frame {n}");
        assert!(frame.header.variable || last.is_none_or(|l| l == frame.header.size), "a short frame in between");
        samples += u64::from(frame.header.size);
        last = (n + 2 < frames.len()).then_some(frame.header.size);
        let size = (frame.span.end - frame.span.start) as u32;
        assert!((stream.info.frame.0..=stream.info.frame.1).contains(&size));
    }
    (stream.info, channels)
}

fn marked(bytes: &Vec<u8>, position: Position) -> Vec<u8> {
    let outcome = mark(bytes, &ExplicitOptions::at(position), &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    assert!(drawn.patch.is_sound());
    let out = to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap();
    let found = find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().unwrap();
    let (Place::Sound(heard), Place::Sound(told)) = (found.place, drawn.found.place) else { panic!() };
    assert_eq!(heard.len(), told.len());
    assert!(heard.iter().zip(told).all(|(h, t)| (h.start - t.start).abs() < 0.011));
    assert!(matches!(mark(&out, &ExplicitOptions::at(position), &Limits::default()).unwrap(), Outcome::Already(_)));
    out
}

#[test]
fn every_stream_takes_the_rhythm_and_keeps_its_samples() {
    for (channels, bits, size, variable) in
        [(1, 16, 4096, false), (2, 24, 1152, false), (6, 16, 4096, true), (8, 8, 192, false), (1, 24, 700, true)]
    {
        for count in [1, 4096, 13_000, 192 * 140] {
            let samples = grainy(count, bits);
            let bytes = stream(channels, bits, size, variable, &samples, &[]);
            for position in [Position::Start, Position::End, Position::Both] {
                let out = marked(&bytes, position);
                let (info, decoded) = decoded(&out);
                let before = if position == Position::End { 0 } else { 16_960usize.next_multiple_of(size) };
                let behind = if position == Position::Start { 0 } else { 16_960 };
                assert_eq!(info.total as usize, before + count + behind);
                for channel in &decoded {
                    assert!(channel[before..before + count] == samples, "{channels} {bits} {size} {variable} {count}");
                    assert_eq!(channel[..before], decoded[0][..before]);
                }
            }
        }
    }
}

#[test]
fn seek_points_and_tracks_move_along() {
    let samples = grainy(20_000, 16);
    let bare = stream(1, 16, 1024, false, &samples, &[]);
    let source = bare.clone();
    let open = Stream::open(&source, &Limits::default()).unwrap().unwrap();
    let frames = open.walk(&source, &Limits::default(), &mut |_| {}).unwrap().unwrap();
    let point = |n: usize| {
        let offset = frames[n].span.start - open.first;
        [&(n as u64 * 1024).to_be_bytes()[..], &offset.to_be_bytes(), &1024u16.to_be_bytes()].concat()
    };
    let table = [point(0), point(7), vec![0xff; 18]].concat();
    let mut sheet = vec![0; 396];
    sheet[395] = 2;
    for (offset, number, indices) in [(500u64, 1u8, 1u8), (20_000, 255, 0)] {
        sheet.extend(offset.to_be_bytes());
        sheet.push(number);
        sheet.extend([0; 26]);
        sheet.push(indices);
        sheet.extend(vec![0; 12 * usize::from(indices)]);
    }
    let bytes = stream(1, 16, 1024, false, &samples, &[(3, table), (5, sheet.clone())]);
    let out = marked(&bytes, Position::Both);
    let (after, first) = biaoshi_container::flac::blocks(&out, 0, &Limits::default()).unwrap();
    let data = |n: usize| &out[after[n].data.start as usize..after[n].data.end as usize];
    let number = |bytes: &[u8]| u64::from_be_bytes(*bytes.first_chunk().unwrap());
    let shift = 16_960u64.next_multiple_of(1024);
    for (at, n) in [(0, 0u64), (18, 7)] {
        let (sample, offset) = (number(&data(1)[at..]), number(&data(1)[at + 8..]));
        assert_eq!(sample, shift + n * 1024);
        let header = FrameHeader::parse(&out[(first + offset) as usize..]).unwrap();
        assert_eq!(header.number * 1024, sample);
    }
    assert_eq!(data(1)[36..], [0xff; 18]);
    assert_eq!((number(&data(2)[396..]), number(&data(2)[444..])), (500 + shift, 20_000 + shift + 16_960));
    sheet[136] = 0x80;
    let disc = stream(1, 16, 1024, false, &samples, &[(5, sheet)]);
    assert!(matches!(
        mark(&disc, &ExplicitOptions::at(Position::Start), &Limits::default()).unwrap(),
        Outcome::Skip(_)
    ));
}

#[test]
fn damage_and_unknown_numbers() {
    let samples = grainy(9000, 16);
    let mut bytes = stream(2, 16, 1024, false, &samples, &[]);
    // What lies behind the last sample stays.
    bytes.extend(b"TAG and more");
    for position in [Position::Start, Position::End] {
        assert!(marked(&bytes, position).ends_with(b"TAG and more"));
    }
    // A stream from a pipe: nothing is known.
    let mut open = stream(2, 16, 1024, false, &samples, &[]);
    open[12..18].fill(0);
    open[21] &= 0xf0;
    open[22..42].fill(0);
    let out = marked(&open, Position::Start);
    assert_eq!((&out[12..18], &out[22..42]), (&[0; 6][..], &[0; 20][..]));
    // A wrong sum is not made right, and a flipped bit is no sound.
    for at in [30, 3000] {
        let mut bad = stream(2, 16, 1024, false, &samples, &[]);
        bad[at] ^= 1;
        assert!(matches!(
            mark(&bad, &ExplicitOptions::at(Position::Start), &Limits::default()).unwrap(),
            Outcome::Skip(reason) if reason.is(&DECODER)
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_never_panics(hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8), cut in any::<Option<prop::sample::Index>>()) {
        let mut bytes = stream(2, 16, 256, false, &grainy(2000, 16), &[(3, vec![1; 40]), (5, vec![0; 450])]);
        for (at, value) in hits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = mark(&bytes, &ExplicitOptions::at(Position::Both), &Limits::default());
        let _ = find(&bytes, &ExplicitOptions::default(), &Limits::default());
    }
}

#[test]
fn the_sum_is_the_same_with_kept_samples_and_decoded_again() {
    let file = stream(2, 16, 4096, false, &grainy(50_000, 16), &[]);
    let limits = Limits::default();
    let stream = Stream::open(&file, &limits).unwrap().unwrap();
    let mut ears = Ears::new(&stream, &ExplicitOptions::default()).unwrap();
    let frames = stream.walk(&file, &limits, &mut |block| ears.add(block)).unwrap().unwrap();
    assert_eq!(ears.content.as_ref().map(Vec::len), Some(50_000 * 2 * 2));
    let patched = |before: usize, content: Option<Vec<u8>>| {
        let tail = ears.tail.clone();
        let label = Label { before: vec![7; before], behind: vec![9; 4096], tail, md5: ears.md5.clone(), content };
        let mut patch = Patch::new();
        layout::plan(&file, &stream, &frames, &label, &limits, &mut patch).unwrap().unwrap();
        to_vec(&Patched::new(&file, &patch), u64::MAX).unwrap()
    };
    for before in [0, 8192] {
        let kept = patched(before, ears.content.clone());
        assert!(kept == patched(before, None));
        let (info, channels) = decoded(&kept);
        let mut sum = Md5::new();
        hash_label(&mut sum, &channels[0], 2, 16);
        assert_eq!(info.md5, <[u8; 16]>::from(sum.finalize()));
    }
}
