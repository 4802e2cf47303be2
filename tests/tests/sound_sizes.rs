//! RIFF and AIFF files whose stated sizes are wrong, as recorders and pipes write them: no sound and no label is lost.

use biaoshi_container::{iff, riff};
use biaoshi_label::Code;
use biaoshi_tests::{fixture, is_written, label, read, row, written_or_refused};
use proptest::prelude::*;

#[test]
fn wrong_sizes_of_a_form_lose_no_sound_and_no_label() {
    let chunk = riff::encode(*b"AIGC", label("old").to_json().as_bytes());
    let good = fixture("wav.wav");
    let (size, samples) = (good.len() as u32 - 8, good.len() as u32 - 44);
    for (form, data) in [
        (36, samples),
        (size - 100, samples),
        (size + 999, samples),
        (size, samples + 999),
        (0, 0),
        (36, 0),
        (size, 0),
        (u32::MAX, u32::MAX),
    ] {
        let mut bytes = good.clone();
        bytes[4..8].copy_from_slice(&form.to_le_bytes());
        bytes[40..44].copy_from_slice(&data.to_le_bytes());
        let written = is_written("wav", &bytes);
        assert!(written.windows(samples as usize).any(|w| w == &good[44..]), "{form} {data}");
        // Sizes that are known are right afterwards; nothing follows samples without an end.
        let counted = data == samples;
        assert_eq!(written.ends_with(&good[44..]), !counted, "{form} {data}");
        assert!(!counted || written[4..8] == (written.len() as u32 - 8).to_le_bytes(), "{form} {data}");
    }
    // A program added a label and did not count it, or left out the byte that pads it.
    let (found, _) = read(row("wav"), &[good.clone(), chunk.clone()].concat());
    assert!(found.records.len() == 1 && found.records[0].dialects.is_empty(), "{found:?}");
    is_written("wav", &[good, chunk.clone()].concat());
    let odd = [&fixture("wav-8bit.wav")[..], &[]].concat();
    let end = odd.len() - 1;
    is_written("wav", &[&odd[..end], &chunk].concat());
    assert_eq!(read(row("wav"), &[&odd[..end], &chunk].concat()).0.records.len(), 1);
    // The same in AIFF.
    let good = fixture("aiff.aiff");
    let text = iff::encode(*b"ANNO", label("old").to_json().as_bytes()).unwrap();
    for form in [4u32, 46, good.len() as u32 - 100, good.len() as u32 + 999] {
        let mut bytes = good.clone();
        bytes[4..8].copy_from_slice(&form.to_be_bytes());
        let written = is_written("aiff", &bytes);
        assert!(written.windows(good.len() - 12).any(|w| w == &good[12..]), "{form}");
        assert_eq!(written[4..8], (written.len() as u32 - 8).to_be_bytes(), "{form}");
        bytes.extend(&text);
        assert_eq!(read(row("aiff"), &bytes).0.records.len(), 1, "{form}");
        is_written("aiff", &bytes);
    }
}

/// A sound chunk that states more than there is, in a form that does not, takes the chunks behind it along.
#[test]
fn what_a_wrong_size_of_the_sound_hides_is_told() {
    let old = label("old").to_json();
    for (name, id, mut bytes, chunk, place) in [
        ("wav", b"data", fixture("wav.wav"), riff::encode(*b"AIGC", old.as_bytes()), "wav/data"),
        ("aiff", b"SSND", fixture("aiff.aiff"), iff::encode(*b"ANNO", old.as_bytes()).unwrap(), "aiff/SSND"),
    ] {
        let damaged = |bytes: &Vec<u8>| {
            let (found, _) = read(row(name), bytes);
            found
                .findings
                .iter()
                .filter(|f| f.code == Code::Damaged)
                .map(|f| f.placement.to_string())
                .collect::<Vec<_>>()
        };
        let at = bytes.windows(4).position(|w| w == id).unwrap() + 4;
        bytes.extend(chunk);
        let size = bytes.len() as u32 - 8;
        bytes[4..8].copy_from_slice(&if name == "wav" { size.to_le_bytes() } else { size.to_be_bytes() });
        assert!(damaged(&bytes).is_empty());
        bytes[at..at + 4].fill(0xff);
        assert_eq!(damaged(&bytes), [place]);
        // It stays told when a label was written.
        assert_eq!(damaged(&is_written(name, &bytes)), [place]);
        // Written to a pipe: no size is known.
        bytes[4..8].fill(0xff);
        assert!(damaged(&bytes).is_empty());
    }
}

proptest! {
    /// Sizes of the form, of `data` and of what follows, right and wrong.
    #[test]
    fn any_sizes_take_a_label(form in prop_oneof![Just(0u32), Just(36), Just(u32::MAX), 0u32..700, any::<u32>()],
                              data in prop_oneof![Just(0u32), Just(u32::MAX), 90u32..110, any::<u32>()],
                              tail in prop::collection::vec((0usize..5, 0u32..30, any::<bool>()), 0..4)) {
        let old = label("old").to_json();
        let mut bytes = [b"RIFF", &form.to_le_bytes()[..], b"WAVE"].concat();
        bytes.extend(riff::encode(*b"fmt ", b"\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0"));
        bytes.extend([b"data", &data.to_le_bytes()[..], &[0x99; 99]].concat());
        for (kind, size, padded) in tail {
            let chunk = match kind {
                0 => riff::encode(*b"AIGC", old.as_bytes()),
                1 => riff::encode(*b"LIST", &[b"INFO", &riff::encode(*b"ICMT", old.as_bytes())[..]].concat()),
                2 => riff::encode(*b"junk", &vec![1; size as usize]),
                3 => [b"junk", &size.to_le_bytes()[..]].concat(),
                _ => vec![size as u8; size as usize],
            };
            let cut = usize::from(!padded && chunk.last() == Some(&0));
            bytes.extend(&chunk[..chunk.len() - cut]);
        }
        let written = written_or_refused("wav", &bytes);
        let sound = if (1..99).contains(&data) { data as usize } else { 99 };
        prop_assert!(written.is_none_or(|w| w.windows(sound).any(|part| part == &[0x99; 99][..sound])));
    }
}
