#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::{Patched, iff, to_vec};
use proptest::prelude::*;

use super::super::stored::{Coding, Kind};
use super::*;
use crate::Place;
use crate::{Drawn, Position};

const RATE: u32 = 8000;

const CODINGS: [(&[u8; 4], u16, Kind, usize, bool); 11] = [
    (b"NONE", 8, Kind::Signed, 1, true),
    (b"NONE", 16, Kind::Signed, 2, true),
    (b"NONE", 20, Kind::Signed, 3, true),
    (b"NONE", 32, Kind::Signed, 4, true),
    (b"sowt", 16, Kind::Signed, 2, false),
    (b"raw ", 8, Kind::Unsigned, 1, true),
    (b"in24", 24, Kind::Signed, 3, true),
    (b"fl32", 32, Kind::Float, 4, true),
    (b"FL64", 64, Kind::Float, 8, true),
    (b"ulaw", 16, Kind::MuLaw, 1, true),
    (b"alaw", 16, Kind::ALaw, 1, true),
];

fn content(coding: Coding, channels: u16) -> Vec<u8> {
    let mut state = 9u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / 8_388_608.0 - 1.0) * 0.4
    };
    coding.encode(&(0..RATE * 3 / 2).map(|_| next()).collect::<Vec<_>>(), channels)
}

/// A file with markers, of which the last one has a name of odd length.
fn file(compression: &[u8; 4], bits: u16, channels: u16, sound: &[u8], frames: u32, offset: u32) -> Vec<u8> {
    let compressed = compression != b"NONE";
    let mut comm =
        [channels.to_be_bytes().to_vec(), frames.to_be_bytes().to_vec(), bits.to_be_bytes().to_vec()].concat();
    // 8000 as an extended float: 2^12 times 1.953125.
    comm.extend([0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0]);
    if compressed {
        comm.extend(compression);
        comm.extend([0, 0]);
    }
    let marks = [&[0, 2, 0, 1, 0, 0, 0, 0, 1, b'a', 0, 2][..], &7000u32.to_be_bytes(), &[2, b'b', b'c', 0]].concat();
    let ssnd = [&offset.to_be_bytes()[..], &[0; 4], &vec![9; offset as usize], sound].concat();
    let chunks = [(b"COMM", comm), (b"MARK", marks), (b"SSND", ssnd), (b"NAME", b"a name".to_vec())];
    let body: Vec<u8> = chunks.into_iter().flat_map(|(id, data)| iff::encode(*id, &data).unwrap()).collect();
    let kind = if compressed { b"AIFC" } else { b"AIFF" };
    [&b"FORM"[..], &(body.len() as u32 + 4).to_be_bytes(), kind, &body].concat()
}

fn marked(bytes: &Vec<u8>, position: Position) -> (Vec<u8>, Drawn) {
    let outcome = mark(bytes, &ExplicitOptions::at(position), &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    (to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap(), drawn)
}

fn number(bytes: &[u8], id: &[u8; 4], at: usize) -> u32 {
    let chunk = bytes.windows(4).position(|w| w == id).unwrap();
    u32::from_be_bytes(bytes[chunk + at..chunk + at + 4].try_into().unwrap())
}

#[test]
fn every_coding_takes_the_rhythm_and_keeps_its_samples() {
    for (compression, bits, kind, bytes, big) in CODINGS {
        for (channels, offset) in [(1, 0), (2, 4)] {
            let coding = Coding { kind, bytes, big };
            let sound = content(coding, channels);
            let frames = RATE * 3 / 2;
            let clean = file(compression, bits, channels, &sound, frames, offset);
            for (position, places) in [(Position::Start, 1), (Position::End, 1), (Position::Both, 2)] {
                let (out, drawn) = marked(&clean, position);
                assert_eq!(number(&out, b"FORM", 4) as usize + 8, out.len());
                assert_eq!(number(&out, b"COMM", 10), frames + places as u32 * 16_960);
                let before = if position == Position::End { 0 } else { 16_960 };
                assert_eq!([number(&out, b"MARK", 12), number(&out, b"MARK", 20)], [before, 7000 + before]);
                let start = out.windows(4).position(|w| w == b"SSND").unwrap() + 16 + offset as usize;
                let block = bytes * usize::from(channels);
                assert!(out[start + before as usize * block..].starts_with(&sound), "{compression:?} {position:?}");
                assert!(out.ends_with(&iff::encode(*b"NAME", b"a name").unwrap()));
                let (Place::Sound(heard), Place::Sound(times)) = (
                    find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().unwrap().place,
                    drawn.found.place,
                ) else {
                    panic!()
                };
                assert_eq!(heard.len(), places);
                assert!(
                    heard.iter().zip(&times).all(|(h, t)| (h.start - t.start).abs() < 0.011),
                    "{heard:?} {times:?}"
                );
                assert!(matches!(
                    mark(&out, &ExplicitOptions::at(position), &Limits::default()).unwrap(),
                    Outcome::Already(_)
                ));
            }
            assert_eq!(find(&clean, &ExplicitOptions::default(), &Limits::default()).unwrap(), None);
        }
    }
}

#[test]
fn codings_that_are_not_written_are_skipped() {
    let clean = file(b"ima4", 16, 1, &[0; 3400], 6400, 0);
    let outcome = mark(&clean, &ExplicitOptions::at(Position::Start), &Limits::default()).unwrap();
    assert!(
        matches!(outcome, Outcome::Skip(reason) if reason == CODING.with(["ima4".to_owned().into(), 16u16.into()]))
    );
}

proptest! {
    /// Damaged files give an error or an outcome, never a panic.
    #[test]
    fn damage_never_panics(hits in prop::collection::vec((0usize..110, any::<u8>()), 0..6), cut in any::<Option<prop::sample::Index>>()) {
        let coding = Coding { kind: Kind::Signed, bytes: 2, big: true };
        let mut bytes = file(b"sowt", 16, 1, &content(coding, 1)[..4000], 2000, 0);
        for (at, value) in hits {
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = mark(&bytes, &ExplicitOptions::at(Position::Both), &Limits::default());
        let _ = find(&bytes, &ExplicitOptions::default(), &Limits::default());
    }
}
