//! Sound files as other programs write them: manifests and labels in tags of every kind and place, sizes that are wrong,
//! rubbish in front. What a player shows and plays of them stays.

use biaoshi_container::id3::{
    Sound, encode_text, encode_user_text, frames, front, resynchronise, strings, to_syncsafe, unsynchronise,
};
use biaoshi_container::{Kind, Patched, Source, iff, riff, to_vec};
use biaoshi_label::Dialect;
use biaoshi_metadata::{Found, Strength};
use biaoshi_tests::scaling::scales;
use biaoshi_tests::{Limits, fixture, is_written, label, read, row, write, written_or_refused};
use proptest::prelude::*;

/// A tag around frames.
fn tag(version: u8, flags: u8, frames: &[u8]) -> Vec<u8> {
    let size = to_syncsafe(u32::try_from(frames.len()).unwrap()).unwrap();
    [b"ID3", &[version, 0, flags][..], &size, frames].concat()
}

/// A frame of ID3v2.4 whose size is stated plainly, as iTunes does.
fn plain(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&id[..], &u32::try_from(body.len()).unwrap().to_be_bytes(), &[0, 0], body].concat()
}

/// A frame of a version of the tag.
fn frame(version: u8, id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len()).unwrap();
    match version {
        2 => [&id[..3], &size.to_be_bytes()[1..], body].concat(),
        3 => plain(id, body),
        _ => [&id[..], &to_syncsafe(size).unwrap(), &[0, 0], body].concat(),
    }
}

/// The file of a format whose tag this is.
fn around(format: &str, tag: &[u8]) -> Vec<u8> {
    let sized = |mut bytes: Vec<u8>, chunk: Vec<u8>, size: fn(u32) -> [u8; 4]| {
        bytes.extend(chunk);
        let length = size(bytes.len() as u32 - 8);
        bytes[4..8].copy_from_slice(&length);
        bytes
    };
    match format {
        "wav" => sized(fixture("wav.wav"), riff::encode(*b"id3 ", tag), u32::to_le_bytes),
        "aiff" => sized(fixture("aiff.aiff"), iff::encode(*b"ID3 ", tag).unwrap(), u32::to_be_bytes),
        "aac" => [tag, &fixture("aac.aac")].concat(),
        "flac" => [tag, &fixture("flac.flac")].concat(),
        _ => [tag, &fixture("mp3.mp3")].concat(),
    }
}

/// An APE item.
fn item(key: &str, value: &str) -> Vec<u8> {
    [&(value.len() as u32).to_le_bytes()[..], &[0; 4], key.as_bytes(), &[0], value.as_bytes()].concat()
}

/// An APE tag without a header.
fn ape(items: &[Vec<u8>]) -> Vec<u8> {
    let body = items.concat();
    let numbers = [2000, body.len() as u32 + 32, items.len() as u32, 0].map(u32::to_le_bytes).concat();
    [body, b"APETAGEX".to_vec(), numbers, vec![0; 8]].concat()
}

const TAGGED: [&str; 5] = ["mp3", "aac", "flac", "aiff", "wav"];

/// The beginning of a manifest store, and what one says.
const STORE: &[u8] = b"\0\0\0\x58jumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9bq\x03c2pa\0";
const SOURCE: &[u8] = b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/// Players read a container behind a tag in their own way: it is no MP3, and the label of the tag is told beside the error.
#[test]
fn a_container_behind_a_tag_is_refused_by_name() {
    let old = encode_user_text(4, "AIGC", &label("old").to_json()).unwrap();
    let tags = [tag(4, 0, &old), tag(4, 0, &frame(4, b"TIT2", b"\x03title"))].concat();
    for (name, what) in
        [("wav.wav", "WAV"), ("aiff.aiff", "AIFF"), ("ogg.ogg", "Ogg"), ("mkv.mkv", "Matroska"), ("m4a.m4a", "MP4")]
    {
        let bytes = [&tags[..], &fixture(name)].concat();
        let (found, layout) = read(row("mp3"), &bytes);
        assert_eq!(found.records.len(), 1, "{name}");
        let error = layout.err().unwrap().to_string();
        assert!(error.contains(what) && error.contains(&format!("byte {}", tags.len())), "{error}");
    }
    assert!(read(row("mp3"), &[&tags[..], &fixture("mp3.mp3")].concat()).1.is_ok());
}

#[test]
fn a_manifest_in_a_tag_is_protected() {
    let object =
        |media_type: &str, says: &[u8]| [b"\0", media_type.as_bytes(), b"\0name\0words\0", STORE, says].concat();
    let mut tags = Vec::new();
    for media_type in
        ["application/c2pa", "Application/C2PA", "application/x-c2pa-manifest-store", "application/x-c2pa", ""]
    {
        for version in 2..=4 {
            let id = if version == 2 { b"GEO\0" } else { b"GEOB" };
            for (says, strength) in [(SOURCE, Strength::Strong), (b"a camera", Strength::Weak)] {
                tags.push((tag(version, 0, &frame(version, id, &object(media_type, says))), strength));
            }
        }
    }
    // The widths and the orders that a writer may have taken for the media type, and unsynchronisation of three kinds.
    let wide = [
        b"\x01\xff\xfe".to_vec(),
        b"application/c2pa".iter().flat_map(|b| [*b, 0]).collect(),
        vec![0; 2],
        SOURCE.to_vec(),
    ]
    .concat();
    let noisy = [object("application/c2pa", SOURCE), vec![0xff, 0xe0, 0xff, 0]].concat();
    let mut flagged = frame(4, b"GEOB", &unsynchronise(&noisy));
    flagged[9] = 2;
    tags.push((tag(4, 0, &frame(4, b"GEOB", &wide)), Strength::Strong));
    tags.push((tag(3, 0x80, &unsynchronise(&frame(3, b"GEOB", &noisy))), Strength::Strong));
    tags.push((tag(4, 0x80, &frame(4, b"GEOB", &unsynchronise(&noisy))), Strength::Strong));
    tags.push((tag(4, 0, &flagged), Strength::Strong));
    for (bytes, strength) in tags {
        for format in TAGGED {
            let (found, _) = read(row(format), &around(format, &bytes));
            assert_eq!(found.blockers.len(), 1, "{format}: {bytes:?}");
            assert_eq!(
                found.traces.iter().map(|t| (t.kind, t.strength)).collect::<Vec<_>>(),
                [("c2pa", strength)],
                "{format}"
            );
        }
    }
    // Another object that talks of manifests is none.
    let other = tag(4, 0, &frame(4, b"GEOB", b"\0text/plain\0name\0application/c2pa\0jumb"));
    assert!(TAGGED.iter().all(|format| read(row(format), &around(format, &other)).0.blockers.is_empty()));
}

#[test]
fn a_manifest_in_a_chunk_or_block_is_protected() {
    let store = [STORE, SOURCE].concat();
    let flac = fixture("flac.flac");
    let head = [&[2, 0][..], &(store.len() as u16 + 4).to_be_bytes(), b"c2pa", &store].concat();
    let cases = [
        ("flac", [&flac[..42], &head, &flac[42..]].concat()),
        ("wav", [fixture("wav.wav"), riff::encode(*b"C2PA", &store)].concat()),
        ("aiff", [fixture("aiff.aiff"), iff::encode(*b"C2PA", &store).unwrap()].concat()),
    ];
    for (format, bytes) in cases {
        let (found, _) = read(row(format), &bytes);
        assert!(found.blockers.len() == 1 && found.traces[0].strength == Strength::Strong, "{format}: {found:?}");
    }
}

/// The frames of the tag at the front, with whether their sizes are stated plainly.
fn listed(bytes: &Vec<u8>) -> Vec<([u8; 4], bool, Vec<u8>)> {
    let tag = biaoshi_container::id3::tag(bytes, 0).unwrap().unwrap();
    let list = frames(bytes, tag.version, tag.body(), &Limits::default()).unwrap().list;
    list.iter().map(|f| (f.id, f.plain, bytes[f.body.start as usize..f.body.end as usize].to_vec())).collect()
}

#[test]
fn plain_sizes_become_right_ones() {
    let picture = [b"\0image/jpeg\0\x03\0".to_vec(), (0..20_000u32).map(|n| (n * 7) as u8).collect()].concat();
    let old = encode_user_text(4, "AIGC", &label("old").to_json()).unwrap();
    let frames = [plain(b"APIC", &picture), plain(b"TIT2", b"\x03Title"), plain(b"COMM", &[b'x'; 300])].concat();
    // As iTunes writes them; behind the label of a program that did not notice; with room to pay.
    for (front, room) in [(vec![], 0), (old, 0), (vec![], 900)] {
        let bytes = around("mp3", &tag(4, 0, &[front, frames.clone(), vec![0; room]].concat()));
        let listed = listed(&is_written("mp3", &bytes));
        let rest: Vec<_> = listed[1..].iter().map(|(id, plain, body)| (*id, *plain, body.len())).collect();
        assert_eq!(rest, [(*b"APIC", false, picture.len()), (*b"TIT2", false, 6), (*b"COMM", false, 300)]);
        assert_eq!(listed[1].2, picture);
    }
}

#[test]
fn rubbish_behind_frames_does_not_hide_the_label() {
    let title = frame(4, b"TIT2", &[b'x'; 300]);
    for rubbish in
        [vec![b'?'; 700], [b"\0\x01".to_vec(), vec![0xaa; 700]].concat(), plain(b"PRIV", &[b'y'; 200])[..100].to_vec()]
    {
        is_written("mp3", &around("mp3", &tag(4, 0, &[title.clone(), rubbish].concat())));
    }
    // Made so that plain sizes lead to more frames behind a new one: written or refused, and by name.
    let trap = frame(4, b"TIT2", b"\0x").repeat(60);
    for cut in 0..200 {
        let body = [plain(b"PRIV", &vec![b'y'; 128 + cut]), trap.clone(), vec![b'!'; 120]].concat();
        let bytes = around("mp3", &tag(4, 0, &body));
        match write(row("mp3"), &bytes, &label("new")) {
            Ok(_) => drop(is_written("mp3", &bytes)),
            Err(error) => assert_eq!(error.kind(), Kind::Unsupported),
        }
    }
}

#[test]
fn an_appended_tag_is_read_and_gives_its_label_up() {
    let old = encode_user_text(4, "AIGC", &label("old").to_json()).unwrap();
    for (more, id3v1) in [(vec![], false), (encode_text(*b"TIT2", "kept").unwrap(), true)] {
        let front = tag(4, 0x10, &[old.clone(), more.clone()].concat());
        let footer = [b"3DI", &front[3..10]].concat();
        let end = if id3v1 { [b"TAG".to_vec(), vec![b' '; 125]].concat() } else { vec![] };
        for (format, sound) in [("mp3", "mp3.mp3"), ("aac", "aac.aac"), ("flac", "flac.flac")] {
            let bytes = [fixture(sound), front.clone(), footer.clone(), end.clone()].concat();
            let (found, _) = read(row(format), &bytes);
            assert!(found.records.len() == 1 && found.records[0].dialects.contains(&Dialect::Id3Trailing), "{found:?}");
            let written = is_written(format, &bytes);
            let left = tag(4, 0x10, &more);
            let left =
                if more.is_empty() { vec![] } else { [left.clone(), b"3DI".to_vec(), left[3..10].to_vec()].concat() };
            assert!(written.ends_with(&[left, end.clone()].concat()), "{format}");
            assert!(!written.windows(5).any(|w| w == b"\"old\""));
        }
    }
}

#[test]
fn a_tag_with_a_footer_in_a_chunk_gets_shorter() {
    let old = encode_user_text(4, "AIGC", &label("old").to_json()).unwrap();
    for rest in [vec![], encode_text(*b"TIT2", "kept").unwrap(), encode_text(*b"TIT2", "kept!").unwrap()] {
        let front = tag(4, 0x10, &[old.clone(), rest.clone()].concat());
        let bytes = around("wav", &[&front[..], b"3DI", &front[3..10]].concat());
        assert_eq!(read(row("wav"), &bytes).0.records.len(), 1);
        for bytes in [bytes.clone(), [&bytes[..], &riff::encode(*b"fact", &[0; 4])].concat()] {
            let written = is_written("wav", &bytes);
            assert!(rest.is_empty() || written.windows(rest.len()).any(|w| w == rest));
            assert_eq!(written[4..8], (written.len() as u32 - 8).to_le_bytes());
        }
    }
}

#[test]
fn more_items_than_the_limit_are_a_limit() {
    let old = label("old").to_json();
    let items = [item("AIGC", &old), item("a", "b"), item("c", "d"), item("AIGC", &old)];
    let bytes = [fixture("mp3.mp3"), ape(&items)].concat();
    let limits = Limits { parts: 3, ..Limits::default() };
    let mut found = Found::default();
    let error = (row("mp3").read)(&bytes, &limits, &mut found).err().unwrap();
    assert!(error.kind() == Kind::Limit && found.records.len() == 1, "{error}");
    // The same for texts in a list of WAV.
    let texts = [riff::encode(*b"ICMT", old.as_bytes()), riff::encode(*b"IABC", b"").repeat(9)].concat();
    let list = riff::encode(*b"LIST", &[b"INFO", &texts[..]].concat());
    let bytes = [fixture("wav.wav"), list].concat();
    assert_eq!((row("wav").read)(&bytes, &limits, &mut found).err().unwrap().kind(), Kind::Limit);
}

#[test]
fn a_new_tag_carries_title_and_artist_over() {
    let written = is_written("mp3", &fixture("mp3-id3v1.mp3"));
    let texts: Vec<_> = listed(&written)[1..].iter().map(|(id, _, body)| (*id, strings(body).unwrap())).collect();
    let one = |id: &[u8; 4], text: &str| (*id, vec![text.to_owned()]);
    assert_eq!(
        texts[..4],
        [one(b"TIT2", "Gliding voice"), one(b"TPE1", "Fixture"), one(b"TALB", "Clean files"), one(b"TDRC", "2026")]
    );
    // Those of an APE tag are not cut; the bytes of an unknown encoding stay.
    let id3v1 = [b"TAG\xbb\xac\xd2\xf4".to_vec(), vec![0; 26], b"Singer".to_vec(), vec![0; 88], vec![255]].concat();
    let ape = ape(&[item("title", "滑音之歌")]);
    for (format, sound) in [("mp3", "mp3.mp3"), ("aac", "aac.aac")] {
        let alone = listed(&is_written(format, &[fixture(sound), id3v1.clone()].concat()));
        assert!(alone[1].2 == b"\0\xbb\xac\xd2\xf4" && alone[2].2 == b"\0Singer", "{alone:?}");
        let both = listed(&is_written(format, &[fixture(sound), ape.clone(), id3v1.clone()].concat()));
        assert!(both[1].2 == "\x03滑音之歌".as_bytes() && both[2].2 == b"\0Singer", "{both:?}");
    }
}

#[test]
fn a_first_comment_carries_over_what_a_tag_says() {
    let texts =
        [frame(3, b"TIT2", b"\0Gliding"), frame(3, b"TCON", b"\0(17)"), frame(3, b"COMM", b"\0eng\0hello")].concat();
    let comments = |bytes: &[u8]| {
        ["TITLE=Gliding", "COMMENT=hello", "GENRE=Rock"]
            .map(|text| bytes.windows(text.len()).any(|w| w == text.as_bytes()))
    };
    let bare = [tag(3, 0, &texts), fixture("flac-bare.flac")].concat();
    assert_eq!(comments(&is_written("flac", &bare)), [true; 3]);
    // Where there are comments, players passed over the tag before.
    let list = [tag(3, 0, &texts), fixture("flac-small.flac")].concat();
    assert!(!comments(&is_written("flac", &list))[1]);
}

#[test]
fn only_labels_go() {
    let comments = |texts: &[&str]| {
        let texts = [&["v"], texts].concat();
        let strings =
            texts.iter().map(|t| [&(t.len() as u32).to_le_bytes()[..], t.as_bytes()].concat()).collect::<Vec<_>>();
        [&strings[0][..], &(texts.len() as u32 - 1).to_le_bytes(), &strings[1..].concat()].concat()
    };
    let bare = fixture("flac-bare.flac");
    for other in ["AIGC=x", "AIGC=", "aigc={\"a\":1}", "COMMENT=AIGC=x"] {
        let list = comments(&[other, &format!("AIGC={}", label("old").to_json())]);
        let head =
            [&b"fLaC\0"[..], &bare[5..42], &[4, 0], &(list.len() as u16).to_be_bytes(), &list, &bare[42..]].concat();
        // The block behind STREAMINFO is the last one.
        let mut bytes = head;
        bytes[42] |= 0x80;
        let written = is_written("flac", &bytes);
        assert!(written.windows(other.len()).any(|w| w == other.as_bytes()), "{other}");
    }
}

#[test]
fn zeros_and_rubbish_in_front_are_no_end() {
    let old = encode_user_text(4, "AIGC", &label("old").to_json()).unwrap();
    let title = encode_text(*b"TIT2", "Gliding").unwrap();
    let labelled = tag(4, 0, &[old, title.clone()].concat());
    let titled = tag(4, 0, &title);
    for (format, sound) in [("mp3", "mp3.mp3"), ("aac", "aac.aac"), ("flac", "flac.flac")] {
        let sound = fixture(sound);
        for between in [vec![0; 70_000], vec![b'?'; 500], [vec![0; 5000], vec![b'?'; 500]].concat()] {
            let parts: [&[&[u8]]; 4] = [
                &[&between, &sound],
                &[&labelled, &between, &sound],
                &[&between, &labelled, &sound],
                &[&titled, &between, &labelled, &between, &sound],
            ];
            for (n, parts) in parts.into_iter().enumerate() {
                let bytes = parts.concat();
                let head = biaoshi_metadata::Head::new(&bytes, format).unwrap();
                assert_eq!(biaoshi_metadata::sniff(&head).map(|f| f.name), Some(format), "{n}");
                assert_eq!(read(row(format), &bytes).0.records.len(), usize::from(n > 0), "{format} {n}");
                let written = is_written(format, &bytes);
                assert!(written.ends_with(&sound[if format == "flac" { 200 } else { 0 }..]), "{format} {n}");
                assert!(format == "flac" || written.starts_with(b"ID3"), "{format} {n}");
                assert_eq!(written.windows(5).filter(|w| w == b"\"old\"").count(), 0);
            }
        }
    }
    let quiet: Sound = |_, _| false;
    assert_eq!(front(&vec![0; 9], quiet, &mut |_| Ok(())).unwrap(), 0);
}

#[test]
fn an_unsynchronised_tag_keeps_what_it_says() {
    let noisy = frame(3, b"PRIV", &[0xff, 0xe0, 0xff, 0, 0xff, 0xff]);
    let bytes = around("mp3", &tag(3, 0x80, &unsynchronise(&noisy)));
    let written = is_written("mp3", &bytes);
    let tag = biaoshi_container::id3::tag(&written, 0).unwrap().unwrap();
    let body = resynchronise(&written[10..tag.body().end as usize]);
    assert!(body.windows(noisy.len()).any(|w| w == noisy));
    let patch = read(row("mp3"), &written).1.unwrap().plan(&written, &label("new"), &Limits::default()).unwrap();
    assert_eq!(to_vec(&Patched::new(&written, &patch), u64::MAX).unwrap().len() as u64, Source::len(&written));
}

#[test]
fn many_parts_of_a_tag_take_linear_time() {
    let old = label("old").to_json();
    let text = [b"\0AIGC\0", old.as_bytes()].concat();
    let frames = [frame(4, b"TXXX", &text), frame(4, b"TIT2", b"\0x")].concat();
    scales("frames.mp3", |n| around("mp3", &tag(4, 0, &frames.repeat(n))));
    let items = [item("AIGC", &old), item("title", "x")];
    scales("items.mp3", |n| [fixture("mp3.mp3"), ape(&vec![items.clone(); n].concat())].concat());
    let chunks = [riff::encode(*b"AIGC", old.as_bytes()), riff::encode(*b"ICMT", old.as_bytes())].concat();
    scales("chunks.wav", |n| [fixture("wav.wav"), chunks.repeat(n)].concat());
    let texts = |n| riff::encode(*b"LIST", &[b"INFO", &chunks.repeat(n)[..]].concat());
    scales("texts.wav", |n| [fixture("wav.wav"), texts(n)].concat());
}

/// A byte of rubbish at the end of a tag is too short for a frame, before and behind the zeros that a change leaves.
#[test]
fn rubbish_too_short_for_a_frame_hides_no_label() {
    let old = [b"\0AIGC\0", label("old").to_json().as_bytes()].concat();
    let private = |data: Vec<u8>| frame(4, b"PRIV", &data);
    let nested = frame(4, b"TIT2", b"\0x").repeat(6);
    let noise = (0..72).map(|n| (n * 37) as u8).collect();
    let body = [private(noise), frame(4, b"TXXX", &old), private(nested), frame(4, b"TXXX", &old), b"T".to_vec()];
    is_written("mp3", &around("mp3", &tag(4, 0, &body.concat())));
}

proptest! {
    /// Frames with sizes of both kinds, labels among them, and rubbish behind.
    #[test]
    fn any_frames_take_a_label(version in 2u8..5, flags in prop_oneof![Just(0u8), Just(0x80)],
                               parts in prop::collection::vec((0usize..5, 0usize..400, any::<bool>()), 0..8),
                               rubbish in prop::collection::vec(prop_oneof![Just(0u8), Just(b'T'), any::<u8>()], 0..60)) {
        let old = label("old").to_json();
        // Frames inside of frames may be taken for the real ones where these are not as prescribed.
        let clear = rubbish.iter().all(|b| *b == 0) && !parts.iter().any(|(kind, _, plain)| *kind == 3 || *plain);
        let mut body = Vec::new();
        for (kind, size, stated_plainly) in parts {
            let (id, data): (&[u8; 4], Vec<u8>) = match kind {
                0 => (b"TXXX", [b"\0AIGC\0", old.as_bytes()].concat()),
                1 => (b"COMM", [b"\0eng\0", old.as_bytes()].concat()),
                2 => (b"PRIV", (0..size).map(|n| (n * 37) as u8).collect()),
                3 => (b"PRIV", frame(4, b"TIT2", b"\0x").repeat(size / 12)),
                _ => (b"TIT2", vec![b'x'; size + 1]),
            };
            body.extend(if stated_plainly && version == 4 { plain(id, &data) } else { frame(version, id, &data) });
        }
        body.extend(&rubbish);
        for format in ["mp3", "aiff", "wav"] {
            let whole = tag(version, flags, &if flags == 0 { body.clone() } else { unsynchronise(&body) });
            let written = written_or_refused(format, &around(format, &whole));
            prop_assert!(!clear || written.is_none_or(|w| !w.windows(5).any(|part| part == b"\"old\"")));
        }
    }
}
