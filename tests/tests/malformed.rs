//! Damaged files: no panic, no loop, no wrong success; the input stays, nothing half-written.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use biaoshi_label::{Label, Level};
use biaoshi_metadata::{FORMATS, Head, sniff};
use biaoshi_tests::{Fixture, Limits, PRODUCER, fixtures, on_all_cores, read, run, scratch, write};
use proptest::prelude::*;

/// Bytes at the beginning of a file, where most of its structure is, and at its end: every place in them is tried.
const BEGINNING: usize = 512;
const END: usize = 128;
/// How many places between are tried.
const BETWEEN: usize = 256;

fn label() -> Label {
    Label::new(Level::Confirmed, PRODUCER, "a", false).unwrap()
}

/// All places at the beginning and the end of so many bytes, and some between, the same in each run.
fn places(name: &str, bytes: usize) -> BTreeSet<usize> {
    let end = bytes.saturating_sub(END).max(BEGINNING);
    let drawn = (0..BETWEEN).map(|n| {
        let mut dice = DefaultHasher::new();
        (name, n).hash(&mut dice);
        BEGINNING + usize::try_from(dice.finish() >> 32).unwrap() % (end - BEGINNING).max(1)
    });
    (0..BEGINNING).chain(drawn).chain(end..bytes).filter(|at| *at < bytes).collect()
}

/// Reads some bytes as a format and, where that works, writes into them; what is written must read back.
fn exercise(name: &str, format: &biaoshi_metadata::Format, bytes: &Vec<u8>) {
    let (_, Ok(writer)) = read(format, bytes) else { return };
    let Ok(patch) = writer.plan(bytes, &label(), &Limits::default()) else { return };
    let view = biaoshi_container::Patched::new(bytes, &patch);
    let mut again = biaoshi_metadata::Found::default();
    let _ = (format.read)(&view, &Limits::default(), &mut again);
    assert!(again.records.len() <= 64, "{name}");
}

#[test]
fn truncation_at_all_places() {
    on_all_cores(fixtures(), |fixture| {
        let bytes = std::fs::read(fixture.twin()).unwrap();
        for end in places(&fixture.name, bytes.len()) {
            exercise(&fixture.name, fixture.format, &bytes[..end].to_vec());
        }
    });
}

#[test]
fn lying_lengths_at_all_places_of_the_first_two_kilobytes() {
    on_all_cores(fixtures(), |Fixture { name, format, bytes, .. }| {
        let bytes = write(format, &bytes, &label()).unwrap();
        // Hundreds of hashes make its key, each time.
        let step = if name == "pdf-aes256.pdf" { 4 } else { 1 };
        for at in places(&name, bytes.len().min(2048).saturating_sub(4)).into_iter().step_by(step) {
            for lie in [0u32, 1, 7, 0x7fff_ffff, 0xffff_ffff, 0xffff_ff00] {
                let mut bad = bytes.clone();
                bad[at..at + 4].copy_from_slice(&lie.to_be_bytes());
                exercise(&name, format, &bad);
            }
        }
    });
}

#[test]
fn a_label_before_the_damage_is_still_reported() {
    let folder = scratch();
    let twin = fixtures().into_iter().find(|f| f.name == "png.png").unwrap().twin();
    let bytes = std::fs::read(twin).unwrap();
    std::fs::write(folder.path().join("cut.png"), &bytes[..bytes.len() - 20]).unwrap();
    let run = run(folder.path(), &["verify", "cut.png", "--json"]);
    let report = &run.json()[0];
    assert_eq!(run.code(), 3);
    assert_eq!(report["error"]["kind"], "malformed");
    assert_eq!(report["labels"][0]["fields"]["ProduceID"], "png");
    assert_eq!(report["conforming"], false);
}

#[test]
fn a_page_that_ends_inside_its_label_is_damaged() {
    let folder = scratch();
    let twin = std::fs::read(fixtures().into_iter().find(|f| f.name == "html.html").unwrap().twin()).unwrap();
    let label = twin.windows(7).position(|w| w == b"\"Label\"" || w == b"Label&q").unwrap();
    for (end, damaged) in [(label - 30, true), (label + 40, true), (twin.len(), false)] {
        std::fs::write(folder.path().join("cut.html"), &twin[..end]).unwrap();
        let run = run(folder.path(), &["verify", "cut.html", "--json", "--allow-unlabelled"]);
        assert_eq!(run.out().contains("file.damaged"), damaged, "{end}");
        assert_eq!(run.json()[0]["conforming"], !damaged);
    }
}

#[test]
fn bad_files_get_one_line_and_stay_while_the_others_are_done() {
    let folder = scratch();
    let input = folder.path().join("in");
    std::fs::create_dir(&input).unwrap();
    let good = fixtures();
    for name in ["png.png", "wav.wav", "txt.txt"] {
        std::fs::copy(&good.iter().find(|f| f.name == name).unwrap().path, input.join(name)).unwrap();
    }
    let png = std::fs::read(input.join("png.png")).unwrap();
    let bad: [(&str, &[u8]); 6] = [
        ("cut.png", &png[..png.len() / 2]),
        ("empty.jpg", b""),
        ("zeros.mp4", &[0; 4096]),
        ("random.wav", b"RIFF\xff\xff\xff\x7fWAVEfmt "),
        ("noise.mp3", &[0xaa; 1000]),
        ("binary.txt", b"a\0b\0\x01\x02"),
    ];
    for (name, bytes) in bad {
        std::fs::write(input.join(name), bytes).unwrap();
    }
    let run = run(folder.path(), &["label", "in", "--out", "out", "--producer", PRODUCER]);
    assert_eq!(run.code(), 3);
    assert_eq!(run.err().lines().count(), bad.len(), "{}", run.err());
    for (name, bytes) in bad {
        assert!(run.err().lines().any(|l| l.contains(name)), "{name}: {}", run.err());
        assert_eq!(std::fs::read(input.join(name)).unwrap(), bytes);
        assert!(!folder.path().join("out").join(name).exists(), "{name}");
    }
    let mut made: Vec<_> =
        std::fs::read_dir(folder.path().join("out")).unwrap().map(|e| e.unwrap().file_name()).collect();
    made.sort();
    assert_eq!(made, ["png.png", "txt.txt", "wav.wav"]);
}

#[test]
fn names_do_not_decide() {
    let folder = scratch();
    let png = fixtures().into_iter().find(|f| f.name == "png.png").unwrap().path;
    for name in ["a.jpg", "b.mp4", "c.txt", "d.md", "e", "f.bin"] {
        std::fs::copy(&png, folder.path().join(name)).unwrap();
    }
    let run = run(folder.path(), &["verify", ".", "--json", "--allow-unlabelled"]);
    for report in run.json() {
        assert_eq!(report["format"], "png", "{report}");
        let said = report["findings"].as_array().unwrap().iter().any(|f| f["code"] == "file.extension");
        assert_eq!(said, report["path"].as_str().unwrap().rsplit('/').next().unwrap().contains('.'), "{report}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Arbitrary bytes behind every format's magic.
    #[test]
    fn arbitrary_bytes_never_panic(which in 0usize..22, tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let magic: [&[u8]; 22] = [
            b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x40\0\0\0WAVE", b"ID3\x03\0\0\0\0\x02\0", b"ID3\x04\0\x80\0\0\x02\0",
            b"\0\0\0\x10ftypisom\0\0\0\0", b"\0\0\0\x08moov", b"---\nAIGC:\n", b"AIGC: {", b"\xff\xfb\x90\x00", b"\xff\xd8\xff\xe1\0\x40http://ns.adobe.com/xap/1.0/\0<", b"",
            b"RIFF\0\x01\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0", b"GIF89a\x01\0\x01\0\0\0\0\x21\xff\x0bXMP DataXMP",
            b"II\x2a\0\x08\0\0\0\x02\0\xbc\x02\x07\0", b"MM\0\x2b\0\x08\0\0\0\0\0\0\0\0\0\x10",
            b"fLaC\0\0\0\x02ab\x84\0\0\x40", b"OggS\0\x02\0\0\0\0\0\0\0\0aaaa\0\0\0\0cccc\x01\x08OpusHeadOggS\0\0", b"FORM\0\0\0\x60AIFF",
            b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff\x12\x54\xc3\x67\xc0\x73\x73\xb0\x67\xc8\xa8\x44\x87\xa4{",
            b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0",
            b"\0\0\0\x10ftypheic\0\0\0\0\0\0\0\0meta\0\0\0\0\0\0\0\x0eiinf\0\0\0\0\0\0\0\0\0\x20iloc\x01\0\0\0\x44\x40\0\x01",
        ];
        let bytes = [magic[which], &tail].concat();
        for format in FORMATS {
            exercise("arbitrary", format, &bytes);
        }
        for extension in ["md", "txt", "py", ""] {
            let _ = sniff(&Head::new(&bytes, extension).unwrap());
        }
    }

    /// A fixture with some bytes changed.
    #[test]
    fn mutated_fixtures_never_panic(which in any::<usize>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let all = cached();
        let Fixture { name, format, bytes, .. } = &all[which % all.len()];
        let mut bytes = bytes.clone();
        for (at, byte) in changes {
            // Half of the changes hit the first kilobyte, where the structure is.
            let at = if byte % 2 == 0 { at.index(bytes.len()) } else { at.index(bytes.len().min(1024)) };
            bytes[at] = byte;
        }
        exercise(name, format, &bytes);
    }
}

fn cached() -> &'static [Fixture] {
    static ALL: std::sync::OnceLock<Vec<Fixture>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = fixtures();
        for fixture in &mut all {
            fixture.bytes = write(fixture.format, &fixture.bytes, &label()).unwrap();
        }
        all
    })
}
