#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use std::path::Path;

use biaoshi_container::riff::{WaveFormat, chunks, encode, form};
use biaoshi_container::{Patched, to_vec};
use biaoshi_explicit::audio::find_rhythm;
use proptest::prelude::*;

use super::*;
use crate::Place;
use crate::sound::stored::{Coding, Kind};
use crate::{Drawn, Position};

const RATE: u32 = 8000;

fn fmt(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut out = Vec::new();
    for v in [tag, channels] {
        out.extend(v.to_le_bytes());
    }
    out.extend(RATE.to_le_bytes());
    out.extend((RATE * u32::from(block)).to_le_bytes());
    out.extend(block.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out
}

/// WAVE_FORMAT_EXTENSIBLE.
fn extensible(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
    let mut out = fmt(tag, channels, bits);
    out[..2].copy_from_slice(&0xfffeu16.to_le_bytes());
    out.extend(22u16.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out.extend([3, 0, 0, 0]);
    out.extend(tag.to_le_bytes());
    out.extend(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    out
}

fn wave(chunks: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let body: Vec<u8> = chunks.iter().flat_map(|(id, data)| encode(*id, data)).collect();
    [&b"RIFF"[..], &u32::try_from(body.len() + 4).unwrap().to_le_bytes(), b"WAVE", &body].concat()
}

/// A second and a half of grainy sound in a format.
fn content(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
    let format = riff_format(tag, channels, bits);
    let mut state = 9u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / 8_388_608.0 - 1.0) * 0.4
    };
    let kind = match (tag, bits) {
        (1, 8) => Kind::Unsigned,
        (1, _) => Kind::Signed,
        (6, _) => Kind::ALaw,
        (7, _) => Kind::MuLaw,
        _ => Kind::Float,
    };
    let coding = Coding { kind, bytes: usize::from(bits / 8), big: false };
    coding.encode(&(0..RATE * 3 / 2).map(|_| next()).collect::<Vec<_>>(), format.channels)
}

fn riff_format(tag: u16, channels: u16, bits: u16) -> biaoshi_container::riff::WaveFormat {
    biaoshi_container::riff::WaveFormat::parse(&fmt(tag, channels, bits)).unwrap()
}

fn marked(bytes: &Vec<u8>, position: Position) -> (Vec<u8>, Drawn) {
    let outcome = mark(bytes, &ExplicitOptions::at(position), &Limits::default()).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    (to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap(), drawn)
}

fn data(bytes: &Vec<u8>) -> Vec<u8> {
    let all = chunks(bytes, form(bytes).unwrap().body, &[], &Limits::default()).unwrap();
    let data = all.iter().find(|c| c.id == *b"data").unwrap().data();
    bytes[data.start as usize..data.end as usize].to_vec()
}

const FORMATS: [(u16, u16); 8] = [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64), (6, 8), (7, 8)];

#[test]
fn every_format_takes_the_rhythm_and_keeps_its_samples() {
    for (tag, bits) in FORMATS {
        for channels in [1, 2, 3] {
            for header in [fmt(tag, channels, bits), extensible(tag, channels, bits)] {
                let sound = content(tag, channels, bits);
                let tail = (*b"LIST", b"INFOISFT\x04\0\0\0test".to_vec());
                let bytes = wave(&[(*b"fmt ", header), (*b"data", sound.clone()), tail.clone()]);
                for (position, places) in [(Position::Start, 1), (Position::End, 1), (Position::Both, 2)] {
                    let (out, drawn) = marked(&bytes, position);
                    let Place::Sound(times) = drawn.found.place else { panic!() };
                    assert_eq!(times.len(), places);
                    let after = data(&out);
                    let label = 16_960 * usize::from(channels * bits / 8);
                    assert_eq!(after.len(), sound.len() + places * label, "{tag} {bits} {channels}");
                    let skipped = if position == Position::End { 0 } else { label };
                    assert!(after[skipped..].starts_with(&sound), "{tag} {bits} {channels} {position:?}");
                    assert!(out.ends_with(&encode(tail.0, &tail.1)));
                    assert_eq!(form(&out).unwrap().size as usize + 8, out.len());
                    // The same in all channels.
                    let size = usize::from(bits / 8);
                    let frames = after.chunks(size * usize::from(channels)).take(9000);
                    if position != Position::End {
                        assert!(frames.clone().all(|f| f.chunks(size).all(|s| s == &f[..size])));
                    }
                    let found = find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().unwrap();
                    assert!(found.score > 0.9);
                    let Place::Sound(heard) = found.place else { panic!() };
                    assert_eq!(heard.len(), places, "{tag} {bits} {channels} {position:?}");
                    assert!(heard.iter().zip(&times).all(|(h, t)| (h.start - t.start).abs() < 0.011));
                    let again = mark(&out, &ExplicitOptions::at(position), &Limits::default()).unwrap();
                    assert!(matches!(again, Outcome::Already(_)), "{again:?}");
                }
                assert_eq!(find(&bytes, &ExplicitOptions::default(), &Limits::default()).unwrap(), None);
            }
        }
    }
}

/// What is in a `fmt ` chunk behind the bits: IMA's samples of a block, Microsoft's with its coefficients.
fn adpcm(tag: u16, channels: u16, block: u16) -> Vec<u8> {
    let mut out = fmt(tag, channels, 4);
    out[12..14].copy_from_slice(&block.to_le_bytes());
    let (header, first) = if tag == 2 { (7, 2) } else { (4, 1) };
    let samples = first + (block - header * channels) * 2 / channels;
    let pairs = [(256i16, 0i16), (512, -256), (0, 0), (192, 64), (240, 0), (460, -208), (392, -232)];
    let listed: Vec<u8> = pairs.iter().flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat()).collect();
    let tail = if tag == 2 { [&7u16.to_le_bytes()[..], &listed].concat() } else { Vec::new() };
    out.extend((tail.len() as u16 + 2).to_le_bytes());
    out.extend(samples.to_le_bytes());
    out.extend(tail);
    out
}

#[test]
fn blocks_of_speech_take_blocks_of_rhythm() {
    for (tag, channels, block) in [(0x11, 1, 256), (0x11, 2, 512), (2, 1, 256), (2, 2, 1024)] {
        let header = adpcm(tag, channels, block);
        let format = WaveFormat::parse(&header).unwrap();
        let coding = adpcm::Adpcm::parse(&format, &header).unwrap();
        let mut state = 3u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 83_886_080.0
        };
        let sound = coding.encode(&(0..3 * RATE).map(|_| next()).collect::<Vec<_>>());
        let count = (sound.len() / usize::from(block) * coding.per_block() as usize) as u32;
        let fact = (*b"fact", count.to_le_bytes().to_vec());
        let bytes = wave(&[(*b"fmt ", header), fact, (*b"data", sound.clone())]);
        for (position, places) in [(Position::Start, 1), (Position::End, 1), (Position::Both, 2)] {
            let (out, drawn) = marked(&bytes, position);
            let after = data(&out);
            let added = after.len() - sound.len();
            assert_eq!(added % (places * usize::from(block)), 0);
            let from = if position == Position::End { 0 } else { added / places };
            assert!(after[from..].starts_with(&sound), "{tag} {channels} {position:?}");
            let at = out.windows(4).position(|w| w == b"fact").unwrap() + 8;
            let stated = u32::from_le_bytes(out[at..at + 4].try_into().unwrap());
            assert_eq!(stated as usize, count as usize + added / usize::from(block) * coding.per_block() as usize);
            let (Place::Sound(heard), Place::Sound(times)) = (
                find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().unwrap().place,
                drawn.found.place,
            ) else {
                panic!()
            };
            assert_eq!(heard.len(), places, "{tag} {channels} {position:?}");
            assert!(heard.iter().zip(&times).all(|(h, t)| (h.start - t.start).abs() < 0.02), "{heard:?} {times:?}");
            assert!(matches!(
                mark(&out, &ExplicitOptions::at(position), &Limits::default()).unwrap(),
                Outcome::Already(_)
            ));
        }
    }
}

/// Players trust the size of `data`, or go on to the end of the file where it was never written.
#[test]
fn wrong_sizes_lose_no_sound() {
    let sound = content(1, 1, 16);
    let good = wave(&[(*b"fmt ", fmt(1, 1, 16)), (*b"data", sound.clone())]);
    let (size, samples) = (good.len() as u32 - 8, sound.len() as u32);
    let cases = [
        (36, samples),
        (size - 100, samples),
        (size + 999, samples),
        (size, samples + 99_999),
        (0, 0),
        (36, 0),
        (size, 0),
    ];
    for (form_size, declared) in cases.into_iter().chain([(u32::MAX, u32::MAX)]) {
        let mut bytes = good.clone();
        bytes[4..8].copy_from_slice(&form_size.to_le_bytes());
        bytes[40..44].copy_from_slice(&declared.to_le_bytes());
        for position in [Position::Start, Position::End] {
            let (out, _) = marked(&bytes, position);
            assert!(out.windows(sound.len()).any(|w| w == sound), "{form_size} {declared} {position:?}");
            assert!(position == Position::End || out.ends_with(&sound));
            let sizes = [4, 40].map(|at| u32::from_le_bytes(out[at..at + 4].try_into().unwrap()));
            if declared == samples {
                assert_eq!(sizes, [out.len() as u32 - 8, out.len() as u32 - 44], "{form_size}");
            }
            assert!(sizes[1] == declared && [0, u32::MAX].contains(&declared) || sizes[1] as usize >= out.len() - 44);
            assert!(
                find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().is_some(),
                "{form_size} {declared} {position:?}"
            );
        }
    }
}

#[test]
fn a_missing_side_is_added() {
    let bytes = wave(&[(*b"fmt ", fmt(1, 1, 16)), (*b"data", content(1, 1, 16))]);
    let (once, _) = marked(&bytes, Position::Start);
    let (both, drawn) = marked(&once, Position::Both);
    assert!(matches!(drawn.found.place, Place::Sound(t) if t.len() == 1));
    let Place::Sound(heard) = find(&both, &ExplicitOptions::default(), &Limits::default()).unwrap().unwrap().place
    else {
        panic!()
    };
    assert_eq!(heard.len(), 2);
    assert!(matches!(
        mark(&both, &ExplicitOptions::at(Position::Both), &Limits::default()).unwrap(),
        Outcome::Already(_)
    ));
}

#[test]
fn positions_move_with_the_content() {
    let number = |n: u32| n.to_le_bytes();
    let cue = [
        &number(2)[..],
        &number(1),
        &number(100),
        b"data",
        &number(0),
        &number(0),
        &number(100),
        &number(2),
        &number(7),
        b"slnt",
        &number(0),
        &number(0),
        &number(7),
    ]
    .concat();
    let mut smpl = vec![0; 36];
    smpl[28] = 1;
    smpl.extend([number(0), number(0), number(50), number(90), number(0), number(0)].concat());
    let peak = [number(1), number(0), [0, 0, 128, 63], number(33)].concat();
    let bytes = wave(&[
        (*b"fmt ", fmt(3, 1, 32)),
        (*b"fact", number(12_000).to_vec()),
        (*b"PEAK", peak),
        (*b"bext", vec![0; 602]),
        (*b"data", content(3, 1, 32)),
        (*b"cue ", cue),
        (*b"smpl", smpl),
    ]);
    let before = chunks(&bytes, form(&bytes).unwrap().body, &[], &Limits::default()).unwrap();
    for (position, moved, grown) in
        [(Position::Start, 16_960, 16_960), (Position::End, 0, 16_960), (Position::Both, 16_960, 33_920)]
    {
        let (out, drawn) = marked(&bytes, position);
        let after = chunks(&out, form(&out).unwrap().body, &[], &Limits::default()).unwrap();
        assert_eq!(before.iter().map(|c| c.id).collect::<Vec<_>>(), after.iter().map(|c| c.id).collect::<Vec<_>>());
        let at = |id: &[u8; 4], offset: usize| {
            let start = after.iter().find(|c| c.id == *id).unwrap().data().start as usize + offset;
            u32::from_le_bytes(*out[start..].first_chunk().unwrap())
        };
        assert_eq!(at(b"fact", 0), 12_000 + grown);
        assert_eq!((at(b"cue ", 8), at(b"cue ", 24)), (100 + moved, 100 + moved));
        assert_eq!((at(b"cue ", 32), at(b"cue ", 48)), (7, 7));
        assert_eq!((at(b"smpl", 44), at(b"smpl", 48)), (50 + moved, 90 + moved));
        assert_eq!(at(b"PEAK", 12), 33 + moved);
        assert_eq!(drawn.notes, if moved > 0 { vec![TIME_REFERENCE.message()] } else { Vec::new() });
    }
}

#[test]
fn rf64_sizes_are_those_of_ds64() {
    let sound = content(1, 2, 16);
    let mut bytes = wave(&[
        (*b"ds64", vec![0; 28]),
        (*b"fmt ", fmt(1, 2, 16)),
        (*b"data", sound.clone()),
        (*b"LIST", b"INFO".to_vec()),
    ]);
    bytes[..8].copy_from_slice(b"RF64\xff\xff\xff\xff");
    let riff = bytes.len() as u64 - 8;
    bytes[20..28].copy_from_slice(&riff.to_le_bytes());
    bytes[28..36].copy_from_slice(&(sound.len() as u64).to_le_bytes());
    bytes[36..44].copy_from_slice(&(sound.len() as u64 / 4).to_le_bytes());
    let at = bytes.windows(4).position(|w| w == b"data").unwrap();
    bytes[at + 4..at + 8].copy_from_slice(&[255; 4]);
    let (out, _) = marked(&bytes, Position::Both);
    let number = |at: usize| u64::from_le_bytes(*out[at..].first_chunk().unwrap());
    assert_eq!((number(20), number(28)), (out.len() as u64 - 8, sound.len() as u64 + 2 * 67_840));
    assert_eq!(number(36), sound.len() as u64 / 4 + 2 * 16_960);
    assert_eq!((&out[4..8], &out[at + 4..at + 8]), (&[255; 4][..], &[255; 4][..]));
    assert!(out.ends_with(b"LIST\x04\0\0\0INFO"));
    assert!(
        matches!(find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().unwrap().place, Place::Sound(t) if t.len() == 2)
    );
}

#[test]
fn odd_files_are_taken_and_foreign_ones_skipped() {
    // A stray byte behind the last frame, and an odd length with its pad byte.
    let mut sound = content(1, 1, 16);
    sound.push(7);
    let bytes = wave(&[(*b"fmt ", fmt(1, 1, 16)), (*b"data", sound.clone()), (*b"LIST", b"INFO".to_vec())]);
    let (out, _) = marked(&bytes, Position::End);
    assert_eq!(data(&out).last(), Some(&7));
    assert!(out.ends_with(b"\x07\0LIST\x04\0\0\0INFO"));
    // A size that a pipe left open.
    let mut open = wave(&[(*b"fmt ", fmt(1, 1, 16)), (*b"data", content(1, 1, 16))]);
    open[4..8].copy_from_slice(&[255; 4]);
    open[40..44].copy_from_slice(&[255; 4]);
    let (out, _) = marked(&open, Position::Start);
    assert_eq!((&out[4..8], &out[40..44]), (&[255; 4][..], &[255; 4][..]));
    // Silence, and a clip of one frame.
    for sound in [vec![0; 32_000], vec![0; 2], Vec::new()] {
        let bytes = wave(&[(*b"fmt ", fmt(1, 1, 16)), (*b"data", sound)]);
        let (out, _) = marked(&bytes, Position::Start);
        assert!(find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().is_some());
    }
    let skip = |tag, bits| {
        let bytes = wave(&[(*b"fmt ", fmt(tag, 1, bits)), (*b"data", vec![0; 1000])]);
        let outcome = mark(&bytes, &ExplicitOptions::at(Position::Start), &Limits::default()).unwrap();
        matches!(outcome, Outcome::Skip(reason) if reason == NOT_PCM.with([format!("{tag:04x}").into(), bits.into()]))
    };
    assert!(skip(7, 16) && skip(2, 16) && skip(1, 64) && skip(3, 16) && skip(85, 16));
    let limits = Limits { seconds: 0, ..Limits::default() };
    let bytes = wave(&[(*b"fmt ", fmt(1, 1, 16)), (*b"data", content(1, 1, 16))]);
    assert!(matches!(mark(&bytes, &ExplicitOptions::at(Position::Start), &limits), Err(crate::Error::Container(_))));
}

#[test]
fn sample_sounds_have_no_rhythm_of_ours() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/audio");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no {}", folder.display());
        return;
    };
    for path in files.map(|f| f.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "wav")) {
        let bytes = std::fs::read(&path).unwrap();
        // Anywhere in it, not at the ends only.
        let (mut mono, mut block) = (Vec::new(), crate::Block::default());
        let mut sound = open(&bytes, &Limits::default()).unwrap();
        while sound.next(&mut block).unwrap() {
            mono.extend(block.mono());
        }
        assert_eq!(find_rhythm(&mono, sound.rate()), None, "{}", path.display());
        let (out, _) = marked(&bytes, Position::Both);
        assert!(
            matches!(find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().unwrap().place, Place::Sound(t) if t.len() == 2)
        );
    }
}

proptest! {
    /// Damaged files give an error or an outcome, never a panic.
    #[test]
    fn damage_never_panics(kind in 0usize..FORMATS.len(), hits in prop::collection::vec((0usize..80, any::<u8>()), 0..6), cut in any::<Option<prop::sample::Index>>()) {
        let (tag, bits) = FORMATS[kind];
        let sound = content(tag, 1, bits)[..4000].to_vec();
        let mut bytes = wave(&[(*b"fmt ", extensible(tag, 1, bits)), (*b"cue ", vec![1; 30]), (*b"data", sound), (*b"smpl", vec![2; 70])]);
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
