"""Running other people's tools, and making what they say comparable between two files."""
import functools
import json
import re
import subprocess
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CONFIG = Path(__file__).parent / 'aigc.exiftool'
TIMEOUT = 120


def run(*command, data=None):
    """A finished process with bytes on both streams; a tool that hangs is an error like any other."""
    return subprocess.run([str(c) for c in command], input=data, capture_output=True, timeout=TIMEOUT)


def said(raw):
    """The lines of a tool's output without addresses, numbers and paths, which differ from file to file."""
    lines = raw.decode('utf-8', 'replace').splitlines()
    return {re.sub(r'\S*/\S*', 'PATH', re.sub(r'0x[0-9a-f]+|\d+', '#', line)).strip() for line in lines if line.strip()}


def new_lines(tool, clean, labelled):
    """A complaint for each thing that is said of the labelled file only."""
    return [f'{tool}: {line}' for line in sorted(said(labelled) - said(clean))]


def exiftool(paths):
    """All tags of all files from two processes (their start is slow): path -> {'Group:Name': value}."""
    with ThreadPoolExecutor(2) as pool:
        return {path: tags for part in pool.map(exiftool_once, (paths[::2], paths[1::2])) for path, tags in part.items()}


def exiftool_once(paths):
    with tempfile.NamedTemporaryFile('w', suffix='.args') as file:
        file.write('\n'.join(map(str, paths)) + '\n')
        file.flush()
        done = run('exiftool', '-config', CONFIG, '-json', '-a', '-G1:4', '-all', '-validate', '-charset', 'filename=utf8', '-@', file.name)
    try:
        found = json.loads(done.stdout or b'[]')
    except ValueError:
        found = []
    return {tags['SourceFile']: tags for tags in found}


@functools.cache
def ffprobe(path):
    """(what ffprobe found, its warnings); an empty dictionary if it could not open the file."""
    done = run('ffprobe', '-v', 'warning', '-show_format', '-show_streams', '-of', 'json', path)
    return (json.loads(done.stdout or b'{}') if done.returncode == 0 else {}), done.stderr


def mpeg_frames(data):
    """Offsets of the frames of Layer III, behind an ID3v2 tag, up to what is none."""
    rates = {3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)}
    at, frames = 0, []
    if data[:3] == b'ID3':
        at = 10 + (data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9])
    while at + 4 <= len(data) and data[at] == 0xff and data[at + 1] >> 5 == 7:
        version = data[at + 1] >> 3 & 3
        kilobits = rates.get(version, (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160))[data[at + 2] >> 4]
        rate = (44100, 48000, 32000)[data[at + 2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[version]
        frames.append(at)
        at += (144 if version == 3 else 72) * kilobits * 1000 // rate + (data[at + 2] >> 1 & 1)
    return frames


def noting(call):
    """Call something of a Python library; give (result, warnings as bytes, error as text or None)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            result, error = call(), None
        except Exception as problem:
            result, error = None, f'{type(problem).__name__}: {problem}'
    own = [str(w.message) for w in caught if not issubclass(w.category, (ResourceWarning, DeprecationWarning))]
    return result, '\n'.join(own).encode(), error


def compare(tool, call, clean, labelled):
    """Open both files with a Python library; give (result for the labelled one, complaints)."""
    _, before, failed = noting(lambda: call(clean))
    result, after, error = noting(lambda: call(labelled))
    # What the tool cannot open at all is not for it to judge (Pillow: big-endian BigTIFF).
    return result, [f'{tool}: {error}'] * bool(error and not failed) + new_lines(tool, before, after)
