/** The signal behind tests/fixtures/whisper/golden.json: 4 s at 16 kHz, hummed vowels with pauses; PCM16, floor(x + 0.5). */
export function goldenSignal(): Int16Array {
  return Int16Array.from({ length: 64000 }, (_, n) => {
    const t = n / 16000;
    if ((t > 1.5 && t < 1.8) || t > 3.4) return 0;
    const swell = 0.5 + 0.5 * Math.sin(9 * t);
    const hum = 5000 * Math.sin(2 * Math.PI * (140 + 20 * Math.sin(3 * t)) * t) * swell;
    const first = 2500 * Math.sin(2 * Math.PI * 700 * t) * swell;
    const second = 1200 * Math.sin(2 * Math.PI * 1900 * t) * (0.5 + 0.5 * Math.sin(5 * t));
    return Math.floor(hum + first + second + 0.5);
  });
}
