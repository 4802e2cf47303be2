"""Is `AI生成` drawn legibly in one corner of the picture, of every displayed frame, and nothing else changed?

Measured on pixels, not on what the program says: clause 5.2 asks for a text height of at least 5 % of the
short side on an edge or corner; the ink of the smallest glyph is what is measured here.
"""
import numpy as np
from PIL import Image, ImageOps, ImageSequence

GLYPHS = 4
CONTRAST = 4.5
CHANGED_JPEG = 24
TINY = 8   # pixels: in very small pictures the plate's own padding is more than a tenth
SPARE = {'gif-full.gif': 2}   # pixels whose colours a full palette gives up


def as_array(image):
    """RGBA, 8 bit; 16-bit gray loses its low byte, which no check on it needs."""
    if image.mode.startswith('I'):
        gray = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
        return np.asarray(gray.convert('RGBA')).astype(int)
    return np.asarray(image.convert('RGBA')).astype(int)


def frames(path):
    """Upright frames as arrays, and the orientation tag; of several pictures in a JPEG only the first."""
    with Image.open(path) as image:
        turn = image.getexif().get(0x0112, 1)
        if image.format in ('JPEG', 'MPO'):
            return [as_array(ImageOps.exif_transpose(image))], turn
        return [as_array(ImageOps.exif_transpose(f.copy()) if turn != 1 else f) for f in ImageSequence.Iterator(image)], turn


def timing(path):
    """How often an animation is shown, and for how long each frame."""
    with Image.open(path) as image:
        loop = image.info.get('loop')
        return loop, [f.info.get('duration') for f in ImageSequence.Iterator(image)]


def on_white(pixels):
    """RGB as seen on a white page, the worst ground for white text."""
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + 255 * (1 - alpha)


def luminance(rgb):
    """WCAG relative luminance."""
    c = rgb / 255
    c = np.where(c <= 0.03928, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return c @ np.array([0.2126, 0.7152, 0.0722])


def grow(mask, by):
    """Dilate with a square of side 2*by+1."""
    out = mask
    for axis in (0, 1):
        pad = [(by, by) if a == axis else (0, 0) for a in (0, 1)]
        wide = np.pad(out, pad)
        out = np.logical_or.reduce([np.roll(wide, s, axis) for s in range(-by, by + 1)])
        out = out[by:-by] if axis == 0 else out[:, by:-by]
    return out


def bounding_box(mask):
    """(top, left, bottom, right), the last two exclusive."""
    ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return ys[0], xs[0], ys[-1] + 1, xs[-1] + 1


def changed_box(before, after, lossy):
    """Where the label is; in lossy pictures only strong changes count."""
    mask = changed(before, after, lossy)
    return bounding_box(largest_patch(mask)) if mask.any() else None


def changed(before, after, lossy):
    return np.abs(before - after).max(axis=2) > (CHANGED_JPEG if lossy else 0)


def largest_patch(mask):
    """The changed pixels that hang together most: the label, without stray pixels elsewhere.

    Counted in blocks of about 2 % of the short side, so that the glyphs of one word hang together.
    """
    size = max(4, min(mask.shape) // 50)
    ys, xs = np.nonzero(mask)
    blocks, which, counts = np.unique(np.stack([ys // size, xs // size], 1), axis=0, return_inverse=True, return_counts=True)
    weight = {tuple(b): int(n) for b, n in zip(blocks.tolist(), counts)}
    best, left = (0, set()), set(weight)
    while left:
        patch, todo = set(), [left.pop()]
        while todo:
            y, x = todo.pop()
            patch.add((y, x))
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            todo.extend(near)
        best = max(best, (sum(weight[b] for b in patch), patch), key=lambda p: p[0])
    inside = np.array([tuple(b) in best[1] for b in blocks.tolist()])[which.reshape(-1)]
    out = np.zeros_like(mask)
    out[ys[inside], xs[inside]] = True
    return out


def old_corners(ink, drawn):
    """Bright picture in the rounded corners of the plate: connected with the box's border, and not drawn."""
    reached = np.zeros_like(ink)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        reached[edge] = ink[edge] & ~drawn[edge]
    while True:
        more = grow(reached, 1) & ink
        if (more == reached).all():
            return reached
        reached = more


def find_ink(rgb, drawn, box):
    """The text pixels in the picture: brighter than half-way between plate and text, inside the box.

    On black the plate does not show and the box is that of the glyphs alone, so nothing is cut off its border.
    """
    top, left, bottom, right = box
    light = rgb[top:bottom, left:right] @ np.array([0.299, 0.587, 0.114])
    text, plate = np.percentile(light, 99), np.percentile(light, 25)
    if text - plate < 40:
        return None
    ink = light > (text + plate) / 2
    ink &= ~old_corners(ink, drawn[top:bottom, left:right])
    out = np.zeros(rgb.shape[:2], bool)
    out[top:bottom, left:right] = ink
    return out


def glyph_boxes(ink):
    """Each run of columns with ink is a glyph; give (top, left, bottom, right) of each."""
    columns = np.concatenate([[0], ink.any(axis=0).astype(int), [0]])
    edges = np.flatnonzero(np.diff(columns))
    out = []
    for left, right in zip(edges[::2], edges[1::2]):
        rows = np.flatnonzero(ink[:, left:right].any(axis=1))
        out.append((rows[0], left, rows[-1] + 1, right))
    return out


def without_specks(ink):
    """The ink without bright picture that shines through the plate's smooth edge and round corners: runs of columns
    with less than 3 % of all ink (the thinnest glyph, I, has about 8 %).
    """
    out = ink.copy()
    for top, left, bottom, right in glyph_boxes(ink):
        if ink[top:bottom, left:right].sum() < 0.03 * ink.sum():
            out[:, left:right] = False
    return out


def place_complaints(box, ink_box, shape):
    height, width = shape
    top, left, bottom, right = box
    complaints = []
    if min(left, width - right) > max(0.1 * width, TINY):
        complaints.append(f'place: {min(left, width - right)} px from the nearer side of {width}')
    if min(top, height - bottom) > max(0.1 * height, TINY):
        complaints.append(f'place: {min(top, height - bottom)} px from top or bottom of {height}')
    if ink_box[0] < 1 or ink_box[1] < 1 or ink_box[2] > height - 1 or ink_box[3] > width - 1:
        complaints.append('place: the text touches the edge of the picture: cut?')
    return complaints


def contrast_complaints(rgb, ink, box, lossy):
    """Ring pixels on the plate against the text, leaving out the smoothed edges of glyphs and plate.

    On a black picture the plate does not show and `box` is that of the glyphs: then the ring is what it holds.
    """
    gap = 2 if lossy else 1
    top, left, bottom, right = (n + (gap if i < 2 else -gap) for i, n in enumerate(box))
    part = np.s_[top:bottom, left:right]
    rgb, ink = rgb[part], ink[part]
    ring = grow(ink, gap + 2) & ~grow(ink, gap)
    if not ring.any():
        return []  # a picture so small that every pixel of the plate is next to a glyph
    light = luminance(rgb)
    text = np.median(light[ink])
    ratio = (np.maximum(text, light[ring]) + 0.05) / (np.minimum(text, light[ring]) + 0.05)
    share = (ratio >= CONTRAST).mean() if len(ratio) else 0
    return [] if share >= 0.99 else [f'contrast: only {share:.1%} of {len(ratio)} ring pixels reach {CONTRAST}:1 (lowest {ratio.min(initial=99):.2f})']


def outside_complaints(before, after, box, lossy, spare=0):
    """Nothing else may change, but for `spare` pixels: equal pixels, or 50 dB where the coding is lossy."""
    outside = np.ones(before.shape[:2], bool)
    outside[max(box[0] - 16, 0):box[2] + 16, max(box[1] - 16, 0):box[3] + 16] = False
    difference = (before - after)[outside]
    if not lossy:
        wrong = difference.any(axis=1).sum() if difference.size else 0
        return [f'outside: {wrong} pixels changed'] if wrong > spare else []
    error = (difference[:, :3] ** 2).mean() if difference.size else 0
    psnr = 10 * np.log10(255**2 / error) if error else np.inf
    return [] if psnr >= 50 else [f'outside: PSNR {psnr:.1f} dB, wanted 50']


def visible(pixels):
    """The pixels of an animation, or of a GIF, with black where they are wholly transparent: nobody sees the color there."""
    return np.where(pixels[..., 3:] == 0, 0, pixels)


def frame_complaints(before, after, lossy, spare=0):
    if before.shape != after.shape:
        return [f'size was {before.shape[:2]}, is {after.shape[:2]}']
    box = changed_box(before, after, lossy)
    if box is None:
        return ['nothing was drawn']
    rgb = on_white(after)
    ink = find_ink(rgb, changed(before, after, lossy), box)
    if ink is None or not ink.any():
        return ['no bright text on a dark plate in the changed part']
    ink = without_specks(ink)
    glyphs, short = glyph_boxes(ink), min(before.shape[:2])
    smallest = min(b - t for t, _, b, _ in glyphs)
    complaints = place_complaints(box, bounding_box(ink), before.shape[:2])
    if len(glyphs) != GLYPHS:
        complaints.append(f'text: {len(glyphs)} glyphs found, wanted {GLYPHS}')
    if smallest * 20 < short:
        complaints.append(f'height: the smallest glyph has {smallest} px of ink, short side {short}: {smallest / short:.1%}')
    return complaints + contrast_complaints(rgb, ink, box, lossy) + outside_complaints(before, after, box, lossy, spare)


def judge(clean, labelled, orientation_aware=False):
    lossy = labelled.suffix.lower() in ('.jpg', '.jpeg')
    (before, turn), (after, new_turn) = frames(clean), frames(labelled)
    count = len(before)
    if count != len(after):
        return [f'had {count} frames, has {len(after)}']
    complaints = [] if timing(clean) == timing(labelled) else ['the durations or the loop count of the frames differ']
    if count > 1 or labelled.suffix.lower() == '.gif':
        before, after = map(visible, before), map(visible, after)
    if orientation_aware and turn != new_turn:
        complaints.append(f'orientation was {turn}, is {new_turn}')
    for number, pair in enumerate(zip(before, after)):
        where = f'frame {number}: ' if count > 1 else ''
        complaints += [where + c for c in frame_complaints(*pair, lossy, SPARE.get(clean.name, 0))]
    return complaints
