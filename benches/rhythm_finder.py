#!/usr/bin/env python3
"""How well the rhythm 短长 短短 is heard: recall on our own marks after attacks, recall on imitations of what others may
write, false alarms on sound without a label, and speed.

  benches/rhythm_finder.py CLIP... [--listen PROGRAM] [--only own,foreign,clean,made,speed] [--attack NAME] [--seconds N]

CLIPs are unlabelled sounds. PROGRAM is `target/release/examples/listen` (cargo build --release -p biaoshi-explicit
--example listen). Needs ffmpeg, sox and numpy. Every number comes from fixed seeds.
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

FF = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-nostdin"]
RATE = 44_100
LISTEN = "target/release/examples/listen"
UNITS = (1, 1, 3, 3, 1, 1, 1)


def sh(cmd, data=None):
    done = subprocess.run(cmd, input=data, capture_output=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{cmd}: {done.stderr.decode(errors='replace')[-300:]}")
    return done.stdout


def read(path, rate=RATE, seconds=None):
    """One channel of a file, at a rate."""
    cut = ["-t", str(seconds)] if seconds else []
    return np.frombuffer(sh([*FF, "-i", str(path), *cut, "-ac", "1", "-ar", str(rate), "-f", "f32le", "-"]), np.float32)


def listen(x, rate=RATE):
    out = sh([LISTEN, str(rate), "1"], np.ascontiguousarray(x, "<f4").tobytes())
    return [json.loads(line) for line in out.decode().splitlines()]


def loudness(x, rate=RATE):
    done = subprocess.run([*FF[:2], "-nostats", "-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "-", "-af", "ebur128", "-f", "null", "-"],
                          input=x.astype("<f4").tobytes(), capture_output=True)
    found = re.findall(rb"I:\s+(-?[\d.]+) LUFS", done.stderr)
    return float(found[-1]) if found else -23.0


# --- labels ------------------------------------------------------------------------------------------------------
def tone(hz, seconds, rate, wave="sine", fade=0.008, rng=None):
    t = np.arange(int(round(seconds * rate))) / rate
    if wave == "noise":
        y = rng.standard_normal(len(t)) * 0.5
    elif wave == "ours":
        y = np.sin(2 * np.pi * 880 * t) + np.sin(2 * np.pi * 1320 * t)
    else:
        y = {"sine": np.sin, "square": lambda p: np.sign(np.sin(p)) * 0.7,
             "saw": lambda p: (p / np.pi % 2 - 1),
             "partials": lambda p: np.sin(p) + 0.5 * np.sin(2 * p) + 0.3 * np.sin(3 * p)}[wave](2 * np.pi * hz * t)
    n = max(1, int(fade * rate))
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)
    if len(y) >= 2 * n:
        y[:n] *= ramp
        y[len(y) - n:] *= ramp[::-1]
    return y


def rhythm(hz, unit, rate=RATE, units=UNITS, level_db=-26, **how):
    """The tones and gaps, at a level (mean square of the tones, in dB)."""
    parts = [tone(hz, unit * n, rate, **how) if i % 2 == 0 else np.zeros(int(unit * n * rate)) for i, n in enumerate(units)]
    on = np.concatenate(parts[::2])
    gain = 10 ** (level_db / 20) / np.sqrt((on**2).mean())
    return (np.concatenate(parts) * gain).astype(np.float32)


def silence(seconds, rate=RATE):
    return np.zeros(int(seconds * rate), np.float32)


def ours(clip, where="both"):
    """A clip with our own label, and where that begins."""
    level = min(-14, max(-30, loudness(clip) - 6))
    mark = rhythm(0, 0.12, level_db=level, wave="ours")
    front = [silence(0.3), mark, silence(0.5)] if where in ("start", "both") else []
    back = [silence(0.5), mark, silence(0.3)] if where in ("end", "both") else []
    ends = ([0.3] if front else []) + ([len(clip) / RATE + (2.12 if front else 0) + 0.5] if back else [])
    return np.concatenate([*front, clip, *back]), ends


# --- attacks: f(x, ctx) -> x, or (x, factor of time, shift of time) ----------------------------------------------
def filtered(*args, raw=()):
    return lambda x, ctx: np.frombuffer(sh([*FF, "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-", *args, "-f", "f32le",
                                            "-ar", str(RATE), "-ac", "1", "-"], x.astype("<f4").tobytes()), np.float32)


def codec(ext, *enc):
    def run(x, ctx):
        with tempfile.TemporaryDirectory() as folder:
            name = f"{folder}/x.{ext}"
            sh([*FF, "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-", *enc, name], x.astype("<f4").tobytes())
            return read(name)
    return run


def af(chain):
    return filtered("-af", chain)


def sox(*effects, factor=1.0):
    def run(x, ctx):
        raw = ["-t", "f32", "-r", str(RATE), "-c", "1", "-"]
        return np.frombuffer(sh(["sox", "-V0", *raw, *raw, *effects], (x * 0.89).astype("<f4").tobytes()), np.float32), factor, 0.0
    return run


def amr(x, ctx):
    with tempfile.TemporaryDirectory() as folder:
        raw = ["-t", "f32", "-r", str(RATE), "-c", "1", "-"]
        sh(["sox", "-V1", "-G", *raw, "-r", "8000", "-C", "7", f"{folder}/x.amr-nb"], x.astype("<f4").tobytes())
        return np.frombuffer(sh(["sox", "-V1", "-G", f"{folder}/x.amr-nb", *raw[:-1], "-"]), np.float32)


def noise(snr, pink=False):
    def run(x, ctx):
        n = ctx["rng"].standard_normal(len(x))
        if pink:
            f = np.fft.rfft(n)
            n = np.fft.irfft(f / np.sqrt(np.maximum(np.arange(len(f)), 1)), len(x))
        return x + n * np.sqrt((x**2).mean() / (n**2).mean() / 10 ** (snr / 10))
    return run


def reverb(rt60, mix):
    def run(x, ctx):
        t = np.arange(int(rt60 * RATE)) / RATE
        h = ctx["rng"].standard_normal(len(t)) * 10 ** (-3 * t / rt60)
        h *= mix / np.sqrt((h**2).sum())
        h[0] = 1
        n = len(x) + len(h)
        y = np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(h, n), n)[: len(x)]
        return y * min(1, 0.98 / max(1e-9, np.abs(y).max()))
    return run


def mixed(db):
    def run(x, ctx):
        y = np.resize(ctx["other"], len(x))
        z = x + y * np.sqrt((x**2).mean() / max(1e-12, (y**2).mean())) * 10 ** (db / 20)
        return z * min(1, 0.98 / max(1e-9, np.abs(z).max()))
    return run


def chain(*steps):
    def run(x, ctx):
        factor, shift = 1.0, 0.0
        for step in steps:
            y = step(x, ctx)
            x, f, s = y if isinstance(y, tuple) else (y, 1.0, 0.0)
            factor, shift = factor * f, shift * f + s
        return x, factor, shift
    return run


def flutter(x, ctx):
    t = np.arange(len(x))
    return np.interp(t + 0.003 * RATE / (2 * np.pi * 0.7) * np.sin(2 * np.pi * 0.7 * t / RATE), t, x)


def joined(x, ctx):
    y = np.resize(ctx["other"], 14 * RATE)
    return np.concatenate([y[: int(7.3 * RATE)], x, y[int(7.3 * RATE):]]), 1.0, int(7.3 * RATE) / RATE


def random_cuts(x, ctx):
    keep = np.ones(len(x), bool)
    for at in ctx["rng"].integers(0, len(x), 20):
        keep[at: at + int(ctx["rng"].uniform(0.005, 0.025) * RATE)] = False
    return x[keep], keep.mean(), 0.0


def mp3(k): return codec("mp3", "-c:a", "libmp3lame", "-b:a", f"{k}k")
def aac(k): return codec("m4a", "-c:a", "aac", "-b:a", f"{k}k")
def opus(k): return codec("opus", "-c:a", "libopus", "-b:a", f"{k}k")
def phone(ext, *enc): return codec(ext, "-ar", "8000", *enc)
def speed(p): return sox("speed", str(1 + p / 100), "rate", "-h", str(RATE), factor=1 / (1 + p / 100))
def tempo(p): return sox("tempo", "-s", str(1 + p / 100), factor=1 / (1 + p / 100))
def band(low, high): return sox(*(["highpass", str(low)] * 2 if low else []), *(["lowpass", str(high)] * 4 if high else []))


RERECORD = chain(reverb(0.4, 0.6), noise(25, pink=True), band(150, 7000), opus(32))
ATTACKS = {
    "none": lambda x, ctx: x,
    **{f"mp3 {k}": mp3(k) for k in (320, 128, 96, 64, 32)},
    **{f"aac {k}": aac(k) for k in (128, 64)},
    **{f"opus {k}": opus(k) for k in (96, 48, 32, 24, 16, 12)},
    "vorbis q3": codec("ogg", "-c:a", "libvorbis", "-q:a", "3"),
    "amr-nb 12.2": amr,
    "gsm": phone("gsm", "-c:a", "libgsm"),
    "mu-law": phone("wav", "-c:a", "pcm_mulaw"),
    "speex 8k": phone("spx", "-c:a", "libspeex"),
    "codec2 3200": phone("c2", "-c:a", "libcodec2", "-mode", "3200"),
    "mp3 64 three times": chain(mp3(64), mp3(64), mp3(64)),
    **{f"resample {r}": sox("rate", str(r), "rate", str(RATE)) for r in (22050, 16000, 8000)},
    "8-bit": lambda x, ctx: np.round(x * 127) / 127,
    **{f"white noise {d} dB": noise(d) for d in (30, 20, 15, 10)},
    "pink noise 20 dB": noise(20, pink=True),
    "low-pass 8k": band(0, 8000), "low-pass 4k": band(0, 4000), "low-pass 2k": band(0, 2000), "high-pass 300": band(300, 0),
    "telephone band": band(300, 3400),
    "volume x0.3": lambda x, ctx: x * 0.3,
    "volume x2 clip": lambda x, ctx: np.clip(x * 2, -1, 1),
    "compand": sox("compand", "0.02,0.2", "6:-60,-40,-10", "-3", "-90", "0.1"),
    "acompressor": af("acompressor=threshold=0.06:ratio=6:attack=5:release=80:makeup=3"),
    "loudnorm": af("loudnorm=I=-16:TP=-1.5:LRA=7"),
    "eq": sox("gain", "-9", "bass", "+6", "equalizer", "2500", "1q", "-6", "treble", "+4"),
    "echo": sox("gain", "-3", "echo", "0.8", "0.85", "180", "0.4"),
    "reverb small": reverb(0.25, 0.6), "reverb large": reverb(1.2, 0.8),
    **{f"speed {p:+d} %": speed(p) for p in (1, -1, 2, -2, 5, -5, 10, -10)},
    **{f"tempo {p:+d} %": tempo(p) for p in (2, -2, 5, -5, 10, -10, 20, -20)},
    **{f"pitch {c:+d} cent": sox("pitch", str(c)) for c in (50, -50, 100, -100, 200, -200)},
    "delay 0.37 s": lambda x, ctx: (np.concatenate([silence(0.37), x]), 1.0, 0.37),
    "joined": joined,
    **{f"mixed {d:+d} dB": mixed(d) for d in (6, 0, -6, -12)},
    "polarity flip": lambda x, ctx: -x,
    "speed 1 % + aac 64": chain(speed(1), aac(64)),
    "opus 24 + noise 25": chain(opus(24), noise(25)),
    "tempo 3 % + pitch 30 + aac 64": chain(sox("tempo", "-s", "1.03", factor=1 / 1.03), sox("pitch", "30"), aac(64)),
    "mixed 0 dB + mp3 96": chain(mixed(0), mp3(96)),
    "re-recording": RERECORD, "re-recording speed 2 %": chain(speed(2), RERECORD),
    "20 random cuts": random_cuts, "flutter 0.3 %": flutter,
}


def attacked(name, x, ctx):
    y = ATTACKS[name](x, ctx)
    return y if isinstance(y, tuple) else (y, 1.0, 0.0)


def own(clips, pool, only):
    """Recall of our own marks, both ends of every clip."""
    marked = {name: ours(clip) for name, clip in clips.items()}
    names, total = list(clips), [0, 0, 0]
    for attack in ATTACKS:
        if only and only not in attack:
            continue
        def one(n):
            x, ends = marked[names[n]]
            ctx = {"rng": np.random.default_rng(n), "other": clips[names[(n + 5) % len(names)]]}
            try:
                y, factor, shift = attacked(attack, x, ctx)
            except RuntimeError as e:
                return str(e)
            heard = [h for h in listen(y) if h["first"]]
            found = [any(abs(h["start"] - (e * factor + shift)) < 0.15 for h in heard) for e in ends]
            wrong = sum(all(abs(h["start"] - (e * factor + shift)) > 0.15 for e in ends) for h in heard)
            return found, wrong, names[n]
        results = list(pool.map(one, range(len(names))))
        bad = [r for r in results if isinstance(r, str)]
        if bad:
            print(f"own      {attack:32} skipped: {bad[0][-120:]}")
            continue
        hits, of = sum(sum(r[0]) for r in results), sum(len(r[0]) for r in results)
        wrong = sum(r[1] for r in results)
        missed = [r[2] for r in results if not all(r[0])]
        total = [total[0] + hits, total[1] + of, total[2] + wrong]
        print(f"own      {attack:32} {hits:3}/{of:<3} {'elsewhere ' + str(wrong) if wrong else ''} {' '.join(missed[:6])}", flush=True)
    print(f"own      {'all':32} {total[0]}/{total[1]} = {100 * total[0] / max(1, total[1]):.2f} %, elsewhere {total[2]}")


def foreign(clips, pool, count=200):
    """Recall of what others may write: any pitch and wave, unit, ratio, gap and level, before a clip, behind one, or between two."""
    names = list(clips)
    def one(n):
        rng = np.random.default_rng(1000 + n)
        wave = rng.choice(["sine", "sine", "square", "saw", "partials", "noise"])
        hz, unit = float(np.exp(rng.uniform(np.log(200), np.log(4000)))), rng.uniform(0.08, 0.25)
        long, gap = rng.uniform(2, 4), rng.choice([1, 2, 3, 3, 3, 5, 7])
        clip = clips[names[n % len(names)]]
        level = loudness(clip) + rng.uniform(-12, 3)
        fade = rng.choice([0.001, 0.005, 0.008, 0.015])
        mark = rhythm(hz, unit, units=(1, 1, long, gap, 1, 1, 1), level_db=level, wave=wave, fade=fade, rng=rng)
        edge, seam = rng.choice([0.0, 0.1, 0.3, 0.5]), rng.choice([0.2, 0.5, 1.0])
        where = rng.choice(["start", "end", "middle"])
        half = len(clip) // 2
        x, at = {"start": ([silence(edge), mark, silence(seam), clip], edge),
                 "end": ([clip, silence(seam), mark, silence(edge)], len(clip) / RATE + seam),
                 "middle": ([clip[:half], silence(seam), mark, silence(seam), clip[half:]], half / RATE + seam)}[where]
        heard = [h for h in listen(np.concatenate(x)) if abs(h["start"] - at) < max(0.03, unit / 3)]
        made = f"{wave} {hz:.0f} Hz unit {unit * 1000:.0f} ms long {long:.1f} gap {gap} level {level:.0f} fade {fade} {where} edge {edge} seam {seam} {names[n % len(names)]}"
        return wave, bool(heard), any(h["first"] for h in heard), made, int(gap)
    results = list(pool.map(one, range(count)))
    for wave in ["sine", "square", "saw", "partials", "noise", ""]:
        rows = [r for r in results if wave in r[0]]
        print(f"foreign  {wave or 'all':32} {sum(r[1] for r in rows)}/{len(rows)} found, {sum(r[2] for r in rows)} of the first tier")
    for r in results:
        if not r[1]:
            print("foreign  missed:", r[3])
        elif not r[2] and r[0] != "noise":
            print("foreign  second tier:", r[3])


def clean(clips, pool, only):
    """False alarms on sound without a label, after attacks."""
    names, hours, first, second, own = list(clips), 0.0, [], [], []
    for attack in ATTACKS:
        if only and only not in attack:
            continue
        def one(n):
            ctx = {"rng": np.random.default_rng(n), "other": clips[names[(n + 5) % len(names)]]}
            try:
                y, _, _ = attacked(attack, clips[names[n]], ctx)
            except RuntimeError:
                return [], 0.0, names[n]
            return listen(y), len(y) / RATE, names[n]
        for heard, seconds, name in pool.map(one, range(len(names))):
            hours += seconds / 3600
            first += [(attack, name, h) for h in heard if h["first"]]
            second += [(attack, name, h) for h in heard if not h["first"]]
    print(f"clean    {hours:.2f} h: {len(first)} of the first tier, {len(second)} of the second")
    for attack, name, h in first:
        print("clean    first:", attack, name, json.dumps(h))
    for attack, name, h in second[:40]:
        print("clean    second:", attack, name, json.dumps(h))


# --- sounds that are not labels ----------------------------------------------------------------------------------
MORSE = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..".split()))


def morse(text, hz, unit, rng, level=-20):
    parts = [silence(1.0)]
    for word in text.split():
        for letter in word:
            for sign in MORSE[letter]:
                parts += [tone(hz, unit * (1 if sign == "." else 3), RATE, fade=0.005) * 10 ** (level / 20), silence(unit)]
            parts += [silence(2 * unit)]
        parts += [silence(4 * unit)]
    return np.concatenate([*parts, silence(1.0)]).astype(np.float32)


def hit(kind, rng):
    """One stroke of a drum."""
    t = np.arange(int(0.25 * RATE)) / RATE
    n = rng.standard_normal(len(t))
    return {"kick": np.sin(2 * np.pi * (50 * t + 30 * (1 - np.exp(-t * 30)) / 30 * 3)) * np.exp(-t * 14),
            "snare": (0.6 * n + 0.4 * np.sin(2 * np.pi * 190 * t)) * np.exp(-t * 22),
            "hat": np.diff(n, prepend=0) * 0.5 * np.exp(-t * 60),
            "open": np.diff(n, prepend=0) * 0.5 * np.exp(-t * 9),
            "cowbell": (np.sign(np.sin(2 * np.pi * 540 * t)) + np.sign(np.sin(2 * np.pi * 800 * t))) * 0.3 * np.exp(-t * 12),
            "clave": np.sin(2 * np.pi * 2500 * t) * np.exp(-t * 45),
            "tom": np.sin(2 * np.pi * 160 * t) * np.exp(-t * 10)}[kind]


def steps(rng, seconds, draw, step):
    """A loop of 16 steps; draw(n) gives a sound and how many steps it lasts, or none."""
    x = np.zeros(int((seconds + 1) * RATE))
    n = int(step * RATE)
    for i in range(int(seconds / step)):
        y = draw(i)
        if y is not None:
            at = i * n
            x[at: at + len(y)] += y[: len(x) - at]
    return (x * 0.25).astype(np.float32)


def drums(rng, seconds=60):
    step = 60 / rng.uniform(80, 175) / 4
    rows = {k: rng.random(16) < p for k, p in {"kick": .3, "snare": .25, "hat": .6, "open": .1, "cowbell": .1, "clave": .15, "tom": .1}.items()}
    def draw(i):
        sounds = [hit(k, rng) for k, on in rows.items() if on[i % 16]]
        return sum(sounds) if sounds else None
    return steps(rng, seconds, draw, step)


def figure(rng, seconds=60, wave="saw", notes=None, gate=0.9):
    """A gated line of notes in random lengths: techno, arpeggios."""
    step = 60 / rng.uniform(100, 160) / 4
    pattern, i = [None] * 16, 0
    hz = notes if notes else [float(rng.uniform(200, 900))]
    while i < 16:
        long = int(rng.choice([1, 1, 2, 3]))
        if rng.random() < 0.7:
            pattern[i] = (float(rng.choice(hz)), min(long, 16 - i))
        i += long + int(rng.random() < 0.5)
    return steps(rng, seconds, lambda i: None if pattern[i % 16] is None
                 else tone(pattern[i % 16][0], step * (pattern[i % 16][1] - 1 + gate), RATE, wave=wave, fade=0.003), step)


def fifths(rng, seconds=60):
    """Our two pitches in turns of on and off that are units of ours, in any order."""
    parts = []
    for _ in range(int(seconds / 0.48)):
        parts += [tone(0, 0.12 * rng.choice([1, 1, 2, 3]), RATE, wave="ours") * 0.2, silence(0.12 * rng.choice([1, 1, 2, 3]))]
    return np.concatenate(parts).astype(np.float32)


def bell(rng, f, on_off, seconds=60):
    parts, total = [], 0
    while total < seconds:
        for n, d in enumerate(on_off):
            if n % 2 == 0:
                y = sum(tone(h, d, RATE) for h in f) * 0.2
            else:
                y = silence(d)
            parts.append(y)
            total += d
    return np.concatenate(parts).astype(np.float32)


def made_sounds():
    """Name, sound, and what is right: 0 of the first tier, or `None` where it is a matter of taste."""
    rng = np.random.default_rng(5)
    for n in range(30):
        yield f"drum loop {n}", drums(rng)
    for n in range(20):
        yield f"techno line {n}", figure(rng, wave=str(rng.choice(["saw", "square", "sine"])))
    for n in range(20):
        yield f"arpeggio {n}", figure(rng, wave="square", notes=[float(220 * 2 ** (k / 12)) for k in rng.choice(24, 4)])
    for n in range(10):
        yield f"line over drums {n}", figure(rng, wave="square") + drums(rng)
    for n in range(40):
        yield f"our two pitches in other rhythms {n}", figure(rng, wave="ours") if n % 2 else fifths(rng)
    for bpm in (60, 90, 120, 160, 208):
        yield f"metronome {bpm}", steps(rng, 60, lambda i: hit("clave", rng), 60 / bpm)
        yield f"metronome beeps {bpm}", steps(rng, 60, lambda i: tone(1000 if i % 4 else 1500, 0.05, RATE), 60 / bpm)
    for name, f, beat in [("ring UK", (400, 450), (.4, .2, .4, 2)), ("ring US", (440, 480), (2, 4)), ("ring CN", (450,), (1, 4)),
                          ("busy CN", (450,), (.35, .35)), ("busy US", (480, 620), (.5, .5)), ("call waiting", (440,), (.3, 10)),
                          ("call waiting CN", (450,), (.4, 4)), ("congestion", (450,), (.7, .7)), ("out of order CN", (450,), (.1, .1, .1, .1, .1, .1, .4, .4)),
                          ("special dial", (425,), (.2, .2, .2, .2, .6, .6)), ("smoke alarm T3", (3100,), (.5, .5, .5, .5, .5, 1.5)),
                          ("CO alarm T4", (3100,), (.1, .1, .1, .1, .1, .1, .1, 5)), ("truck", (1250,), (.5, .5)), ("alarm clock", (2000,), (.08, .08, .08, .08, .08, .08, .08, .6)),
                          ("microwave", (2050,), (.5, .3, .5, .3, .5, 3)), ("SMS ... -- ...", (1000,), (.1, .1, .1, .1, .1, .3, .3, .1, .3, .3, .1, .1, .1, .1, .1, 3)),
                          ("victory ...-", (700,), (.15, .15, .15, .15, .15, .15, .6, 2)), ("hi-lo siren", (800,), (.5, .02)),
                          ("ring AU", (400, 425), (.4, .2, .4, 2)), ("knock", (1800,), (.12, .24, .12, .06, .12, .06, .12, .3, .12, .7, .12, .3, .12, 3))]:
        yield name, bell(rng, f, beat)
    letters = "ETAOINSHRDLUCMFWYPVBGKJQXZ"
    for n in range(30):
        words = ["".join(rng.choice(list(letters), int(rng.integers(1, 8)))) for _ in range(25)]
        yield f"morse words {n}", morse(" ".join(words), rng.uniform(400, 1000), rng.uniform(0.06, 0.16), rng)
    text = "THE RAIN IN SPAIN SAID AID AIR FAIR MAIN AGAIN WAIT AI AIM TRAIN CHAIR BRAIN L ALL AIRMAIL"
    for unit in (0.08, 0.12, 0.2):
        yield f"morse text with AI, unit {unit}", morse(text, 700, unit, rng)
    for letter in MORSE:
        if letter != "L":
            yield f"morse letter {letter}", np.concatenate([morse(letter, 700, 0.12, rng)] * 3)
    for a in MORSE:
        for b in "AIELRSN":
            if a + b != "AI":
                yield f"morse pair {a}{b}", morse(a + b, 800, 0.1, rng)


def made(pool):
    rows = {}
    def one(item):
        name, x = item
        return name, len(x) / RATE, listen(x)
    for name, seconds, heard in pool.map(one, made_sounds()):
        group = re.sub(r"\s+(\d+|[A-Z]{1,2})$|, unit.*", "", name)
        row = rows.setdefault(group, [0, 0.0, 0, 0, []])
        row[0] += 1
        row[1] += seconds
        row[2] += sum(h["first"] for h in heard)
        row[3] += sum(not h["first"] for h in heard)
        row[4] += [f"{name} at {h['start']:.2f} s, unit {h['unit']:.3f}" for h in heard if h["first"]]
    for group, (count, seconds, first, second, where) in rows.items():
        print(f"made     {group:32} {count:3} sounds {seconds / 60:6.1f} min: {first} first, {second} second  {'; '.join(where[:5])}")
    print(f"made     all: {sum(r[2] for r in rows.values())} first, {sum(r[3] for r in rows.values())} second in {sum(r[1] for r in rows.values()) / 3600:.2f} h")


def speed_rows(clips):
    """Times of real time, reading of raw floats included."""
    rng = np.random.default_rng(3)
    rows = {"all clips": np.concatenate([np.tile(c, 3) for c in clips.values()]), "noise": rng.standard_normal(600 * RATE) * 0.1,
            "silence": silence(600), "bursts of 15 ms": np.tile(np.concatenate([tone(1000, .015, RATE, fade=.001), silence(.015)]), 20000),
            "the rhythm without end": np.tile(np.concatenate([rhythm(0, .08, wave="ours"), silence(.5)]), 400),
            "short tones": np.tile(np.concatenate([tone(800, .07, RATE), silence(.07)]), 4000)}
    for name, x in rows.items():
        data = np.ascontiguousarray(x, "<f4").tobytes()
        best = 1e9
        for _ in range(3):
            start = time.perf_counter()
            sh([LISTEN, str(RATE), "1"], data)
            best = min(best, time.perf_counter() - start)
        print(f"speed    {name:32} {len(x) / RATE / best:6.0f} x real time")


def main():
    global LISTEN
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--listen", default=LISTEN)
    parser.add_argument("--only", default="own,foreign,clean,made,speed")
    parser.add_argument("--attack", default="", help="only attacks whose name holds this")
    parser.add_argument("--seconds", type=float, default=20, help="of each clip")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    LISTEN = args.listen
    clips = {p.stem: read(p, seconds=args.seconds) for p in args.clips}
    only = args.only.split(",")
    with ThreadPoolExecutor(args.jobs) as pool:
        if "speed" in only:
            speed_rows(clips)
        if "own" in only:
            own(clips, pool, args.attack)
        if "foreign" in only:
            foreign(clips, pool)
        if "made" in only:
            made(pool)
        if "clean" in only:
            clean(clips, pool, args.attack)


if __name__ == "__main__":
    sys.exit(main())
