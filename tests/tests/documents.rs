//! Documents and films as people have them and as attackers make them: cut off, behind junk, encrypted, put together in
//! another way. What viewers show is read and labelled; where something may be lost with a label, a finding says so.

use biaoshi_container::{Patched, ebml, pdf, to_vec, zip};
use biaoshi_label::{Code, Dialect};
use biaoshi_metadata::Found;
use biaoshi_tests::scaling::scales;
use biaoshi_tests::{Limits, fixture, label, read, row, write};
use proptest::prelude::*;

fn has(found: &Found, code: Code) -> bool {
    found.findings.iter().any(|f| f.code == code)
}

fn find(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|w| w == text.as_bytes()).unwrap()
}

fn replaced(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    let at = find(bytes, old);
    [&bytes[..at], new.as_bytes(), &bytes[at + old.len()..]].concat()
}

/// A label is written, and nothing else is found but it.
fn is_labelled(format: &str, bytes: &[u8], what: &str) -> Vec<u8> {
    let written = write(row(format), &bytes.to_vec(), &label("new")).unwrap_or_else(|e| panic!("{what}: {e}"));
    let (found, writer) = read(row(format), &written);
    assert!(writer.is_ok() && found.records.len() == 1, "{what}: {found:?}");
    assert!(label("new").equals(&found.records[0]) && found.records[0].dialects.is_empty(), "{what}: {found:?}");
    assert_eq!(found.records[0].placement, row(format).placement, "{what}");
    written
}

/// The newest information dictionary has the title of the fixtures.
fn keeps_its_title(bytes: &[u8], what: &str) {
    let (bytes, limits) = (bytes.to_vec(), Limits::default());
    let header = pdf::header(&bytes).unwrap() as u64;
    let file = pdf::File::open(&bytes, header, &limits).unwrap();
    let info = file.named("Info").unwrap().unwrap();
    let title = file.entry(&info, "Title").unwrap().map(|t| t.value);
    let Some(pdf::Value::Text(title)) = title else { panic!("{what}: {title:?}") };
    assert_eq!(pdf::decode(&title).0, "春天的早晨", "{what}");
}

/// A document with its cross-reference table where the text before it was changed: all offsets in it are wrong.
fn shifted(bytes: &[u8]) -> Vec<u8> {
    replaced(bytes, "%PDF-1.7\n", "%PDF-1.7\n%a line that somebody put in\n")
}

#[test]
fn a_pdf_is_labelled_as_far_as_viewers_open_it() {
    let (plain, packed) = (fixture("pdf.pdf"), fixture("pdf-xrefstream.pdf"));
    let start = find(&plain, "startxref\n") + 10;
    let junk = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    for (what, bytes) in [
        ("a direct Info", fixture("pdf-directinfo.pdf")),
        ("junk before the header", [junk.clone(), plain.clone()].concat()),
        ("junk before the header, packed", [junk.clone(), packed.clone()].concat()),
        ("a shifted table", shifted(&plain)),
        ("a shifted stream", shifted(&packed)),
        ("a wrong startxref", [&plain[..start], b"77", &plain[start..]].concat()),
        ("a table that starts at one", replaced(&plain, "xref\n0 7", "xref\n1 7")),
        (
            "line ends that were changed",
            plain.iter().flat_map(|b| if *b == b'\n' { vec![13, 10] } else { vec![*b] }).collect(),
        ),
        ("zeros behind", [plain.clone(), vec![0; 200_000]].concat()),
        ("several ends", [&plain[..], b"%%EOF\n%%EOF\n"].concat()),
        ("RC4", fixture("pdf-rc4.pdf")),
        ("AES-128", fixture("pdf-aes128.pdf")),
        ("AES-256, and Info in an object stream", fixture("pdf-aes256.pdf")),
    ] {
        let written = is_labelled("pdf", &bytes, what);
        assert!(written.starts_with(&bytes), "{what}");
        keeps_its_title(&written, what);
        let found = read(row("pdf"), &written).0;
        assert!(found.findings.is_empty(), "{what}: {found:?}");
    }
}

#[test]
fn a_pdf_that_is_cut_off_is_never_silent() {
    for name in
        ["pdf.pdf", "pdf-noinfo.pdf", "pdf-xrefstream.pdf", "pdf-updated.pdf", "pdf-linearized.pdf", "pdf-aes256.pdf"]
    {
        let clean = fixture(name);
        let whole = write(row("pdf"), &clean, &label("old")).unwrap();
        // In an encrypted document it cannot be seen.
        let stands = whole.windows(5).position(|w| w == b"\"old\"");
        // A single number behind a document may be anything.
        for cut in (40..whole.len() - 8).filter(|cut| !(clean.len()..clean.len() + 5).contains(cut)) {
            let bytes = whole[..cut].to_vec();
            let (found, writer) = read(row("pdf"), &bytes);
            let told = writer.is_err() || has(&found, Code::Damaged);
            // An earlier revision is a document of its own, even without its last mark, or with a number behind it.
            let place = bytes.windows(9).rposition(|w| w == b"startxref").map(|at| &bytes[at + 9..]);
            let rest =
                place.map(|p| String::from_utf8_lossy(p).split_whitespace().map(str::to_owned).collect::<Vec<_>>());
            let number = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
            let earlier = match rest.as_deref() {
                Some([at, mark]) => number(at) && "%%EOF".starts_with(mark.as_str()),
                Some([at, mark, more]) => number(at) && mark == "%%EOF" && number(more),
                Some([at]) => number(at),
                _ => false,
            };
            assert!(told || earlier || found.records.len() == 1, "{name} cut at {cut}: {found:?}");
            // The label is at the end: as soon as all of it is there it is read.
            if stands.is_some_and(|at| cut > at + 400) {
                assert_eq!(found.records.len(), 1, "{name} cut at {cut}: {found:?}");
            }
        }
    }
}

#[test]
fn a_pdf_is_not_written_where_something_would_be_lost() {
    let plain = fixture("pdf.pdf");
    let half = plain[..plain.len() / 2].to_vec();
    assert!(write(row("pdf"), &half, &label("new")).is_err());
    // Objects of the document inside would be taken for those of the one around it.
    let inside = shifted(&replaced(&plain, "%PDF-1.7\n", "%PDF-1.7\n%PDF-1.7 inside\n"));
    let error = write(row("pdf"), &inside, &label("new")).unwrap_err();
    assert!(error.to_string().contains("parts are lost"), "{error}");
    // An information dictionary that cannot be read has a title that would go.
    let at = find(&plain, "/Title <");
    let info = shifted(&[&plain[..at], b"/Title !", &plain[at + 8..]].concat());
    let error = write(row("pdf"), &info, &label("new")).unwrap_err();
    assert!(error.to_string().contains("information dictionary"), "{error}");
}

#[test]
fn labels_in_encrypted_documents_are_read_and_moved() {
    for name in ["pdf-rc4.pdf", "pdf-aes128.pdf", "pdf-aes256.pdf"] {
        let old = write(row("pdf"), &fixture(name), &label("old")).unwrap();
        assert!(
            !old.windows(5).any(|w| w == b"\"old\"" || w == b"Label"),
            "{name}: the label stands there in the clear"
        );
        let (found, _) = read(row("pdf"), &old);
        assert!(label("old").equals(&found.records[0]), "{name}: {found:?}");
        keeps_its_title(&is_labelled("pdf", &old, name), name);
    }
    // The owner's password alone does not open it.
    let locked = replaced(&fixture("pdf-aes256.pdf"), "/U <", "/X <");
    let (found, _) = read(row("pdf"), &locked);
    assert!(has(&found, Code::Part), "{found:?}");
    let error = write(row("pdf"), &locked, &label("new")).unwrap_err();
    assert!(error.to_string().contains("password"), "{error}");
}

#[test]
fn a_value_that_cannot_be_read_is_a_finding() {
    let bytes = replaced(
        &fixture("pdf-noinfo.pdf"),
        "trailer\n<< /Size 6",
        "trailer\n<< /Info << /AIGC 4 0 R /AIGC 5 0 R >> /Size 6",
    );
    assert!(read(row("pdf"), &bytes).0.findings.is_empty());
    let lost = replaced(&bytes, "5 0 obj", "9 0 obj");
    let (found, _) = read(row("pdf"), &lost);
    assert!(has(&found, Code::Part), "{found:?}");
}

/// An office file whose parts went through `change`.
fn package(name: &str, change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let (bytes, limits) = (fixture(name), Limits::default());
    let archive = zip::Archive::read(&bytes, &limits).unwrap();
    let contents = |m: &zip::Member| String::from_utf8(m.read(&bytes, &archive, &limits).unwrap().0).unwrap();
    let changes = archive.members.iter().enumerate().map(|(index, member)| {
        let name = String::from_utf8(member.name.clone()).unwrap();
        zip::Change { member: Some(index), contents: change(&name, contents(member)).into_bytes(), name }
    });
    let patch = zip::plan(&bytes, &archive, &changes.collect::<Vec<_>>()).unwrap();
    to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap()
}

const OVERRIDE: &str = r#"<Override PartName="/docProps/custom.xml" ContentType="application/vnd.openxmlformats-officedocument.custom-properties+xml"/>"#;

/// The custom properties of `docx-custom.docx`, the label among them, and a package that is changed besides.
fn with_label(change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let property = r#"<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="9" name="AIGC"><vt:lpwstr>"#;
    let property = format!("{property}{}</vt:lpwstr></property></Properties>", label("old").to_json());
    package("docx-custom.docx", |name, text| match name {
        "docProps/custom.xml" => change(name, text.replace("</Properties>", &property)),
        _ => change(name, text),
    })
}

#[test]
fn custom_properties_that_office_would_not_show_are_announced() {
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties";
    let sound = with_label(|_, text| text);
    assert!(read(row("docx"), &sound).0.records[0].dialects.is_empty());
    let changed = |old: &'static str, new: &'static str| with_label(move |_, text| text.replace(old, new));
    for (what, bytes) in [
        ("no content type", changed(OVERRIDE, "")),
        (
            "another content type",
            changed("officedocument.custom-properties+xml", "officedocument.extended-properties+xml"),
        ),
        ("no relationship", changed(relation, "http://example.com/nothing")),
        ("a relationship to nothing", changed("Target=\"docProps/custom.xml\"", "Target=\"docProps/gone.xml\"")),
        (
            "a relationship out of the package",
            changed("Target=\"docProps/custom.xml\"", "Target=\"docProps/custom.xml\" TargetMode=\"External\""),
        ),
    ] {
        let (found, _) = read(row("docx"), &bytes);
        assert!(found.records.len() == 1 && label("old").equals(&found.records[0]), "{what}: {found:?}");
        assert!(found.records[0].dialects.contains(&Dialect::OfficePropertyForm), "{what}: {found:?}");
        let written = is_labelled("docx", &bytes, what);
        let (limits, types) = (Limits::default(), "[Content_Types].xml");
        let archive = zip::Archive::read(&written, &limits).unwrap();
        let types = archive.named(types).next().unwrap().read(&written, &archive, &limits).unwrap().0;
        assert!(String::from_utf8(types).unwrap().contains("custom-properties+xml"), "{what}");
    }
    let elsewhere = changed("Target=\"docProps/custom.xml\"", "Target=\"/docProps/../docProps/./custom.xml\"");
    assert!(read(row("docx"), &elsewhere).0.records[0].dialects.is_empty());
}

#[test]
fn a_part_with_another_root_is_not_written_into() {
    let properties = "officeDocument/2006/custom-properties\"";
    for (what, part, old, new) in [
        ("a root of another namespace", "docProps/custom.xml", properties, "officeDocument/2006/other\""),
        ("another root", "docProps/custom.xml", "Properties", "Things"),
        ("content types of another namespace", "[Content_Types].xml", "content-types\"", "other\""),
        ("relationships of another namespace", "_rels/.rels", "package/2006/relationships\"", "package/2006/other\""),
    ] {
        let bytes = package("docx-custom.docx", |name, text| if name == part { text.replace(old, new) } else { text });
        let error = write(row("docx"), &bytes, &label("new")).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("root"), "{what}: {error}");
    }
}

#[test]
fn an_office_file_that_is_damaged_says_so() {
    let whole = with_label(|_, text| text);
    let directory = find(&whole, "PK\x01\x02");
    // The directory is lost: the members still tell the label, beside the error.
    for cut in [directory, directory + 30, whole.len() - 1] {
        let (found, writer) = read(row("docx"), &whole[..cut].to_vec());
        assert!(writer.is_err() && found.records.len() == 1, "{cut}: {found:?}");
    }
    let streamed = write(row("docx"), &fixture("docx-streamed.docx"), &label("old")).unwrap();
    let (found, writer) = read(row("docx"), &streamed[..find(&streamed, "PK\x01\x02")].to_vec());
    assert!(writer.is_err() && found.records.len() == 1, "{found:?}");
    // A part that is damaged may be the one with the label.
    let mut broken = whole.clone();
    let at = find(&broken, "docProps/custom.xml") + 19;
    broken[at..at + 40].fill(0xff);
    let (found, writer) = read(row("docx"), &broken);
    assert!(writer.is_ok() && has(&found, Code::Damaged), "{found:?}");
    assert!(write(row("docx"), &broken, &label("new")).is_err());
}

mod film {
    //! Elements of Matroska, put together by hand.
    use biaoshi_container::ebml;

    pub(super) const SEGMENT: u32 = 0x1853_8067;
    pub(super) const TAGS: u32 = 0x1254_c367;
    pub(super) const TAG: u32 = 0x7373;

    /// An element of unknown size.
    pub(super) fn open(id: u32, body: &[u8]) -> Vec<u8> {
        [&ebml::id_bytes(id)[..], &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], body].concat()
    }

    pub(super) fn tag(name: &str, value: &str) -> Vec<u8> {
        let simple = [ebml::encode(0x45a3, name.as_bytes()), ebml::encode(0x4487, value.as_bytes())].concat();
        [ebml::encode(0x63c0, &[]), ebml::encode(0x67c8, &simple)].concat()
    }

    pub(super) fn cluster() -> Vec<u8> {
        ebml::encode(0x1f43_b675, &[ebml::encode(0xe7, &[0]), ebml::encode(0xa3, b"\x81\0\0\x80 frame")].concat())
    }

    /// A header and a segment.
    pub(super) fn file(parts: &[Vec<u8>]) -> Vec<u8> {
        let header = ebml::encode(0x1a45_dfa3, &ebml::encode(0x4282, b"matroska"));
        [header, ebml::encode_wide(SEGMENT, &parts.concat(), 8)].concat()
    }
}

#[test]
fn elements_of_unknown_size_swallow_no_label() {
    use film::{TAG, TAGS, cluster, file, open, tag};
    let (title, old) = (tag("TITLE", "kept"), tag("AIGC", &label("old").to_json()));
    let closed = |inside: &[u8]| ebml::encode(TAG, inside);
    for (what, bytes) in [
        ("the last tag", file(&[cluster(), ebml::encode(TAGS, &open(TAG, &title))])),
        ("every tag", file(&[cluster(), ebml::encode(TAGS, &[open(TAG, &title), open(TAG, &old)].concat())])),
        ("Tags at the end", file(&[cluster(), open(TAGS, &closed(&title))])),
        ("Tags before a cluster", file(&[open(TAGS, &[closed(&old), closed(&title)].concat()), cluster()])),
        ("all of them", file(&[open(TAGS, &[open(TAG, &title), open(TAG, &old)].concat()), cluster(), cluster()])),
        (
            "a check sum of no bytes",
            file(&[cluster(), ebml::encode(TAGS, &[vec![0xbf, 0x80], closed(&title)].concat())]),
        ),
    ] {
        let (found, writer) = read(row("mkv"), &bytes);
        assert!(writer.is_ok(), "{what}: {found:?}");
        let labelled = bytes.windows(5).any(|w| w == b"\"old\"");
        assert_eq!(found.records.len(), usize::from(labelled), "{what}: {found:?}");
        let written = is_labelled("mkv", &bytes, what);
        assert!(!written.windows(5).any(|w| w == b"\"old\"") && written.windows(4).any(|w| w == b"kept"), "{what}");
    }
}

#[test]
fn a_film_of_several_segments_has_one_label_in_the_first() {
    use film::{TAG, TAGS, cluster, file, tag};
    let tags =
        |parts: &[Vec<u8>]| ebml::encode(TAGS, &parts.iter().flat_map(|p| ebml::encode(TAG, p)).collect::<Vec<_>>());
    let (title, old) = (tag("TITLE", "kept"), tag("AIGC", &label("old").to_json()));
    for (what, segments) in [
        ("no label", vec![vec![cluster()], vec![cluster(), tags(std::slice::from_ref(&title))]]),
        ("the second has it", vec![vec![cluster()], vec![tags(&[old.clone(), title.clone()]), cluster()]]),
        (
            "all have it",
            vec![
                vec![tags(&[title.clone(), old.clone()]), cluster()],
                vec![tags(std::slice::from_ref(&old)), cluster()],
                vec![cluster(), tags(&[old, title])],
            ],
        ),
    ] {
        let bytes = segments.iter().flat_map(|s| file(s)).collect::<Vec<_>>();
        let second: Vec<u8> = segments[1..].iter().flat_map(|s| file(s)).collect();
        let written = is_labelled("mkv", &bytes, what);
        assert!(!written.windows(5).any(|w| w == b"\"old\""), "{what}");
        // The later segments keep their size and their frames.
        let tail = &written[written.len() - second.len()..];
        assert!(tail.starts_with(&second[..20]) && written.windows(4).any(|w| w == b"kept"), "{what}");
    }
}

#[test]
fn tags_that_are_lost_are_a_finding() {
    use film::{TAG, TAGS, cluster, file, tag};
    let seek = [ebml::encode(0x53ab, &ebml::id_bytes(TAGS)), ebml::encode(0x53ac, &[100])].concat();
    let head = ebml::encode(0x114d_9b74, &ebml::encode(0x4dbb, &seek));
    let (found, _) = read(row("mkv"), &file(&[head, cluster(), cluster(), cluster(), cluster()]));
    assert!(has(&found, Code::Damaged), "{found:?}");
    let mut lying = file(&[cluster(), ebml::encode(TAGS, &ebml::encode(TAG, &tag("TITLE", "kept")))]);
    let at = lying.len() - tag("TITLE", "kept").len() - 1;
    lying[at] = 0xfe;
    let (found, _) = read(row("mkv"), &lying);
    assert!(has(&found, Code::Damaged), "{found:?}");
    assert!(write(row("mkv"), &lying, &label("new")).is_err());
}

/// Something in a segment.
#[derive(Debug, Clone)]
enum Part {
    Cluster,
    Void(u64),
    /// Tags of open or known size, a check sum or none; each tag of open or known size, with a label or a title.
    Tags(bool, bool, Vec<(bool, bool)>),
}

fn part() -> impl Strategy<Value = Part> {
    let tags = prop::collection::vec((any::<bool>(), any::<bool>()), 0..4);
    prop_oneof![
        Just(Part::Cluster),
        (2u64..300).prop_map(Part::Void),
        (any::<bool>(), any::<bool>(), tags).prop_map(|(open, crc, tags)| Part::Tags(open, crc, tags)),
    ]
}

impl Part {
    fn bytes(&self) -> Vec<u8> {
        let element =
            |open: bool, id: u32, body: &[u8]| if open { film::open(id, body) } else { ebml::encode(id, body) };
        match self {
            Self::Cluster => film::cluster(),
            Self::Void(length) => ebml::void(*length).unwrap(),
            Self::Tags(open, crc, tags) => {
                let tag = |labelled: bool| match labelled {
                    true => film::tag("AIGC", &label("old").to_json()),
                    false => film::tag("TITLE", "kept"),
                };
                let body: Vec<u8> = tags.iter().flat_map(|(open, l)| element(*open, film::TAG, &tag(*l))).collect();
                element(*open, film::TAGS, &if *crc { ebml::with_crc(&body) } else { body })
            }
        }
    }

    fn labels(&self) -> usize {
        match self {
            Self::Tags(_, _, tags) => tags.iter().filter(|(_, labelled)| *labelled).count(),
            _ => 0,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Sizes that are open, check sums, Void, several Tags and segments: every label is read, one is left, titles stay.
    #[test]
    fn films_in_any_layout_have_one_label(segments in prop::collection::vec(prop::collection::vec(part(), 0..6), 1..4)) {
        // The walk goes from cluster to cluster: there is no index.
        let bytes: Vec<u8> = segments.iter().flat_map(|s| film::file(&s.iter().map(Part::bytes).collect::<Vec<_>>())).collect();
        let (found, writer) = read(row("mkv"), &bytes);
        prop_assert!(writer.is_ok());
        prop_assert_eq!(found.records.len(), segments.iter().flatten().map(Part::labels).sum::<usize>());
        let written = write(row("mkv"), &bytes, &label("new")).unwrap();
        let records = read(row("mkv"), &written).0.records;
        prop_assert!(records.len() == 1 && label("new").equals(&records[0]) && records[0].dialects.is_empty(), "{:?}", records);
        let count = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).filter(|w| *w == text).count();
        prop_assert_eq!(count(&written, b"kept"), count(&bytes, b"kept"));
        prop_assert_eq!(count(&written, b"frame"), count(&bytes, b"frame"));
        prop_assert_eq!(count(&written, b"\"old\""), 0);
    }

    /// Junk in front and behind, a place of the last section that is off: what was there stays, the title too.
    #[test]
    fn documents_behind_any_junk_are_labelled(front in 0usize..900, behind in 0usize..3000, off in 0usize..40,
                                              name in prop::sample::select(vec!["pdf.pdf", "pdf-xrefstream.pdf", "pdf-aes128.pdf", "pdf-updated.pdf"])) {
        let mut data = fixture(name);
        let at = data.len() - data.windows(9).rev().position(|w| w == b"startxref").unwrap() + 1;
        let end = data[at..].iter().position(|b| *b == b'\n').unwrap() + at;
        let place: usize = std::str::from_utf8(&data[at..end]).unwrap().parse().unwrap();
        data.splice(at..end, (place - off).to_string().bytes());
        let bytes = [vec![b'\0'; front], data, vec![b'-'; behind]].concat();
        let written = is_labelled("pdf", &bytes, name);
        prop_assert!(written.starts_with(&bytes));
        keeps_its_title(&written, name);
    }
}

#[test]
fn many_parts_cost_time_in_proportion() {
    // What is not the same again and again does not shrink in an archive: a file is as long as what it holds.
    let noise = |n: usize| {
        (1..5)
            .map(|k| format!("{:016x}", (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ k << 40)))
            .collect::<String>()
    };
    let office = |part: &'static str, end: &'static str, more: fn(usize, String) -> String| {
        scales("many.docx", move |n| {
            let all: String = (0..n).map(|n| more(n, noise(n))).collect();
            package(
                "docx-custom.docx",
                |name, text| if name == part { text.replace(end, &format!("{all}{end}")) } else { text },
            )
        });
    };
    office("docProps/custom.xml", "</Properties>", |_, noise| format!(r#"<property name="AIGC" x="{noise}"/>"#));
    office("_rels/.rels", "</Relationships>", |n, noise| {
        format!(r#"<Relationship Id="rIdAIGC{n}" Type="a/custom-properties" Target="{noise}"/>"#)
    });
    office("[Content_Types].xml", "</Types>", |_, noise| format!("{OVERRIDE}<!--{noise}-->"));
    let lost = |more: fn(usize) -> String| {
        scales("many.pdf", move |n| {
            let plain = replaced(&fixture("pdf.pdf"), "startxref", "startxxxx");
            [plain, (0..n).flat_map(|n| more(n).into_bytes()).collect()].concat()
        });
    };
    lost(|_| "1 0 obj (".to_owned());
    lost(|_| "1 0 obj<<>>stream ".to_owned());
    lost(|n| format!("{n} 0 obj 1 endobj "));
    scales("many.pdf", |n| {
        replaced(&fixture("pdf-noinfo.pdf"), "<< /Size 6", &format!("<< /Info << {} >> /Size 6", "/A (x)".repeat(n)))
    });
    let head = ebml::encode(
        0x114d_9b74,
        &ebml::encode(0x4dbb, &[ebml::encode(0x53ab, &[1]), ebml::encode(0x53ac, &[99])].concat()),
    );
    scales("many.mkv", |n| film::file(&[head.repeat(n), film::cluster()]));
    scales("many.mkv", |n| {
        film::file(&[film::cluster(), ebml::encode(film::TAGS, &film::open(film::TAG, &[]).repeat(n))])
    });
    scales("many.mkv", |n| film::file(&[film::cluster()]).repeat(n));
}
