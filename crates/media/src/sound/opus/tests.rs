#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use biaoshi_container::ogg::{self, NO_PACKET, Numbers, Page};
use biaoshi_container::{Patched, to_vec};
use opus_pure::{Application, Bandwidth, MAX_PACKET_SAMPLES, OpusDecoder, OpusEncoder, OpusMode, Signal, packet};
use proptest::prelude::*;

use super::*;
use crate::{ExplicitOptions, Place, Position};

/// Sample frames of a label.
const LABEL: usize = 101_760;
const SERIAL: u32 = 7;

/// What a test file is made of.
#[derive(Debug, Clone)]
struct Recipe {
    channels: u8,
    mode: OpusMode,
    skipped: u16,
    gain: i16,
    /// Position before the first sample.
    start: u64,
    trimmed: u64,
    /// Packets of a page.
    paged: usize,
    last: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        let mode = OpusMode::CeltOnly;
        Self { channels: 1, mode, skipped: 312, gain: 0, start: 0, trimmed: 500, paged: 20, last: true }
    }
}

/// Two seconds of a chord that swells, in packets of one mode.
fn content(channels: u8, mode: OpusMode) -> Vec<Vec<u8>> {
    let application = if mode == OpusMode::CeltOnly { Application::RestrictedLowDelay } else { Application::Voip };
    let mut encoder = OpusEncoder::new(48_000, channels.into(), application).unwrap();
    encoder.bitrate_bps = match mode {
        OpusMode::SilkOnly => 20_000,
        OpusMode::Hybrid => 34_000,
        OpusMode::CeltOnly => 64_000,
    };
    encoder.signal_type = (mode != OpusMode::CeltOnly).then_some(Signal::Voice);
    let bandwidth = if mode == OpusMode::SilkOnly { Bandwidth::Wideband } else { Bandwidth::Superwideband };
    encoder.force_bandwidth = Some(bandwidth);
    let sound = |n: usize| {
        let time = n as f32 / 48_000.0;
        let tone = |f: f32| (std::f32::consts::TAU * f * time).sin();
        0.2 * (tone(310.0) + tone(523.0) + 0.5 * tone(2200.0)) * (0.6 + 0.4 * (9.0 * time).sin())
    };
    let mut out = vec![0; 4000];
    let packets: Vec<Vec<u8>> = (0..100)
        .map(|k| {
            let samples: Vec<f32> = (k * 960..(k + 1) * 960).map(sound).collect();
            let samples: Vec<f32> = samples.iter().flat_map(|s| vec![*s; channels.into()]).collect();
            let size = encoder.encode(&samples, 960, &mut out).unwrap();
            out[..size].to_vec()
        })
        .collect();
    assert!(packets.iter().all(|p| packet::mode(p).unwrap() == mode), "{mode:?}");
    packets
}

fn head(recipe: &Recipe, family: u8) -> Vec<u8> {
    let [s0, s1] = recipe.skipped.to_le_bytes();
    let [g0, g1] = recipe.gain.to_le_bytes();
    [&b"OpusHead\x01"[..], &[recipe.channels, s0, s1, 0x80, 0xbb, 0, 0, g0, g1, family]].concat()
}

fn numbers(flags: u8, granule: u64, sequence: u32) -> Numbers {
    Numbers { flags, granule, serial: SERIAL, sequence }
}

fn file(recipe: &Recipe) -> Vec<u8> {
    let tags = [&b"OpusTags"[..], &[0; 8]].concat();
    let mut out = ogg::whole(&numbers(2, 0, 0), &[head(recipe, 0)]).unwrap();
    out.extend(ogg::whole(&numbers(0, 0, 1), &[tags]).unwrap());
    let packets = content(recipe.channels, recipe.mode);
    let mut granule = recipe.start;
    for (n, part) in packets.chunks(recipe.paged).enumerate() {
        let last = recipe.last && (n + 1) * recipe.paged >= packets.len();
        granule += part.len() as u64 * 960 - if last { recipe.trimmed } else { 0 };
        out.extend(ogg::whole(&numbers(u8::from(last) * 4, granule, n as u32 + 2), part).unwrap());
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

fn packets(file: &Vec<u8>) -> Vec<Vec<u8>> {
    let (mut out, mut open) = (Vec::new(), Vec::new());
    for page in pages(file) {
        let mut at = page.body().start as usize;
        for size in page.lacing.iter().map(|n| usize::from(*n)) {
            open.extend(&file[at..at + size]);
            at += size;
            if size < 255 {
                out.push(std::mem::take(&mut open));
            }
        }
    }
    out
}

/// What players hear of a file: decoded packet by packet, cut by pre-skip and the last position, with the gain.
fn played(file: &Vec<u8>) -> Vec<f32> {
    let all = packets(file);
    let channels = usize::from(all[0][9]);
    let skipped = usize::from(u16::from_le_bytes([all[0][10], all[0][11]]));
    let mut decoder = OpusDecoder::new(48_000, channels).unwrap();
    decoder.gain_q8 = i16::from_le_bytes([all[0][16], all[0][17]]).into();
    let mut out = Vec::new();
    let mut block = vec![0.0; MAX_PACKET_SAMPLES * channels];
    for packet in &all[2..] {
        let count = decoder.decode(packet, MAX_PACKET_SAMPLES, &mut block).unwrap();
        out.extend_from_slice(&block[..count * channels]);
    }
    let stream = Stream::read(file, &Limits::default()).unwrap();
    let length = (stream.end - stream.start) as usize;
    assert_eq!(length + stream.trimmed as usize, out.len() / channels);
    out[skipped * channels..length * channels].to_vec()
}

fn apply(bytes: &Vec<u8>, position: Position) -> Outcome {
    let options = ExplicitOptions { position, ..ExplicitOptions::default() };
    (MEDIA.explicit.as_ref().unwrap().apply)(bytes, &options, &Limits::default()).unwrap()
}

fn marked(bytes: &Vec<u8>, position: Position) -> (Vec<u8>, Found) {
    let outcome = apply(bytes, position);
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    assert!(drawn.patch.is_sound() && drawn.damage.is_none());
    (to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap(), drawn.found)
}

fn reason(bytes: &Vec<u8>) -> &'static str {
    let outcome = apply(bytes, Position::Start);
    let Outcome::Skip(reason) = outcome else { panic!("{outcome:?}") };
    reason.code()
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, s| peak.max(s.abs()))
}

const MODES: [OpusMode; 3] = [OpusMode::CeltOnly, OpusMode::SilkOnly, OpusMode::Hybrid];

#[test]
fn the_content_is_heard_as_alone() {
    use OpusMode::{CeltOnly, Hybrid, SilkOnly};
    for (mode, channels) in [(CeltOnly, 1), (CeltOnly, 2), (SilkOnly, 1), (SilkOnly, 2), (Hybrid, 1)] {
        let recipe = Recipe { channels, mode, ..Recipe::default() };
        let clean = file(&recipe);
        let (label, wide) = (LABEL * usize::from(channels), usize::from(channels));
        let before = played(&clean);
        let after = played(&marked(&clean, Position::Start).0);
        assert_eq!(after.len(), label + before.len(), "{mode:?}");
        let other: Vec<f32> = after[label..].iter().zip(&before).map(|(a, b)| a - b).collect();
        assert!(peak(&other) < 1e-4, "{mode:?} {channels}: {}", peak(&other));
        // Silence at the edge and in the seam, but for what the encoder's delay makes heard of the content.
        assert!(peak(&after[..13_000 * wide]) < 1e-4, "{mode:?}");
        assert!(peak(&after[82_000 * wide..label - 400 * wide]) < 1e-3, "{mode:?}");
        let after = played(&marked(&clean, Position::End).0);
        assert_eq!(after.len(), label + before.len(), "{mode:?}");
        assert_eq!(after[..before.len()], before, "{mode:?}");
        let behind = before.len() + 2000 * wide;
        assert!(peak(&after[behind..behind + 20_000 * wide]) < 1e-4, "{mode:?}");
    }
}

#[test]
fn every_packet_of_the_content_stays_and_pages_are_in_order() {
    let recipes = [
        Recipe::default(),
        Recipe { mode: OpusMode::SilkOnly, start: 987_654, ..Recipe::default() },
        Recipe { channels: 2, paged: 100, trimmed: 1500, ..Recipe::default() },
        Recipe { mode: OpusMode::Hybrid, paged: 1, skipped: 3840, ..Recipe::default() },
        Recipe { last: false, skipped: 0, ..Recipe::default() },
    ];
    for recipe in recipes {
        let clean = file(&recipe);
        for (position, sides) in [(Position::Start, 1), (Position::End, 1), (Position::Both, 2)] {
            let (out, _) = marked(&clean, position);
            let (old, new) = (packets(&clean), packets(&out));
            let front = if position == Position::End { 0 } else { LABEL / 960 };
            assert_eq!(new[..2], old[..2]);
            assert_eq!(new[2 + front..][..old.len() - 2], old[2..]);
            assert!(new.iter().skip(2).all(|p| packet::samples_48k(p).unwrap() == 960));
            let pages = pages(&out);
            assert!(pages.iter().enumerate().all(|(n, p)| p.sequence == n as u32 && p.serial == SERIAL));
            let ends: Vec<bool> = pages.iter().map(Page::last).collect();
            assert_eq!(ends.iter().position(|l| *l), recipe.last.then_some(ends.len() - 1));
            let (old, new) = (Stream::read(&clean, &Limits::default()), Stream::read(&out, &Limits::default()));
            let (old, new) = (old.unwrap(), new.unwrap());
            assert_eq!((new.start, new.end), (old.start, old.end + sides * LABEL as u64));
            // No whole packet is trimmed, which decoders would not do.
            assert!(new.trimmed < 960 || front > 0 && sides == 1, "{}", new.trimmed);
            // Every position in between says how many samples there are.
            let mut at = new.start;
            for page in pages.iter().skip(2).filter(|p| p.granule != NO_PACKET) {
                at += page.lacing.iter().filter(|n| **n < 255).count() as u64 * 960;
                assert!(page.granule == at || page.last() && page.granule == at - new.trimmed);
            }
        }
    }
}

#[test]
fn decoders_forget_the_label() {
    for mode in MODES {
        let (out, _) = marked(&file(&Recipe { mode, ..Recipe::default() }), Position::Start);
        let modes: Vec<OpusMode> = packets(&out)[2..].iter().map(|p| packet::mode(p).unwrap()).collect();
        let at = LABEL / 960;
        assert_eq!(modes[at], mode);
        assert_ne!(modes[at - 1] == OpusMode::CeltOnly, mode == OpusMode::CeltOnly);
        assert_eq!(modes[0], OpusMode::CeltOnly);
    }
}

#[test]
fn the_tone_has_its_level_after_the_gain_of_the_header() {
    for (gain, channels) in [(0, 1), (0, 2), (-10 * 256, 1), (6 * 256, 2)] {
        let clean = file(&Recipe { gain, channels, ..Recipe::default() });
        let sound = played(&clean);
        let mut meter = biaoshi_explicit::audio::Meter::new(48_000, channels.into()).unwrap();
        meter.add(&sound);
        let wanted =
            biaoshi_explicit::audio::Rhythm::new(48_000, channels.into(), meter.integrated()).unwrap().samples(true);
        let (out, _) = marked(&clean, Position::Start);
        let heard: Vec<f32> = played(&out).into_iter().step_by(channels.into()).collect();
        let at = 35_000..50_000;
        let rms = |s: &[f32]| (s.iter().map(|s| s * s).sum::<f32>() / s.len() as f32).sqrt();
        let ratio = 20.0 * (rms(&heard[at.clone()]) / rms(&wanted[at.clone()])).log10();
        assert!(ratio.abs() < 0.3, "{gain}: {ratio} dB");
        // It stands where it is said to: sample by sample.
        let other: Vec<f32> = heard[at.clone()].iter().zip(&wanted[at]).map(|(a, b)| a - b).collect();
        assert!(rms(&other) < 0.1 * rms(&wanted[35_000..50_000]), "{gain}");
    }
}

#[test]
fn what_is_there_is_found_and_not_put_in_again() {
    for position in [Position::Start, Position::End, Position::Both] {
        let (out, put) = marked(&file(&Recipe { trimmed: 5000, ..Recipe::default() }), position);
        let found = find(&out, &ExplicitOptions::default(), &Limits::default()).unwrap().unwrap();
        let (Place::Sound(put), Place::Sound(heard)) = (put.place, found.place) else { panic!() };
        assert_eq!(put.len(), heard.len());
        assert!(put.iter().zip(&heard).all(|(p, h)| (p.start - h.start).abs() < 0.02), "{put:?} {heard:?}");
        assert!(matches!(apply(&out, position), Outcome::Already(_)));
    }
    assert_eq!(find(&file(&Recipe::default()), &ExplicitOptions::default(), &Limits::default()).unwrap(), None);
}

#[test]
fn what_cannot_take_the_label_says_why() {
    let clean = file(&Recipe::default());
    let pages = pages(&clean);
    let cut = |n: usize| pages[n].start as usize;
    let renumbered = |n: usize, numbers: Numbers| {
        let mut out = clean.clone();
        let at = pages[n].start as usize;
        out[at + 5..at + 26].copy_from_slice(&pages[n].changed(numbers));
        out
    };
    let family =
        [ogg::whole(&numbers(2, 0, 0), &[head(&Recipe::default(), 1)]).unwrap(), clean[cut(1)..].to_vec()].concat();
    let other = Numbers { serial: 8, ..numbers(2, 0, 0) };
    let beside = [&clean[..cut(1)], &ogg::whole(&other, &[b"other".to_vec()]).unwrap(), &clean[cut(1)..]].concat();
    let middle = pages[3].numbers();
    let cases = [
        (family, "opus.family"),
        (beside, "ogg.multiplexed"),
        ([clean.clone(), clean.clone()].concat(), "ogg.chained"),
        (clean[..clean.len() - 9].to_vec(), "ogg.damaged"),
        (clean[..cut(2)].to_vec(), "ogg.damaged"),
        ([&clean[..cut(3)], &[0; 90], &clean[cut(3)..]].concat(), "ogg.damaged"),
        ([&clean[..cut(1)], &clean[cut(2)..]].concat(), "ogg.damaged"),
        (renumbered(2, Numbers { flags: 1, ..pages[2].numbers() }), "ogg.damaged"),
        (renumbered(3, Numbers { flags: 4, ..middle }), "ogg.damaged"),
        (renumbered(2, Numbers { granule: 100, ..pages[2].numbers() }), "ogg.positions"),
        (renumbered(3, Numbers { granule: 1 << 63, ..middle }), "ogg.positions"),
        (file(&Recipe { skipped: 4000, ..Recipe::default() }), "ogg.hidden"),
    ];
    for (n, (bytes, code)) in cases.iter().enumerate() {
        assert_eq!(reason(bytes), *code, "case {n}");
    }
    let long = file(&Recipe { trimmed: 7000, ..Recipe::default() });
    assert!(matches!(apply(&long, Position::End), Outcome::Skip(why) if why.code() == "ogg.hidden"));
    assert!(matches!(apply(&long, Position::Start), Outcome::Drawn(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing that is changed or cut off makes it panic, and what is put in is put in right.
    #[test]
    fn damage_is_told_and_never_spreads(at in 0.0..1.0f64, bytes in prop::collection::vec(any::<u8>(), 1..12), cut: bool,
                                        position in prop::sample::select(&[Position::Start, Position::End, Position::Both])) {
        let mut file = file(&Recipe { mode: OpusMode::SilkOnly, paged: 7, ..Recipe::default() });
        // Headers of pages more often than bodies.
        let at = if cut { (at * file.len() as f64) as usize } else { (at * 400.0) as usize };
        if cut {
            file.truncate(at);
        } else {
            file.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = from);
        }
        let options = ExplicitOptions { position, ..ExplicitOptions::default() };
        let limits = Limits::default();
        let layer = MEDIA.explicit.as_ref().unwrap();
        let _ = (layer.find)(&file, &options, &limits);
        if let Ok(Outcome::Drawn(drawn)) = (layer.apply)(&file, &options, &limits) {
            prop_assert!(drawn.patch.is_sound());
            let out = to_vec(&Patched::new(&file, &drawn.patch), u64::MAX).unwrap();
            let (old, new) = (Stream::read(&file, &limits).unwrap(), Stream::read(&out, &limits).unwrap());
            prop_assert_eq!(old.start, new.start);
            prop_assert!(new.end >= old.end + LABEL as u64);
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..400), headed: bool) {
        let bytes = if headed { [&file(&Recipe::default())[..300], &data].concat() } else { data };
        let _ = Stream::read(&bytes, &Limits::default());
    }
}
