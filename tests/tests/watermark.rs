//! The watermark alone, through the program.

use std::path::Path;

use biaoshi_tests::picture::textured;
use biaoshi_tests::{Run, root, run, scratch};

fn ended(args: &[&str], code: i32) -> Run {
    let run = run(&root(), args);
    assert_eq!(run.code(), code, "{args:?}: {}", run.err());
    run
}

#[test]
fn a_payload_goes_in_and_comes_out() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, other) = (path("a.key"), path("b.key"));
    for key in [&key, &other] {
        assert_eq!(ended(&["key", "new", "watermark", "--out", key], 0).out(), ended(&["key", "show", key], 0).out());
    }
    assert!(ended(&["key", "new", "watermark", "--out", &key], 2).err().contains("nothing was written"));
    for (i, color) in [png::ColorType::Grayscale, png::ColorType::Rgba, png::ColorType::Indexed].into_iter().enumerate()
    {
        let (input, output) = (path(&format!("{i}.png")), path(&format!("{i}-out.png")));
        textured(Path::new(&input), (480, 360), color);
        let embed = ["watermark", "embed", &input, &output, "--payload", "0123456789abcdef", "--key", &key];
        assert_eq!(ended(&embed, 0).out(), "");
        ended(&embed, 3);
        let detect = |args: &[&str]| ended(&[&["watermark", "detect"], args].concat(), 0);
        assert_eq!(detect(&[&output, "--key", &key]).out(), "0123456789abcdef\n");
        assert_eq!(detect(&[&output, "--key", &other]).out(), "none\n");
        assert_eq!(detect(&[&input, "--key", &key]).out(), "none\n");
        let row = detect(&[&output, "--key", &key, "--json"]).json().remove(0);
        assert_eq!((row["payload"].as_str(), row["content"].as_str()), (Some("0123456789abcdef"), Some("match")));
        let again = ["watermark", "embed", &output, &path("twice.png"), "--payload", "1", "--key", &key];
        assert!(ended(&again, 3).err().contains("another payload"), "never two marks");
        let verdict = ended(&["verify", &output, "--allow-unlabelled"], 0);
        assert!(!verdict.out().contains("damage"), "{}", verdict.out());
    }
}

#[test]
fn lists_keep_their_order_and_say_what_failed() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    textured(Path::new(&path("in.png")), (480, 360), png::ColorType::Grayscale);
    let jobs = [path("in.png"), path("1.png"), path("missing.png"), path("2.png")];
    std::fs::write(path("jobs"), format!("{}\t{}\t1\n{}\t{}\t2\n", jobs[0], jobs[1], jobs[2], jobs[3])).unwrap();
    assert_eq!(ended(&["watermark", "embed", "--list", &path("jobs")], 3).out(), "ok\nerror\n");
    std::fs::write(path("files"), format!("{}\n{}\n", jobs[2], jobs[1])).unwrap();
    assert_eq!(ended(&["watermark", "detect", "--list", &path("files")], 3).out(), "error\n0000000000000001\n");
    std::fs::write(path("jobs"), "a\tb\tnot hex\n").unwrap();
    assert!(ended(&["watermark", "embed", "--list", &path("jobs")], 2).err().contains("line 1"));
}

/// Pillow reads what we wrote, and the pixels that cannot be seen stay.
#[test]
fn other_readers_see_a_picture_close_to_the_original() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    textured(Path::new(&path("in.png")), (480, 360), png::ColorType::Rgba);
    ended(&["watermark", "embed", &path("in.png"), &path("out.png"), "--payload", "7"], 0);
    let judge = "import sys, numpy as np; from PIL import Image
a, b = (np.asarray(Image.open(p)).astype(int) for p in sys.argv[1:])
assert a.shape == b.shape and (a[..., 3] == b[..., 3]).all()
hidden = a[..., 3] == 0
assert (a[hidden] == b[hidden]).all() and (a != b).any()
error = ((a - b)[~hidden][:, :3] ** 2).mean()
assert 40 < 10 * np.log10(255 ** 2 / error) < 50, error";
    let judged = std::process::Command::new("python3").args(["-c", judge, &path("in.png"), &path("out.png")]).output();
    let judged = judged.unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
}
