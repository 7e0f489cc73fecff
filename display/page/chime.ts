/** The chime before a call, made of numbers: two soft bell tones, falling, as in a station hall. */

const RATE = 22_050;
/** Pitch (Hz), start and length (seconds) of each tone. */
const TONES = [
  { pitch: 659.3, start: 0.05, length: 1.0 },
  { pitch: 523.3, start: 0.45, length: 1.25 },
];
/** Overtones of a struck bar: share of the pitch, loudness, and how much faster they fade. */
const PARTIALS = [
  { share: 1, level: 1, fading: 3.2 },
  { share: 2, level: 0.28, fading: 5 },
  { share: 4.1, level: 0.1, fading: 9 },
];
const LENGTH = 1.75;
const ATTACK = 0.008;
const LOUDNESS = 0.42;

/** The chime as a WAV file: 16 bits, one channel. */
export function chime(): Blob {
  const samples = new Float32Array(Math.round(LENGTH * RATE));
  for (const { pitch, start, length } of TONES) {
    const first = Math.round(start * RATE);
    const count = Math.min(Math.round(length * RATE), samples.length - first);
    for (let index = 0; index < count; index++) {
      const time = index / RATE;
      const swell = Math.min(1, time / ATTACK) * Math.min(1, (length - time) / 0.05);
      let value = 0;
      for (const { share, level, fading } of PARTIALS) {
        value += level * Math.exp(-fading * time) * Math.sin(2 * Math.PI * pitch * share * time);
      }
      samples[first + index]! += LOUDNESS * swell * value;
    }
  }
  return wave(samples);
}

/** Too short and too quiet to be heard: tries out whether the browser lets the page sound at all. */
export function silence(): Blob {
  return wave(new Float32Array(Math.round(0.05 * RATE)));
}

function wave(samples: Float32Array): Blob {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, value: string) =>
    Array.from(value).forEach((each, index) => view.setUint8(at + index, each.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, index) => {
    const limited = Math.max(-1, Math.min(1, sample));
    view.setInt16(44 + 2 * index, Math.round(limited * 32_767), true);
  });
  return new Blob([view.buffer], { type: "audio/wav" });
}
