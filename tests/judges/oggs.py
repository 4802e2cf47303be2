#!/usr/bin/env python3
"""Writes Ogg Vorbis and Ogg FLAC of every kind into a folder: oggs.py FOLDER. Sound of our own, coded by oggenc, flac and ffmpeg."""
import sys
from pathlib import Path

import mp3s
import tools

#: Rates and channels that both coders are given.
SHAPES = [(8000, 1), (8000, 2), (11025, 1), (16000, 1), (16000, 2), (22050, 2), (32000, 2), (44100, 1), (48000, 2), (48000, 6), (96000, 2)]
QUALITIES = [-1, 0, 2, 5, 8, 10]
#: Bytes of a page header before its segments, and of the fields in it.
HEADER, GRANULE, CHECK = 27, slice(6, 14), slice(22, 26)


def table():
    for n in range(256):
        crc = n << 24
        for _ in range(8):
            crc = crc << 1 & 0xffffffff ^ (0x04c11db7 if crc >> 31 else 0)
        yield crc


TABLE = list(table())


def page_starts(data):
    at = 0
    while at < len(data):
        yield at
        count = data[at + 26]
        at += HEADER + count + sum(data[at + HEADER:at + HEADER + count])


def moved(data, by):
    """The stream with other positions on all pages of sound."""
    starts = [*page_starts(data), len(data)]
    out = b''
    for n, (start, end) in enumerate(zip(starts, starts[1:])):
        page = bytearray(data[start:end])
        if n > 1:
            page[GRANULE] = (int.from_bytes(page[GRANULE], 'little') + by).to_bytes(8, 'little')
            page[CHECK] = bytes(4)
            crc = 0
            for byte in page:
                crc = crc << 8 & 0xffffffff ^ TABLE[crc >> 24 ^ byte]
            page[CHECK] = crc.to_bytes(4, 'little')
        out += page
    return out


def main(folder):
    wav = folder / 'sound.wav'
    for rate, channels in SHAPES:
        mp3s.sound(wav, rate, channels)
        checked('oggenc', '-Q', '-q', '3', wav, '-o', folder / f'enc-{rate}-{channels}.ogg')
        checked('ffmpeg', '-v', 'error', '-i', wav, '-c:a', 'libvorbis', '-q:a', '4', folder / f'lib-{rate}-{channels}.ogg')
        checked('ffmpeg', '-v', 'error', '-i', wav, '-c:a', 'flac', folder / f'flac-{rate}-{channels}.ogg')
        if channels < 3:
            checked('flac', '-s', '--ogg', wav, '-o', folder / f'own-flac-{rate}-{channels}.ogg')
        if channels == 2:
            checked('ffmpeg', '-v', 'error', '-i', wav, '-c:a', 'vorbis', '-strict', '-2', folder / f'lavc-{rate}.ogg')
    mp3s.sound(wav, 44100, 2)
    for quality in QUALITIES:
        checked('oggenc', '-Q', '-q', quality, wav, '-o', folder / f'enc-q{quality}.ogg')
    checked('oggenc', '-Q', '--managed', '-b', '96', wav, '-o', folder / 'enc-managed.ogg')
    wav.unlink()
    # Up to the end of a page, without the mark of a last one; out of the middle of a live stream.
    for name in 'enc-q5', 'lib-16000-1':
        data = (folder / f'{name}.ogg').read_bytes()
        (folder / f'open-{name}.ogg').write_bytes(data[:[*page_starts(data)][-1]])
        (folder / f'later-{name}.ogg').write_bytes(moved(data, 98_765))


def checked(*command):
    done = tools.run(*command)
    if done.returncode:
        raise SystemExit(done.stderr.decode())


if __name__ == '__main__':
    main(Path(sys.argv[1]))
