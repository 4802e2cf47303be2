//! The label on the pages of PDF documents, as other people's programs show and read them.

use std::path::Path;
use std::process::Command;

use biaoshi_tests::scaling::scales;
use biaoshi_tests::{PRODUCER, command, fixture, root, run, scratch};

fn judged(arguments: &[&str]) -> String {
    let script = root().join("tests/judges/printed.py");
    let done = Command::new("python3").arg(script).args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn labelled(folder: &Path, input: &str, more: &[&str]) -> biaoshi_tests::Run {
    let all = ["label", input, "--producer", PRODUCER, "--id", "x-{stem}", "--layers", "metadata,explicit", "--json"];
    run(folder, &[&all[..], more].concat())
}

/// Turned, cropped, scaled, tagged and archived pages, those of other programs, in both forms of cross-reference.
#[test]
fn pages_show_the_words_and_all_else_stays() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    judged(&["make", &path("clean")]);
    let done = labelled(folder.path(), "clean", &["--out", "first"]);
    assert_eq!(done.code(), 0, "{}", done.err());
    assert_eq!(judged(&["judge", &path("clean"), &path("first")]), "");
    // The words are there: the second run adds nothing.
    let again = labelled(folder.path(), "first", &["--out", "again"]);
    assert!(again.json().iter().all(|line| line["action"] == "unchanged"), "{}", again.out());
    let all = labelled(folder.path(), "clean", &["--out", "all", "--every-page"]);
    assert_eq!(all.code(), 0, "{}", all.err());
    assert_eq!(judged(&["judge", &path("clean"), &path("all"), "all"]), "");
    for line in run(folder.path(), &["verify", "first", "--layers", "metadata,explicit", "--json"]).json() {
        let found = &line["explicit"][0];
        assert_eq!((&found["where"]["page"], &found["text"]), (&1.into(), &"本文由AI生成".into()), "{line}");
    }
}

#[test]
fn what_must_not_change_is_skipped_with_its_reason() {
    let folder = scratch();
    for (name, reason) in [
        ("pdf-aes256.pdf", "the document is encrypted"),
        ("pdf-rc4.pdf", "the document is encrypted"),
        ("pdf-signed.pdf", "the document is signed"),
    ] {
        std::fs::write(folder.path().join(name), fixture(name)).unwrap();
        let done = command(folder.path())
            .args(["label", name, "--producer", PRODUCER, "--id", "x", "--out", "o", "--json"])
            .output()
            .unwrap();
        let line: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(line["action"], "labelled", "{line}");
        assert!(line["skipped"][0]["reason"].as_str().unwrap().starts_with(reason), "{line}");
    }
    let broken = labelled(folder.path(), "pdf-signed.pdf", &["--out", "broken", "--break-signatures"]);
    assert_eq!(broken.code(), 0, "{}", broken.err());
}

#[test]
fn pages_take_time_in_proportion() {
    let document = |objects: &[String]| {
        let (mut out, mut table) = (b"%PDF-1.4\n".to_vec(), String::new());
        for (n, object) in objects.iter().enumerate() {
            table += &format!("{:010} 00000 n \n", out.len());
            out.extend(format!("{} 0 obj\n{object}\nendobj\n", n + 1).bytes());
        }
        let (start, size) = (out.len(), objects.len() + 1);
        let end = format!(
            "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Root 1 0 R /Size {size} >>\nstartxref\n{start}\n%%EOF\n"
        );
        [out, end.into_bytes()].concat()
    };
    let page = |more: &str| format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] {more} >>");
    let catalog = "<< /Type /Catalog /Pages 2 0 R >>".to_owned();
    let stream = |data: String| format!("<< /Length {} >>\nstream\n{data}\nendstream", data.len());
    scales("kids.pdf", |n| {
        let kids: String = (3..n + 3).map(|id| format!("{id} 0 R ")).collect();
        let root = format!("<< /Type /Pages /Count {n} /Kids [{kids}] >>");
        document(&[vec![catalog.clone(), root], vec![page(""); n]].concat())
    });
    for (name, content) in
        [("states.pdf", "q "), ("words.pdf", "BT /F 9 Tf (a) Tj ET "), ("strings.pdf", "("), ("images.pdf", "BI ID ")]
    {
        scales(name, |n| {
            let root = "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned();
            let font = "/Contents 4 0 R /Resources << /Font << /F << /Subtype /Type1 >> >> >>";
            document(&[catalog.clone(), root, page(font), stream(content.repeat(n))])
        });
    }
}
