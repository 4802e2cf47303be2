//! Subtitles, through the program: the label is a cue more for other people's tools, and every other cue is as it was.

use std::path::Path;
use std::process::Command;

use biaoshi_tests::{PRODUCER, Run, run, scratch};

const SRT: &str = "1\n00:00:01,000 --> 00:00:04,500\n<i>早上好。</i>\n\n2\n00:00:05,000 --> 00:00:06,000\n再见。\n";
// ffmpeg takes no cues behind a STYLE block.
const VTT: &str = "WEBVTT\n\nNOTE begin\n\n00:05.000 --> 00:06.500 align:start\nHello.\n\nNOTE end\n";

fn ended(folder: &Path, args: &[&str], code: i32) -> Run {
    let run = run(folder, args);
    assert_eq!(run.code(), code, "{args:?}: {}{}", run.out(), run.err());
    run
}

/// Start, length and words of the cues, as ffmpeg reads them.
fn cues(folder: &Path, name: &str) -> Vec<String> {
    let out = Command::new("ffmpeg")
        .args(["-v", "error", "-i", name, "-f", "ass", "-"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(out.status.success() && out.stderr.is_empty(), "{name}: {}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines().filter(|line| line.starts_with("Dialogue:")).map(str::to_owned).collect()
}

#[test]
fn subtitles_get_a_cue_more() {
    let folder = scratch();
    let folder = folder.path();
    for (name, text) in [("a.srt", SRT), ("a.vtt", VTT)] {
        std::fs::write(folder.join(name), text).unwrap();
        let before = cues(folder, name);
        let out = format!("out-{name}");
        let args = ["label", name, "-o", &out, "--producer", PRODUCER, "--layers", "explicit", "--json"];
        let report = ended(folder, &args, 0).json().remove(0);
        assert_eq!(report["layers"], serde_json::json!(["explicit"]), "{report}");
        let after = cues(folder, &out);
        let (label, rest) = after.split_first().unwrap();
        assert!(label.contains("0:00:00.00,0:00:02.00") && label.ends_with("本内容由AI生成"), "{label}");
        assert_eq!(rest, before, "{name}");
        let found = ended(folder, &["verify", &out, "--layers", "metadata,explicit", "--json"], 1).json().remove(0);
        assert_eq!((&found["verdict"], found["explicit"].as_array().map(Vec::len)), (&"suspected".into(), Some(1)));
        let bytes = std::fs::read(folder.join(&out)).unwrap();
        ended(folder, &["label", &out, "--in-place", "--producer", PRODUCER, "--layers", "explicit"], 0);
        assert_eq!(std::fs::read(folder.join(&out)).unwrap(), bytes, "{name}");
        let refused = ended(folder, &["label", name, "-o", "no", "--producer", PRODUCER], 3);
        assert!(refused.err().contains("--sidecar"), "{}", refused.err());
    }
}

/// The sidecar belongs to the file with its cue.
#[test]
fn a_sidecar_stands_beside_the_cue() {
    let folder = scratch();
    let folder = folder.path();
    std::fs::write(folder.join("a.srt"), SRT).unwrap();
    let args = ["label", "a.srt", "-o", "b.srt", "--producer", PRODUCER, "--id", "s1", "--sidecar", "--json"];
    let report = ended(folder, &args, 0).json().remove(0);
    assert_eq!(report["layers"], serde_json::json!(["explicit", "metadata"]), "{report}");
    let found = ended(folder, &["verify", "b.srt", "--layers", "metadata,explicit", "--json"], 0).json().remove(0);
    assert_eq!(found["verdict"], "confirmed", "{found}");
    assert_eq!(found["explicit"].as_array().map(Vec::len), Some(1), "{found}");
    let again = ["label", "b.srt", "--in-place", "--producer", PRODUCER, "--sidecar", "--json"];
    assert_eq!(ended(folder, &again, 0).json().remove(0)["action"], "unchanged");
}
