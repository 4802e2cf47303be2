use biaoshi_explicit::image::{Channels, Corner, Depth, Layout, Style, draw_over};
use proptest::prelude::*;

use super::*;

const SIZE: (u32, u32) = (90, 60);

fn stamp() -> Stamp {
    Stamp::new(&Canvas::new(SIZE.0, SIZE.1, 1), "AI生成", Corner::BottomRight, Style::Plate).unwrap()
}

fn frames() -> impl Strategy<Value = Vec<(Frame, u32)>> {
    let dispose = prop::sample::select(vec![Dispose::Keep, Dispose::Background, Dispose::Previous]);
    let blend = prop::sample::select(vec![Blend::Source, Blend::Over]);
    let one = (0..SIZE.0, 0..SIZE.1, 1..=SIZE.0, 1..=SIZE.1, dispose, blend, any::<u32>());
    let one = one.prop_map(|(x, y, width, height, dispose, blend, seed)| {
        let rect = Rect { x, y, width: width.min(SIZE.0 - x), height: height.min(SIZE.1 - y) };
        (Frame { rect, dispose, blend }, seed)
    });
    prop::collection::vec(one, 1..7)
}

/// Pixels of a frame: opaque, transparent and between, by its seed.
fn pixels(rect: Rect, seed: u32) -> Vec<Pixel> {
    let one = |n: u32| {
        let v = (n ^ seed).wrapping_mul(2_654_435_761);
        let alpha = match (seed % 3, v >> 24) {
            (0, _) | (_, 0..100) => 255,
            (1, _) | (_, 100..170) => 0,
            (_, high) => high as u8,
        };
        [(v >> 16) as u8, (v >> 8) as u8, v as u8, alpha]
    };
    (0..rect.width * rect.height).map(one).collect()
}

/// As slow and plain as can be, with a whole canvas kept for each frame.
fn naive(frames: &[(Frame, Vec<Pixel>)]) -> Vec<Vec<Pixel>> {
    let mut canvas = vec![[0; 4]; (SIZE.0 * SIZE.1) as usize];
    let mut out = Vec::new();
    for (frame, pixels) in frames {
        let before = canvas.clone();
        let inside = |n: u32| {
            let (x, y) = ((n % SIZE.0).wrapping_sub(frame.rect.x), (n / SIZE.0).wrapping_sub(frame.rect.y));
            (x < frame.rect.width && y < frame.rect.height).then(|| (y * frame.rect.width + x) as usize)
        };
        for n in 0..SIZE.0 * SIZE.1 {
            if let Some(at) = inside(n) {
                let old = canvas[n as usize];
                canvas[n as usize] = if frame.blend == Blend::Over { over(pixels[at], old) } else { pixels[at] };
            }
        }
        out.push(canvas.clone());
        match frame.dispose {
            Dispose::Keep => {}
            Dispose::Previous => canvas = before,
            Dispose::Background => {
                (0..SIZE.0 * SIZE.1).filter(|n| inside(*n).is_some()).for_each(|n| canvas[n as usize] = [0; 4]);
            }
        }
    }
    out
}

/// The frame with the label, as a format's own code would write it.
fn marked(frame: &Frame, old: &[Pixel], mark: &Mark) -> (Frame, Vec<Pixel>) {
    let (own, rect) = (frame.rect, mark.rect);
    let mut pixels = vec![[0; 4]; (rect.width * rect.height) as usize];
    for (n, pixel) in old.iter().enumerate() {
        let (x, y) = (n as u32 % own.width + own.x - rect.x, n as u32 / own.width + own.y - rect.y);
        pixels[(y * rect.width + x) as usize] = *pixel;
    }
    let mut data = pixels.concat();
    let layout = Layout { width: rect.width, height: rect.height, channels: Channels::Rgba, depth: Depth::Eight };
    draw_over(&layout, &mut data, &mark.stamp, &mark.shown).unwrap();
    (Frame { rect, ..*frame }, data.as_chunks::<4>().0.to_vec())
}

proptest! {
    #[test]
    fn the_screen_is_what_plain_composition_gives(frames in frames()) {
        let frames: Vec<_> = frames.into_iter().map(|(f, seed)| (f, pixels(f.rect, seed))).collect();
        let mut screen = Screen::new(SIZE.0, SIZE.1);
        for ((frame, pixels), expected) in frames.iter().zip(naive(&frames)) {
            screen.show(frame, pixels);
            prop_assert!(screen.pixels == expected);
        }
    }

    /// Whatever the frames: each displayed canvas shows the label, and is the same elsewhere.
    #[test]
    fn every_displayed_canvas_shows_the_label(frames in frames()) {
        let frames: Vec<_> = frames.into_iter().map(|(f, seed)| (f, pixels(f.rect, seed))).collect();
        let stamp = stamp();
        let mut cover = Cover::new(&stamp);
        let mut labelled = Vec::new();
        for (frame, pixels) in &frames {
            match cover.next(frame, 1) {
                Ok(Some(mark)) => labelled.push(marked(frame, pixels, &mark)),
                Ok(None) => labelled.push((*frame, pixels.clone())),
                Err(reason) => {
                    prop_assert_eq!(reason, FRAMES.message());
                    return Ok(());
                }
            }
        }
        let place = stamp.place();
        for (before, after) in naive(&frames).into_iter().zip(naive(&labelled)) {
            for (n, (b, a)) in (0..).zip(before.iter().zip(&after)) {
                let (x, y) = (n % SIZE.0, n / SIZE.0);
                match place.holds(&Rect { x, y, width: 1, height: 1 }) {
                    false => prop_assert!(a == b, "at {} {}", x, y),
                    true => {
                        let (alpha, light) = stamp.row(y - place.y).nth((x - place.x) as usize).unwrap();
                        let shows = i32::from(a[0]) >= i32::from(light) - 10 && i32::from(a[0]) <= i32::from(light) + i32::from(255 - alpha) + 10;
                        prop_assert!(alpha == 0 || a[3] < 20 || shows, "at {} {}: {:?} {:?}", x, y, a, (alpha, light));
                        prop_assert!(alpha < 255 || a[3] == 255);
                    }
                }
            }
        }
        let all: Vec<Frame> = labelled.iter().map(|(f, _)| *f).collect();
        let found = look(&Canvas::new(SIZE.0, SIZE.1, 1), "AI生成", |s| vec![s.clone()], &all, |n| Ok(labelled[n].1.clone())).unwrap();
        prop_assert!(found.is_some());
    }
}

#[test]
fn frames_that_cannot_grow_are_refused() {
    let stamp = stamp();
    let mut cover = Cover::new(&stamp);
    let all = Rect { x: 0, y: 0, width: SIZE.0, height: SIZE.1 };
    let right = Rect { x: SIZE.0 / 2, width: SIZE.0 / 2, ..all };
    let left = Rect { width: 9, height: 9, ..all };
    let frame = |rect, dispose, blend| Frame { rect, dispose, blend };
    assert!(cover.next(&frame(all, Dispose::Keep, Blend::Source), 1).unwrap().is_some());
    assert!(cover.next(&frame(left, Dispose::Background, Blend::Source), 1).unwrap().is_none());
    assert!(cover.next(&frame(right, Dispose::Background, Blend::Over), 1).unwrap().is_some());
    // Nothing is left under the label, and the left half is not to be cleared.
    assert_eq!(cover.next(&frame(left, Dispose::Background, Blend::Over), 1).unwrap_err(), FRAMES.message());
}

#[test]
fn too_much_work_is_refused_in_words() {
    let limits = Limits { decoded: 16 << 20, work: 50 << 20, ..Limits::default() };
    let costs = Costs { pixel: 4, byte: 1, steps: 5 };
    let rect = Rect { x: 0, y: 0, width: 1024, height: 1024 };
    let all =
        |n, bytes: usize| costs.check("GIF", &vec![0; bytes], (1024, 1024), std::iter::repeat_n(rect, n), &limits);
    assert!(all(9, 100).is_ok());
    assert!(all(10, 100).unwrap_err().to_string().contains("--limit-work"));
    // A larger file may cost more.
    assert!(all(18, 5 << 20).is_ok());
    assert!(all(20, 5 << 20).unwrap_err().to_string().contains("--limit-work"));
    let wide = |bytes: usize| costs.check("GIF", &vec![0; bytes], (1024, 1025), std::iter::empty(), &limits);
    assert!(wide(100).unwrap_err().to_string().contains("--limit-decoded"));
    assert!(wide(1000).is_ok());
    let tiny = Rect { width: 1, height: 1, ..rect };
    let many = Limits { work: u64::MAX, ..limits };
    assert!(costs.check("GIF", &vec![0; 9], (9, 9), std::iter::repeat_n(tiny, 10_001), &many).is_err());
}
