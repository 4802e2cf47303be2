use super::*;
use crate::Error;
use proptest::prelude::*;

const GRAY: fn(u32, u32) -> Layout =
    |width, height| Layout { width, height, channels: Channels::Gray, depth: Depth::Eight };

fn stamp(width: u32, height: u32, orientation: u8, corner: Corner) -> Stamp {
    Stamp::new(&Canvas::new(width, height, orientation), "AI生成", corner, Style::Plate).unwrap()
}

/// Reproducible noise.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn smallest_glyph_has_five_percent_of_the_short_side() {
    for words in ["AI生成", "人工智能生成", "AI合成", "内容由AI生成", "豆包AI生成"] {
        for short in (100..700).step_by(37).chain([1080, 2160, 4000]) {
            let canvas = Canvas::new(short * 2, short, 1);
            let s = Stamp::new(&canvas, words, Corner::BottomRight, Style::Plate).unwrap();
            assert!(s.ink() * 20 >= short && s.height_ratio() >= 0.05, "{words} on {short}: {}", s.ink());
            let place = s.place();
            assert!(place.height >= s.ink() && place.x + place.width <= short * 2 && place.y + place.height <= short);
            // Within a tenth of both edges (clause 5.2: "on an edge or corner").
            assert!((short - place.y - place.height) * 10 <= short);
        }
    }
}

#[test]
fn drawn_rows_are_the_reported_ones() {
    // 工 is the smallest glyph of these words; on black, the rows of its column range are what was drawn.
    let canvas = Canvas::new(800, 400, 1);
    let s = Stamp::new(&canvas, "人工智能生成", Corner::TopLeft, Style::Plate).unwrap();
    let mut picture = vec![0; 800 * 400];
    draw(&GRAY(800, 400), &mut picture, &s).unwrap();
    let (left, width) = (s.place().x, s.place().width);
    let em = width / 6;
    let columns = left + em + em / 3..left + 2 * em;
    let rows: Vec<u32> = (0..400).filter(|y| columns.clone().any(|x| picture[(y * 800 + x) as usize] >= 128)).collect();
    assert_eq!(rows.last().unwrap() - rows[0] + 1, s.ink());
}

#[test]
fn a_glance_lets_labels_through_and_little_else() {
    for (width, height) in [(400, 300), (1600, 1200), (3000, 2000)] {
        let s = stamp(width, height, 1, Corner::BottomRight);
        let layout = GRAY(width, height);
        let grainy = noise(width as usize * height as usize);
        let soft: Vec<u8> = (0..width * height).map(|n| (n % width * 255 / width) as u8).collect();
        for mut picture in [grainy.clone(), soft, vec![0; grainy.len()], vec![255; grainy.len()]] {
            let seen = |picture: &[u8]| glance(&s, |x, y| layout.luma(picture, x, y));
            // A small place costs no more than a glance, and is looked at closely.
            assert_eq!(seen(&picture), width == 400, "{width}");
            draw(&layout, &mut picture, &s).unwrap();
            assert!(seen(&picture), "{width}");
            // As after coarse compression.
            picture.iter_mut().zip(&grainy).for_each(|(p, n)| *p = p.saturating_add(n / 8).saturating_sub(16));
            assert_eq!(seen(&picture), find(&layout, &picture, &s).is_some(), "{width}");
        }
    }
}

#[test]
fn tiny_pictures_are_refused_and_small_ones_filled() {
    let make = |w, h, words| Stamp::new(&Canvas::new(w, h, 1), words, Corner::TopLeft, Style::Plate);
    assert!(matches!(make(30, 30, "AI生成"), Err(Error::TooSmall { width: 30, height: 30, .. })));
    assert!(matches!(make(0, 500, "AI生成"), Err(Error::TooSmall { .. })));
    assert!(matches!(make(4000, 1, "AI生成"), Err(Error::TooSmall { .. })));
    assert!(matches!(make(40, 40, "人工智能生成合成"), Err(Error::TooSmall { .. })));
    assert_eq!(make(40, 40, "AI作画").err(), Some(Error::Words));
    let s = make(36, 36, "AI生成").unwrap();
    assert!(s.place().x + s.place().width <= 36 && s.ink() >= 8);
}

#[test]
fn orientation_is_undone() {
    // Turning by EXIF means: mirror left-right, turn clockwise, in this order, as often as the tag says.
    let mirrored = |p: &[u8], w: usize| p.chunks(w).flat_map(|r| r.iter().rev().copied()).collect::<Vec<_>>();
    let clockwise = |p: &[u8], w: usize| {
        let h = p.len() / w;
        (0..w).flat_map(|x| (0..h).rev().map(move |y| (x, y))).map(|(x, y)| p[y * w + x]).collect::<Vec<_>>()
    };
    let steps = [(0, 0), (0, 0), (1, 0), (0, 2), (1, 2), (1, 3), (0, 1), (1, 1), (0, 3)];
    for orientation in 1..=8u8 {
        for corner in Corner::ALL {
            let turned = orientation >= 5;
            let (w, h) = if turned { (200u32, 300u32) } else { (300, 200) };
            let ground = noise(60_000);
            let mut shown = ground.clone();
            let (mirrors, turns) = steps[usize::from(orientation)];
            let display = |mut p: Vec<u8>| {
                let mut width = w as usize;
                if mirrors == 1 {
                    p = mirrored(&p, width);
                }
                for _ in 0..turns {
                    let height = p.len() / width;
                    p = clockwise(&p, width);
                    width = height;
                }
                p
            };
            draw(&GRAY(w, h), &mut shown, &stamp(w, h, orientation, corner)).unwrap();
            let mut expected = display(ground);
            draw(&GRAY(300, 200), &mut expected, &stamp(300, 200, 1, corner)).unwrap();
            assert!(display(shown) == expected, "orientation {orientation}, {corner:?}");
        }
    }
}

#[test]
fn only_the_place_changes_in_every_layout() {
    for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
        for depth in [Depth::Eight, Depth::Sixteen] {
            let layout = Layout { width: 120, height: 90, channels, depth };
            let before = noise(120 * 90 * layout.pixel());
            let mut after = before.clone();
            let s = stamp(120, 90, 1, Corner::BottomLeft);
            draw(&layout, &mut after, &s).unwrap();
            let place = s.place();
            for (n, (b, a)) in before.chunks(layout.pixel()).zip(after.chunks(layout.pixel())).enumerate() {
                let (x, y) = (n as u32 % 120, n as u32 / 120);
                let inside =
                    (place.x..place.x + place.width).contains(&x) && (place.y..place.y + place.height).contains(&y);
                assert!(inside || a == b);
            }
            assert!(find(&layout, &after, &s).is_some_and(|m| m.score > 0.9), "{layout:?}");
            assert_eq!(find(&layout, &before, &s), None);
            assert_eq!(draw(&layout, &mut after[1..], &s), Err(Error::Pixels));
        }
    }
}

#[test]
fn the_label_is_opaque_where_the_picture_is_not() {
    let layout = Layout { width: 200, height: 200, channels: Channels::Rgba, depth: Depth::Eight };
    let mut picture = [9, 200, 30, 0].repeat(200 * 200);
    let s = stamp(200, 200, 1, Corner::BottomRight);
    draw(&layout, &mut picture, &s).unwrap();
    let place = s.place();
    let centre = |x, y| &picture[((y * 200 + x) * 4) as usize..][..4];
    assert_eq!(centre(place.x + 2, place.y + place.height / 2), [0, 0, 0, 255]);
    assert_eq!(centre(10, 10), [9, 200, 30, 0]);
    assert!((place.x..place.x + place.width).any(|x| centre(x, place.y + place.height / 2) == [255; 4]));
}

#[test]
fn another_label_is_not_this_one() {
    let layout = GRAY(400, 300);
    let mut picture = noise(400 * 300);
    let canvas = Canvas::new(400, 300, 1);
    draw(&layout, &mut picture, &stamp(400, 300, 1, Corner::BottomRight)).unwrap();
    for (words, corner) in
        [("AI合成", Corner::BottomRight), ("人工智能生成", Corner::BottomRight), ("AI生成", Corner::BottomLeft)]
    {
        let other = Stamp::new(&canvas, words, corner, Style::Plate).unwrap();
        assert_eq!(find(&layout, &picture, &other), None, "{words} {corner:?}");
    }
    assert_eq!(find(&layout, &vec![255; 400 * 300], &stamp(400, 300, 1, Corner::BottomRight)), None);
}

proptest! {
    /// Any size and orientation gives a stamp inside the picture or an error, and blends keep its weight.
    #[test]
    fn any_canvas(width in 0u32..3000, height in 0u32..300, orientation in 0u8..10, style in 0usize..2, corner in 0usize..4) {
        let canvas = Canvas::new(width, height, orientation);
        if let Ok(s) = Stamp::new(&canvas, "AI生成", Corner::ALL[corner], Style::ALL[style]) {
            let p = s.place();
            prop_assert!(p.x + p.width <= width && p.y + p.height <= height);
            let whole: f64 = (0..p.height).flat_map(|r| s.row(r)).map(|(a, _)| f64::from(a) / 255.0).sum();
            for (across, down) in [(1, 1), (2, 1), (2, 2), (4, 1)] {
                let b = s.blend(across, down);
                prop_assert_eq!(b.samples.len(), (b.place.width * b.place.height) as usize);
                let sum: f64 = b.samples.iter().map(|(a, _)| f64::from(*a)).sum::<f64>() * f64::from(across * down);
                prop_assert!((sum - whole).abs() < 0.01 * whole + 1.0);
            }
        }
    }
}

proptest! {
    /// A label drawn on parts of a picture, one after the other, is the label drawn on the whole.
    #[test]
    fn parts_of_a_label_make_the_whole(cut_x in 1u32..199, cut_y in 1u32..99) {
        let layout = |width, height| Layout { width, height, channels: Channels::Gray, depth: Depth::Eight };
        let before = noise(200 * 100);
        let s = stamp(200, 100, 1, Corner::BottomRight);
        let mut whole = before.clone();
        draw(&layout(200, 100), &mut whole, &s).unwrap();
        for (x, width) in [(0, cut_x), (cut_x, 200 - cut_x)] {
            for (y, height) in [(0, cut_y), (cut_y, 100 - cut_y)] {
                let rect = Rect { x, y, width, height };
                let of = |data: &[u8]| -> Vec<u8> {
                    (y..y + height).flat_map(|y| data[(y * 200 + x) as usize..][..width as usize].to_vec()).collect()
                };
                let mut part = of(&before);
                match s.within(rect) {
                    Some(piece) => draw(&layout(width, height), &mut part, &piece).unwrap(),
                    None => prop_assert!(s.place().common(&rect).is_none()),
                }
                prop_assert_eq!(part, of(&whole));
            }
        }
    }

    /// Colors drawn on both of two layers, alpha drawn on the lower: it looks like the label over both.
    #[test]
    fn a_layer_over_a_label_needs_only_its_colors(above: u8, opacity: u8, below: u8) {
        let layout = Layout { width: 200, height: 100, channels: Channels::GrayAlpha, depth: Depth::Eight };
        let s = stamp(200, 100, 1, Corner::BottomRight);
        let seen = |layer: &[u8], ground: f32| {
            let alpha = f32::from(layer[1]) / 255.0;
            f32::from(layer[0]) * alpha + ground * (1.0 - alpha)
        };
        let mut lower: Vec<u8> = [below, 255].repeat(200 * 100);
        let mut upper: Vec<u8> = [above, opacity].repeat(200 * 100);
        let flat = seen(&upper, below.into());
        let mut both: Vec<u8> = [flat.round() as u8, 255].repeat(200 * 100);
        draw(&layout, &mut lower, &s).unwrap();
        draw(&layout, &mut both, &s).unwrap();
        draw_over(&layout, &mut upper, &s, &[true; 200 * 100]).unwrap();
        for ((l, u), b) in lower.chunks(2).zip(upper.chunks(2)).zip(both.chunks(2)) {
            prop_assert!((seen(u, l[0].into()) - f32::from(b[0])).abs() <= 2.0);
        }
    }
}
