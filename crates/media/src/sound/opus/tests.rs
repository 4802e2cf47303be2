#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use super::*;

#[test]
fn bench() {
    let dir = std::env::var("OPUS_BENCH").unwrap_or_default();
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "opus") { continue; }
        let bytes = std::fs::read(&path).unwrap();
        for (name, position) in [("start", Position::Start), ("end", Position::End), ("both", Position::Both)] {
            match (MEDIA.explicit.as_ref().unwrap().apply)(&bytes, &crate::ExplicitOptions { position, ..Default::default() }, &Limits::default()) {
                Ok(Outcome::Drawn(drawn)) => {
                    let out = biaoshi_container::to_vec(&biaoshi_container::Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
                    let found = find(&out, &Limits::default());
                    println!("{} {name}: drawn {:?} found {:?} damage {:?}", path.display(), drawn.found, found, drawn.damage);
                    std::fs::write(path.with_extension(format!("{name}.labelled")), out).unwrap();
                }
                other => println!("{} {name}: {other:?}", path.display()),
            }
        }
    }
}
