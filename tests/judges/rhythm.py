"""Does a WAV, FLAC, MP3 or Opus begin with the rhythm `short long, short short` and then hold exactly the clean samples?"""
import re
import tempfile
from pathlib import Path

import mutagen.mp3
import mutagen.oggopus
import numpy as np

import tools

TONES = (880, 1320)
SOUND = (120, 360, 120, 120)
SILENCE = (120, 360, 120)
TOLERANCE = 15
#: What a decoder's rounding may differ by.
QUIET = 1e-6


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


def mpg123(path):
    """The samples that another decoder makes of an MP3, and what it says."""
    done = tools.run('mpg123', '-q', '-e', 'f32', '-s', path)
    return np.frombuffer(done.stdout[:len(done.stdout) // 4 * 4], '<f4'), done.stderr


def is_told(data, frame):
    """Whether the first frame tells about the others."""
    return any(magic in data[frame:frame + 200] for magic in (b'Xing', b'Info', b'VBRI'))


def mp3_complaints(clean, labelled, extra, channels, rate):
    """The frames are all there, byte for byte; another decoder hears the same and has nothing to say; others tell the length."""
    before, after = clean.read_bytes(), labelled.read_bytes()
    frames, told = tools.mpeg_frames(before), is_told(before, tools.mpeg_frames(before)[0])
    cut = is_cut(before, frames[told])
    complaints = []
    # Frames that need bytes from before the file become silent, in their side information alone.
    end = len(before) - (128 if before[-128:-125] == b'TAG' else 0)
    if before[frames[told + (6 if cut else 0)]:end] not in after:
        complaints.append('mp3: frames of the content changed')
    (old, said), (new, said_now) = mpg123(clean), mpg123(labelled)
    complaints += tools.new_lines('mpg123', said, said_now)
    lead = len(new) - len(old)
    if lead != extra * channels:
        complaints.append(f'mpg123: {lead / channels} samples more, ffmpeg has {extra} more')
    elif not cut and np.abs(new[lead:] - old).max(initial=0) > QUIET:
        complaints.append('mpg123: the content sounds otherwise')
    if told:
        for name, length in ('ffprobe', probed), ('mutagen', lambda path: mutagen.mp3.MP3(path).info.length):
            grown = length(labelled) - length(clean)
            if abs(grown - extra / rate) > 0.001:
                complaints.append(f'{name}: {grown:.3f} s longer, the label has {extra / rate:.3f} s')
    return complaints


def is_cut(data, frame):
    """Whether the first frame of the content needs bytes that come before it."""
    check = 0 if data[frame + 1] & 1 else 2
    begin = data[frame + 4 + check:frame + 6 + check]
    return (begin[0] << 1 | begin[1] >> 7) > 0 if data[frame + 1] >> 3 & 3 == 3 else begin[0] > 0


def probed(path):
    found, _ = tools.ffprobe(path)
    return float(found['streams'][0]['duration'])


def opus_packets(path):
    """(packets of an Ogg with one stream, bytes 5 to 26 of its pages)."""
    data = path.read_bytes()
    at, packets, open_packet, pages = 0, [], b'', []
    while at < len(data):
        if data[at:at + 4] != b'OggS':
            raise ValueError(f'no page at byte {at}')
        count = data[at + 26]
        pages.append(data[at + 5:at + 26])
        body = at + 27 + count
        for size in data[at + 27:at + 27 + count]:
            open_packet += data[body:body + size]
            body += size
            if size < 255:
                packets.append(open_packet)
                open_packet = b''
        at = body
    return packets, pages


def libopus(path, channels):
    """The samples that the reference decoder makes, and what it says."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / 'out.wav'
        done = tools.run('opusdec', '--quiet', '--rate', '48000', '--force-wav', '--float', path, wav)
        return samples(wav)[0].reshape(-1, channels), done.stderr


def told_of(path):
    """What opusinfo warns of."""
    done = tools.run('opusinfo', path)
    lines = (done.stdout + done.stderr).decode('utf-8', 'replace').splitlines()
    return '\n'.join(line for line in lines if 'WARNING' in line or 'ERROR' in line).encode()


def opus_complaints(clean, labelled, before, after):
    """The packets are all there, byte for byte; both decoders hear the content as alone; others tell the length."""
    (old, _), (new, pages) = opus_packets(clean), opus_packets(labelled)
    extra, skipped = len(after) - len(before), int.from_bytes(old[0][10:12], 'little')
    complaints = []
    if new[0] != old[0] or new[2 + len(new) - len(old):] != old[2:]:
        complaints.append('opus: packets of the content changed')
    numbers = [int.from_bytes(page[13:17], 'little') for page in pages]
    if any(b != a + 1 for a, b in zip(numbers[2:], numbers[3:])):
        complaints.append('opus: pages are out of order')
    # Where the mode changes, libopus fades the first 5 ms in (`opus_decoder.c`), which the pre-skip hides, or part of it.
    faded = max(0, 240 - skipped)
    old, said = libopus(clean, before.shape[1])
    new, said_now = libopus(labelled, before.shape[1])
    complaints += tools.new_lines('opusdec', said, said_now)
    if len(new) - len(old) != extra:
        complaints.append(f'opusdec: {len(new) - len(old)} samples more, ffmpeg has {extra} more')
    else:
        for name, a, b in ('opusdec', old, new[extra:]), ('ffmpeg', before, after[extra:]):
            if np.abs(b - a)[faded:].max(initial=0) > QUIET:
                complaints.append(f'{name}: the content sounds otherwise')
    complaints += tools.new_lines('opusinfo', told_of(clean), told_of(labelled))
    for name, length in ('ffprobe', probed), ('mutagen', lambda path: mutagen.oggopus.OggOpus(path).info.length):
        grown = length(labelled) - length(clean)
        if abs(grown - extra / 48000) > 0.001:
            complaints.append(f'{name}: {grown:.3f} s longer, the label has {extra / 48000:.3f} s')
    return complaints


def judge(clean, labelled):
    before, rate = samples(clean)
    after, new_rate = samples(labelled)
    if rate != new_rate or before.shape[1] != after.shape[1]:
        return ['rhythm: rate or channels changed']
    extra = len(after) - len(before)
    if extra <= 0:
        return ['rhythm: nothing was put in front']
    if labelled.suffix == '.mp3':
        # In frames that need bytes from before the file, decoders go on sooner or later.
        data = clean.read_bytes()
        frames = tools.mpeg_frames(data)
        skipped = 8 * 1152 if is_cut(data, frames[is_told(data, frames[0])]) else 0
        complaints = mp3_complaints(clean, labelled, extra, before.shape[1], rate)
    elif labelled.suffix == '.opus':
        complaints = opus_complaints(clean, labelled, before, after)
        # What the encoder's delay makes heard of the content lies in the seam.
        return complaints + lead_complaints(after[:extra - 3840], rate)
    else:
        skipped = 0
        complaints = flac_complaints(clean, labelled) if labelled.suffix == '.flac' else []
    if not np.array_equal(after[extra + skipped:], before[skipped:], equal_nan=True):
        complaints.append('rhythm: the file does not end with exactly the clean samples')
    return complaints + lead_complaints(after[:extra], rate)
