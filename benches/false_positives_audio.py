#!/usr/bin/env python3
"""Counts the watermarks that biaoshi finds in sounds where there are none.

false_positives_audio.py PROGRAM SOUNDS [--pieces 200] [--seconds 30] [--keys 10] [--effort normal] [--seed 1]

Makes pieces from the sounds, which carry no mark: stretches of two of them mixed, at other speeds and pitches, forwards and
backwards, filtered. Each piece is kept as it is and treated in five ways as platforms do (MP3, Opus, telephone, noise, another tempo),
and all are verified with the published key and so many random keys. Prints the hours searched and the marks. Needs ffmpeg.
"""
import argparse, json, random, secrets, subprocess, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RATE = 44100
ATTACKS = {
    "as-it-is.flac": [],
    "64.mp3": ["-b:a", "64k"],
    "24.opus": ["-b:a", "24k", "-ac", "1"],
    "telephone.wav": ["-ar", "8000", "-ac", "1", "-c:a", "pcm_mulaw"],
    "noise.flac": ["-af", "aeval=val(0)+0.02*(random(0)-0.5)|val(1)+0.02*(random(1)-0.5)"],
    "tempo.m4a": ["-af", "atempo=1.04", "-b:a", "96k"],
}


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, args)], check=True)


def length(path):
    args = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)]
    return float(subprocess.run(args, capture_output=True, text=True, check=True).stdout)


def stretch(rng, seconds):
    """A filter for one of the sounds that go into a piece."""
    speed, tempo = rng.uniform(0.8, 1.25), rng.uniform(0.85, 1.18)
    steps = [f"aresample={RATE}", f"asetrate={round(RATE * speed)}", f"aresample={RATE}", f"atempo={tempo:.4f}"]
    if rng.random() < 0.5:
        steps.append("areverse")
    steps.append(rng.choice(["anull", "highpass=f=200", "lowpass=f=5000", "treble=g=6", "bass=g=6", "acompressor", "aecho=0.8:0.7:60:0.3"]))
    return ",".join(steps + ["aformat=channel_layouts=stereo", "apad", f"atrim=0:{seconds}"])


def piece(sounds, seconds, rng, out):
    inputs = []
    for path, has in (rng.choice(sounds), rng.choice(sounds)):
        inputs += ["-ss", f"{rng.uniform(0, max(0.0, has - seconds)):.3f}", "-stream_loop", "-1", "-t", f"{2 * seconds}", "-i", path]
    share = rng.uniform(0.3, 1.0)
    graph = f"[0]{stretch(rng, seconds)}[a];[1]{stretch(rng, seconds)},volume={share:.3f}[b];[a][b]amix=inputs=2"
    ffmpeg(*inputs, "-filter_complex", graph, "-ar", RATE, "-ac", 2, out)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program")
    p.add_argument("sounds", type=Path)
    p.add_argument("--pieces", type=int, default=200)
    p.add_argument("--seconds", type=float, default=30)
    p.add_argument("--keys", type=int, default=10, help="random keys beside the published one")
    p.add_argument("--effort", default="normal")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    kinds = (".wav", ".flac", ".mp3", ".opus", ".ogg", ".m4a")
    sounds = [(f, length(f)) for f in sorted(a.sounds.iterdir()) if f.suffix in kinds]
    rng = random.Random(a.seed)
    hours, marks, files = 0.0, 0, 0
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)
        command = [a.program, "verify", "--layers", "watermark", "--effort", a.effort, "--json", "--allow-unlabelled", str(tmp / "in"), "--key", "published"]
        for i in range(a.keys):
            key = tmp / f"{i}.key"
            key.write_text(f"biaoshi-watermark-key-1:{secrets.token_hex(16)}\n")
            command += ["--key", str(key)]
        start = time.monotonic()
        for number in range(a.pieces):
            folder = tmp / "in"
            folder.mkdir()
            made = tmp / "piece.wav"
            piece(sounds, a.seconds, rng, made)
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda item: ffmpeg("-i", made, *item[1], folder / item[0]), ATTACKS.items()))
            out = subprocess.run(command, capture_output=True, text=True).stdout
            for report in map(json.loads, out.splitlines()):
                if report["watermarks"] is None:
                    print("NOT SEARCHED", report["path"], report["findings"], file=sys.stderr)
                    continue
                files += 1
                hours += a.seconds / 3600
                marks += len(report["watermarks"])
                for mark in report["watermarks"]:
                    print("FALSE POSITIVE", number, report["path"], mark, file=sys.stderr)
            subprocess.run(["rm", "-r", str(folder)], check=True)
            if number % 10 == 9:
                print(f"{files} files, {hours:.2f} h x {1 + a.keys} keys: {marks} marks, {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
