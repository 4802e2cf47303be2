//! The hash of a file's content, which a signature can bind a label to; see [`biaoshi_metadata::Content`].

use biaoshi_container::{Error as Damage, Limits, Origin, Patched, Source, phrase};
use biaoshi_metadata::{Format, Part};
use biaoshi_security::{ContentHash, Digest, Hash};

use crate::{Error, Result};

/// Bytes of one read: they stay in the cache that is nearest but one.
const STEP: u64 = 256 << 10;

/// Hashes the content of a file; `None` where its format has none that is settled.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn digest(format: &Format, source: &dyn Source, hash: Hash, limits: &Limits) -> Result<Option<Digest>> {
    let Some(content) = format.content else { return Ok(None) };
    let mut running = ContentHash::new(hash, format.name);
    let mut buffer = Vec::new();
    for Part { kind, range } in content(source, limits)? {
        running.part(kind, range.end.saturating_sub(range.start));
        let mut at = range.start;
        while at < range.end {
            let size = (range.end - at).min(STEP);
            buffer.resize(usize::try_from(size).unwrap_or_default(), 0);
            let got = source.read_at(at, &mut buffer)?;
            if got < buffer.len() {
                return Err(Damage::truncated(format.name, at, phrase!("the content", "内容")).into());
            }
            running.update(&buffer);
            at += size;
        }
    }
    Ok(Some(running.finish()))
}

/// Fails where two views of one file have not the same content: then the hash of the one is not that of the other. No byte of the
/// file is read for it.
///
/// # Errors
/// A fault of ours (`ReadBack`); damage, limits.
pub(super) fn prove(format: &Format, before: &Patched<'_>, after: &Patched<'_>, limits: &Limits) -> Result<()> {
    let Some(content) = format.content else { return Ok(()) };
    let (old, new) = (content(before, limits)?, content(after, limits)?);
    let alike = |(old, new): (&Part, &Part)| old.kind == new.kind && origins(before, old) == origins(after, new);
    if old.len() == new.len() && old.iter().zip(&new).all(alike) {
        Ok(())
    } else {
        Err(Error::ReadBack(phrase!("the content is not the one that was signed", "内容与所签名的不一致")))
    }
}

/// Where the bytes of a part come from, neighbours joined: those of the base by their place, those of a patch as they are.
fn origins<'a>(view: &'a Patched<'a>, part: &Part) -> Vec<Origin<'a>> {
    let mut out: Vec<Origin<'a>> = Vec::new();
    for origin in view.origins(part.range.clone()) {
        match (out.last_mut(), &origin) {
            (Some(Origin::Base(last)), Origin::Base(next)) if last.end == next.start => last.end = next.end,
            _ => out.push(origin),
        }
    }
    out
}
