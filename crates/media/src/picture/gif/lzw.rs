//! LZW as GIF has it (GIF89a appendix F), with a bound on what comes out.

use weezl::{BitOrder, LzwStatus};

/// Bytes that are decoded at a time.
const STEP: usize = 64 << 10;

/// Decodes `count` indices; `None` where the data is damaged or ends before. Memory grows with what is really there.
pub(super) fn decode(data: &[u8], bits: u8, count: usize) -> Option<Vec<u8>> {
    // Codes of up to 12 bits hold roots of up to 11, indices have 8.
    let mut decoder = (1..=8).contains(&bits).then(|| weezl::decode::Decoder::new(BitOrder::Lsb, bits))?;
    let (mut out, mut rest) = (Vec::new(), data);
    while out.len() < count {
        let start = out.len();
        out.resize(start + STEP.min(count - start), 0);
        let result = decoder.decode_bytes(rest, out.get_mut(start..)?);
        out.truncate(start + result.consumed_out);
        rest = rest.get(result.consumed_in..)?;
        match result.status.ok()? {
            LzwStatus::Ok if result.consumed_out > 0 || result.consumed_in > 0 => {}
            LzwStatus::Done if out.len() == count => break,
            _ => return None,
        }
    }
    Some(out)
}

/// Codes indices, all below `1 << bits`, and cuts the codes into sub-blocks with their terminator.
pub(super) fn encode(indices: &[u8], bits: u8) -> Option<Vec<u8>> {
    let mut encoder = (2..=8).contains(&bits).then(|| weezl::encode::Encoder::new(BitOrder::Lsb, bits))?;
    let coded = encoder.encode(indices).ok()?;
    let mut out = Vec::with_capacity(coded.len() + coded.len() / 255 + 2);
    for part in coded.chunks(255) {
        out.push(u8::try_from(part.len()).ok()?);
        out.extend(part);
    }
    out.push(0);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back(indices in prop::collection::vec(0u8..8, 1..3000), bits in 3u8..=8) {
            let blocks = encode(&indices, bits).unwrap();
            let (mut data, mut rest) = (Vec::new(), &blocks[..]);
            while let Some((size, tail)) = rest.split_first().filter(|(size, _)| **size > 0) {
                let (part, tail) = tail.split_at(usize::from(*size));
                data.extend(part);
                rest = tail;
            }
            prop_assert_eq!(rest, [0]);
            prop_assert_eq!(decode(&data, bits, indices.len()).unwrap(), indices);
            prop_assert!(decode(&data, bits, 4000).is_none());
        }

        #[test]
        fn any_bytes_are_decoded_without_panic(data in prop::collection::vec(any::<u8>(), 0..400), bits: u8, count in 0usize..100_000) {
            if let Some(out) = decode(&data, bits, count) {
                prop_assert_eq!(out.len(), count);
            }
        }
    }
}
