//! Labels files for a look: `draw OUT-DIR FILE...`; prints a line per file.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]
use biaoshi::codec::{self, Outcome};
use biaoshi_container::{Limits, Patched, Source, to_vec};
use biaoshi_explicit::audio::Position;
use biaoshi_explicit::image::Corner;
use std::time::Instant;

fn main() {
    let mut args = std::env::args().skip(1);
    let out = std::path::PathBuf::from(args.next().expect("OUT-DIR"));
    let limits = Limits::default();
    for path in args {
        let bytes = std::fs::read(&path).unwrap();
        let words = std::env::var("WORDS").unwrap_or("AI生成".into());
        let corner = match std::env::var("CORNER").as_deref() {
            Ok("tl") => Corner::TopLeft,
            Ok("tr") => Corner::TopRight,
            Ok("bl") => Corner::BottomLeft,
            _ => Corner::BottomRight,
        };
        if bytes.starts_with(b"RIFF") {
            let position = match std::env::var("POSITION").as_deref() {
                Ok("end") => Position::End,
                Ok("both") => Position::Both,
                _ => Position::Start,
            };
            let t = Instant::now();
            let before = codec::wav::find(&bytes, &limits);
            let outcome = codec::wav::mark(&bytes, position, &limits);
            let took = t.elapsed();
            match outcome {
                Ok(Outcome::Drawn(drawn)) => {
                    let view = Patched::new(&bytes, &drawn.patch);
                    println!(
                        "{path}: before {before:?} {took:?} {:?} again {:?} {:?}",
                        drawn.found.place,
                        codec::wav::find(&view, &limits),
                        drawn.notes
                    );
                    std::fs::write(
                        out.join(std::path::Path::new(&path).file_name().unwrap()),
                        to_vec(&view, u64::MAX).unwrap(),
                    )
                    .unwrap();
                }
                other => println!("{path}: before {before:?} {other:?}"),
            }
            continue;
        }
        let t = Instant::now();
        let png = bytes.starts_with(b"\x89PNG");
        let before =
            if png { codec::png::find(&bytes, &words, &limits) } else { codec::jpeg::find(&bytes, &words, &limits) };
        let find = t.elapsed();
        let t = Instant::now();
        let outcome = if png {
            codec::png::draw(&bytes, &words, corner, &limits)
        } else {
            codec::jpeg::draw(&bytes, &words, corner, &limits)
        };
        let took = t.elapsed();
        match outcome {
            Ok(Outcome::Drawn(drawn)) => {
                let view = Patched::new(&bytes, &drawn.patch);
                let again = if png {
                    codec::png::find(&view, &words, &limits)
                } else {
                    codec::jpeg::find(&view, &words, &limits)
                };
                let new = to_vec(&view, u64::MAX).unwrap();
                println!(
                    "{path}: before {before:?} draw {took:?} find {find:?} growth {:+.2}% {:?} {:?} again {:?}",
                    100.0 * (view.len() as f64 / bytes.len() as f64 - 1.0),
                    drawn.found.place,
                    drawn.notes,
                    again.map(|f| f.map(|f| f.score))
                );
                std::fs::write(out.join(std::path::Path::new(&path).file_name().unwrap()), new).unwrap();
            }
            other => println!("{path}: before {before:?} {other:?}"),
        }
    }
}
