//! The hash of a file's content, which a signature can bind a label to; see [`biaoshi_metadata::Content`].

use std::collections::VecDeque;
use std::ops::Range;

use biaoshi_container::{Error as Damage, Limits, Origin, Patched, Source, phrase};
use biaoshi_metadata::{CONTINUED, Format, Part};
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
    for part in content(source, limits)?.chunk_by(|_, next| next.kind == CONTINUED) {
        let kind = part.first().map_or(CONTINUED, |first| first.kind);
        running.part(kind, part.iter().map(length).sum());
        for Part { range, .. } in part {
            read(format, source, range.clone(), &mut buffer, &mut |bytes| running.update(bytes))?;
        }
    }
    Ok(Some(running.finish()))
}

fn length(part: &Part) -> u64 {
    part.range.end.saturating_sub(part.range.start)
}

/// Reads a range, piece by piece.
fn read(
    format: &Format,
    source: &dyn Source,
    range: Range<u64>,
    buffer: &mut Vec<u8>,
    take: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    let mut at = range.start;
    while at < range.end {
        let size = (range.end - at).min(STEP);
        buffer.resize(usize::try_from(size).unwrap_or_default(), 0);
        if source.read_at(at, buffer)? < buffer.len() {
            return Err(Damage::truncated(format.name, at, phrase!("the content", "内容")).into());
        }
        take(buffer);
        at += size;
    }
    Ok(())
}

/// Fails where two views of one file have not the same content: then the hash of the one is not that of the other. Of the file
/// only bytes are read that one of the views has from its patch.
///
/// # Errors
/// A fault of ours (`ReadBack`); I/O, damage, limits.
pub(super) fn prove(
    format: &Format,
    base: &dyn Source,
    (before, after): (&Patched<'_>, &Patched<'_>),
    limits: &Limits,
) -> Result<()> {
    let Some(content) = format.content else { return Ok(()) };
    let (old, new) = (content(before, limits)?, content(after, limits)?);
    let mut proof = Proof { format, base, old: origins(before, &old).into(), new: origins(after, &new).into() };
    if frames(&old) == frames(&new) && proof.holds()? {
        Ok(())
    } else {
        Err(Error::ReadBack(phrase!("the content is not the one that was signed", "内容与所签名的不一致")))
    }
}

/// The kinds and lengths of parts, as they are hashed.
fn frames(parts: &[Part]) -> Vec<([u8; 4], u64)> {
    let parts = parts.chunk_by(|_, next| next.kind == CONTINUED);
    parts.filter_map(|part| Some((part.first()?.kind, part.iter().map(length).sum()))).collect()
}

/// Where the bytes of all parts come from.
fn origins<'a>(view: &'a Patched<'a>, parts: &[Part]) -> Vec<Origin<'a>> {
    parts.iter().flat_map(|part| view.origins(part.range.clone())).filter(|origin| origin.len() > 0).collect()
}

/// Two lists of as many bytes, compared from their fronts.
struct Proof<'a> {
    format: &'a Format,
    base: &'a dyn Source,
    old: VecDeque<Origin<'a>>,
    new: VecDeque<Origin<'a>>,
}

impl Proof<'_> {
    fn holds(&mut self) -> Result<bool> {
        while let (Some(old), Some(new)) = (self.old.pop_front(), self.new.pop_front()) {
            let size = old.len().min(new.len());
            let ((old, old_rest), (new, new_rest)) = (split(old, size), split(new, size));
            if !self.alike(old, new)? {
                return Ok(false);
            }
            old_rest.into_iter().for_each(|rest| self.old.push_front(rest));
            new_rest.into_iter().for_each(|rest| self.new.push_front(rest));
        }
        Ok(self.old.is_empty() && self.new.is_empty())
    }

    /// Whether as many bytes are the same ones.
    fn alike(&self, old: Origin<'_>, new: Origin<'_>) -> Result<bool> {
        Ok(match (old, new) {
            (Origin::Base(old), Origin::Base(new)) => old == new,
            (Origin::New(old), Origin::New(new)) => old == new,
            (old, new) => {
                let failed = |e| Damage::io(self.format.name, e);
                for at in (0..old.len()).step_by(STEP as usize) {
                    let (old, new) = (old.part(at..at + STEP), new.part(at..at + STEP));
                    if old.bytes(self.base).map_err(failed)? != new.bytes(self.base).map_err(failed)? {
                        return Ok(false);
                    }
                }
                true
            }
        })
    }
}

/// The first `size` bytes, and what is behind them.
fn split(origin: Origin<'_>, size: u64) -> (Origin<'_>, Option<Origin<'_>>) {
    let behind = origin.part(size..origin.len());
    (origin.part(0..size), (behind.len() > 0).then_some(behind))
}
