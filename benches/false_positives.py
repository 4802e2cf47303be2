#!/usr/bin/env python3
"""Counts the watermarks that biaoshi finds where there are none.

false_positives.py PROGRAM PHOTOS [--pictures 5000] [--keys 0] [--effort normal] [--seed 1]

Makes pictures from the photos (random crops, turned, scaled, filtered, coded), which carry no mark, and verifies them:
with the published key, or with so many random keys. Prints the number of searches and of marks. Needs Pillow, numpy.
"""
import argparse, json, secrets, subprocess, sys, tempfile, time
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter


def change(im, rng):
    """A part of a picture, treated as platforms do."""
    share = rng.uniform(0.3, 1.0)
    w, h = max(160, int(im.width * share)), max(160, int(im.height * share))
    x, y = (int(rng.integers(0, max(1, n - m + 1))) for n, m in ((im.width, w), (im.height, h)))
    im = im.crop((x, y, min(im.width, x + w), min(im.height, y + h)))
    side = int(rng.integers(240, 1100))
    im.thumbnail((side, side), Image.Resampling.BICUBIC)
    match int(rng.integers(8)):
        case 0: im = im.rotate(rng.uniform(-10, 10), Image.Resampling.BICUBIC)
        case 1: im = im.transpose(Image.Transpose(int(rng.integers(7))))
        case 2: im = im.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2)))
        case 3: im = im.filter(ImageFilter.SHARPEN)
        case 4: im = ImageEnhance.Brightness(im).enhance(rng.uniform(0.7, 1.3))
        case 5: im = Image.fromarray(np.clip(np.asarray(im, np.float32) + rng.normal(0, 8, (im.height, im.width, 3)), 0, 255).astype(np.uint8))
        case 6:
            page = Image.new("RGB", (im.width + 200, im.height + 160), "white")
            page.paste(im, (80, 100))
            im = page
    return im


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program")
    p.add_argument("photos", type=Path)
    p.add_argument("--pictures", type=int, default=5000)
    p.add_argument("--keys", type=int, default=0, help="random keys; 0: the published one")
    p.add_argument("--effort", default="normal")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    photos = [Image.open(f).convert("RGB") for f in sorted(a.photos.iterdir()) if f.suffix in (".jpg", ".png", ".webp")]
    for photo in photos:
        photo.thumbnail((2000, 2000))
    rng = np.random.default_rng(a.seed)
    searched = marks = errors = 0
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)
        command = [a.program, "verify", "--layers", "watermark", "--effort", a.effort, "--json", str(tmp / "in")]
        for i in range(a.keys):
            key = tmp / f"{i}.key"
            key.write_text(f"biaoshi-watermark-key-1:{secrets.token_hex(16)}\n")
            command += ["--key", str(key)]
        start = time.monotonic()
        while searched + errors < a.pictures:
            folder = tmp / "in"
            folder.mkdir()
            for i in range(min(500, a.pictures - searched - errors)):
                im = change(photos[int(rng.integers(len(photos)))], rng)
                if rng.random() < 0.5:
                    im.save(folder / f"{i}.jpg", quality=int(rng.integers(30, 96)))
                else:
                    im.save(folder / f"{i}.png", compress_level=1)
            out = subprocess.run(command, capture_output=True, text=True).stdout
            for report in map(json.loads, out.splitlines()):
                if report["watermarks"] is None:
                    errors += 1
                    print(report, file=sys.stderr)
                else:
                    searched += 1
                    marks += len(report["watermarks"])
                    for mark in report["watermarks"]:
                        print("FALSE POSITIVE", mark, file=sys.stderr)
            subprocess.run(["rm", "-r", str(folder)], check=True)
            print(f"{searched} pictures x {max(1, a.keys)} keys: {marks} marks, {time.monotonic() - start:.0f} s", flush=True)
    print(f"{searched} pictures, {max(1, a.keys)} keys, effort {a.effort}: {marks} marks; {errors} not read")
    return 1 if marks or errors else 0


if __name__ == "__main__":
    sys.exit(main())
