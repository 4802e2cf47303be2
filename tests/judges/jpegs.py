#!/usr/bin/env python3
"""jpegs.py DIR: JPEGs of many kinds as Pillow writes them, of noise on soft ground and of flat color."""
import itertools
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def pixels(width, height, grain):
    y, x = np.mgrid[:height, :width]
    soft = np.stack([128 + 60 * np.sin(x / 17 + c) + 40 * np.cos(y / 23) for c in range(4)], axis=2)
    noise = np.random.default_rng(width).normal(0, grain, soft.shape)
    return np.clip(soft + noise, 0, 255).astype(np.uint8)


def main(folder):
    sizes, samplings = [(161, 247), (723, 481)], ['4:4:4', '4:2:2', '4:2:0']
    codings = {'plain': {}, 'optimised': {'optimize': True}, 'progressive': {'progressive': True},
               'restarts': {'restart_marker_blocks': 7}, 'rows': {'restart_marker_rows': 1, 'progressive': True}}
    for (width, height), (coding, options), quality in itertools.product(sizes, codings.items(), (60, 95)):
        picture = pixels(width, height, 2 if quality == 60 else 12)
        name = f'{width}-{coding}-{quality}'
        for sampling in samplings:
            image = Image.fromarray(picture[..., :3], 'RGB')
            image.save(folder / f'{name}-{sampling.replace(":", "")}.jpg', quality=quality, subsampling=sampling, **options)
        Image.fromarray(picture[..., 0], 'L').save(folder / f'{name}-gray.jpg', quality=quality, **options)
        Image.fromarray(picture, 'CMYK').save(folder / f'{name}-cmyk.jpg', quality=quality, **options)
        # Hardly any code but that of an end: the label needs what the tables lack.
        flat = Image.new('RGB', (width, height), (90, 120, 200))
        flat.save(folder / f'{name}-flat.jpg', quality=quality, **options)


if __name__ == '__main__':
    main(Path(sys.argv[1]))
