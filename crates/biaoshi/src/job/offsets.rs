//! The proof that no offset was left behind: whatever the offsets of a file led to before a change, they lead to
//! afterwards. Both views list them; where a new one leads is followed back through the patch. No medium is read: only
//! bytes that the patch itself supplies are compared with the old ones.

use biaoshi_container::{Error, Limits, Origin, Patch, Patched, Source, SourceExt, phrase, said};
use biaoshi_metadata::{Format, Pointer};

use crate::Result;

/// One change of a file.
pub(super) struct Change<'a> {
    pub(super) base: &'a dyn Source,
    pub(super) patch: &'a Patch,
    pub(super) view: &'a Patched<'a>,
}

/// Fails when an offset of the view leads to other bytes than it did in the base.
///
/// # Errors
/// A fault of ours (`ReadBack`); an offset into bytes that the change has to replace (`unsupported`); I/O; limits.
pub(super) fn prove(format: &Format, change: &Change<'_>, limits: &Limits) -> Result<()> {
    let Some(walk) = format.pointers.filter(|_| !change.patch.is_empty()) else { return Ok(()) };
    let mut old = Vec::new();
    walk(change.base, limits, &mut |pointer| old.push(pointer))?;
    let mut old = old.into_iter();
    let mut proof = Proof { format, change, limits, compared: 0 };
    let mut result = Ok(());
    walk(change.view, limits, &mut |new| {
        if result.is_ok() {
            let lost = Err(crate::Error::ReadBack(phrase!("an offset too many", "多出一个偏移")));
            result = old.next().map_or(lost, |old| proof.check(&old, &new));
        }
    })?;
    result?;
    if old.next().is_some() {
        Err(crate::Error::ReadBack(phrase!("an offset too few", "缺少一个偏移")))
    } else {
        Ok(())
    }
}

struct Proof<'a> {
    format: &'a Format,
    change: &'a Change<'a>,
    limits: &'a Limits,
    /// Bytes of the patch that were compared: offsets that overlap could ask for the same ones again and again.
    compared: u64,
}

impl Proof<'_> {
    fn check(&mut self, old: &Pointer, new: &Pointer) -> Result<()> {
        // What lies behind the end never was there.
        let length = old.length.min(self.change.base.len().saturating_sub(old.offset));
        let alike = (old.kind, old.number, old.length, old.text) == (new.kind, new.number, new.length, new.text);
        if length == 0 || alike && self.is_same(old.offset, new, length)? {
            return Ok(());
        }
        if self.change.patch.touches(old.offset..old.offset + length) {
            let what = said!("an offset ({}) into what a label changes", "指向标识改动处的偏移({})", old.kind);
            return Err(Error::unsupported(self.format.name, what).into());
        }
        Err(crate::Error::ReadBack(phrase!("an offset leads to other bytes than before", "偏移指向的字节与原来不同")))
    }

    /// Whether the bytes at a new offset are those at the old one.
    fn is_same(&mut self, mut old: u64, new: &Pointer, length: u64) -> Result<bool> {
        let Change { base, view, .. } = self.change;
        let Some(end) = new.offset.checked_add(length).filter(|end| *end <= view.len()) else { return Ok(false) };
        for origin in view.origins(new.offset..end) {
            let size = origin.len();
            let same = match origin {
                Origin::Base(range) => range.start == old,
                _ if new.text => true,
                origin => {
                    self.compared = self.compared.saturating_add(size);
                    if self.compared > self.limits.part {
                        let what = phrase!("the bytes behind offsets", "偏移所指的字节总数");
                        return Err(Error::limit(self.format.name, what, self.limits.part, "--limit-part").into());
                    }
                    let what = phrase!("the bytes behind an offset", "偏移所指的字节");
                    let bytes = base.bytes(self.format.name, old..old + size, size, what)?;
                    origin.bytes(*base).map_err(|e| Error::io(self.format.name, e))?[..] == bytes
                }
            };
            if !same {
                return Ok(false);
            }
            old += size;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_metadata::FORMATS;

    /// A file of which the first byte says where four bytes lie that belong together, text when the second byte is `t`.
    fn walk(source: &dyn Source, _: &Limits, out: &mut dyn FnMut(Pointer)) -> biaoshi_container::Result<()> {
        let [offset, kind] = source.array("test", 0, phrase!("the offset", "偏移"))?;
        out(Pointer { kind: "byte", number: 0, offset: u64::from(offset), length: 4, text: kind == b't' });
        Ok(())
    }

    fn proved(patch: &Patch) -> Result<()> {
        let format = Format { pointers: Some(walk), ..*FORMATS[0] };
        let base = b"\x06 ----data----".to_vec();
        let view = Patched::new(&base, patch);
        prove(&format, &Change { base: &base, patch, view: &view }, &Limits::default())
    }

    fn patch(edits: &[(std::ops::Range<u64>, &[u8])]) -> Patch {
        let mut patch = Patch::new();
        for (range, bytes) in edits {
            patch.replace(range.clone(), *bytes);
        }
        patch
    }

    #[test]
    fn an_offset_that_follows_is_proved() {
        proved(&patch(&[(0..1, b"\x08"), (3..3, b"xx")])).unwrap();
        // What lies behind the bytes moves as it likes.
        proved(&patch(&[(10..10, b"xx")])).unwrap();
        // The same bytes, copied by the patch.
        proved(&patch(&[(0..1, b"\x0a"), (6..10, b""), (14..14, b"data")])).unwrap();
    }

    #[test]
    fn a_stale_offset_is_our_fault() {
        for edits in [
            &[(3..3, &b"xx"[..])][..],
            &[(0..1, b"\x09"), (3..3, b"xx")],
            &[(0..1, b"\x40")],
            &[(1..2, b"t"), (0..0, b"\x06 ")],
        ] {
            assert!(matches!(proved(&patch(edits)).unwrap_err(), crate::Error::ReadBack(_)), "{edits:?}");
        }
    }

    #[test]
    fn an_offset_into_what_changes_is_refused() {
        let torn = proved(&patch(&[(7..7, b"xx")])).unwrap_err();
        let changed = proved(&patch(&[(6..10, b"else")])).unwrap_err();
        assert_eq!((torn.kind(), changed.kind()), ("unsupported", "unsupported"));
    }
}
