#!/usr/bin/env python3
"""Copies watermarks to other pictures, and averages them away: what biaoshi says then.

forgery.py PROGRAM PHOTOS [--pictures 64] [--side 640]

Marks crops of the photos, all of one size. Copy attack (Kutter, Voloshynovskiy, Herrigel 2000): the mark of each picture,
estimated by a Wiener filter, is added to the next unmarked picture. A copy that is found must say `content: mismatch`.
Averaging: the mean of all estimated marks is subtracted from each picture. Needs Pillow, numpy, scipy.
"""
import argparse, json, subprocess, tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.signal import wiener


def crops(photos, count, width, height, rng):
    for i in range(count):
        im = Image.open(photos[i % len(photos)]).convert("RGB")
        scale = max(width / im.width, height / im.height) * rng.uniform(1.0, 1.4)
        im = im.resize((int(im.width * scale) + 1, int(im.height * scale) + 1), Image.Resampling.BICUBIC)
        x, y = int(rng.integers(im.width - width + 1)), int(rng.integers(im.height - height + 1))
        yield np.asarray(im.crop((x, y, x + width, y + height)), np.float32)


def estimate(picture):
    """What a denoiser takes for noise, the same in all channels."""
    gray = picture.mean(2)
    return gray - np.nan_to_num(wiener(gray, 5, 60.0), nan=0.0)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program")
    p.add_argument("photos", type=Path)
    p.add_argument("--pictures", type=int, default=64)
    p.add_argument("--side", type=int, default=640)
    a = p.parse_args()
    rng = np.random.default_rng(1)
    photos = sorted(f for f in a.photos.iterdir() if f.suffix in (".jpg", ".png", ".webp"))
    pictures = list(crops(photos, a.pictures, a.side, a.side * 3 // 4, rng))
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)

        def save(name, i, values):
            (tmp / name).mkdir(exist_ok=True)
            path = tmp / name / f"{i:03}.png"
            Image.fromarray(np.clip(values, 0, 255).round().astype(np.uint8)).save(path, compress_level=1)
            return path

        (tmp / "marked").mkdir()
        jobs = [(save("plain", i, v), tmp / "marked" / f"{i:03}.png", f"{i + 1:016x}") for i, v in enumerate(pictures)]
        (tmp / "list").write_text("".join("\t".join(map(str, j)) + "\n" for j in jobs))
        subprocess.run([a.program, "watermark", "embed", "--list", str(tmp / "list")], check=True, stdout=subprocess.DEVNULL)
        marked = [np.asarray(Image.open(j[1]), np.float32) for j in jobs]
        marks = [estimate(m) for m in marked]
        mean = np.mean(marks, 0)
        for strength in (1, 2):
            for i, mark in enumerate(marks):
                save(f"copied, {strength} x", i, pictures[(i + 1) % len(pictures)] + strength * mark[..., None])
        for strength in (1, 4):
            for i, picture in enumerate(marked):
                save(f"averaged, {strength} x", i, picture - strength * mean[..., None])
        for folder in ("plain", "marked", "copied, 1 x", "copied, 2 x", "averaged, 1 x", "averaged, 4 x"):
            out = subprocess.run([a.program, "verify", "--layers", "watermark", "--json", str(tmp / folder)], capture_output=True, text=True).stdout
            reports = [json.loads(line)["watermarks"] for line in out.splitlines()]
            found = [(i, r[0]) for i, r in enumerate(reports) if r]
            right = sum(int(m["payload"], 16) == i + 1 for i, m in found)
            content = {c: sum(m["content"] == c for _, m in found) for c in ("match", "mismatch", "unknown")}
            print(f"{folder}: {len(found)} of {len(reports)} found, {right} with the picture's own payload, content {content}")


if __name__ == "__main__":
    main()
