#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::mpeg::{Header, Piece, walk};
use biaoshi_container::{Patched, to_vec};
use proptest::prelude::*;

use super::coder::Coder;
use super::info::crc16;
use super::*;
use crate::{Drawn, Found, Place, Position};

/// MPEG-1 at 44.1 kHz in joint stereo and two channels, 48 kHz mono; MPEG-2 at 22.05 kHz; MPEG-2.5 at 8 kHz; with and
/// without check sums.
const HEADERS: [([u8; 4], u32); 7] = [
    ([0xff, 0xfb, 0x90, 0x64], 128),
    ([0xff, 0xfa, 0x90, 0x64], 64),
    ([0xff, 0xfb, 0x90, 0x04], 320),
    ([0xff, 0xfb, 0x94, 0xc4], 32),
    ([0xff, 0xf3, 0x80, 0xc4], 32),
    ([0xff, 0xf2, 0x80, 0x44], 48),
    ([0xff, 0xe3, 0x88, 0xc4], 16),
];

fn header((bytes, kilobits): ([u8; 4], u32)) -> Header {
    Header::parse(bytes).unwrap().with(kilobits, false, 0).unwrap()
}

/// Three quarters of a second of a tone that is no label.
fn content(header: Header, padded: bool) -> Vec<u8> {
    let rate = f64::from(header.rate);
    let sample = |n: usize| (0.2 * (n as f64 * 500.0 * std::f64::consts::TAU / rate).sin()) as f32;
    let samples: Vec<f32> = (0..header.rate as usize * 3 / 4).map(sample).collect();
    Coder { header, constant: true, padded }.frames(&samples).unwrap()
}

fn marked(bytes: &Vec<u8>, position: Position) -> (Vec<u8>, Drawn) {
    let outcome = mark(bytes, &ExplicitOptions::at(position), &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    assert!(drawn.patch.is_sound());
    (to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap(), drawn)
}

fn find(bytes: &Vec<u8>) -> Option<Found> {
    sides(open(bytes, &Limits::default()).unwrap().as_mut(), &ExplicitOptions::default()).unwrap().found()
}

fn reason(bytes: &Vec<u8>) -> &'static str {
    let outcome = mark(bytes, &ExplicitOptions::at(Position::Start), &Limits::default()).unwrap();
    let Outcome::Skip(reason) = outcome else { panic!("{outcome:?}") };
    reason.code()
}

/// Headers and offsets of all frames.
fn frames(bytes: &Vec<u8>) -> Vec<(u64, Header)> {
    let mut frames = Vec::new();
    walk(bytes, 0..bytes.len() as u64, &mut |piece| {
        let Piece::Frame(at, header, _) = piece else { panic!("{piece:?}") };
        frames.push((at, header));
        Ok(true)
    })
    .unwrap();
    frames
}

/// A frame that tells about the content, as LAME writes it, of another number of frames than there are.
fn lame(header: Header) -> Vec<u8> {
    let silent = header.with(header.bitrates().last().unwrap(), false, 0).unwrap();
    let mut frame = vec![0; silent.length() as usize];
    frame[..4].copy_from_slice(&silent.bytes());
    let at = 4 + silent.side().len();
    let fields = [&b"Xing\0\0\0\x0f\0\0\0\x07\0\0\0\x07"[..], &[9; 100], &[0, 0, 0, 57], b"LAME3.100"].concat();
    frame[at..at + fields.len()].copy_from_slice(&fields);
    let lame = at + 120;
    // 576 samples in front, 1000 behind; a sum of the music.
    frame[lame + 21..lame + 24].copy_from_slice(&[0x24, 0x03, 0xe8]);
    frame[lame + 32..lame + 34].copy_from_slice(&[1, 2]);
    frame
}

#[test]
fn every_kind_of_frame_takes_the_rhythm_and_keeps_its_bytes() {
    for kind in HEADERS {
        let header = header(kind);
        let sound = content(header, false);
        for (position, places) in [(Position::Start, 1), (Position::End, 1), (Position::Both, 2)] {
            let (out, drawn) = marked(&sound, position);
            let Place::Sound(put) = drawn.found.place else { panic!() };
            assert_eq!((put.len(), drawn.notes.len()), (places, 0));
            let size = header.length() as usize;
            let label = (2.12 * f64::from(header.rate) / f64::from(header.samples())).ceil() as usize * size;
            assert_eq!(out.len(), sound.len() + places * label, "{kind:?} {position:?}");
            let at = if position == Position::End { 0 } else { label };
            assert!(out[at..].starts_with(&sound));
            for (at, other) in frames(&out) {
                assert!(other.continues(&header) && other.kilobits == header.kilobits, "{kind:?} {at}");
                assert_eq!((other.channels(), other.protected()), (header.channels(), header.protected()));
            }
            let Place::Sound(heard) = find(&out).unwrap().place else { panic!() };
            assert_eq!(heard.len(), places, "{kind:?} {position:?}");
            assert!(heard.iter().zip(&put).all(|(h, p)| (h.start - p.start).abs() < 0.03), "{heard:?} {put:?}");
            assert!(matches!(
                mark(&out, &ExplicitOptions::at(position), &Limits::default()).unwrap(),
                Outcome::Already(_)
            ));
        }
    }
}

/// Sixteen seconds of changing bitrates: half of it silence, so that an estimate by the bitrate misses the end by far.
fn changing(header: Header) -> Vec<u8> {
    let rate = f64::from(header.rate);
    let half = header.rate as usize * 8;
    let tone = |n: usize, pitch: f64| (0.15 * (n as f64 * pitch * std::f64::consts::TAU / rate).sin()) as f32;
    let samples: Vec<f32> = (0..2 * half)
        .map(|n| if n < half { 0.0 } else { (1..5).map(|k| tone(n, 310.0 * f64::from(k))).sum() })
        .collect();
    Coder { header, constant: false, padded: false }.frames(&samples).unwrap()
}

#[test]
fn places_are_found_where_bitrates_change() {
    for kind in [HEADERS[0], HEADERS[4]] {
        let header = header(kind).with(32, false, 0).unwrap();
        let sound = changing(header);
        let bitrates = |bytes: &Vec<u8>| -> Vec<u32> { frames(bytes).iter().map(|f| f.1.kilobits).collect() };
        assert!(bitrates(&sound).iter().max() > bitrates(&sound).iter().min());
        for bytes in [sound.clone(), [lame(header), sound.clone()].concat()] {
            for (position, places) in [(Position::Start, 1), (Position::End, 1), (Position::Both, 2)] {
                let (out, drawn) = marked(&bytes, position);
                let (Place::Sound(put), Place::Sound(heard)) = (drawn.found.place, find(&out).unwrap().place) else {
                    panic!()
                };
                assert_eq!(heard.len(), places, "{kind:?} {position:?}");
                assert!(heard.iter().zip(&put).all(|(h, p)| (h.start - p.start).abs() < 0.03), "{heard:?} {put:?}");
            }
        }
    }
}

#[test]
fn a_jump_leads_to_the_frame_that_it_says() {
    let header = header(HEADERS[0]).with(32, false, 0).unwrap();
    let (bytes, _) = marked(&[lame(header), changing(header)].concat(), Position::Start);
    let all = |from: u64| {
        let mut sound = open(&bytes, &Limits::default()).unwrap();
        let at = if from > 0 { sound.seek(from).unwrap() } else { 0 };
        let (mut block, mut samples) = (crate::Block::default(), Vec::new());
        while sound.next(&mut block).unwrap() {
            samples.extend(block.mono());
        }
        (at as usize, samples)
    };
    let (_, whole) = all(0);
    for from in [1, 400_000, 600_000] {
        let (at, part) = all(from);
        assert!(at.abs_diff(from as usize) <= 1152, "{at} {from}");
        let differ = part.iter().zip(&whole[at..]).filter(|(a, b)| (**a - **b).abs() > 1e-5).count();
        assert_eq!(differ, 0, "{from}");
    }
}

#[test]
fn a_bitrate_is_met_by_padding() {
    let header = header(HEADERS[0]);
    let (out, _) = marked(&content(header, true), Position::Both);
    let count = frames(&out).len() as f64;
    let exact = count * 1152.0 / 44_100.0 * 16_000.0;
    assert!((out.len() as f64 - exact).abs() < 4.0, "{} {exact}", out.len());
    let check =
        |frame: &[u8], header: &Header| u16::from_be_bytes([frame[4], frame[5]]) == header.check(&frame[header.side()]);
    let (out, _) = marked(&content(self::header(HEADERS[1]), false), Position::Start);
    assert!(frames(&out).iter().all(|(at, header)| check(&out[*at as usize..], header)));
}

#[test]
fn the_frame_that_tells_about_the_content_tells_the_truth() {
    for kind in HEADERS {
        let header = header(kind);
        let info = lame(header);
        let bytes = [info.clone(), content(header, false)].concat();
        for position in [Position::Start, Position::End, Position::Both] {
            let (out, _) = marked(&bytes, position);
            let all = frames(&out);
            let (at, lame) = (4 + header.side().len(), 4 + header.side().len() + 120);
            let number = |at: usize| u32::from_be_bytes(out[at..at + 4].try_into().unwrap()) as usize;
            assert_eq!((number(at + 8), number(at + 12), number(lame + 28)), (all.len() - 1, out.len(), out.len()));
            let table = &out[at + 16..at + 116];
            for (n, entry) in table.iter().enumerate().skip(1) {
                let (start, _) = all[1 + n * (all.len() - 1) / 100];
                assert_eq!(u64::from(*entry), start * 256 / out.len() as u64, "{kind:?} {position:?} {n}");
            }
            let sum = |range: std::ops::Range<usize>| crc16(0, &out[range]).to_be_bytes();
            assert_eq!(out[lame + 32..lame + 34], sum(info.len()..out.len()));
            assert_eq!(out[lame + 34..lame + 36], sum(0..lame + 34));
            // Delays and what lies around stay.
            assert_eq!((&out[..at + 8], &out[lame..lame + 28]), (&info[..at + 8], &info[lame..lame + 28]));
            let Place::Sound(heard) = find(&out).unwrap().place else { panic!() };
            let start = if position == Position::End { 0.5 } else { 0.3 };
            let content = if position == Position::End { frames(&bytes).len() - 1 } else { 0 };
            let expected = start + (content as u32 * header.samples()) as f64 / f64::from(header.rate);
            assert!((heard[0].start - expected).abs() < 0.15, "{heard:?} {expected}");
        }
    }
}

#[test]
fn fraunhofers_header_keeps_its_size() {
    let header = header(HEADERS[0]);
    let mut info = vec![0; header.length() as usize];
    info[..4].copy_from_slice(&header.bytes());
    // Version, delay, quality; bytes, frames; ten entries of two bytes, scale 1, three frames each.
    info[36..62].copy_from_slice(b"VBRI\0\x01\x04\x51\0\x4b\0\0\0\x07\0\0\0\x07\0\x0a\0\x01\0\x02\0\x03");
    let bytes = [info.clone(), content(header, false)].concat();
    let (out, _) = marked(&bytes, Position::Start);
    let number = |at: usize| u32::from_be_bytes(out[at..at + 4].try_into().unwrap()) as usize;
    let short = |at: usize| usize::from(u16::from_be_bytes([out[at], out[at + 1]]));
    let all = frames(&out);
    assert_eq!((number(46), number(50)), (out.len(), all.len() - 1));
    let (entries, scale, each) = (short(54), short(56), short(60));
    assert_eq!((entries, short(58)), (10, 2));
    for n in 0..entries {
        let place = |n: usize| all.get(1 + n * each).map_or(out.len(), |(at, _)| *at as usize);
        assert_eq!(short(62 + 2 * n), (place(n + 1) - place(n)) / scale, "{n}");
    }
}

/// Puts `main_data_begin` into a frame.
fn reach_back(bytes: &mut [u8], at: usize, header: &Header, by: u8) {
    let side = &mut bytes[at + header.side().start..];
    match header.begin_bits() {
        9 => (side[0], side[1]) = (by >> 1, by << 7 | side[1] & 0x7f),
        _ => side[0] = by,
    }
}

#[test]
fn frames_that_begin_before_the_file_are_silent() {
    for kind in HEADERS {
        let header = header(kind);
        let size = header.length() as usize;
        let mut bytes = content(header, false);
        let held = (size - header.side().end).min(200) as u8;
        // The second frame needs more than the first one has, where it is small enough for that.
        let far = usize::from(held) < size.min(200);
        reach_back(&mut bytes, 0, &header, 100);
        reach_back(&mut bytes, size, &header, if far { held + 1 } else { held });
        let (out, drawn) = marked(&bytes, Position::Start);
        let label = out.len() - bytes.len();
        let silent = |n: usize| {
            let frame = &out[label + n * size..label + (n + 1) * size];
            let side = &frame[header.side()];
            side[2..].iter().all(|b| *b == 0)
                && header.main_data_begin(side) == Some(if n == 0 { 0 } else { held.into() })
                && frame[header.side().end..] == bytes[n * size + header.side().end..(n + 1) * size]
        };
        assert_eq!((silent(0), silent(1), silent(3)), (true, far, false), "{kind:?}");
        assert_eq!(drawn.notes[0].code(), "mp3.silenced");
        // Behind the content nothing changes at its start.
        let (out, drawn) = marked(&bytes, Position::End);
        assert!(out.starts_with(&bytes) && drawn.notes.is_empty());
    }
}

#[test]
fn tags_and_what_the_end_cuts_off_stay_around() {
    let header = header(HEADERS[0]);
    let sound = content(header, false);
    let front = b"ID3\x04\0\0\0\0\0\x0bTIT2\0\0\0\x01\0\0\0".to_vec();
    let v1 = [b"TAG".to_vec(), vec![0; 125]].concat();
    let bytes = [&front, &sound, &sound[..300], &v1].concat();
    let (out, _) = marked(&bytes, Position::Both);
    assert!(out.starts_with(&front) && out.ends_with(&v1));
    // The frame that is cut off must not take the bytes of the label for its own.
    let cut = &out[out.len() - 128 - 300..out.len() - 128];
    assert!(cut[header.side()].iter().all(|b| *b == 0) && cut[36..] == sound[36..300]);
}

#[test]
fn what_cannot_take_a_label_says_why() {
    let joint = content(header(HEADERS[0]), false);
    let mono = content(header(HEADERS[3]), false);
    assert_eq!(reason(&[joint.clone(), mono].concat()), "mp3.changes");
    let layer = |byte: u8, length: usize| {
        let mut frame = vec![0; length];
        frame[..4].copy_from_slice(&[0xff, byte, 0x80, 0xc4]);
        frame.repeat(20)
    };
    assert_eq!(reason(&layer(0xfd, 417)), "mp3.layer");
    assert_eq!(reason(&[vec![0xff, 0xfb, 0x00, 0xc4], vec![0; 4000]].concat()), "mp3.free-format");
    // Three bytes of main data a frame.
    let low = header(([0xff, 0xf3, 0x84, 0x04], 8));
    let mut frame = vec![0; low.length() as usize];
    frame[..4].copy_from_slice(&low.bytes());
    assert_eq!(reason(&frame.repeat(60)), "mp3.bitrate");
    let damaged = [&joint[..3 * 417], &vec![0xaa; 40_000]].concat();
    assert_eq!(reason(&damaged), "media.decoder");
    assert!(mark(&vec![0; 5000], &ExplicitOptions::at(Position::Start), &Limits::default()).is_err());
    let short = Limits { seconds: 0, ..Limits::default() };
    assert!(mark(&[joint.clone(), joint].concat(), &ExplicitOptions::at(Position::Start), &short).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_change_of_bytes_is_survived(changes in prop::collection::vec((0usize..6000, any::<u8>()), 1..20), kind in 0usize..HEADERS.len(), cut in 0usize..3000) {
        let header = header(HEADERS[kind]);
        let mut bytes = [lame(header), content(header, false)].concat();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut);
        if let Ok(Outcome::Drawn(drawn)) = mark(&bytes, &ExplicitOptions::at(Position::Both), &Limits::default()) {
            prop_assert!(drawn.patch.is_sound());
            let out = to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
            prop_assert!(out.len() > bytes.len());
        }
    }
}
