"""A JPEG that was drawn on: are all pixels away from the label what they were, as Pillow and ffmpeg decode them?"""
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


def plane(path, name):
    """One component as ffmpeg decodes it: no scaling of chroma, no change of colors."""
    done = tools.run('ffmpeg', '-v', 'error', '-noautorotate', '-i', path, '-vf', f'extractplanes={name}',
                     '-f', 'image2pipe', '-c:v', 'pgm', '-')
    if done.returncode or not done.stdout:
        raise ValueError(f'ffmpeg: {done.stderr.decode("utf-8", "replace")[:200]}')
    _, size, _, data = done.stdout.split(b'\n', 3)
    width, height = map(int, size.split())
    return np.frombuffer(data, np.uint8)[:width * height].reshape(height, width)


def judge(clean, labelled, box):
    box = [int(n) for n in box.split(',')]
    (sampling, before), (_, after) = components(clean), components(labelled)
    h, v = (max(s[i] for s in sampling) for i in (0, 1))
    left, top, right, bottom = units(box, (8 * h, 8 * v)) if len(sampling) > 1 else units(box, (8, 8))
    # Chroma is spread over its neighbours: one sample.
    wrong = differing(before, after, (left - h, top - v, right + h, bottom + v))
    complaints = [f'Pillow: {wrong}'] if wrong else []
    if not (before != after).any():
        complaints.append('nothing was drawn')
    if len(sampling) == 4:
        return complaints
    for name, (across, down) in zip('yuv', sampling):
        scale = (h // across, v // down)
        inner = (left // scale[0], top // scale[1], -(-right // scale[0]), -(-bottom // scale[1]))
        wrong = differing(plane(clean, name), plane(labelled, name), inner)
        complaints += [f'ffmpeg: {name}: {wrong}'] * bool(wrong)
    return complaints
