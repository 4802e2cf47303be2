//! C2PA manifests in APP11: a JUMBF box in pieces, one a segment (ISO/IEC 19566-5 Annex D). Behind `JP`, the number of the box
//! and the number of the piece, each piece repeats the header of the box.

use std::collections::BTreeMap;

use biaoshi_container::Limits;

use crate::c2pa;
use crate::found::Found;

const PLACEMENT: &str = "jpeg/APP11";

/// The boxes as far as they were read, by their numbers.
#[derive(Default)]
pub(super) struct Boxes {
    boxes: BTreeMap<[u8; 2], Vec<u8>>,
    /// Bytes of all of them.
    size: u64,
}

impl Boxes {
    /// Takes the payload of an APP11 segment; one that is no piece of a box is passed over.
    pub(super) fn add(&mut self, payload: &[u8], limits: &Limits) {
        let Some((&[b'J', b'P', a, b, _, _, _, _], piece)) = payload.split_first_chunk::<8>() else { return };
        // A box of more than 4 GiB has its size behind the type.
        let header = if piece.starts_with(&[0, 0, 0, 1]) { 16 } else { 8 };
        let data = piece.get(header..).unwrap_or_default();
        self.size = self.size.saturating_add(data.len() as u64);
        if self.size <= limits.part {
            self.boxes.entry([a, b]).or_default().extend_from_slice(data);
        }
    }

    /// Notes the manifests; other boxes (panoramas, several layers) say nothing about changes.
    pub(super) fn note(self, found: &mut Found) {
        for manifest in self.boxes.into_values().filter(|data| c2pa::is_store(data)) {
            found.c2pa(PLACEMENT, &manifest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Strength;

    #[test]
    fn a_manifest_in_pieces_is_one() {
        let manifest = b"\0\0\0\x30jumdc2pa and further on c2pa.actions trainedAlgorithmicMedia".to_vec();
        let piece = |number: u8, part: &[u8]| [b"JP\0\x01\0\0\0", &[number][..], b"\0\0\0\x50jumb", part].concat();
        for (cut, kind) in [(50, "jumdc2pa"), (50, "jumd360 ")] {
            let manifest = String::from_utf8(manifest.clone()).unwrap().replace("jumdc2pa", kind).into_bytes();
            let (mut boxes, mut found) = (Boxes::default(), Found::default());
            boxes.add(&piece(1, &manifest[..cut]), &Limits::default());
            boxes.add(&piece(2, &manifest[cut..]), &Limits::default());
            boxes.add(b"HDR_RI ver=11", &Limits::default());
            boxes.note(&mut found);
            let expected = usize::from(kind == "jumdc2pa");
            assert_eq!((found.blockers.len(), found.traces.len()), (expected, expected));
            assert!(found.traces.iter().all(|t| t.strength == Strength::Strong));
        }
    }
}
