//! FLAC in Ogg.

use biaoshi_container::ogg::{self, NO_PACKET, Numbers, Page};

use super::*;
use crate::sound::flac::mark_paged;

const SERIAL: u32 = 3;

fn numbers(flags: u8, granule: u64, sequence: u32) -> Numbers {
    Numbers { flags, granule, serial: SERIAL, sequence }
}

/// A stream with comments, in Ogg: so many frames on a page.
fn paged(bytes: &Vec<u8>, frames_of: usize) -> Vec<u8> {
    let stream = Stream::open(bytes, &Limits::default()).unwrap().unwrap();
    let frames = stream.walk(bytes, &Limits::default(), &mut |_| {}).unwrap().unwrap();
    let mapping = [&b"\x7fFLAC\x01\0\0\x01"[..], &bytes[..42]].concat();
    let mut out = ogg::whole(&numbers(2, 0, 0), &[mapping]).unwrap();
    out.extend(ogg::whole(&numbers(0, 0, 1), &[bytes[42..stream.first as usize].to_vec()]).unwrap());
    let mut granule = 0;
    for (n, part) in frames.chunks(frames_of).enumerate() {
        let packets: Vec<Vec<u8>> =
            part.iter().map(|f| bytes[f.span.start as usize..f.span.end as usize].to_vec()).collect();
        granule += part.iter().map(|f| u64::from(f.header.size)).sum::<u64>();
        let last = if (n + 1) * frames_of >= frames.len() { 4 } else { 0 };
        out.extend(ogg::whole(&numbers(last, granule, n as u32 + 2), &packets).unwrap());
    }
    out
}

fn pages(file: &Vec<u8>) -> Vec<Page> {
    let (mut at, mut pages) = (0, Vec::new());
    while let Some(page) = ogg::page(file, at).unwrap() {
        let mut bytes = file[page.start as usize..page.end() as usize].to_vec();
        bytes[22..26].fill(0);
        assert_eq!(ogg::crc(&bytes), page.crc, "the page at {at}");
        at = page.end();
        pages.push(page);
    }
    pages
}

/// The stream in an Ogg.
fn bare(file: &Vec<u8>) -> Vec<u8> {
    let bodies = pages(file).into_iter().map(|p| file[p.body().start as usize..p.body().end as usize].to_vec());
    bodies.collect::<Vec<_>>().concat()[9..].to_vec()
}

fn drawn(bytes: &Vec<u8>, position: Position) -> Vec<u8> {
    let outcome = mark_paged(bytes, &ExplicitOptions::at(position), &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    assert!(drawn.patch.is_sound());
    let out = to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap();
    assert!(matches!(
        mark_paged(&out, &ExplicitOptions::at(position), &Limits::default()).unwrap(),
        Outcome::Already(_)
    ));
    out
}

fn clean(channels: u8, bits: u32, size: usize, variable: bool) -> Vec<u8> {
    stream(channels, bits, size, variable, &grainy(13_000, bits), &[(4, vec![0; 8])])
}

#[test]
fn it_is_the_stream_that_flac_alone_becomes() {
    for (channels, bits, size, variable) in [(1, 16, 4096, false), (2, 24, 1152, false), (6, 16, 1000, true)] {
        let bytes = clean(channels, bits, size, variable);
        let clean = paged(&bytes, 3);
        for position in [Position::Start, Position::End, Position::Both] {
            let out = drawn(&clean, position);
            assert_eq!(bare(&out), marked(&bytes, position));
            let (old, new) = (pages(&clean), pages(&out));
            // Headers stay on their pages; one frame is one packet, and positions count samples.
            assert!(new.iter().enumerate().all(|(n, p)| p.sequence == n as u32 && p.serial == SERIAL));
            assert_eq!((new[1].numbers(), &new[1].lacing), (old[1].numbers(), &old[1].lacing));
            let ends: Vec<bool> = new.iter().map(Page::last).collect();
            assert_eq!(ends.iter().position(|l| *l), Some(ends.len() - 1));
            let source = bare(&out);
            let stream = Stream::open(&source, &Limits::default()).unwrap().unwrap();
            let frames = stream.walk(&source, &Limits::default(), &mut |_| {}).unwrap().unwrap();
            let (mut at, mut left) = (0, frames.iter());
            for page in &new[2..] {
                let count = page.lacing.iter().filter(|n| **n < 255).count();
                at += left.by_ref().take(count).map(|f| u64::from(f.header.size)).sum::<u64>();
                assert!(page.granule == at || count == 0 && page.granule == NO_PACKET);
            }
            assert_eq!(left.count(), 0);
        }
    }
}

#[test]
fn what_cannot_take_the_rhythm_says_why() {
    let clean = paged(&clean(1, 16, 1024, false), 4);
    let all = pages(&clean);
    let cut = |n: usize| all[n].start as usize;
    let renumbered = |n: usize, numbers: Numbers| {
        let mut out = clean.clone();
        out[cut(n) + 5..cut(n) + 26].copy_from_slice(&all[n].changed(numbers));
        out
    };
    let last = all.len() - 1;
    let later = Numbers { granule: all[last].granule + 7, ..all[last].numbers() };
    // The first frame on the page of the comments.
    let headers = clean[all[1].body().start as usize..cut(2)].to_vec();
    let frame = clean[all[2].body().start as usize..].iter().take(usize::from(all[2].lacing[0])).copied().collect();
    let beside = ogg::whole(&numbers(0, 0, 1), &[headers, frame]).unwrap();
    let cases = [
        ([clean.clone(), clean.clone()].concat(), "ogg.chained"),
        (renumbered(3, Numbers { serial: 9, ..all[3].numbers() }), "ogg.multiplexed"),
        (clean[..clean.len() - 5].to_vec(), "ogg.damaged"),
        (renumbered(last, later), "ogg.positions"),
        (clean[..cut(last)].to_vec(), "media.decoder"),
        ([&clean[..cut(1)], &beside, &clean[cut(2)..]].concat(), "media.decoder"),
    ];
    for (n, (bytes, code)) in cases.iter().enumerate() {
        let reason = match mark_paged(bytes, &ExplicitOptions::at(Position::Start), &Limits::default()) {
            Err(Error::Unable(reason)) | Ok(Outcome::Skip(reason)) => reason,
            other => panic!("{n} {other:?}"),
        };
        assert_eq!(reason.code(), *code, "case {n}: {reason}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damage_never_panics(at in 0.0..1.0f64, bytes in prop::collection::vec(any::<u8>(), 1..9), cut: bool) {
        let mut file = paged(&clean(1, 8, 1024, false), 4);
        let at = (at * file.len() as f64) as usize;
        if cut {
            file.truncate(at);
        } else {
            file.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = from);
        }
        if let Ok(Outcome::Drawn(drawn)) = mark_paged(&file, &ExplicitOptions::at(Position::Both), &Limits::default()) {
            prop_assert!(drawn.patch.is_sound());
            let out = to_vec(&Patched::new(&file, &drawn.patch), u64::MAX).unwrap();
            prop_assert!(matches!(mark_paged(&out, &ExplicitOptions::at(Position::Both), &Limits::default()), Ok(Outcome::Already(_))));
        }
    }
}
