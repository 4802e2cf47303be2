#!/usr/bin/env python3
"""Writes Opus files of every kind into a folder: opuses.py FOLDER. Sound of our own, coded by opusenc and by ffmpeg's libopus."""
import sys
from pathlib import Path

import mp3s
import tools

#: Name, channels, options of ffmpeg's encoder: SILK, hybrid and CELT, frames from 2.5 to 120 ms.
LAVC = [
    ('silk-6', 1, '-b:a', '6k', '-application', 'voip', '-frame_duration', '60'), ('silk-12', 1, '-b:a', '12k', '-application', 'voip'),
    ('silk-20', 2, '-b:a', '20k', '-application', 'voip', '-frame_duration', '40'), ('silk-120', 1, '-b:a', '14k', '-application', 'voip', '-frame_duration', '120'),
    ('hybrid-28', 1, '-b:a', '28k', '-application', 'voip'), ('hybrid-44', 2, '-b:a', '44k', '-application', 'voip', '-frame_duration', '10'),
    ('auto-24', 1, '-b:a', '24k', '-application', 'audio'), ('celt-128', 2, '-b:a', '128k'), ('celt-256', 2, '-b:a', '256k', '-vbr', 'off'),
    ('short-2.5', 2, '-b:a', '96k', '-application', 'lowdelay', '-frame_duration', '2.5'), ('short-5', 1, '-b:a', '48k', '-frame_duration', '5'),
    ('short-10', 2, '-b:a', '64k', '-application', 'lowdelay', '-frame_duration', '10'),
]
#: Name and options of opusenc.
OPUSENC = [
    ('enc-64', '--bitrate', '64'), ('enc-speech', '--bitrate', '10', '--speech', '--downmix-mono'),
    ('enc-pages', '--bitrate', '96', '--framesize', '60', '--max-delay', '0'), ('enc-loud', '--bitrate', '48', '--comment', 'R128_TRACK_GAIN=512'),
]


def page_starts(data):
    at = 0
    while at < len(data):
        yield at
        count = data[at + 26]
        at += 27 + count + sum(data[at + 27:at + 27 + count])


def main(folder):
    wav = folder / 'sound.wav'
    for name, channels, *options in LAVC:
        mp3s.sound(wav, 48000, channels)
        checked('ffmpeg', '-v', 'error', '-i', wav, '-c:a', 'libopus', *options, folder / f'{name}.opus')
    mp3s.sound(wav, 44100, 2)
    for name, *options in OPUSENC:
        checked('opusenc', '--quiet', *options, wav, folder / f'{name}.opus')
    wav.unlink()
    # Out of the middle of a live stream; up to the end of a page, without the mark of a last one.
    for name in 'silk-12', 'celt-128', 'enc-64':
        data = (folder / f'{name}.opus').read_bytes()
        starts = list(page_starts(data))
        (folder / f'later-{name}.opus').write_bytes(data[:starts[2]] + data[starts[3]:])
        (folder / f'open-{name}.opus').write_bytes(data[:starts[-1]])


def checked(*command):
    done = tools.run(*command)
    if done.returncode:
        raise SystemExit(done.stderr.decode())


if __name__ == '__main__':
    main(Path(sys.argv[1]))
