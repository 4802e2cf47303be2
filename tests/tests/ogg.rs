//! Ogg as other programs write it: chained links, streams that lie side by side, comments without their framing bit.

use biaoshi_container::{ogg, vorbis};
use biaoshi_label::Dialect;
use biaoshi_metadata::{Confidence, Head};
use biaoshi_tests::scaling::scales;
use biaoshi_tests::{fixture, is_written, label, read, row, write};

#[test]
fn labels_in_later_links_of_a_chain_are_read_and_move() {
    let later = write(row("opus"), &fixture("opus.opus"), &label("old")).unwrap();
    let full = write(row("ogg"), &fixture("ogg-full.ogg"), &label("old")).unwrap();
    for rest in [
        vec![later.clone()],
        vec![later.clone(), full.clone()],
        vec![b"rubbish".to_vec(), later.clone()],
        vec![full.clone()],
    ] {
        let bytes = [vec![fixture("ogg.ogg")], rest.clone()].concat().concat();
        let (found, _) = read(row("ogg"), &bytes);
        assert_eq!(found.records.len(), rest.iter().filter(|r| r.len() > 9).count());
        assert!(found.records.iter().all(|r| r.dialects == [Dialect::VorbisSecondList]), "{found:?}");
        let written = is_written("ogg", &bytes);
        assert!(!written.windows(5).any(|w| w == b"\"old\""));
    }
    // Behind a cut the first link counts.
    let bytes = [fixture("ogg.ogg"), later[..60].to_vec()].concat();
    is_written("ogg", &bytes);
}

/// Header packets of a stream as pages; those that begin a stream say so.
fn header_page(serial: u32, sequence: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let frame = ogg::Frame { serial, sequence, pages: 1, last: false };
    let mut page = ogg::pages(packets, frame).concat();
    page[5] |= if sequence == 0 { 2 } else { 0 };
    page[22..26].fill(0);
    let sum = ogg::crc(&page);
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

/// The comments of a stream, by its serial number; their packet begins on the second page of the stream.
fn comments_of(bytes: &Vec<u8>, serial: u32) -> String {
    let page = |at: u64| ogg::page(bytes, at).unwrap();
    let pages = std::iter::successors(page(0), |last| page(last.end()));
    let second = pages.filter(|page| page.serial == serial).nth(1).unwrap();
    String::from_utf8_lossy(&bytes[second.body().start as usize..second.body().end as usize]).into_owned()
}

/// ffmpeg puts the cover of a FLAC into an Ogg as a stream of Theora, in front of the sound.
#[test]
fn the_label_of_an_ogg_goes_into_its_sound() {
    let theora = |comments: &[String]| {
        let comments = [b"\x81theora".to_vec(), vorbis::fresh("v", comments).unwrap()].concat();
        let begin = header_page(7, 0, &[[b"\x80theora".to_vec(), vec![0; 35]].concat()]);
        (begin, header_page(7, 1, &[comments, b"\x82theora".to_vec()]))
    };
    let skeleton = header_page(9, 0, &[[b"fishead\0".to_vec(), vec![0; 56]].concat()]);
    let old = format!("AIGC={}", label("old").to_json());
    for name in ["ogg", "opus"] {
        let sound = fixture(&format!("{name}.{name}"));
        let first = ogg::page(&sound, 0).unwrap().unwrap();
        let (begin, rest) = sound.split_at(first.end() as usize);
        for comments in [vec![], vec![old.clone(), "TITLE=Cover".to_owned()]] {
            let (picture, headers) = theora(&comments);
            for bytes in [
                [&picture, begin, &headers, rest].concat(),
                [&skeleton, &picture, begin, &headers, rest].concat(),
                [&skeleton, begin, &picture, rest, &headers].concat(),
            ] {
                assert_eq!((row(name).sniff)(&Head::new(&bytes, "").unwrap()), Confidence::Magic);
                let (found, _) = read(row(name), &bytes);
                assert_eq!(found.records.len(), comments.len().min(1), "{found:?}");
                assert!(found.records.iter().all(|r| r.dialects == [Dialect::VorbisSecondList]), "{found:?}");
                let written = is_written(name, &bytes);
                assert!(comments_of(&written, first.serial).contains("AIGC="));
                assert!(
                    !comments_of(&written, 7).contains("AIGC=")
                        && comments_of(&written, 7).starts_with("\u{fffd}theora")
                );
                assert!(comments.is_empty() || comments_of(&written, 7).contains("TITLE=Cover"));
            }
        }
    }
    // A film without sound.
    let (picture, headers) = theora(&[]);
    let film = [picture, headers].concat();
    assert!(comments_of(&is_written("ogg", &film), 7).contains("AIGC="));
}

/// Vorbis I section 5.2.1: without the bit behind the comments a decoder refuses the stream, and ffmpeg drops the last one.
#[test]
fn vorbis_comments_get_their_framing_bit() {
    let sound = fixture("ogg-apart.ogg");
    let first = ogg::page(&sound, 0).unwrap().unwrap();
    let second = ogg::page(&sound, first.end()).unwrap().unwrap();
    let body = &sound[second.body().start as usize..second.body().end as usize];
    let (bit, comments) = body.split_last().unwrap();
    assert_eq!(*bit, 1);
    for tail in [vec![], vec![0], vec![2], vec![0, 0, 0]] {
        let packet = [comments, &tail].concat();
        let page = header_page(first.serial, 1, &[packet]);
        let bytes = [&sound[..first.end() as usize], &page, &sound[second.end() as usize..]].concat();
        let written = is_written("ogg", &bytes);
        let found = comments_of(&written, first.serial);
        let behind = found.split_once("\"ReservedCode2\":\"\"}").unwrap().1;
        let (padding, _) = behind.split_once("\u{5}vorbis").unwrap();
        assert_eq!(padding.len(), tail.len().max(1), "{tail:?}");
        assert_eq!(padding.as_bytes()[0] & 1, 1, "{tail:?}");
    }
}

#[test]
fn many_comments_pages_and_links_take_linear_time() {
    let comments = [format!("AIGC={}", label("old").to_json()), "TITLE=x".to_owned()];
    let begin = header_page(7, 0, &[[b"\x80theora".to_vec(), vec![0; 35]].concat()]);
    scales("comments.ogg", |n| {
        let packet =
            [b"\x81theora".to_vec(), vorbis::fresh("v", &vec![comments.clone(); n].concat()).unwrap()].concat();
        let frame = ogg::Frame { serial: 7, sequence: 1, pages: n, last: false };
        [begin.clone(), ogg::pages(&[packet, b"\x82theora".to_vec()], frame).concat()].concat()
    });
    let link = write(row("ogg"), &fixture("ogg-full.ogg"), &label("old")).unwrap();
    scales("links.ogg", |n| link.repeat(n));
}
