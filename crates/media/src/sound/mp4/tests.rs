#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use std::path::Path;

use biaoshi_container::{Patched, to_vec};
use proptest::prelude::*;

use super::*;
use crate::Position;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clean").join(name)).unwrap()
}

#[test]
fn films_are_read_and_written_as_they_were() {
    for name in ["m4a.m4a", "mp4-front.mp4", "mp4-tail.mp4", "mov.mov", "mov-tail.mov", "mp4-co64.mp4"] {
        let bytes = fixture(name);
        let at = bytes.windows(4).position(|w| w == b"moov").unwrap() as u64 - 4;
        let found = biaoshi_container::isobmff::read(&bytes, at, bytes.len() as u64).unwrap();
        let moov = tree::Node::read(&bytes, &found, &Limits::default()).unwrap();
        assert_eq!(moov.encode(), bytes[found.start as usize..found.end as usize], "{name}");
    }
}

#[test]
fn what_is_not_sound_alone_is_skipped() {
    for name in ["mp4-front.mp4", "mp4-fragments.mp4", "mov-camera.mov"] {
        let outcome = mark(&fixture(name), &ExplicitOptions::at(Position::Start), &Limits::default()).unwrap();
        assert!(matches!(outcome, Outcome::Skip(_)), "{name}");
    }
}

/// What adds nothing.
struct Nothing;

impl crate::Differences for Nothing {
    fn pass(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        out.resize(out.len() + samples.len(), 0.0);
    }

    fn rest(&mut self, _: &mut Vec<f32>) {}
}

/// The samples of a file.
fn samples(bytes: &Vec<u8>) -> Vec<f32> {
    let (mut sound, mut block, mut all) =
        (open(bytes, &Limits::default()).unwrap(), crate::Block::default(), Vec::new());
    while sound.next(&mut block).unwrap() {
        all.extend_from_slice(&block.samples);
    }
    all
}

#[test]
fn frames_that_are_coded_again_are_read_as_before() {
    let bytes = fixture("m4a-alac.m4a");
    let patch = again::add(&bytes, &mut Nothing, &Limits::default()).unwrap();
    let after = to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap();
    assert!(after != bytes && samples(&after) == samples(&bytes));
    assert!(matches!(again::add(&fixture("m4a.m4a"), &mut Nothing, &Limits::default()), Err(Error::Unable(_))));
}

proptest! {
    /// Damaged files give an error or an outcome, never a panic.
    #[test]
    fn damage_never_panics(name in prop::sample::select(vec!["m4a.m4a", "m4a-alac.m4a", "mov-tail.mov"]),
                           hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
                           cut in any::<Option<prop::sample::Index>>()) {
        let mut bytes = fixture(name);
        for (at, value) in hits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(patch) = again::add(&bytes, &mut Nothing, &Limits::default()) {
            let _ = to_vec(&Patched::new(&bytes, &patch), 1 << 24);
        }
        for outcome in [mark(&bytes, &ExplicitOptions::at(Position::Both), &Limits::default())].into_iter().flatten() {
            if let Outcome::Drawn(drawn) = outcome {
                let _ = find(&to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap(), &ExplicitOptions::default(), &Limits::default());
            }
        }
    }
}
