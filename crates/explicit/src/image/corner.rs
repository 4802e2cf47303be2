//! Can a corner show any label at all? White words beside dark ground are seen in a few samples, before anything is drawn.

use super::stamp::{displayed, least_em, least_ink, margin, stored};
use super::{Canvas, Corner, Rect};

/// Samples of a core that are looked at, about.
const SAMPLES: u64 = 256;
/// From here on a sample may be of the words: white after compression so coarse that a label is not recognised any more.
const BRIGHT: u8 = 180;
/// Up to here one may be of the ground: the plate over white is 102, the outline's stroke 0.
const DARK: u8 = 140;
/// Least share of bright samples, and of dark ones: one of so many. Measured over wordings and sizes, labels have 9 % of
/// white at least, and 7 % of black; few corners of photographs, screenshots and drawings without a label have both.
const SHARE: usize = 32;

/// What every label in this corner covers, whatever its words and its style, in stored coordinates: four characters need
/// this room at least. `None` where the picture has not even that.
pub fn core(canvas: &Canvas, corner: Corner) -> Option<Rect> {
    let (width, height) = displayed(canvas);
    let short = width.min(height);
    // The smallest ink, or that of the smallest font.
    let down = least_ink(short).max(least_em(canvas) * 2 / 3);
    let (across, margin) = (down.checked_mul(5)? / 2, margin(short));
    let (right, bottom) = (width.checked_sub(margin + across)?, height.checked_sub(margin + down)?);
    if right < margin || bottom < margin {
        return None;
    }
    let (x, y) = match corner {
        Corner::BottomRight => (right, bottom),
        Corner::BottomLeft => (margin, bottom),
        Corner::TopRight => (right, margin),
        Corner::TopLeft => (margin, margin),
    };
    Some(stored(canvas, &Rect { x, y, width: across, height: down }))
}

/// Whether the corner has both bright and dark samples, as every label does; `luma` gives what is seen (0-255) at a stored
/// pixel. Where this is `false`, [`find()`](super::find()) finds no stamp in this corner of words that [`fill`] it; where it is
/// `true`, nothing is said. Looks at about 256 pixels of [`core`].
pub fn may_show(canvas: &Canvas, corner: Corner, luma: impl Fn(u32, u32) -> u8) -> bool {
    let Some(core) = core(canvas, corner) else { return true };
    let step = (u64::from(core.width) * u64::from(core.height) / SAMPLES).isqrt().max(1) as usize;
    let along = |from: u32, length: u32| (from..from + length).skip(step / 2).step_by(step);
    let (mut bright, mut dark, mut all) = (0, 0, 0);
    for y in along(core.y, core.height) {
        for x in along(core.x, core.width) {
            let seen = luma(x, y);
            bright += usize::from(seen >= BRIGHT);
            dark += usize::from(seen <= DARK);
            all += 1;
        }
    }
    bright.min(dark) * SHARE >= all
}

/// Whether words have ink at both ends and from top to bottom, as all characters have but signs, spaces and small letters:
/// these may leave a corner all but empty, and [`may_show`] says nothing of them.
pub fn fill(words: &str) -> bool {
    words.chars().all(|c| c.is_alphanumeric() && !c.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::{Channels, Depth, Layout, Stamp, Style, draw, find};
    use super::*;
    use crate::words::WORDINGS;
    use proptest::prelude::*;

    /// Also words that nobody but a user thinks of: flat and narrow characters, small letters.
    fn words() -> impl Strategy<Value = &'static str> {
        let others =
            ["豆包AI生成", "Kimi AI生成", "可能由AI生成", "vxAI生成zn", "一一一AI生成一一一", "III11AI生成11III"];
        prop::sample::select([WORDINGS.as_slice(), others.as_slice()].concat())
    }

    fn layout(canvas: &Canvas) -> Layout {
        Layout { width: canvas.width, height: canvas.height, channels: Channels::Gray, depth: Depth::Eight }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Whatever its size, orientation, grain, words and style, a label covers the core.
        #[test]
        fn every_label_covers_the_core(
            width in 1u32..1500, height in 1u32..700, orientation in 0u8..10, grain in 1u32..3,
            words in words(), style in 0usize..2, corner in 0usize..4,
        ) {
            let canvas = Canvas { grain, ..Canvas::new(width, height, orientation) };
            if let (Ok(stamp), Some(core)) =
                (Stamp::new(&canvas, words, Corner::ALL[corner], Style::ALL[style]), core(&canvas, Corner::ALL[corner]))
            {
                prop_assert!(stamp.place().holds(&core), "{:?} {:?}", stamp.place(), core);
            }
        }

        /// A label that is found on some ground, lighter or darker and noisier than it was drawn, may be there.
        #[test]
        fn what_is_found_may_be_there(
            width in 30u32..900, height in 30u32..600, grain in 1u32..3, words in words(), style in 0usize..2, corner in 0usize..4,
            ground in prop::sample::select(vec![0u32, 60, 128, 200, 255]), texture in 0u32..128,
            shift in -20i32..=20, contrast in 160i32..=256, noise in 0i32..60, seed: u32,
        ) {
            let (canvas, corner) = (Canvas { grain, ..Canvas::new(width, height, 1) }, Corner::ALL[corner]);
            let Some(stamp) = Stamp::new(&canvas, words, corner, Style::ALL[style]).ok().filter(|_| fill(words)) else {
                return Ok(());
            };
            let mut state = seed;
            let mut random = |most: u32| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) % most.max(1)
            };
            let mut picture: Vec<u8> =
                (0..width * height).map(|_| (ground + random(texture + 1)).saturating_sub(texture / 2).min(255) as u8).collect();
            draw(&layout(&canvas), &mut picture, &stamp).unwrap();
            for p in &mut picture {
                let off = shift + random(noise as u32 + 1) as i32 - noise / 2;
                *p = ((i32::from(*p) - 128) * contrast / 256 + 128 + off).clamp(0, 255) as u8;
            }
            let found = find(&layout(&canvas), &picture, &stamp).is_some();
            let may = may_show(&canvas, corner, |x, y| layout(&canvas).luma(&picture, x, y));
            prop_assert!(may || !found);
        }
    }

    #[test]
    fn flat_corners_show_nothing() {
        let canvas = Canvas::new(900, 600, 1);
        for corner in Corner::ALL {
            for gray in [0, 90, 150, 255] {
                assert!(!may_show(&canvas, corner, |_, _| gray), "{gray}");
            }
            // The sky, the sea, a soft slope between them.
            assert!(!may_show(&canvas, corner, |x, y| (100 + x / 30 + y / 30) as u8));
            assert!(may_show(&canvas, corner, |x, _| if x / 3 % 2 == 0 { 255 } else { 0 }));
        }
        assert!(may_show(&Canvas::new(12, 12, 1), Corner::TopLeft, |_, _| 0), "too small to tell");
    }
}
