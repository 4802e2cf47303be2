//! Stored samples and floating-point ones.

use biaoshi_container::riff::WaveFormat;

/// Bytes of one stored sample.
fn size(format: &WaveFormat) -> usize {
    usize::from(format.bits / 8).max(1)
}

/// Appends stored samples as numbers of full scale ±1.
pub(super) fn decode(bytes: &[u8], format: &WaveFormat, out: &mut Vec<f32>) {
    let float = format.tag == super::layout::FLOAT;
    out.extend(bytes.chunks_exact(size(format)).map(|sample| match *sample {
        [a] => (f32::from(a) - 128.0) / 128.0,
        [a, b] => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
        [a, b, c] => (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0,
        [a, b, c, d] if float => finite(f32::from_le_bytes([a, b, c, d])),
        [a, b, c, d] => i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0,
        [a, b, c, d, e, f, g, h] => finite(f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32),
        _ => 0.0,
    }));
}

/// Damaged floating-point files hold values that would spoil every sum.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}

/// One channel, stored the same in all channels.
pub(super) fn encode(mono: &[f32], format: &WaveFormat) -> Vec<u8> {
    let mut out = Vec::with_capacity(mono.len() * usize::from(format.block));
    for sample in mono {
        let value = f64::from(*sample);
        let scaled = |bits: u32| (value * f64::from(1u32 << (bits - 1))).round() as i32;
        let stored: Vec<u8> = match (format.tag == super::layout::FLOAT, format.bits) {
            (true, 64) => value.to_le_bytes().to_vec(),
            (true, _) => sample.to_le_bytes().to_vec(),
            (false, 8) => vec![(scaled(8) + 128).clamp(0, 255) as u8],
            (false, bits) => {
                let [a, b, c, d] = scaled(bits.into()).to_le_bytes();
                [a, b, c, d].into_iter().take(size(format)).collect()
            }
        };
        (0..format.channels).for_each(|_| out.extend_from_slice(&stored));
    }
    out
}
