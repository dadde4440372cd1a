/** Silero VAD in ONNX Runtime, natively at 8 kHz: 256 samples a window behind 32 of context. Runs in an engine worker. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { SILERO_FORMAT } from './silero-format.ts';

const { sampleRateHz: SAMPLE_RATE_HZ, windowSamples: WINDOW_SAMPLES, contextSamples: CONTEXT_SAMPLES } = SILERO_FORMAT;
const STATE_VALUES = 2 * 128;

interface Stream {
  readonly input: Float32Array;
  state: Float32Array;
}

/** One session for all calls; each call's recurrent state and context are kept under its id until `forget`. */
export class SileroEngine {
  readonly #session: InferenceSession;
  readonly #rate = new Tensor('int64', BigInt64Array.from([BigInt(SAMPLE_RATE_HZ)]), []);
  readonly #streams = new Map<string, Stream>();

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async create(modelPath: string): Promise<SileroEngine> {
    const session = await InferenceSession.create(modelPath, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    return new SileroEngine(session);
  }

  /** shape [256], values in [-1, 1) -> P(speech) in [0, 1]. About 0.12 ms; windows of a call must come in order. */
  async score(callId: string, window: Float32Array): Promise<number> {
    const stream = this.#stream(callId);
    stream.input.copyWithin(0, WINDOW_SAMPLES);
    stream.input.set(window, CONTEXT_SAMPLES);
    const result = await this.#session.run({
      input: new Tensor('float32', stream.input, [1, CONTEXT_SAMPLES + WINDOW_SAMPLES]),
      state: new Tensor('float32', stream.state, [2, 1, 128]),
      sr: this.#rate,
    });
    stream.state = result['stateN']?.data as Float32Array;
    return (result['output']?.data as Float32Array)[0] ?? 0;
  }

  /** Starts the call's stream anew. */
  reset(callId: string): void {
    this.#streams.delete(callId);
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }

  #stream(callId: string): Stream {
    const known = this.#streams.get(callId);
    if (known) return known;
    const fresh = {
      input: new Float32Array(CONTEXT_SAMPLES + WINDOW_SAMPLES),
      state: new Float32Array(STATE_VALUES),
    };
    this.#streams.set(callId, fresh);
    return fresh;
  }
}
