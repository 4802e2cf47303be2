//! The watermark in sounds, through the program: what ffmpeg, sox and flac make of marked files, and what of the mark is left
//! after what platforms do to sound.

use std::path::Path;
use std::process::Command;

use biaoshi_container::ogg::{self, Numbers};
use biaoshi_tests::{PRODUCER, Run, TempDir, run, scratch};
use serde_json::Value;

const PAYLOAD: &str = "0123456789abcdef";
/// Seconds of the content, and where it is digitally silent.
const LASTS: f64 = 13.0;
const SILENT: std::ops::Range<f64> = 5.0..6.0;
/// Breath and a voice that glides: loud and soft, in all bands, silent for a second.
const CONTENT: &str = "aevalsrc=(0.30*(random(0)-0.5)*(0.55+0.45*sin(9*t))+0.12*sin(2*PI*(210*t+5*sin(3*t)))+0.08*sin(2*PI*(840*t+20*sin(3*t)))\
    )*(1-gte(t\\,5)*lt(t\\,6)):s=48000:d=13";

fn ffmpeg(folder: &Path, args: &[&str]) {
    let run = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(args).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
}

/// A folder with `content.wav`, of 32 bits in floating point and two channels.
fn folder() -> TempDir {
    let folder = scratch();
    ffmpeg(folder.path(), &["-f", "lavfi", "-i", CONTENT, "-ac", "2", "-c:a", "pcm_f32le", "content.wav"]);
    folder
}

fn ended(folder: &Path, args: &[&str], code: i32) -> Run {
    let run = run(folder, args);
    assert_eq!(run.code(), code, "{args:?}: {}{}", run.out(), run.err());
    run
}

fn embed(folder: &Path, input: &str, output: &str) {
    ended(folder, &["watermark", "embed", input, output, "--payload", PAYLOAD], 0);
}

fn detect(folder: &Path, name: &str) -> Value {
    ended(folder, &["watermark", "detect", name, "--json"], 0).json().remove(0)
}

/// Samples as a decoder gives them.
fn decoded(program: &str, args: &[&str], path: &Path) -> Vec<f64> {
    let args = args.iter().map(|arg| if *arg == "FILE" { path.to_str().unwrap() } else { arg });
    let run = Command::new(program).args(args).output().unwrap();
    assert!(run.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&run.stderr));
    run.stdout.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))).collect()
}

fn by_ffmpeg(path: &Path) -> Vec<f64> {
    decoded("ffmpeg", &["-v", "error", "-i", "FILE", "-f", "f32le", "-"], path)
}

fn by_sox(path: &Path) -> Vec<f64> {
    decoded("sox", &["-D", "FILE", "-t", "f32", "-L", "-"], path)
}

/// Power of samples over that of their differences, in dB.
fn snr(old: &[f64], new: &[f64]) -> f64 {
    let power = old.iter().map(|a| a * a).sum::<f64>();
    let error = old.iter().zip(new).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    10.0 * (power / error).log10()
}

/// Every form that holds samples exactly takes a mark; two decoders agree on what is in it, silence stays silent, and all
/// around the samples keeps its bytes.
#[test]
fn files_without_loss_are_marked() {
    let folder = folder();
    let folder = folder.path();
    let forms: &[(&str, &[&str])] = &[
        ("s16.wav", &["-c:a", "pcm_s16le", "-ar", "44100"]),
        ("u8.wav", &["-c:a", "pcm_u8", "-ac", "1", "-ar", "16000"]),
        ("s24.wav", &["-c:a", "pcm_s24le", "-ac", "6"]),
        ("s32.wav", &["-c:a", "pcm_s32le", "-ac", "1", "-ar", "8000"]),
        ("f32.wav", &["-c:a", "pcm_f32le", "-ar", "96000"]),
        ("f64.wav", &["-c:a", "pcm_f64le"]),
        ("big.wav", &["-c:a", "pcm_s16le", "-rf64", "always"]),
        ("s16.aiff", &["-c:a", "pcm_s16be", "-ar", "22050"]),
        ("s24.aiff", &["-c:a", "pcm_s24be"]),
        ("little.aifc", &["-c:a", "pcm_s16le", "-f", "aiff"]),
        ("s16.caf", &["-c:a", "pcm_s16be", "-ac", "1"]),
        ("f32.caf", &["-c:a", "pcm_f32le"]),
        ("s16.oga", &["-c:a", "flac", "-sample_fmt", "s16", "-f", "ogg"]),
        ("s16.flac", &["-c:a", "flac", "-sample_fmt", "s16", "-ar", "44100"]),
        ("s24.flac", &["-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24", "-ac", "1"]),
        ("s16.m4a", &["-c:a", "alac", "-sample_fmt", "s16p", "-ar", "44100"]),
        ("s24.m4a", &["-c:a", "alac", "-sample_fmt", "s32p", "-ac", "1"]),
        ("front.m4a", &["-c:a", "alac", "-sample_fmt", "s16p", "-movflags", "faststart"]),
    ];
    for (name, args) in forms {
        ffmpeg(folder, &[&["-i", "content.wav"], *args, &[*name]].concat());
        let out = format!("marked-{name}");
        embed(folder, name, &out);
        assert_eq!(detect(folder, &out)["payload"], PAYLOAD, "{name}");
        assert_eq!(detect(folder, name)["payload"], Value::Null, "{name}");
        let (old, new) = (by_ffmpeg(&folder.join(name)), by_ffmpeg(&folder.join(&out)));
        assert_eq!(old.len(), new.len(), "{name}");
        // sox turns what is wider into 32 bits and back. It reads neither CAF nor FLAC in Ogg, nor MP4.
        if !["caf", "oga", "m4a"].iter().any(|other| name.ends_with(other)) {
            let apart = new.iter().zip(by_sox(&folder.join(&out))).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-6, "{name}: {apart}");
        }
        let snr = snr(&old, &new);
        assert!((14.0..40.0).contains(&snr), "{name}: {snr} dB");
        // The edges of the silence are of the resampler that made the file.
        let frames = |seconds: f64| (seconds / LASTS * old.len() as f64) as usize;
        let silence = frames(SILENT.start + 0.1)..frames(SILENT.end - 0.1);
        assert!(*name == "u8.wav" || old[silence.clone()].iter().all(|s| *s == 0.0), "{name}");
        assert_eq!(old[silence.clone()], new[silence], "{name}");
        if name.ends_with("flac") || name.ends_with("oga") {
            // It compares the samples with the sum in STREAMINFO.
            // In Ogg ffmpeg writes none, of which it would warn.
            let form: &[&str] = if name.ends_with("oga") { &["--ogg"] } else { &["-w"] };
            let judged = Command::new("flac").args(form).args(["-t", "-s", &out]).current_dir(folder).output().unwrap();
            assert!(judged.status.success(), "{name}: {}", String::from_utf8_lossy(&judged.stderr));
        } else if name.ends_with("m4a") {
            // Coded as closely as it was.
            let [old, new] = [*name, &out].map(|name| std::fs::metadata(folder.join(name)).unwrap().len() as f64);
            assert!((0.95..1.1).contains(&(new / old)), "{name}: {old} {new}");
        } else {
            let [old, new] = [*name, &out].map(|name| std::fs::read(folder.join(name)).unwrap());
            assert_eq!((old.len(), &old[..40]), (new.len(), &new[..40]), "{name}");
        }
    }
}

/// More samples than are kept in memory: 40 MB.
#[test]
fn long_sounds_are_marked_by_way_of_a_file() {
    let folder = folder();
    let folder = folder.path();
    for (name, args) in [("long.wav", ["-c:a", "pcm_f64le"]), ("long.flac", ["-sample_fmt", "s32"])] {
        ffmpeg(folder, &[&["-i", "content.wav", "-af", "aloop=loop=3:size=624000"], &args[..], &[name]].concat());
        let out = format!("marked-{name}");
        embed(folder, name, &out);
        let row = detect(folder, &out);
        assert_eq!(row["payload"], PAYLOAD, "{name}");
        assert!(row["where"]["end"].as_f64().unwrap() > 4.0 * LASTS - 1.0, "{row}");
        let [old, new] = [name, &out].map(|name| by_ffmpeg(&folder.join(name)));
        let snr = snr(&old, &new);
        assert!(old.len() == new.len() && (14.0..40.0).contains(&snr), "{name}: {snr} dB");
    }
}

/// What is left of a mark, with the change of tempo and pitch that is to be told.
#[test]
fn marks_survive_what_platforms_do() {
    let folder = folder();
    let folder = folder.path();
    embed(folder, "content.wav", "marked.wav");
    let attacks: &[(&str, &[&str], f64, f64)] = &[
        ("64.mp3", &["-b:a", "64k"], 1.0, 1.0),
        ("96.m4a", &["-b:a", "96k"], 1.0, 1.0),
        ("24.opus", &["-b:a", "24k"], 1.0, 1.0),
        ("low.ogg", &["-c:a", "libvorbis", "-q:a", "1"], 1.0, 1.0),
        ("telephone.wav", &["-ar", "8000", "-ac", "1", "-c:a", "pcm_mulaw"], 1.0, 1.0),
        ("excerpt.flac", &["-ss", "6.3", "-t", "6.1"], 1.0, 1.0),
        ("fast.mp3", &["-af", "asetrate=49440,aresample=48000", "-b:a", "96k"], 1.03, 1.03),
        ("slow.wav", &["-af", "atempo=0.95"], 0.95, 1.0),
        ("low.wav", &["-af", "asetrate=45600,aresample=48000,atempo=1.052632"], 1.0, 0.95),
        ("film.mp4", &["-f", "lavfi", "-i", "color=s=64x64:d=13", "-shortest", "-b:a", "96k"], 1.0, 1.0),
    ];
    for (name, args, tempo, pitch) in attacks {
        ffmpeg(folder, &[&["-i", "marked.wav"], *args, &[*name]].concat());
        let row = detect(folder, name);
        assert_eq!(row["payload"], PAYLOAD, "{name}: {row}");
        let told = |key: &str| row["where"][key].as_f64().unwrap();
        assert!((told("tempo") / tempo - 1.0).abs() < 0.004 && (told("pitch") / pitch - 1.0).abs() < 0.012, "{row}");
        assert!(told("start") < 1.5 && told("end") > 4.0, "{row}");
    }
    // Tempo and pitch, each by an amount of its own.
    ffmpeg(folder, &["-i", "marked.wav", "-af", "asetrate=45840,aresample=48000,atempo=1.120419", "both.mp3"]);
    let row = ended(folder, &["watermark", "detect", "both.mp3", "--effort", "deep", "--json"], 0).json().remove(0);
    let told = |key: &str| row["where"][key].as_f64().unwrap();
    assert!((told("tempo") / 1.07 - 1.0).abs() < 0.004 && (told("pitch") / 0.955 - 1.0).abs() < 0.012, "{row}");
    let report = ended(folder, &["verify", "64.mp3", "--layers", "watermark", "--json", "--allow-unlabelled"], 0);
    let report = report.json().remove(0);
    assert_eq!((&report["verdict"], &report["watermarks"][0]["medium"]), (&"suspected".into(), &"audio".into()));
    assert_eq!(report["watermarks"][0]["content"], Value::Null);
}

/// Apple Lossless with chapters between its chunks, a label before its content, and an edit list: all stays where it was.
#[test]
fn apple_lossless_keeps_what_is_around_the_samples() {
    let folder = folder();
    let folder = folder.path();
    let chapters = ";FFMETADATA1\ntitle=Book\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=6\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1\nSTART=6\nEND=13\ntitle=Two\n";
    std::fs::write(folder.join("chapters.txt"), chapters).unwrap();
    let maps = ["-i", "chapters.txt", "-map_metadata", "1", "-c:a", "alac", "-sample_fmt", "s16p"];
    ffmpeg(folder, &[&["-i", "content.wav"], &maps[..], &["book.m4a"]].concat());
    let label = |input: &str, layers: &str, out: &str| {
        ended(folder, &["label", input, "-o", out, "--layers", layers, "--producer", PRODUCER, "--id", "x"], 0);
    };
    label("book.m4a", "metadata,explicit", "labelled.m4a");
    label("book.m4a", "metadata,explicit,watermark", "all.m4a");
    let told = |name: &str| {
        let args = [
            "-v",
            "error",
            "-show_chapters",
            "-show_entries",
            "format=duration:format_tags=title",
            "-of",
            "json",
            name,
        ];
        let told = Command::new("ffprobe").args(args).current_dir(folder).output().unwrap();
        assert!(told.stderr.is_empty(), "{name}: {}", String::from_utf8_lossy(&told.stderr));
        serde_json::from_slice::<Value>(&told.stdout).unwrap()
    };
    let [plain, marked] = ["labelled.m4a", "all.m4a"].map(told);
    assert_eq!(plain["chapters"], marked["chapters"]);
    assert_eq!(plain["format"]["duration"], marked["format"]["duration"]);
    let [old, new] = ["labelled.m4a", "all.m4a"].map(|name| by_ffmpeg(&folder.join(name)));
    let label_ends = (2.12 * 48_000.0) as usize * 2;
    assert_eq!((old.len(), &old[..label_ends]), (new.len(), &new[..label_ends]));
    assert!((14.0..40.0).contains(&snr(&old[label_ends..], &new[label_ends..])));
    let report = ended(folder, &["verify", "all.m4a", "--layers", "metadata,explicit,watermark", "--json"], 0);
    let report = report.json().remove(0);
    assert_eq!(
        (&report["watermarks"][0]["agrees"], &report["explicit"][0]["method"]),
        (&"match".into(), &"rhythm".into())
    );
    ffmpeg(folder, &["-i", "content.wav", "lossy.m4a"]);
    let refused = ended(folder, &["watermark", "embed", "lossy.m4a", "out.m4a", "--payload", "9"], 3);
    assert!(refused.err().contains("with loss"), "{}", refused.err());
}

/// Two marks in one file are told with their places, the longer one first.
#[test]
fn joined_sounds_tell_both_marks() {
    let folder = folder();
    let folder = folder.path();
    embed(folder, "content.wav", "a.wav");
    ended(folder, &["watermark", "embed", "content.wav", "b.wav", "--payload", "7"], 0);
    let joined = "[0]atrim=0:12[a];[1]atrim=2:11[b];[a][b]concat=n=2:v=0:a=1";
    ffmpeg(folder, &["-i", "a.wav", "-i", "b.wav", "-filter_complex", joined, "joined.mp3"]);
    let row = detect(folder, "joined.mp3");
    let marks: Vec<_> = row["marks"].as_array().unwrap().iter().map(|m| m["payload"].as_str().unwrap()).collect();
    assert_eq!(marks, [PAYLOAD, "0000000000000007"], "{row}");
    let at = |n: usize, key: &str| row["marks"][n]["where"][key].as_f64().unwrap();
    assert!((at(0, "end") - 12.0).abs() < 3.2 && (at(1, "start") - 12.0).abs() < 3.2, "{row}");
    assert!(at(0, "end") - 3.1 < at(1, "start"), "{row}");
}

/// A mark that is there stays; what cannot carry one is refused with its reason, and nothing is written.
#[test]
fn what_cannot_be_marked_says_why() {
    let folder = folder();
    let folder = folder.path();
    embed(folder, "content.wav", "marked.wav");
    embed(folder, "marked.wav", "same.wav");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert_eq!(read("marked.wav"), read("same.wav"));
    ffmpeg(folder, &["-i", "content.wav", "coded.mp3"]);
    ffmpeg(folder, &["-i", "content.wav", "-c:a", "pcm_mulaw", "-ar", "8000", "law.wav"]);
    ffmpeg(folder, &["-f", "lavfi", "-i", "anullsrc=d=20", "silent.wav"]);
    ffmpeg(folder, &["-i", "content.wav", "-t", "0.8", "short.wav"]);
    for (name, reason) in [
        ("marked.wav", "another payload"),
        ("coded.mp3", "before it is encoded"),
        ("law.wav", "with loss"),
        ("silent.wav", "too short or too quiet"),
        ("short.wav", "too short or too quiet"),
    ] {
        let refused = ended(folder, &["watermark", "embed", name, "out.wav", "--payload", "9"], 3);
        assert!(refused.err().contains(reason), "{name}: {}", refused.err());
        assert!(!folder.join("out.wav").exists(), "{name}");
    }
}

/// The rhythm first, the mark over the content alone, both found by `verify`; a sound that is coded keeps its other layers.
#[test]
fn labels_are_not_marked() {
    let folder = folder();
    let folder = folder.path();
    ffmpeg(folder, &["-i", "content.wav", "-c:a", "pcm_s16le", "in.wav"]);
    ffmpeg(folder, &["-i", "content.wav", "in.mp3"]);
    let label = |input: &str, layers: &str, out: &str, more: &[&str], code| {
        let args = ["label", input, "-o", out, "--layers", layers, "--producer", PRODUCER, "--id", "x", "--json"];
        ended(folder, &[&args, more].concat(), code).json().remove(0)
    };
    label("in.wav", "metadata,explicit", "label.wav", &[], 0);
    label("in.wav", "metadata,explicit,watermark", "both.wav", &[], 0);
    let [old, new] = ["label.wav", "both.wav"].map(|name| by_ffmpeg(&folder.join(name)));
    let label_ends = (2.12 * 48_000.0) as usize * 2;
    assert_eq!(old[..label_ends], new[..label_ends]);
    assert!(old[label_ends..] != new[label_ends..]);
    let report = ended(folder, &["verify", "both.wav", "--layers", "metadata,explicit,watermark", "--json"], 0);
    let report = report.json().remove(0);
    assert_eq!(report["watermarks"][0]["agrees"], "match", "{report}");
    assert_eq!(report["explicit"][0]["method"], "rhythm", "{report}");
    let skipped = label("in.mp3", "metadata", "out.mp3", &["--if-possible", "watermark"], 0);
    assert!(skipped.to_string().contains("watermark.coded"), "{skipped}");
}

/// How well two sounds agree where one is so many samples later, over their middle.
fn agreement(old: &[f64], new: &[f64], later: usize) -> f64 {
    let inner = old.len() / 4..old.len() * 3 / 4;
    inner.map(|n| old[n] * new[n + later - LATEST]).sum()
}

/// Samples by which sounds are shifted against each other at most.
const LATEST: usize = 4;

fn probed(folder: &Path, name: &str, what: &str) -> String {
    let args = ["-v", "error", "-count_packets", "-show_chapters", "-show_entries", what, "-of", "csv", name];
    let run = Command::new("ffprobe").args(args).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// With an encoder, MP3, AAC, Opus and Vorbis take the mark: as many frames as before (but for Vorbis), none of them later or earlier, with the same tags,
/// chapters and bitrate.
#[test]
fn an_encoder_codes_sounds_anew() {
    let folder = folder();
    let folder = folder.path();
    let chapters = ";FFMETADATA1\ntitle=Song\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=6000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=6000\nEND=13000\ntitle=Two\n";
    std::fs::write(folder.join("chapters.txt"), chapters).unwrap();
    let forms: &[(&str, &[&str])] = &[
        ("constant.mp3", &["-b:a", "128k", "-ar", "44100"]),
        ("varies.mp3", &["-q:a", "3"]),
        ("bare.mp3", &["-b:a", "64k", "-ar", "22050", "-ac", "1", "-write_xing", "0", "-id3v2_version", "0"]),
        ("song.m4a", &["-c:a", "aac", "-b:a", "128k", "-ar", "44100"]),
        ("front.m4a", &["-c:a", "aac", "-b:a", "96k", "-ac", "1", "-movflags", "faststart"]),
        ("plain.aac", &["-c:a", "aac", "-b:a", "96k"]),
        ("song.ogg", &["-c:a", "libvorbis", "-q:a", "3"]),
        ("small.ogg", &["-c:a", "libvorbis", "-b:a", "48k", "-ac", "1", "-ar", "22050"]),
        ("short-packets.opus", &["-c:a", "libopus", "-b:a", "96k", "-frame_duration", "5"]),
        ("voice.opus", &["-c:a", "libopus", "-b:a", "48k", "-ac", "1"]),
        ("long-packets.opus", &["-c:a", "libopus", "-b:a", "64k", "-frame_duration", "60", "-application", "voip"]),
    ];
    for (name, args) in forms {
        ffmpeg(folder, &[&["-i", "content.wav", "-i", "chapters.txt", "-map_metadata", "1"], *args, &[*name]].concat());
        let out = format!("marked-{name}");
        ended(folder, &["watermark", "embed", name, &out, "--payload", PAYLOAD, "--encoder", "ffmpeg"], 0);
        assert_eq!(detect(folder, &out)["payload"], PAYLOAD, "{name}");
        let count = if name.ends_with(".ogg") { "" } else { "nb_read_packets," };
        let told = &format!("stream={count}codec_name,profile,sample_rate,channels,start_time:stream_tags:format_tags");
        assert_eq!(probed(folder, name, told), probed(folder, &out, told), "{name}");
        let [old, new] = [name, out.as_str()].map(|name| std::fs::metadata(folder.join(name)).unwrap().len() as f64);
        // LAME meets the mean of a bitrate that varies about so well.
        assert!((0.75..1.1).contains(&(new / old)), "{name}: {old} bytes, then {new}");
        let (old, new) = (by_ffmpeg(&folder.join(name)), by_ffmpeg(&folder.join(&out)));
        assert_eq!(old.len(), new.len(), "{name}");
        let best = (0..=2 * LATEST).max_by(|a, b| agreement(&old, &new, *a).total_cmp(&agreement(&old, &new, *b)));
        assert_eq!(best, Some(LATEST), "{name}");
    }
    let label =
        ["label", "constant.mp3", "-o", "label.mp3", "--layers", "metadata,explicit,watermark", "--encoder", "ffmpeg"];
    ended(folder, &[&label[..], &["--producer", PRODUCER, "--id", "x"]].concat(), 0);
    let report = ended(folder, &["verify", "label.mp3", "--layers", "metadata,explicit,watermark", "--json"], 0);
    let report = report.json().remove(0);
    assert_eq!(report["watermarks"][0]["agrees"], "match", "{report}");
    assert_eq!(report["explicit"][0]["method"], "rhythm", "{report}");
}

/// Positions in Ogg that go astray cost no sample; streams with holes are refused.
#[test]
fn astray_positions_cost_no_sound() {
    let folder = folder();
    let folder = folder.path();
    for (name, args) in
        [("a.opus", &["-c:a", "libopus", "-b:a", "64k"][..]), ("a.ogg", &["-c:a", "libvorbis", "-q:a", "3"])]
    {
        ffmpeg(folder, &[&["-i", "content.wav"], args, &[name]].concat());
        let whole = std::fs::read(folder.join(name)).unwrap();
        let moved = |by: &[i64]| {
            let (mut bytes, mut at) = (whole.clone(), 0);
            let pages = std::iter::from_fn(|| {
                let page = ogg::page(&whole, at).unwrap()?;
                at = page.end();
                Some(page)
            });
            for (page, by) in pages.skip(6).zip(by) {
                let granule = page.granule.wrapping_add_signed(*by);
                let range = (page.start + ogg::NUMBERS.start) as usize..(page.start + ogg::NUMBERS.end) as usize;
                bytes[range].copy_from_slice(&page.changed(Numbers { granule, ..page.numbers() }));
            }
            std::fs::write(folder.join(format!("astray-{name}")), &bytes).unwrap();
        };
        let (input, out) = (format!("astray-{name}"), format!("marked-{name}"));
        for by in [&[960][..], &[-448], &[-448, 448], &[-5000]] {
            moved(by);
            let args = ["watermark", "embed", &input, &out, "--payload", PAYLOAD, "--encoder", "ffmpeg", "--overwrite"];
            ended(folder, &args, 0);
            let (old, new) = (by_ffmpeg(&folder.join(name)), by_ffmpeg(&folder.join(&out)));
            assert_eq!(old.len(), new.len(), "{name} {by:?}");
            let end = old.len() / 4 * 3;
            let best = (0..=2 * LATEST).max_by(|a, b| {
                let agree = |later: &usize| agreement(&old[end..], &new[end..], *later);
                agree(a).total_cmp(&agree(b))
            });
            assert_eq!(best, Some(LATEST), "{name} {by:?}");
        }
        moved(&[9999; 200]);
        ended(folder, &["watermark", "embed", &input, "hole", "--payload", PAYLOAD, "--encoder", "ffmpeg"], 3);
        assert!(!folder.join("hole").exists());
    }
}

/// Silence takes next to no bytes, and takes none from the rest.
#[test]
fn silence_costs_no_quality() {
    let folder = folder();
    let folder = folder.path();
    for name in ["a.m4a", "a.opus", "a.mp3"] {
        let more: &[&str] = if name.ends_with("mp3") { &["-q:a", "2"] } else { &["-b:a", "96k"] };
        ffmpeg(folder, &[&["-i", "content.wav", "-af", "apad=whole_dur=60"], more, &[name]].concat());
        let out = format!("marked-{name}");
        ended(folder, &["watermark", "embed", name, &out, "--payload", PAYLOAD, "--encoder", "ffmpeg"], 0);
        let [old, new] = [name, out.as_str()].map(|name| std::fs::metadata(folder.join(name)).unwrap().len() as f64);
        // LAME stays the furthest below a mean.
        assert!((0.7..1.25).contains(&(new / old)), "{name}: {old} bytes, then {new}");
    }
}

/// The sound of a film too: every frame of its pictures stays, and comes at the same time.
#[test]
fn an_encoder_codes_the_sound_of_films_anew() {
    let folder = folder();
    let folder = folder.path();
    let pictures =
        ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=13", "-i", "content.wav", "-c:v", "mpeg4", "-bf", "2"];
    for (name, args) in [
        ("behind.mp4", &["-b:a", "96k"][..]),
        ("front.mov", &["-c:a", "aac", "-movflags", "faststart"]),
        ("late.mp4", &["-af", "asetpts=PTS+0.5/TB"]),
    ] {
        ffmpeg(folder, &[&pictures, args, &[name]].concat());
        let out = format!("marked-{name}");
        let embed = ["watermark", "embed", name, &out, "--payload", PAYLOAD, "--encoder", "ffmpeg", "--json"];
        let row = ended(folder, &embed, 0).json().remove(0);
        assert!(row["notes"].to_string().contains("the pictures of films take none yet"), "{row}");
        assert_eq!(detect(folder, &out)["payload"], PAYLOAD, "{name}");
        let told = "stream=nb_read_packets,codec_name,start_time,duration:packet=pts,dts,flags";
        assert_eq!(probed(folder, name, told), probed(folder, &out, told), "{name}");
        let of = |name: &str| {
            let args = ["-v", "error", "-i", name, "-map", "0:v", "-c", "copy", "-f", "framemd5", "-"];
            let run = Command::new("ffmpeg").args(args).current_dir(folder).output().unwrap();
            assert!(run.status.success() && run.stdout.len() > 1000, "{name}");
            run.stdout
        };
        assert_eq!(of(name), of(&out), "{name}");
        let (old, new) = (by_ffmpeg(&folder.join(name)), by_ffmpeg(&folder.join(&out)));
        assert_eq!(old.len(), new.len(), "{name}");
        let best = (0..=2 * LATEST).max_by(|a, b| agreement(&old, &new, *a).total_cmp(&agreement(&old, &new, *b)));
        assert_eq!(best, Some(LATEST), "{name}");
    }
}

/// An encoder that is not there, fails, or is another program, is told in a line, and no file is left.
#[test]
fn encoders_that_fail_are_told() {
    let folder = folder();
    let folder = folder.path();
    ffmpeg(folder, &["-i", "content.wav", "in.mp3"]);
    let script = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let encoders = [
        ("./nowhere".to_owned(), "No such file"),
        (script("fails", "echo no such codec >&2; exit 1"), "no such codec"),
        (script("silent", "exit 3"), "exit status: 3"),
        (script("other", "cat > other.raw; echo these are no frames"), "other frames"),
        (script("endless", "exec cat /dev/zero"), "failed"),
    ];
    for (encoder, why) in &encoders {
        let args = ["watermark", "embed", "in.mp3", "out.mp3", "--payload", "9", "--encoder", encoder];
        let refused = ended(folder, &args, 3);
        assert!(refused.err().contains(why), "{encoder}: {}", refused.err());
        assert!(refused.err().lines().count() == 1 && !folder.join("out.mp3").exists(), "{encoder}");
    }
}
