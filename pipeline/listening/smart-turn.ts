/** Smart Turn v3 in ONNX Runtime: has the caller finished? Runs in an engine worker. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { SMART_TURN_FORMAT, SmartTurnFeatures } from './smart-turn-features.ts';

export class SmartTurnEngine {
  readonly #session: InferenceSession;
  readonly #features = new SmartTurnFeatures();

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async create(modelPath: string): Promise<SmartTurnEngine> {
    const session = await InferenceSession.create(modelPath, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    return new SmartTurnEngine(session);
  }

  /** PCM16 at 8 kHz up to now, of which the last 8 s count -> P(the turn is complete) in [0, 1]. */
  async probability(pcm: Int16Array): Promise<number> {
    const { melBands, frames } = SMART_TURN_FORMAT;
    const features = new Tensor('float32', this.#features.compute(pcm), [1, melBands, frames]);
    const result = await this.#session.run({ input_features: features });
    return (result['logits']?.data as Float32Array)[0] ?? 0;
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}
