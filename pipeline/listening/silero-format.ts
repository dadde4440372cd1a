/** What Silero takes at 8 kHz: 32 ms windows. Apart from the engine, so that the media loop need not load ONNX Runtime. */
export const SILERO_FORMAT = { sampleRateHz: 8000, windowSamples: 256, contextSamples: 32 } as const;
