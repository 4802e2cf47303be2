//! Labels in places that no guide names, and in files that are damaged where the label stands: read, moved, or refused
//! with the reason. What a fuzzer found first is here too, made by code.

use biaoshi_container::{Patched, Source, isobmff, jpeg, pdf, riff, to_vec};
use biaoshi_label::{Code, Dialect};
use biaoshi_tests::{Limits, fixture, label, read, row, write};

/// The one record has this dialect; after writing there is one in the prescribed place, and nothing of the old one.
fn is_moved(format: &str, bytes: &Vec<u8>, dialect: Dialect) -> Vec<u8> {
    let format = row(format);
    let (found, _) = read(format, bytes);
    assert_eq!(found.records.len(), 1, "{found:?}");
    assert!(label("old").equals(&found.records[0]), "{found:?}");
    assert!(found.records[0].dialects.contains(&dialect), "{found:?}");
    let written = write(format, bytes, &label("new")).unwrap();
    let records = read(format, &written).0.records;
    assert!(records.len() == 1 && label("new").equals(&records[0]), "{records:?}");
    assert!(records[0].placement == format.placement && records[0].dialects.is_empty(), "{records:?}");
    assert!(!written.windows(5).any(|w| w == b"\"old\""), "the old label is still there");
    written
}

/// An APE item.
fn item(key: &str, value: &str) -> Vec<u8> {
    [&(value.len() as u32).to_le_bytes()[..], &[0; 4], key.as_bytes(), &[0], value.as_bytes()].concat()
}

/// An APEv2 tag with a header.
fn ape(items: &[Vec<u8>]) -> Vec<u8> {
    let body = items.concat();
    let edge = |flags: u32| {
        let numbers = [2000, body.len() as u32 + 32, items.len() as u32, flags].map(u32::to_le_bytes);
        [b"APETAGEX".to_vec(), numbers.concat(), vec![0; 8]].concat()
    };
    [edge(0xa000_0000), body.clone(), edge(0x8000_0000)].concat()
}

#[test]
fn a_label_in_an_ape_tag_moves_and_the_other_items_stay() {
    let sound = fixture("mp3-id3v24.mp3");
    let (title, old) = (item("Title", "kept"), item("AIGC", &label("old").to_json()));
    let id3v1 = [b"TAG".to_vec(), vec![b' '; 125]].concat();
    for end in [Vec::new(), id3v1] {
        let both = [sound.clone(), ape(&[title.clone(), old.clone()]), end.clone()].concat();
        let written = is_moved("mp3", &both, Dialect::ApeTag);
        assert!(written.ends_with(&[ape(std::slice::from_ref(&title)), end.clone()].concat()));
        let alone = [sound.clone(), ape(std::slice::from_ref(&old)), end.clone()].concat();
        let written = is_moved("mp3", &alone, Dialect::ApeTag);
        assert!(!written.windows(8).any(|w| w == b"APETAGEX"));
    }
    // Damage behind the label is passed over; a tag longer than the file hides nothing else.
    let mut cut = [sound.clone(), ape(&[old.clone(), vec![0xff; 9]])].concat();
    assert_eq!(read(row("mp3"), &cut).0.records.len(), 1);
    let size = cut.len() - 20;
    cut[size..size + 4].fill(0xff);
    let (found, writer) = read(row("mp3"), &cut);
    assert!(writer.is_ok() && found.records.is_empty() && found.findings.len() == 1, "{found:?}");
}

#[test]
fn a_label_in_an_id3_chunk_of_a_wav_moves() {
    let tag = write(row("mp3"), &fixture("mp3.mp3"), &label("old")).unwrap();
    let size = tag[6..10].iter().fold(0, |n, b| n << 7 | usize::from(*b)) + 10;
    for id in [*b"id3 ", *b"ID3 "] {
        let mut wav = fixture("wav-list.wav");
        wav.extend(riff::encode(id, &tag[..size]));
        let length = (wav.len() as u32 - 8).to_le_bytes();
        wav[4..8].copy_from_slice(&length);
        let written = is_moved("wav", &wav, Dialect::Id3Foreign);
        // The chunk keeps its size: what follows it in other files need not move.
        let head = [&id[..], &(size as u32).to_le_bytes()].concat();
        assert!(written.windows(8).any(|w| w == head));
    }
    let mut damaged = fixture("wav-list.wav");
    damaged.extend(riff::encode(*b"id3 ", b"no tag"));
    let length = (damaged.len() as u32 - 8).to_le_bytes();
    damaged[4..8].copy_from_slice(&length);
    let (found, writer) = read(row("wav"), &damaged);
    assert!(writer.is_ok() && found.findings.len() == 1, "{found:?}");
}

/// XMP with a title, a label, and room.
fn packet(more: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" {more}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
}

#[test]
fn a_label_in_extended_xmp_is_blanked_and_the_digest_follows() {
    let old_guid = "0123456789ABCDEF0123456789ABCDEF";
    let main = format!("xmlns:n=\"http://ns.adobe.com/xmp/note/\" n:HasExtendedXMP=\"{old_guid}\">");
    let extended = packet(&format!(
        "xmlns:TC260=\"http://www.tc260.org.cn/ns/AIGC/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
         <dc:title>kept</dc:title><TC260:AIGC>{}</TC260:AIGC>",
        label("old").to_json()
    ));
    // The label lies across the cut between two segments.
    let cut = extended.find("ProduceID").unwrap();
    let piece = |at: usize, part: &str| {
        let head = [&b"http://ns.adobe.com/xmp/extension/\0"[..], old_guid.as_bytes()].concat();
        let numbers = [(extended.len() as u32).to_be_bytes(), (at as u32).to_be_bytes()].concat();
        jpeg::encode(jpeg::APP1, &[head, numbers, part.as_bytes().to_vec()].concat()).unwrap()
    };
    let main = [&b"http://ns.adobe.com/xap/1.0/\0"[..], packet(&main).as_bytes()].concat();
    let segments = [jpeg::encode(jpeg::APP1, &main).unwrap(), piece(0, &extended[..cut]), piece(cut, &extended[cut..])];
    let picture = fixture("jpeg.jpg");
    // A part that stands twice is one part.
    let twice = [&segments.concat()[..], &segments[1][..]].concat();
    is_moved("jpeg", &[&picture[..2], &twice, &picture[2..]].concat(), Dialect::XmpExtended);
    let bytes = [&picture[..2], &segments.concat(), &picture[2..]].concat();
    let written = is_moved("jpeg", &bytes, Dialect::XmpExtended);
    let text = String::from_utf8_lossy(&written);
    assert!(!text.contains(old_guid) && text.contains("<dc:title>kept</dc:title>"));
    // The digest that the segments name is the one that the main packet names; that it is right is for exiftool to say.
    let named = text.split("HasExtendedXMP=\"").nth(1).unwrap()[..32].to_owned();
    assert_eq!(text.matches(&named).count(), 3);
    assert_eq!(
        jpeg::segments(&written, &Limits::default()).unwrap().len(),
        jpeg::segments(&bytes, &Limits::default()).unwrap().len()
    );
}

#[test]
fn a_pdf_without_sections_is_searched_as_a_whole() {
    let labelled = write(row("pdf"), &fixture("pdf.pdf"), &label("old")).unwrap();
    let end = labelled.len() - labelled.windows(9).rev().position(|w| w == b"startxref").unwrap() - 9;
    let mut bytes = labelled[..end].to_vec();
    bytes.extend(vec![b'\n'; 6 << 20]);
    assert!(pdf::File::open(&bytes, 0, &Limits::default()).is_err());
    let (found, _) = read(row("pdf"), &bytes);
    assert!(found.records.len() == 1 && label("old").equals(&found.records[0]), "{found:?}");
}

#[test]
fn lines_that_two_programs_wrote_are_one_label_in_the_end() {
    let lines = |id: &str| format!("AIGC: {}\n", label(id).to_json());
    for text in [
        format!("text\n{}{}", lines("old"), lines("old")),
        format!("{}\n{}text\n", lines("old"), lines("old")),
        format!("{}text\n\n{}\n{}\n", lines("old"), lines("old"), lines("old")),
        lines("old").repeat(3),
    ] {
        for format in ["txt", "markdown"] {
            let written = write(row(format), &text.clone().into_bytes(), &label("new")).unwrap();
            let records = read(row(format), &written).0.records;
            assert!(records.len() == 1 && label("new").equals(&records[0]), "{format}: {records:?}");
            assert!(!String::from_utf8(written).unwrap().contains("\"old\""), "{format}: {text}");
        }
    }
}

#[test]
fn a_text_with_nul_bytes_at_its_end_takes_no_line_behind_them() {
    let error = write(row("txt"), &b"text\n\0\0".to_vec(), &label("new")).unwrap_err();
    assert!(error.to_string().contains("NUL"), "{error}");
}

#[test]
fn a_text_cut_off_by_the_end_of_a_tiff_is_not_completed() {
    let comment = format!("ASCII\0\0\0{{\"AIGC\":{}}}", label("old").to_json());
    let count = comment.len() as u32;
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value.to_be_bytes()].concat()
    };
    let directory = |entry: Vec<u8>| [&[0, 1][..], &entry, &[0; 4]].concat();
    let head = b"MM\0\x2a\0\0\0\x08".to_vec();
    let tiff = |count| {
        let (exif, text) = (directory(entry(0x8769, 4, 1, 26)), directory(entry(0x9286, 7, count, 44)));
        [head.clone(), exif, text, comment.clone().into_bytes()].concat()
    };
    assert!(label("old").equals(&read(row("tiff"), &tiff(count)).0.records[0]));
    let (found, _) = read(row("tiff"), &tiff(count + 1));
    assert!(found.records.is_empty() && found.findings.len() == 1, "{found:?}");
    assert!(write(row("tiff"), &tiff(count + 1), &label("new")).is_err());
}

#[test]
fn a_damaged_list_of_keys_gets_no_key() {
    let good = fixture("mp4-mdta.mp4");
    let keys = good.windows(4).position(|w| w == b"keys").unwrap() + 8;
    for (at, lie) in [(keys, 0u32), (keys, 9), (keys + 4, 7), (keys + 4, 0x7fff_ffff)] {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&lie.to_be_bytes());
        let (_, writer) = read(row("mp4"), &bytes);
        let patch = writer.unwrap().plan(&bytes, &label("new"), &Limits::default()).unwrap();
        let written = to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap();
        let records = read(row("mp4"), &written).0.records;
        assert!(records.len() == 1 && label("new").equals(&records[0]), "{lie}: {records:?}");
        assert!(Source::len(&written) > Source::len(&bytes));
    }
}

/// A box.
fn iso(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    isobmff::encode(*kind, body)
}

/// Offset of the size field of the last box of a kind.
fn last_box(bytes: &[u8], kind: &[u8; 4]) -> usize {
    bytes.windows(4).rposition(|w| w == kind).unwrap() - 4
}

/// What follows a box without a size belongs to it: a label goes in front of it, or it gets a size.
#[test]
fn a_box_without_a_size_takes_no_label_in() {
    let film = fixture("mp4-tail.mp4");
    let at = last_box(&film, b"moov");
    let body = &film[at + 8..];
    let moov = |end: &[u8]| [&film[..at], &iso(b"moov", &[body, end].concat())].concat();
    let mut open = film.clone();
    open[at..at + 4].fill(0);
    let mut sound = film.clone();
    let udta = last_box(&film, b"udta");
    sound[udta..udta + 4].fill(0);
    let short = [iso(b"ftyp", b"isom\0\0\0\0"), iso(b"moov", b"\0\0\0\0free")].concat();
    for bytes in
        [moov(&[0; 8]), moov(&[0; 12]), moov(b"\0\0\0\0free"), moov(b"\0\0\0\0junk rubbish"), open, sound, short]
    {
        let written = write(row("mp4"), &bytes, &label("new")).unwrap();
        let records = read(row("mp4"), &written).0.records;
        assert!(records.len() == 1 && records[0].placement == row("mp4").placement, "{records:?}");
        assert!(records[0].dialects.is_empty(), "{records:?}");
    }
    for kind in [b"infe", b"iref", b"cdsc", b"idat", b"meta"] {
        let mut bytes = fixture("heic-xmp.heic");
        let Some(at) = bytes.windows(4).rposition(|w| w == kind) else { continue };
        bytes[at - 4..at].fill(0);
        let records = |bytes: &Vec<u8>| read(row("heic"), bytes).0.records;
        if let Ok(written) = write(row("heic"), &bytes, &label("new")) {
            assert_eq!(records(&written).len(), 1, "{}", String::from_utf8_lossy(kind));
        }
    }
    // The last entry of the list of items.
    let mut bytes = fixture("heic.heic");
    let at = last_box(&bytes, b"infe");
    bytes[at..at + 4].fill(0);
    let written = write(row("heic"), &bytes, &label("new")).unwrap();
    assert_eq!(read(row("heic"), &written).0.records.len(), 1);
}

/// Damage in the metadata of a film may hide a label.
#[test]
fn damaged_keys_and_items_are_told() {
    let meta = |inner: &[u8]| iso(b"moov", &iso(b"udta", &iso(b"meta", &[&[0; 4], inner].concat())));
    let ftyp = iso(b"ftyp", b"isom\0\0\0\x01");
    let keys = iso(b"keys", b"\0\0\0\0\0\0\0\x01\xff\xff\xff\xffmdta");
    let named = iso(b"keys", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &iso(b"mdta", b"AIGC")].concat());
    let item = [named, iso(b"ilst", &iso(b"\0\0\0\x01", b"\0\0\xff\xffdata"))].concat();
    for inner in [keys, item, iso(b"ilst", b"\0\0\xff\xff\0\0\0\x01"), b"\0\0\xff\xffkeys".to_vec()] {
        let (found, _) = read(row("mp4"), &[ftyp.clone(), meta(&inner)].concat());
        assert!(found.findings.iter().any(|f| f.code == Code::Damaged), "{:?}", found.findings);
    }
}

/// The keys of a camera are named again, in front of its own; its values stay where they were, and nowhere else.
#[test]
fn no_value_of_a_camera_is_copied() {
    let clean = fixture("mov-camera.mov");
    let written = write(row("mov"), &clean, &label("new")).unwrap();
    let count = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).filter(|w| *w == what).count();
    for (value, times) in [(&b"+12.5000+045.2500"[..], 1), (b"Phone 1", 1), (b"location.ISO6709", 2), (b"udta", 1)] {
        assert_eq!(count(&written, value), times, "{}", String::from_utf8_lossy(value));
    }
    // A label that an earlier version put behind the camera's keys, in a table of its own, joins them.
    let alone = [
        iso(b"hdlr", b"\0\0\0\0\0\0\0\0mdta\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        iso(b"keys", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &iso(b"mdta", b"AIGC")].concat()),
    ];
    let value = [&[0, 0, 0, 1, 0, 0, 0, 0], label("old").to_json().as_bytes()].concat();
    let alone = [&[0; 4], &alone.concat()[..], &iso(b"ilst", &iso(b"\0\0\0\x01", &iso(b"data", &value)))].concat();
    let at = last_box(&clean, b"moov");
    let udta = last_box(&clean, b"udta");
    let moov = [&clean[at + 8..udta], &iso(b"udta", &[&clean[udta + 8..], &iso(b"meta", &alone)].concat())].concat();
    let earlier = [&clean[..at], &iso(b"moov", &moov)].concat();
    assert_eq!(read(row("mov"), &earlier).0.records.len(), 1);
    assert_eq!(write(row("mov"), &earlier, &label("new")).unwrap(), written);
}
