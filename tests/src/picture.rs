//! Pictures made in code.

use std::path::Path;

/// A picture with texture of several sizes, so that a mark has where to be.
pub fn textured(path: &Path, (width, height): (usize, usize), color: png::ColorType) {
    let noise = |x: usize, y: usize| {
        let mut v = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
        for _ in 0..3 {
            v = (v ^ v >> 15).wrapping_mul(0x2C1B_3C6D);
        }
        (v >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let smooth = |x: usize, y: usize, size: usize| {
        let (cx, cy) = (x / size, y / size);
        let (tx, ty) = ((x % size) as f32 / size as f32, (y % size) as f32 / size as f32);
        let row = |y: usize| noise(cx + size * 9, y) * (1.0 - tx) + noise(cx + 1 + size * 9, y) * tx;
        row(cy) * (1.0 - ty) + row(cy + 1) * ty
    };
    let mut samples = Vec::new();
    for i in 0..width * height {
        let (x, y) = (i % width, i / width);
        let value = 128.0 + 110.0 * smooth(x, y, 64) + 60.0 * smooth(x, y, 16) + 30.0 * smooth(x, y, 4);
        let gray = value.clamp(0.0, 255.0) as u8;
        match color {
            png::ColorType::Rgba => samples.extend([gray, gray / 2, 255 - gray, if x < 100 { 0 } else { 255 }]),
            png::ColorType::Indexed => samples.push(gray / 16),
            _ => samples.push(gray),
        }
    }
    let mut encoder = png::Encoder::new(std::fs::File::create(path).unwrap(), width as u32, height as u32);
    encoder.set_color(color);
    if color == png::ColorType::Indexed {
        encoder.set_palette((0..16_u8).flat_map(|i| [i * 16, i * 15, 255 - i * 16]).collect::<Vec<_>>());
    }
    encoder.write_header().unwrap().write_image_data(&samples).unwrap();
}
