#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

mod streams;

use biaoshi_container::ogg::{self, NO_PACKET, Numbers, Page};
use biaoshi_container::{Patched, to_vec};
use biaoshi_explicit::Position;
use biaoshi_explicit::audio::Rhythm;
use proptest::prelude::*;

use super::setup::Setup;
use super::*;
use crate::Place;
use crate::sound::listen::sides;
use streams::{Lack, Recipe, apply, file, headers, identification, marked, numbers, packets, pages, played};

/// Setups of every form.
fn recipes() -> Vec<Recipe> {
    let plain = Recipe { couples: Vec::new(), ..Recipe::default() };
    vec![
        Recipe::default(),
        Recipe { channels: 1, kind: 0, multiplier: 1, master: false, ..plain.clone() },
        Recipe { kind: 1, short: false, multiplier: 3, trimmed: 0, ..plain.clone() },
        Recipe { kind: 0, multiplier: 4, paged: 40, rate: 44_100, sizes: [8, 11], ..Recipe::default() },
        Recipe { channels: 6, couples: vec![(0, 2), (3, 4)], ..plain.clone() },
        Recipe { channels: 3, couples: vec![(1, 0)], kind: 1, start: 98_765, ..plain.clone() },
        Recipe { channels: 1, rate: 8000, sizes: [9, 9], last: false, ..plain.clone() },
        Recipe { start: -50, sizes: [6, 9], rate: 11_025, ..plain },
    ]
}

const POSITIONS: [(Position, usize, usize); 3] =
    [(Position::Start, 1, 0), (Position::End, 0, 1), (Position::Both, 1, 1)];

fn peak<'a>(samples: impl IntoIterator<Item = &'a f32>) -> f32 {
    samples.into_iter().fold(0.0, |peak, s| peak.max(s.abs()))
}

#[test]
fn the_content_is_heard_as_alone() {
    for recipe in recipes() {
        let clean = file(&recipe);
        let before = played(&clean);
        assert!(peak(&before) > 0.1);
        let (out, drawn) = marked(&clean, Position::Start);
        let after = played(&out);
        // What was cut off at the start is heard behind the label.
        let from = after.len() - before.len();
        let seconds = from as f64 / recipe.channels as f64 / f64::from(recipe.rate);
        assert!((2.12..2.4).contains(&seconds), "{recipe:?} {seconds}");
        assert_eq!(after[from..], before, "{recipe:?}");
        assert!(drawn.notes.len() <= 1);
        // Silence at the edge and, but for what is heard of the content, in the seam.
        let at = |seconds: f64| (seconds * f64::from(recipe.rate)) as usize * recipe.channels;
        assert!(peak(&after[..at(0.25)]) < 1e-4 && peak(&after[at(1.7)..at(1.95)]) < 1e-4, "{recipe:?}");
        let after = played(&marked(&clean, Position::End).0);
        assert_eq!(after[..before.len()], before, "{recipe:?}");
        assert!(peak(&after[before.len() + at(0.2)..before.len() + at(0.45)]) < 1e-4, "{recipe:?}");
    }
}

#[test]
fn every_packet_of_the_content_stays_and_pages_are_in_order() {
    for recipe in recipes() {
        let clean = file(&recipe);
        for (position, before, behind) in POSITIONS {
            let (out, _) = marked(&clean, position);
            let (old, new) = (packets(&clean), packets(&out));
            assert_eq!(new[..3], old[..3]);
            let label = new.len() - old.len();
            let front = new[3..].windows(old.len() - 3).position(|some| *some == old[3..]).unwrap();
            assert_eq!((front > 0, label > front), (before > 0, behind > 0), "{recipe:?} {position:?}");
            let pages = pages(&out);
            assert!(pages.iter().enumerate().all(|(n, p)| p.sequence == n as u32 && p.serial == streams::SERIAL));
            let ends: Vec<bool> = pages.iter().map(Page::last).collect();
            assert_eq!(ends.iter().position(|l| *l), recipe.last.then_some(ends.len() - 1));
            positions_are_right(&recipe, &out, behind > 0 || !recipe.last);
        }
    }
}

/// Every position in between says how many samples there are; the last one may say less, unless it is of the label.
fn positions_are_right(recipe: &Recipe, out: &Vec<u8>, exact: bool) {
    let stream = Stream::read(out, &Limits::default()).unwrap();
    let (pages, mut packets) = (pages(out), packets(out).into_iter().skip(3));
    let (mut at, mut before) = (recipe.start.max(0) as u64, None);
    // What is cut off at the start is no longer cut off behind a label.
    let cut = stream.first.hidden;
    at = at.saturating_sub(cut);
    for page in pages.iter().skip(2).filter(|p| p.granule != NO_PACKET) {
        for packet in packets.by_ref().take(page.lacing.iter().filter(|n| **n < 255).count()) {
            let size = stream.setup.size(stream.setup.mode(&packet).unwrap().0.long);
            at += before.replace(size).map_or(0, |before| (before + size) / 4);
        }
        let trimmed = if page.last() && !exact { recipe.trimmed } else { 0 };
        assert_eq!(page.granule + cut, at - trimmed, "{recipe:?}");
    }
    assert_eq!(packets.next(), None);
}

#[test]
fn the_tone_has_its_level_and_its_place() {
    for recipe in recipes() {
        let clean = file(&recipe);
        let (before, rate) = (played(&clean), recipe.rate);
        let channels = recipe.channels as u32;
        let mut meter = biaoshi_explicit::audio::Meter::new(rate, channels).unwrap();
        meter.add(&before);
        let wanted = Rhythm::new(rate, channels, meter.integrated()).unwrap().samples(true);
        let heard: Vec<f32> = played(&marked(&clean, Position::Start).0).into_iter().step_by(recipe.channels).collect();
        let other: Vec<f32> = heard.iter().zip(&wanted[..rate as usize * 17 / 10]).map(|(a, b)| a - b).collect();
        let rms = |s: &[f32]| (s.iter().map(|s| s * s).sum::<f32>() / s.len() as f32).sqrt();
        assert!(rms(&other) < 0.02 * rms(&wanted), "{recipe:?} {} {}", rms(&other), rms(&wanted));
    }
}

#[test]
fn what_is_there_is_found_and_not_put_in_again() {
    for (position, before, behind) in POSITIONS {
        let (out, drawn) = marked(&file(&Recipe::default()), position);
        let found = sides(open(&out, &Limits::default()).unwrap().as_mut(), &ExplicitOptions::default())
            .unwrap()
            .found()
            .unwrap();
        let (Place::Sound(put), Place::Sound(heard)) = (drawn.found.place, found.place) else { panic!() };
        assert_eq!((put.len(), heard.len()), (before + behind, before + behind));
        assert!(put.iter().zip(&heard).all(|(p, h)| (p.start - h.start).abs() < 0.011), "{put:?} {heard:?}");
        assert!(matches!(apply(&out, position).unwrap(), Outcome::Already(_)));
    }
}

#[test]
fn content_that_begins_at_once_is_heard_in_the_seam_and_told_of() {
    let note = |recipe: &Recipe| marked(&file(recipe), Position::Start).1.notes.first().map(Message::code);
    assert_eq!(note(&Recipe { short: false, trimmed: 0, ..Recipe::default() }), Some("vorbis.seam"));
    assert_eq!(note(&Recipe::default()), None);
}

#[test]
fn what_cannot_take_the_label_says_why() {
    let recipe = Recipe::default();
    let clean = file(&recipe);
    let pages = pages(&clean);
    let cut = |n: usize| pages[n].start as usize;
    let renumbered = |n: usize, numbers: Numbers| {
        let mut out = clean.clone();
        let at = pages[n].start as usize;
        out[at + 5..at + 26].copy_from_slice(&pages[n].changed(numbers));
        out
    };
    let other = Numbers { serial: 8, ..numbers(2, 0, 0) };
    let beside = [&clean[..cut(1)], &ogg::whole(&other, &[b"other".to_vec()]).unwrap(), &clean[cut(1)..]].concat();
    let middle = pages[3].numbers();
    let setup = streams::setup(&recipe);
    let with = |setup: &[u8]| {
        let first = ogg::whole(&numbers(2, 0, 0), &[identification(&recipe)]).unwrap();
        let comments = [&b"\x03vorbis"[..], &[0; 8], &[1]].concat();
        let second = ogg::whole(&numbers(0, 0, 1), &[comments, setup.to_vec()]).unwrap();
        [&first, &second, &clean[cut(2)..]].concat()
    };
    let cases = [
        (beside, "ogg.multiplexed"),
        ([clean.clone(), clean.clone()].concat(), "ogg.chained"),
        (clean[..clean.len() - 9].to_vec(), "ogg.damaged"),
        (clean[..cut(2)].to_vec(), "ogg.damaged"),
        ([&clean[..cut(3)], &[0; 90], &clean[cut(3)..]].concat(), "ogg.damaged"),
        ([&clean[..cut(1)], &clean[cut(2)..]].concat(), "ogg.damaged"),
        (with(&setup[..setup.len() - 3]), "ogg.damaged"),
        (renumbered(2, Numbers { flags: 1, ..pages[2].numbers() }), "ogg.damaged"),
        (renumbered(3, Numbers { flags: 4, ..middle }), "ogg.damaged"),
        (renumbered(3, Numbers { granule: 1 << 63, ..middle }), "ogg.positions"),
        (file(&Recipe { start: -5000, paged: 40, ..recipe.clone() }), "ogg.hidden"),
        (file(&Recipe { lack: Lack::Values, ..recipe.clone() }), "vorbis.setup"),
        (file(&Recipe { lack: Lack::Floors, ..recipe.clone() }), "vorbis.setup"),
    ];
    for (n, (bytes, code)) in cases.iter().enumerate() {
        let outcome = apply(bytes, Position::Start);
        let Err(Error::Unable(reason)) = outcome else { panic!("{n} {outcome:?}") };
        assert_eq!(reason.code(), *code, "case {n}: {reason}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Nothing that is changed or cut off makes it panic, and what is put in is put in right.
    #[test]
    fn damage_is_told_and_never_spreads(at in 0.0..1.0f64, bytes in prop::collection::vec(any::<u8>(), 1..12), cut: bool,
                                        position in prop::sample::select(&[Position::Start, Position::End, Position::Both])) {
        let recipe = Recipe { channels: 1, couples: Vec::new(), rate: 8000, ..Recipe::default() };
        let mut file = file(&recipe);
        // Headers of pages more often than bodies.
        let at = if cut { (at * file.len() as f64) as usize } else { (at * 900.0) as usize };
        if cut {
            file.truncate(at);
        } else {
            file.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = from);
        }
        let limits = Limits::default();
        if let Ok(Outcome::Drawn(drawn)) = mark(&file, &ExplicitOptions::at(position), &limits) {
            prop_assert!(drawn.patch.is_sound());
            let out = to_vec(&Patched::new(&file, &drawn.patch), u64::MAX).unwrap();
            let (old, new) = (Stream::read(&file, &limits).unwrap(), Stream::read(&out, &limits).unwrap());
            prop_assert_eq!(old.start, new.start);
            prop_assert!(new.end > old.end + 2 * 8000);
        }
    }

    /// A setup header that is damaged is refused, or a label is coded with it in bounded time.
    #[test]
    fn damaged_setups_code_or_are_refused(at in prop::collection::vec((0.0..1.0f64, any::<u8>()), 1..4), n in 0usize..8) {
        let recipe = recipes().swap_remove(n);
        let mut bytes = streams::setup(&recipe);
        for (at, byte) in at {
            let at = (at * bytes.len() as f64) as usize;
            bytes[at] = byte;
        }
        if let Some(setup) = Setup::read(&identification(&recipe), &bytes) {
            let rhythm = Rhythm::new(recipe.rate, 1, None).unwrap();
            let edge = stream::Edge { long: false, beside: None, hidden: 0 };
            let blocks = Blocks::before(&setup, true, edge, rhythm.frames() as u64);
            if let Ok(mut coder) = Coder::new(&setup) {
                let _ = coder.packets(&rhythm.samples(true), &blocks);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..400), headed: bool) {
        let bytes = if headed { [&headers(&Recipe::default())[..], &data].concat() } else { data.clone() };
        let _ = Stream::read(&bytes, &Limits::default());
        let _ = Setup::read(&identification(&Recipe::default()), &[&b"\x05vorbis"[..], &data].concat());
    }
}
