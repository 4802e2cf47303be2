//! The label's font as objects (ISO 32000-2 9.7): a composite font with a subset of ours, and a map back to characters, so that the
//! words can be searched and copied.

use biaoshi_container::pdf::{Ref, Update};
use biaoshi_explicit::print::{NAME, Printed};

use super::objects::{Objects, reference, stream};

/// Adds the font and gives its name.
pub(super) fn add(printed: &Printed, update: &mut Update, objects: &mut Objects) -> Ref {
    let [font, descendant, descriptor, outlines, identifiers, unicode] = std::array::from_fn(|_| update.fresh());
    let base = format!("AIGCXX+{NAME}");
    objects.push((
        font,
        format!(
            "<< /Type /Font /Subtype /Type0 /BaseFont /{base} /Encoding /Identity-H /DescendantFonts [{}] /ToUnicode {} >>",
            reference(descendant),
            reference(unicode)
        )
        .into_bytes(),
    ));
    objects.push((
        descendant,
        format!(
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{base} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {} /DW 1000 /W [{}] >>",
            reference(descriptor),
            widths(printed)
        )
        .into_bytes(),
    ));
    let ([left, bottom, right, top], [ascent, descent, capitals]) = (printed.bounds, printed.heights);
    objects.push((
        descriptor,
        format!(
            "<< /Type /FontDescriptor /FontName /{base} /Flags 4 /FontBBox [{left} {bottom} {right} {top}] /ItalicAngle 0 /Ascent {ascent} /Descent {descent} /CapHeight {capitals} /StemV 140 /FontFile3 {} /CIDSet {} >>",
            reference(outlines),
            reference(identifiers)
        )
        .into_bytes(),
    ));
    objects.push((outlines, stream("/Subtype /CIDFontType0C ", &printed.outlines)));
    objects.push((identifiers, stream("", &identifier_set(printed.count))));
    objects.push((unicode, stream("", to_unicode(printed).as_bytes())));
    font
}

/// The words as codes of the font.
pub(super) fn codes(printed: &Printed) -> String {
    printed.glyphs.iter().map(|glyph| format!("{:04X}", glyph.number)).collect()
}

fn widths(printed: &Printed) -> String {
    let mut all: Vec<(u16, u16)> = printed.glyphs.iter().map(|glyph| (glyph.number, glyph.advance)).collect();
    all.sort_unstable();
    all.dedup();
    all.iter().map(|(number, advance)| format!("{number} [{advance}]")).collect::<Vec<_>>().join(" ")
}

/// A bit for each glyph, the highest first (9.8.3.2); PDF/A-1 demands it.
fn identifier_set(count: u16) -> Vec<u8> {
    (0..count.div_ceil(8)).map(|byte| u8::MAX << 8_u16.saturating_sub(count - byte * 8).min(7)).collect()
}

/// What the codes mean (9.10.3).
fn to_unicode(printed: &Printed) -> String {
    let mut all: Vec<(u16, char)> = printed.glyphs.iter().map(|glyph| (glyph.number, glyph.character)).collect();
    all.sort_unstable();
    all.dedup();
    let units = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("{unit:04X}")).collect::<String>();
    // At most a hundred lines each.
    let block = |some: &[(u16, char)]| {
        let lines: String = some.iter().map(|(code, c)| format!("<{code:04X}> <{}>\n", units(*c))).collect();
        format!("{} beginbfchar\n{lines}endbfchar\n", some.len())
    };
    let blocks: String = all.chunks(100).map(block).collect();
    format!(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{blocks}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )
}

#[cfg(test)]
mod tests {
    use super::identifier_set;

    #[test]
    fn a_bit_for_each_glyph() {
        assert_eq!(identifier_set(1), [0x80]);
        assert_eq!(identifier_set(8), [0xff]);
        assert_eq!(identifier_set(11), [0xff, 0xe0]);
    }
}
