//! What people and scripts see, word for word. `cargo insta review` accepts a wanted change.

use biaoshi_tests::{PRODUCER, fixtures, root, run, scratch};

/// Runs in the folder of labelled fixtures; standard output, then standard error, then the exit code.
fn shown(args: &[&str]) -> String {
    let run = run(&root().join("fixtures/labelled"), args);
    format!("{}--- stderr\n{}--- exit {}\n", run.out(), run.err(), run.code())
}

#[test]
fn verify_for_people() {
    insta::assert_snapshot!(shown(&[
        "verify",
        "jpeg.jpg",
        "markdown.md",
        "mp3.mp3",
        "mp4-front.mp4",
        "png.png",
        "txt.txt",
        "wav.wav",
        "gone.png"
    ]));
    insta::assert_snapshot!(shown(&["verify", "--lang", "zh", "../clean/png-xmp.png", "png.png", "../make.py"]));
}

#[test]
fn verify_for_machines() {
    insta::assert_snapshot!(shown(&["verify", "--json", "png.png", "wav.wav", "gone.png"]));
    insta::assert_snapshot!(shown(&[
        "verify",
        "--json",
        "--layers",
        "metadata,explicit",
        "--lang",
        "zh",
        "png.png",
        "wav.wav",
        "txt.txt"
    ]));
}

#[test]
fn inspect() {
    insta::assert_snapshot!(shown(&["inspect", "jpeg.jpg"]));
    insta::assert_snapshot!(shown(&["inspect", "--lang", "zh", "markdown-frontmatter.md"]));
}

#[test]
fn label() {
    let folder = scratch();
    for name in ["png.png", "mp3.mp3", "txt.txt"] {
        let fixture = fixtures().into_iter().find(|f| f.name == name).unwrap();
        std::fs::copy(fixture.path, folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("cut.png"), b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\xff").unwrap();
    std::fs::write(folder.path().join("data.csv"), "a,b\n").unwrap();
    let shown = |args: &[&str]| {
        let run = run(folder.path(), &[&["label", "--producer", PRODUCER, "--id", "{stem}"], args].concat());
        format!("{}--- stderr\n{}--- exit {}\n", run.out(), run.err(), run.code())
    };
    insta::assert_snapshot!(shown(&[".", "--out", "out"]));
    insta::assert_snapshot!(shown(&[".", "--out", "out", "--lang", "zh"]));
    insta::assert_snapshot!(shown(&["png.png", "cut.png", "--out", "json", "--json"]));
}

#[test]
fn codes() {
    insta::assert_snapshot!(shown(&["code", "check", PRODUCER, "001191110000EXAMPLE03X10000", "doubao"]));
    insta::assert_snapshot!(shown(&["code", "check", "--json", PRODUCER]));
    insta::assert_snapshot!(shown(&["code", "make", &PRODUCER[4..22], "--service", "generation"]));
    insta::assert_snapshot!(shown(&["code", "make", "91110000EXAMPLE03X"]));
}

#[test]
fn formats() {
    insta::assert_snapshot!(shown(&["formats"]));
}

#[test]
fn completions_and_manual_pages_are_made_from_the_command_line() {
    let folder = scratch();
    for shell in ["bash", "zsh", "fish"] {
        let run = run(folder.path(), &["completions", shell]);
        assert!(run.code() == 0 && run.out().contains("break-signatures"), "{shell}");
    }
    assert_eq!(run(folder.path(), &["man", "pages"]).code(), 0);
    let page = std::fs::read_to_string(folder.path().join("pages/biaoshi-label.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("producer"), "{page}");
}

#[test]
fn hostile_text_cannot_speak_to_the_terminal() {
    let folder = scratch();
    let json = format!(
        r#"{{"Label":"1","ContentProducer":"a{}[31mred\u202e","ProduceID":"x\u0007","ReservedCode1":""}}"#,
        '\u{1b}'
    );
    std::fs::write(folder.path().join("a.txt"), format!("x\nAIGC: {json}\n")).unwrap();
    for args in [&["verify", "a.txt", "-v"][..], &["inspect", "a.txt"], &["verify", "--json", "a.txt"]] {
        let run = run(folder.path(), args);
        let text = format!("{}{}", run.out(), run.err());
        assert!(text.contains("red"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
        assert!(args.contains(&"--json") || !text.contains('\u{202e}'), "{text:?}");
    }
}
