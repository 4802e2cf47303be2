//! Small pictures of pictures, for reports that people look at.

use biaoshi_watermark::image::Plane;

use crate::picture::png;

/// The lightness of a picture made smaller, as a gray PNG no side of which is longer than `side` pixels; `None` of a picture
/// without pixels. It has no metadata: it is part of a report, and no copy of the content.
pub fn thumbnail(plane: &Plane, side: usize) -> Option<Vec<u8>> {
    let longest = plane.width.max(plane.height);
    if plane.width == 0 || plane.height == 0 || side == 0 {
        return None;
    }
    let scaled = |length: usize| if longest <= side { length } else { (length * side / longest).max(1) };
    let (width, height) = (scaled(plane.width), scaled(plane.height));
    let mut samples = Vec::with_capacity(width * height);
    for y in 0..height {
        let rows = y * plane.height / height..((y + 1) * plane.height / height).max(y * plane.height / height + 1);
        for x in 0..width {
            let columns = x * plane.width / width..((x + 1) * plane.width / width).max(x * plane.width / width + 1);
            samples.push(mean(plane, rows.clone(), columns));
        }
    }
    png::gray(u32::try_from(width).ok()?, u32::try_from(height).ok()?, samples)
}

/// The mean of a part, 0 to 255.
fn mean(plane: &Plane, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> u8 {
    let (mut sum, mut count) = (0.0, 0.0);
    for row in rows {
        for value in plane.row(row).get(columns.clone()).unwrap_or_default() {
            sum += f64::from(*value);
            count += 1.0;
        }
    }
    if count == 0.0 { 0 } else { (sum / count).round().clamp(0.0, 255.0) as u8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut samples = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut samples).unwrap();
        assert_eq!(info.color_type, ::png::ColorType::Grayscale);
        (info.width, info.height, samples)
    }

    #[test]
    fn halves_are_means_and_proportions_stay() {
        let data = (0..40 * 20).map(|n| if n % 40 < 20 { 0.0 } else { 255.0 }).collect();
        let plane = Plane { width: 40, height: 20, data };
        let (width, height, samples) = decoded(&thumbnail(&plane, 10).unwrap());
        assert_eq!((width, height), (10, 5));
        assert_eq!(samples[..10], [0, 0, 0, 0, 0, 255, 255, 255, 255, 255]);
        let (width, height, samples) = decoded(&thumbnail(&plane, 1).unwrap());
        assert_eq!((width, height, samples), (1, 1, vec![128]));
    }

    #[test]
    fn small_and_thin_pictures_stay_pictures() {
        let plane = |width, height| Plane { width, height, data: vec![7.0; width * height] };
        assert_eq!(decoded(&thumbnail(&plane(3, 2), 96).unwrap()), (3, 2, vec![7; 6]));
        let (width, height, _) = decoded(&thumbnail(&plane(5000, 1), 96).unwrap());
        assert_eq!((width, height), (96, 1));
        assert_eq!(thumbnail(&plane(0, 9), 96), None);
    }
}
