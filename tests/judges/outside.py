"""A JPEG that was drawn on: are all pixels away from the label what they were, as Pillow and ffmpeg decode them?"""
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import tools


def components(path):
    """Each component's sampling factors, and the picture's pixels as stored."""
    with Image.open(path) as image:
        return [(h, v) for _, h, v, _ in image.layer], np.asarray(image)


def units(box, step):
    """What the units of `step` pixels that the box touches cover: left, top, right, bottom."""
    x, y, width, height = box
    return (x // step[0] * step[0], y // step[1] * step[1],
            -(-(x + width) // step[0]) * step[0], -(-(y + height) // step[1]) * step[1])


def differing(before, after, box):
    """Pixels outside the box that changed."""
    if before.shape != after.shape:
        return f'the size was {before.shape}, is {after.shape}'
    outside = np.ones(before.shape[:2], bool)
    outside[max(box[1], 0):box[3], max(box[0], 0):box[2]] = False
    changed = (before != after).reshape(*outside.shape, -1).any(axis=2) & outside
    return f'{changed.sum()} pixels changed' if changed.any() else ''


#: Pictures that one process of ffmpeg decodes: its start takes longer than a picture.
AT_ONCE = 20


def decoded(paths):
    """path -> (what ffmpeg decodes: no scaling of chroma, no change of colors, what it says); nothing where it fails."""
    found = {}
    for at in range(0, len(paths), AT_ONCE):
        group = paths[at:at + AT_ONCE]
        with tempfile.TemporaryDirectory() as folder:
            outs = [Path(folder) / str(n) for n in range(len(group))]
            inputs = [word for path in group for word in ('-noautorotate', '-i', path)]
            outputs = [word for n, out in enumerate(outs) for word in ('-map', f'{n}:v', '-f', 'rawvideo', out)]
            done = tools.run('ffmpeg', '-v', 'error', *inputs, *outputs)
            if not done.returncode:
                found |= {path: (out.read_bytes(), done.stderr) for path, out in zip(group, outs)}
            elif len(group) == 1:
                found[group[0]] = b'', done.stderr
            else:
                for path in group:
                    found |= decoded([path])
    return found


def planes(coded, size, scales):
    """Each component of what was decoded."""
    data, at = np.frombuffer(coded[0], np.uint8), 0
    for across, down in scales:
        height, width = -(-size[0] // down), -(-size[1] // across)
        yield data[at:at + width * height].reshape(height, width)
        at += width * height
    if at != len(data):
        raise ValueError(f'ffmpeg: {len(data)} bytes for {at} samples: {coded[1].decode("utf-8", "replace")[:200]}')


def judge(clean, labelled, box, coded):
    """`coded` is what ffmpeg makes of both files."""
    box = [int(n) for n in box.split(',')]
    (sampling, before), (_, after) = components(clean), components(labelled)
    # A scan of one component goes by single blocks, whatever its factors say (T.81 A.2.2).
    sampling = sampling if len(sampling) > 1 else [(1, 1)]
    h, v = (max(s[i] for s in sampling) for i in (0, 1))
    left, top, right, bottom = units(box, (8 * h, 8 * v))
    # Chroma is spread over its neighbours: one sample.
    wrong = differing(before, after, (left - h, top - v, right + h, bottom + v))
    complaints = [f'Pillow: {wrong}'] if wrong else []
    if not (before != after).any():
        complaints.append('nothing was drawn')
    if len(sampling) == 4:
        return complaints  # ffmpeg turns inks into colors
    scales = [(h // across, v // down) for across, down in sampling]
    both = zip(*(planes(coded[path], before.shape, scales) for path in (clean, labelled)))
    for (was, is_), (across, down) in zip(both, scales):
        wrong = differing(was, is_, (left // across, top // down, -(-right // across), -(-bottom // down)))
        complaints += [f'ffmpeg: one component: {wrong}'] * bool(wrong)
    return complaints
