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

proptest! {
    /// Damaged files give an error or an outcome, never a panic.
    #[test]
    fn damage_never_panics(name in prop::sample::select(vec!["m4a.m4a", "mov-tail.mov"]),
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
        for outcome in [mark(&bytes, &ExplicitOptions::at(Position::Both), &Limits::default())].into_iter().flatten() {
            if let Outcome::Drawn(drawn) = outcome {
                let _ = find(&to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap(), &ExplicitOptions::default(), &Limits::default());
            }
        }
    }
}
