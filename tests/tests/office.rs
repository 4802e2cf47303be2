//! The line that people read in documents: other people's readers find it at its place, and all else is as it was.

use std::path::Path;
use std::process::Command;

use biaoshi::media::{ExplicitOptions, Outcome, Sheet, explicit};
use biaoshi::plan::Position;
use biaoshi_container::{Limits, Patched, to_vec, zip};
use biaoshi_tests::scaling::scales;
use biaoshi_tests::{PRODUCER, fixture, root, run, scratch};
use proptest::prelude::*;

fn python(script: &str, args: &[&str], folder: &Path) -> String {
    let script = root().join("tests/judges").join(script);
    let run = Command::new("python3").arg(script).args(args).current_dir(folder).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}");
    said
}

/// Documents of all kinds, as python-docx, python-pptx, openpyxl, XlsxWriter and LibreOffice write them.
#[test]
fn the_label_is_read_by_everyone_and_nothing_else_changes() {
    let folder = scratch();
    python("corpus.py", &["clean"], folder.path());
    let args = ["label", "clean", "--out", "out", "--producer", PRODUCER, "--layers", "explicit", "--json"];
    let done = run(folder.path(), &args);
    assert_eq!(done.code(), 0, "{}", done.err());
    let names: Vec<String> = done.json().iter().map(|r| r["path"].as_str().unwrap().replace("clean/", "")).collect();
    assert!(names.len() >= 40, "{names:?}");
    let pairs: Vec<String> = names.iter().flat_map(|name| [format!("clean/{name}"), format!("out/{name}")]).collect();
    let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
    python("documents.py", &pairs, folder.path());
    // What LibreOffice prints takes its time: some of each kind.
    let few = [
        "rtl.docx",
        "dark-page.docx",
        "crowded.pptx",
        "rich.xlsx",
        "plain.odt",
        "lists.odt",
        "table-first.odt",
        "crowded.odp",
        "small.ods",
    ];
    let few: Vec<String> = few.iter().flat_map(|name| [format!("clean/{name}"), format!("out/{name}")]).collect();
    let few: Vec<&str> = few.iter().map(String::as_str).chain(["--opens"]).collect();
    python("documents.py", &few, folder.path());
    let again =
        run(folder.path(), &["label", "out", "--in-place", "--producer", PRODUCER, "--layers", "explicit", "--json"]);
    assert!(again.json().iter().all(|r| r["action"] == "unchanged"), "{}", again.out());
    let seen = run(folder.path(), &["verify", "out", "--layers", "explicit", "--json"]).json();
    for report in seen {
        let labels = report["explicit"].as_array().unwrap();
        assert!(!labels.is_empty() && labels.iter().all(|l| l["confidence"] == 1.0), "{report}");
    }
}

fn part(bytes: &Vec<u8>, name: &str) -> String {
    let (limits, read) = (Limits::default(), zip::Archive::read(bytes, &Limits::default()).unwrap());
    String::from_utf8(read.named(name).next().unwrap().read(bytes, &read, &limits).unwrap().0).unwrap()
}

/// A package whose part went through `change`.
fn changed(name: &str, of: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let bytes = fixture(name);
    let archive = zip::Archive::read(&bytes, &Limits::default()).unwrap();
    let member = archive.members.iter().position(|m| m.is(of));
    let contents = change(part(&bytes, of)).into_bytes();
    let patch = zip::plan(&bytes, &archive, &[zip::Change { member, name: of.into(), contents }]).unwrap();
    to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap()
}

/// The file with the label, or why it has none; the label is found, and a second run changes nothing.
fn labelled(bytes: &Vec<u8>, format: &str, options: &ExplicitOptions) -> Result<Vec<u8>, String> {
    let (layer, limits) = (explicit(format).unwrap(), Limits::default());
    match (layer.apply)(bytes, options, &limits) {
        Ok(Outcome::Drawn(drawn)) => {
            let out = to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap();
            assert!(!(layer.find)(&out, options, &limits).unwrap().is_empty());
            assert!(matches!((layer.apply)(&out, options, &limits).unwrap(), Outcome::Already(_)));
            Ok(out)
        }
        Ok(Outcome::Already(_)) => Err("already".into()),
        Ok(Outcome::Skip(why)) => Err(why.code().into()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn positions_words_and_the_corner_mark() {
    let (docx, odt) = (fixture("docx.docx"), fixture("odt.odt"));
    let at = |position| ExplicitOptions { position, ..ExplicitOptions::default() };
    for (format, bytes, name) in [("docx", &docx, "word/document.xml"), ("odt", &odt, "content.xml")] {
        let before = part(bytes, name);
        for (position, count) in [(Position::Start, 1), (Position::Middle, 1), (Position::End, 1), (Position::Both, 2)]
        {
            let text = part(&labelled(bytes, format, &at(position)).unwrap(), name);
            assert_eq!(text.matches("本文由AI生成").count(), count, "{format} {position:?}");
            let (title, label) = (text.find("春天的早晨").unwrap(), text.find("本文由AI生成").unwrap());
            assert_eq!(label < title, matches!(position, Position::Start | Position::Both), "{format} {position:?}");
            assert!(text.len() > before.len());
        }
        let mark = ExplicitOptions { superscript: true, ..ExplicitOptions::default() };
        let text = part(&labelled(bytes, format, &mark).unwrap(), name);
        assert!(!text.contains("本文由AI生成") && text.find(">AI<") > text.find("春天的早晨"), "{text}");
        let words = Some("此文由某某人工智能合成 & 人工修订".to_owned());
        let own = ExplicitOptions { words, bilingual: true, ..ExplicitOptions::default() };
        assert!(part(&labelled(bytes, format, &own).unwrap(), name).contains("此文由某某人工智能合成 &amp; 人工修订"));
    }
    // Where the first paragraph begins a page, a label in front of it would be alone on one.
    let text = part(&labelled(&fixture("odt-break.odt"), "odt", &at(Position::Start)).unwrap(), "content.xml");
    assert!(text.find("春天的早晨") < text.find("本文由AI生成"));
}

#[test]
fn every_page_has_it_in_its_header() {
    let options = ExplicitOptions { every_page: true, ..ExplicitOptions::default() };
    let titled = changed("docx.docx", "word/document.xml", |text| {
        text.replace("<w:sectPr/>", "<w:sectPr><w:titlePg/></w:sectPr>")
    });
    for (bytes, kinds) in [(fixture("docx.docx"), 1), (titled, 2)] {
        let out = labelled(&bytes, "docx", &options).unwrap();
        let text = part(&out, "word/document.xml");
        assert_eq!(
            (text.matches("本文由AI生成").count(), text.matches("headerReference ").count()),
            (1, kinds),
            "{text}"
        );
        assert!(part(&out, "word/header1.xml").contains("本文由AI生成"));
        assert!(part(&out, "[Content_Types].xml").contains("/word/header1.xml"));
        // A document that has the line gets the headers, and nothing else.
        let line = labelled(&bytes, "docx", &ExplicitOptions::default()).unwrap();
        assert_eq!(part(&labelled(&line, "docx", &options).unwrap(), "word/document.xml"), text);
    }
}

/// LibreOffice prints it on each of three pages, of which the last has a header of its own; a second run changes nothing.
#[test]
fn every_page_of_writer_shows_it() {
    let folder = scratch();
    let folder = folder.path();
    let make = r#"
from odf.opendocument import OpenDocumentText
from odf.style import Style, MasterPage, PageLayout, ParagraphProperties, Header
from odf.text import P
d = OpenDocumentText()
for name in ('Standard', 'Own'):
    d.automaticstyles.addElement(PageLayout(name='l' + name))
    page = MasterPage(name=name, pagelayoutname='l' + name)
    d.masterstyles.addElement(page)
header = Header(); header.addElement(P(text='A header of its own')); page.addElement(header)
for name, more in (('Next', {}), ('Turn', {'masterpagename': 'Own'})):
    style = Style(name=name, family='paragraph', **more)
    style.addElement(ParagraphProperties(breakbefore='page'))
    d.automaticstyles.addElement(style)
d.text.addElement(P(text='One'))
d.text.addElement(P(text='Two', stylename='Next'))
d.text.addElement(P(text='Three', stylename='Turn'))
d.save('a.odt')"#;
    let made = Command::new("python3").arg("-c").arg(make).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let label = ["a.odt", "--producer", PRODUCER, "--layers", "explicit", "--every-page"];
    assert_eq!(run(folder, &[&["label"], &label[..], &["-o", "b.odt"]].concat()).code(), 0);
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let printed = Command::new("soffice")
        .args(["--headless", &profile, "--convert-to", "pdf", "b.odt"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let text = Command::new("pdftotext").args(["b.pdf", "-"]).current_dir(folder).output().unwrap();
    // Blanks between Chinese and letters are its own.
    let text = String::from_utf8(text.stdout).unwrap().replace("由 AI 生", "由AI生");
    let pages: Vec<_> = text.split_terminator('\u{c}').map(|page| page.matches("本文由AI生成").count()).collect();
    assert_eq!(pages, [2, 1, 1], "{text}");
    assert!(text.contains("A header of its own"), "{text}");
    let before = std::fs::read(folder.join("b.odt")).unwrap();
    let again = ["label", "b.odt", "--in-place", "--producer", PRODUCER, "--layers", "explicit", "--every-page"];
    assert_eq!(run(folder, &again).code(), 0);
    assert_eq!(std::fs::read(folder.join("b.odt")).unwrap(), before);
}

#[test]
fn a_sheet_in_front_moves_what_counts_sheets() {
    let names = r#"<bookViews><workbookView firstSheet="0"/></bookViews><sheets>"#;
    let defined = r#"</sheets><definedNames><definedName name="a" localSheetId="0">x</definedName></definedNames>"#;
    let book =
        changed("xlsx.xlsx", "xl/workbook.xml", |text| text.replace("<sheets>", names).replace("</sheets>", defined));
    let options = ExplicitOptions { sheet: Sheet::First, ..ExplicitOptions::default() };
    let text = part(&labelled(&book, "xlsx", &options).unwrap(), "xl/workbook.xml");
    for moved in [r#"firstSheet="1""#, r#"activeTab="1""#, r#"localSheetId="1""#] {
        assert!(text.contains(moved), "{moved}: {text}");
    }
    assert!(text.find("AI生成") < text.find(r#"sheetId="1""#));
    let text = part(&labelled(&fixture("ods.ods"), "ods", &options).unwrap(), "content.xml");
    assert!(text.find("本表由AI生成") < text.find("天气"));
}

#[test]
fn a_book_has_the_label_behind_cover_and_contents() {
    let options = ExplicitOptions::default();
    let book = labelled(&fixture("epub.epub"), "epub", &options).unwrap();
    assert!(part(&book, "OEBPS/text/one .xhtml").contains("<body><p class=\"aigc-label\""));
    assert!(!part(&book, "OEBPS/cover.xhtml").contains("AI生成"));
    assert_eq!(labelled(&fixture("epub-fixed.epub"), "epub", &options), Err("epub.fixed".into()));
}

#[test]
fn what_a_label_would_break_is_skipped_with_the_reason() {
    let with = |name: &str, member: &str, contents: &str| {
        let bytes = fixture(name);
        let archive = zip::Archive::read(&bytes, &Limits::default()).unwrap();
        let change = zip::Change { member: None, name: member.into(), contents: contents.into() };
        let patch = zip::plan(&bytes, &archive, &[change]).unwrap();
        to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap()
    };
    let no_slides = changed("pptx.pptx", "ppt/presentation.xml", |text| text.replace("p:sldId ", "p:other "));
    let encrypted = changed("odt.odt", "META-INF/manifest.xml", |text| {
        text.replace("/>", "><a:encryption-data xmlns:a='a'/></manifest:file-entry>")
    });
    for (format, bytes, why) in [
        ("docx", with("docx.docx", "_xmlsignatures/sig1.xml", "<a/>"), "document.signed"),
        ("odt", with("odt.odt", "META-INF/documentsignatures.xml", "<a/>"), "document.signed"),
        ("epub", with("epub.epub", "META-INF/signatures.xml", "<a/>"), "document.signed"),
        ("docx", with("docx.docx", "WORD/document.xml", "<a/>"), "document.text"),
        ("odt", encrypted, "document.encrypted"),
        ("pptx", no_slides, "document.text"),
    ] {
        assert_eq!(labelled(&bytes, format, &ExplicitOptions::default()), Err(why.into()), "{format} {why}");
    }
    let deep = changed("docx.docx", "word/document.xml", |text| {
        text.replace("<w:body>", &format!("<w:body>{}", "<w:p>".repeat(100_000)))
    });
    let deep = labelled(&deep, "docx", &ExplicitOptions::default()).unwrap_err();
    assert!(deep.contains("--limit-xml-depth"), "{deep}");
}

#[test]
fn long_documents_take_linear_time() {
    let paragraphs = |count: usize| {
        let more = "<w:p><w:r><w:t>x</w:t></w:r></w:p>".repeat(count);
        changed("docx.docx", "word/document.xml", |text| text.replace("<w:body>", &format!("<w:body>{more}")))
    };
    let slides = |count: usize| {
        let bytes = fixture("pptx.pptx");
        let archive = zip::Archive::read(&bytes, &Limits::default()).unwrap();
        let slide = part(&bytes, "ppt/slides/slide1.xml");
        let new = |n: usize| zip::Change {
            member: None,
            name: format!("ppt/slides/s{n}.xml"),
            contents: slide.clone().into(),
        };
        let mut changes: Vec<_> = (0..count).map(new).collect();
        for (of, old, new) in [
            ("ppt/presentation.xml", "</p:sldIdLst>", "<p:sldId id=\"9{}\" r:id=\"x{}\"/>"),
            (
                "ppt/_rels/presentation.xml.rels",
                "</Relationships>",
                "<Relationship Id=\"x{}\" Type=\"a/slide\" Target=\"slides/s{}.xml\"/>",
            ),
        ] {
            let all: String = (0..count).map(|n| new.replace("{}", &n.to_string())).collect();
            let member = archive.members.iter().position(|m| m.is(of));
            let contents = part(&bytes, of).replace(old, &format!("{all}{old}")).into();
            changes.push(zip::Change { member, name: String::new(), contents });
        }
        to_vec(&Patched::new(&bytes, &zip::plan(&bytes, &archive, &changes).unwrap()), u64::MAX).unwrap()
    };
    scales("a.docx", paragraphs);
    scales("a.pptx", slides);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in a body: no panic, the label is found again, the text is the same but for insertions.
    #[test]
    fn any_body(parts in prop::collection::vec(prop::sample::select(vec![
        "<w:p>", "</w:p>", "<w:p/>", "<w:r>", "</w:r>", "<w:t>AI生成</w:t>", "<w:t>x</w:t>", "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", "<w:sectPr/>",
        "<w:hyperlink>", "</w:hyperlink>", "<!-- c -->", "<w:vanish/>", "<w:vertAlign w:val='superscript'/>", "&amp;", "<![CDATA[x]]>", "<a/>",
    ]), 0..14), end in any::<bool>()) {
        let body = parts.concat();
        let bytes = changed("docx.docx", "word/document.xml", |text| {
            let (start, end) = (text.find("<w:body>").unwrap() + 8, text.rfind("</w:body>").unwrap());
            format!("{}{body}{}", &text[..start], &text[end..])
        });
        let position = if end { Position::End } else { Position::Start };
        let options = ExplicitOptions { position, ..ExplicitOptions::default() };
        if let Ok(out) = labelled(&bytes, "docx", &options) {
            let (before, after) = (part(&bytes, "word/document.xml"), part(&out, "word/document.xml"));
            let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
            prop_assert!(after.ends_with(&before[floor(&before, same)..]), "{}", after);
        }
    }
}

/// The start of the character at or before a place.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
