#!/usr/bin/env python3
"""Writes MP3s of every kind into a folder: mp3s.py FOLDER. Sound of our own, coded by LAME and by ffmpeg's libmp3lame."""
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

import tools

#: Name, rate, channels, options of LAME.
LAME = [
    ('cbr-128', 44100, 2, '-b', '128'), ('cbr-64-mono', 44100, 1, '-b', '64'), ('cbr-320', 48000, 2, '-b', '320'),
    ('cbr-stereo', 44100, 2, '-m', 's', '-b', '192'), ('cbr-dual', 32000, 2, '-m', 'd', '-b', '128'),
    ('cbr-checked', 44100, 2, '-p', '-b', '128'), ('cbr-checked-mono', 22050, 1, '-p', '-b', '48'),
    ('vbr-0', 44100, 2, '-V', '0'), ('vbr-5', 44100, 2, '-V', '5'), ('vbr-9', 44100, 1, '-V', '9'), ('abr', 44100, 2, '--abr', '112'),
    ('bare', 44100, 2, '-t', '-b', '128'), ('bare-vbr', 44100, 2, '-t', '-V', '2'),
    ('8000-8', 8000, 1, '-b', '8'), ('8000-64', 8000, 1, '-b', '64'), ('11025-32', 11025, 2, '-b', '32'),
    ('12000-24', 12000, 1, '-b', '24'), ('16000-48', 16000, 2, '-b', '48'), ('16000-vbr', 16000, 1, '-V', '4'),
    ('22050-56', 22050, 2, '-b', '56'), ('24000-160', 24000, 2, '-b', '160'), ('32000-64', 32000, 1, '-b', '64'),
    ('tagged', 44100, 2, '-b', '128', '--add-id3v2', '--tt', 'A glide', '--ta', 'Nobody'),
]


def sound(path, rate, channels):
    """Three seconds of gliding harmonics under bursts of noise, as WAV."""
    time = np.arange(3 * rate) / rate
    glide = np.cumsum(220 + 180 * np.sin(2 * np.pi * 0.7 * time)) / rate
    tone = sum(np.sin(2 * np.pi * n * glide) / n for n in range(1, 6))
    noise = np.random.default_rng(5).standard_normal((channels, len(time))) * (np.sin(2 * np.pi * 3 * time) > 0.6)
    both = 0.12 * tone + 0.08 * noise
    data = (both.T * 32767).astype('<i2').tobytes()
    head = struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + len(data), b'WAVE', b'fmt ', 16, 1, channels, rate,
                       rate * channels * 2, channels * 2, 16, b'data', len(data))
    path.write_bytes(head + data)


def main(folder):
    wav = folder / 'sound.wav'
    for name, rate, channels, *options in LAME:
        sound(wav, rate, channels)
        # Without a rate of its own LAME makes one of the bitrate.
        subprocess.run(['lame', '--quiet', '--resample', str(rate / 1000), *options, wav, folder / f'{name}.mp3'], check=True)
    sound(wav, 44100, 2)
    for name, options in ('lavc', ['-b:a', '96k']), ('lavc-vbr', ['-q:a', '4']), ('lavc-v1', ['-b:a', '128k', '-write_id3v1', '1', '-metadata', 'title=A glide']):
        done = tools.run('ffmpeg', '-v', 'error', '-i', wav, '-c:a', 'libmp3lame', *options, folder / f'{name}.mp3')
        if done.returncode:
            raise SystemExit(done.stderr.decode())
    wav.unlink()
    # What was cut out of a longer stream needs bytes that are no longer there; VBRI is a header that no free coder writes.
    for name in 'cbr-128', 'cbr-checked', '8000-64':
        data = (folder / f'{name}.mp3').read_bytes()
        frames = tools.mpeg_frames(data)
        (folder / f'cut-{name}.mp3').write_bytes(data[frames[len(frames) // 3]:])
    (folder / 'vbri.mp3').write_bytes(vbri((folder / 'bare-vbr.mp3').read_bytes()))


def vbri(data):
    frames = tools.mpeg_frames(data) + [len(data)]
    sizes = [b - a for a, b in zip(frames, frames[1:])]
    each = 4
    table = [sum(sizes[n:n + each]) for n in range(0, len(sizes), each)]
    head = data[:2] + bytes([0x90, data[3]]) + bytes(32) + b'VBRI' + struct.pack('>HHHIIHHHH', 1, 0, 75, len(data) + 417, len(sizes), len(table), 1, 2, each)
    return (head + b''.join(struct.pack('>H', size) for size in table)).ljust(417, b'\0') + data


if __name__ == '__main__':
    main(Path(sys.argv[1]))
