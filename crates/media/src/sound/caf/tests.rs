#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::{Patched, caf, to_vec};
use proptest::prelude::*;

use super::super::stored::{Coding, Kind};
use super::*;
use crate::{Drawn, Position};

const RATE: u32 = 8000;

const CODINGS: [(&[u8; 4], u32, Kind, usize); 9] = [
    (b"lpcm", 0, Kind::Signed, 1),
    (b"lpcm", 0, Kind::Signed, 2),
    (b"lpcm", 2, Kind::Signed, 2),
    (b"lpcm", 2, Kind::Signed, 3),
    (b"lpcm", 0, Kind::Signed, 4),
    (b"lpcm", 1, Kind::Float, 4),
    (b"lpcm", 3, Kind::Float, 8),
    (b"ulaw", 0, Kind::MuLaw, 1),
    (b"alaw", 0, Kind::ALaw, 1),
];

fn content(coding: Coding, channels: u16) -> Vec<u8> {
    let mut state = 9u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / 8_388_608.0 - 1.0) * 0.4
    };
    coding.encode(&(0..RATE * 3 / 2).map(|_| next()).collect::<Vec<_>>(), channels)
}

fn marker(position: f64) -> Vec<u8> {
    [&[0; 4][..], &position.to_be_bytes(), &[0; 16]].concat()
}

/// A file with a marker, a region of one, and peaks behind the sound.
fn file(format: &[u8; 4], flags: u32, coding: Coding, channels: u16, sound: &[u8], open: bool) -> Vec<u8> {
    let (bytes, count) = (coding.bytes as u32, u32::from(channels));
    let numbers = [flags, bytes * count, 1, count, bytes * 8].map(u32::to_be_bytes).concat();
    let desc = [&f64::from(RATE).to_be_bytes()[..], format, &numbers].concat();
    let mark = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &marker(7000.0)].concat();
    let regn = [&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1][..], &marker(50.5)].concat();
    let data = [&[0, 0, 0, 3][..], sound].concat();
    let mut out = b"caff\0\x01\0\0".to_vec();
    out.extend([caf::encode(*b"desc", &desc), caf::encode(*b"mark", &mark), caf::encode(*b"regn", &regn)].concat());
    let at = out.len() + 4;
    out.extend(caf::encode(*b"data", &data));
    match open {
        true => out.splice(at..at + 8, [255; 8]).for_each(drop),
        false => out.extend(caf::encode(*b"peak", &[0; 16])),
    }
    out
}

fn marked(bytes: &Vec<u8>, position: Position) -> (Vec<u8>, Drawn) {
    let outcome = mark(bytes, &ExplicitOptions::at(position), &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    (to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap(), drawn)
}

fn data(bytes: &Vec<u8>, id: [u8; 4]) -> Vec<u8> {
    let range = caf::chunks(bytes, &Limits::default()).unwrap().get(id).unwrap().data();
    bytes[range.start as usize..range.end as usize].to_vec()
}

#[test]
fn every_coding_takes_the_rhythm_and_keeps_its_samples() {
    for (format, flags, kind, bytes) in CODINGS {
        for (channels, open) in [(1, false), (2, true)] {
            let coding = Coding { kind, bytes, big: flags & 2 == 0 };
            let sound = content(coding, channels);
            let before = file(format, flags, coding, channels, &sound, open);
            for position in [Position::Start, Position::End, Position::Both] {
                let (after, _) = marked(&before, position);
                let all = data(&after, *b"data");
                let at = all.windows(sound.len()).position(|w| w == sound).unwrap();
                assert_eq!(at == 4, position == Position::End, "{format:?} {position:?}");
                assert_eq!(all[..4], [0, 0, 0, 4], "the samples were edited once more");
                let by = ((at - 4) / (bytes * usize::from(channels))) as f64;
                assert_eq!(data(&after, *b"mark")[8..], marker(7000.0 + by));
                assert_eq!(data(&after, *b"regn")[20..], marker(50.5 + by));
                let again = mark(&after, &ExplicitOptions::at(position), &Limits::default()).unwrap();
                assert!(matches!(again, Outcome::Already(_)), "{format:?} {position:?}");
            }
        }
    }
}

#[test]
fn packed_samples_are_skipped() {
    let coding = Coding { kind: Kind::Signed, bytes: 4, big: true };
    let sound = content(coding, 1);
    let mut bytes = file(b"lpcm", 0, coding, 1, &sound, false);
    // 24 bits in four bytes.
    bytes[8 + 12 + 31] = 24;
    let outcome = mark(&bytes, &ExplicitOptions::default(), &Limits::default()).unwrap();
    assert!(matches!(outcome, Outcome::Skip(reason) if reason.code() == "caf.samples"));
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0_usize..400, with in any::<[u8; 4]>(), cut in 0_usize..2000) {
        let coding = Coding { kind: Kind::Signed, bytes: 2, big: true };
        let mut bytes = file(b"lpcm", 0, coding, 1, &content(coding, 1), false);
        bytes.splice(at..at + 4, with);
        bytes.truncate(bytes.len() - cut);
        let _ = mark(&bytes, &ExplicitOptions::at(Position::Both), &Limits::default());
        let _ = open(&bytes, &Limits::default());
    }
}
