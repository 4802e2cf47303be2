"""Does a WAV or FLAC begin with the rhythm `short long, short short` and then hold exactly the clean samples?"""
import re

import numpy as np

import tools

TONES = (880, 1320)
SOUND = (120, 360, 120, 120)
SILENCE = (120, 360, 120)
TOLERANCE = 15


def samples(path):
    """(float samples as frames x channels, rate), decoded by ffmpeg."""
    found, _ = tools.ffprobe(path)
    if not found:
        raise ValueError('ffprobe cannot open it')
    stream = next(s for s in found['streams'] if s['codec_type'] == 'audio')
    done = tools.run('ffmpeg', '-v', 'error', '-i', path, '-f', 'f32le', '-')
    if done.returncode:
        raise ValueError(done.stderr.decode('utf-8', 'replace')[:200])
    return np.frombuffer(done.stdout, '<f4').reshape(-1, stream['channels']), int(stream['sample_rate'])


def moving_mean(values, width):
    total = np.cumsum(np.concatenate([np.zeros(1, values.dtype), values]))
    half = width // 2
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    return (total[high] - total[low]) / width


def envelope(mono, rate):
    """Amplitude of the marking tones over time, in windows of 10 ms."""
    time = np.arange(len(mono)) / rate
    bands = [np.abs(moving_mean(mono * np.exp(-2j * np.pi * f * time), round(rate * 0.01))) for f in TONES if f < rate / 2]
    return 2 * np.sqrt(sum(b * b for b in bands))


def intervals(flags, rate):
    """Runs of True as (start, end) in milliseconds; gaps and blips below 20 ms are smoothed away."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    runs = [[a * 1000 / rate, b * 1000 / rate] for a, b in zip(edges[::2], edges[1::2])]
    joined = []
    for run in runs:
        if joined and run[0] - joined[-1][1] < 20:
            joined[-1][1] = run[1]
        else:
            joined.append(run)
    return [(a, b) for a, b in joined if b - a >= 20]


def near(found, wanted):
    return len(found) == len(wanted) and all(abs(f - w) <= TOLERANCE for f, w in zip(found, wanted))


def lead_complaints(lead, rate):
    mono = lead.mean(axis=1).astype(float)
    level = envelope(mono, rate)
    if level.max() < 0.01:
        return ['rhythm: no tone at 880 or 1320 Hz']
    runs = intervals(level > level.max() / 2, rate)
    sound = [b - a for a, b in runs]
    silence = [b[0] - a[1] for a, b in zip(runs, runs[1:])]
    complaints = []
    if not near(sound, SOUND):
        complaints.append(f'rhythm: tones last {[round(x) for x in sound]} ms, wanted {list(SOUND)}')
    if not near(silence, SILENCE):
        complaints.append(f'rhythm: gaps last {[round(x) for x in silence]} ms, wanted {list(SILENCE)}')
    loud = np.sqrt(moving_mean(mono * mono, round(rate * 0.01)))
    for a, b in runs:
        part = np.s_[round((a + 15) * rate / 1000):round((b - 15) * rate / 1000)]
        if len(loud[part]) and np.median(level[part]) < 0.7 * np.sqrt(2) * np.median(loud[part]):
            complaints.append(f'rhythm: the sound at {a:.0f} ms is not mainly 880 or 1320 Hz')
    for a, b in zip(runs, runs[1:]):
        middle = loud[round((a[1] + 15) * rate / 1000):round((b[0] - 15) * rate / 1000)]
        if len(middle) and middle.max() > level.max() * 0.05:
            complaints.append(f'rhythm: the gap behind {a[1]:.0f} ms is not silent')
    return complaints


def flac_complaints(clean, labelled):
    """The reference decoder finds it sound, and the clean samples at the end, bit for bit; metaflac sees what it saw."""
    tested = tools.run('flac', '-t', '-s', '-w', labelled)
    if tested.returncode:
        return ['flac: ' + tested.stderr.decode('utf-8', 'replace')[-300:]]
    raw = ('flac', '-d', '-s', '-c', '--force-raw-format', '--endian=little', '--sign=signed')
    before, after = tools.run(*raw, clean), tools.run(*raw, labelled)
    complaints = [] if after.stdout.endswith(before.stdout) and before.stdout else ['flac: the clean samples are not at the end']
    facts = ('--show-bps', '--show-channels', '--show-sample-rate')
    if tools.run('metaflac', *facts, clean).stdout != tools.run('metaflac', *facts, labelled).stdout:
        complaints.append('metaflac: bits, channels or rate changed')
    # Each seek point has to lead to its own sample: the decoder is sent there.
    for sample in seek_points(labelled):
        found = tools.run(*raw, f'--skip={sample}', labelled).stdout
        if not found or not after.stdout.endswith(found):
            complaints.append(f'flac: no way to sample {sample}')
    return complaints


def seek_points(path):
    listed = tools.run('metaflac', '--list', '--block-type=SEEKTABLE', path).stdout.decode('utf-8', 'replace')
    return [int(m) for m in re.findall(r'sample_number=(\d+)', listed)]


def judge(clean, labelled):
    before, rate = samples(clean)
    after, new_rate = samples(labelled)
    if rate != new_rate or before.shape[1] != after.shape[1]:
        return ['rhythm: rate or channels changed']
    extra = len(after) - len(before)
    if extra <= 0:
        return ['rhythm: nothing was put in front']
    complaints = flac_complaints(clean, labelled) if labelled.suffix == '.flac' else []
    if not np.array_equal(after[extra:], before, equal_nan=True):
        complaints.append('rhythm: the file does not end with exactly the clean samples')
    return complaints + lead_complaints(after[:extra], rate)
