import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { splitAtDecoder } from '#pipeline/speech/graph-split.ts';
import { delimited, fieldsOf, integer, join, textOf } from '#pipeline/speech/protobuf.ts';
import { floatOutput, openGraph, vitsFeeds } from '#pipeline/speech/vits-graph.ts';
import { tinyVits } from './tiny-vits.ts';

const scales = { noiseScale: 0, lengthScale: 1, noiseW: 0 };

describe('protobuf', () => {
  it('takes apart what it has put together', () => {
    const message = join([
      integer(1, 300),
      delimited(2, 'Mhoroi'),
      integer(20, 2 ** 40),
      delimited(1_000, Uint8Array.of()),
    ]);
    const fields = [...fieldsOf(message)];
    expect(fields.map(({ number, wireType }) => [number, wireType])).toEqual([
      [1, 0],
      [2, 2],
      [20, 0],
      [1_000, 2],
    ]);
    expect(textOf(fields[1]!.bytes)).toBe('Mhoroi');
    expect(join(fields.map((field) => field.raw))).toEqual(message);
  });

  it.each([
    ['a length beyond the end', Uint8Array.of(0x12, 5, 1)],
    ['a number that does not end', Uint8Array.of(0x08, 0xff)],
    ['an unknown wire type', Uint8Array.of(0x0b, 1)],
  ])('refuses %s', (_, bytes) => {
    expect(() => [...fieldsOf(bytes)]).toThrow(RangeError);
  });
});

describe('splitting a graph at its decoder', () => {
  it.each(['piper', 'mms'] as const)('gives two graphs that make the sound of the one: %s', async (kind) => {
    const model = tinyVits(kind);
    const split = splitAtDecoder(model);
    expect(split?.latentName).toBe('latent');
    const [whole, encoder, decoder] = await Promise.all([
      openGraph(model, 'whole', 1),
      openGraph(split!.encoder, 'encoder', 1),
      openGraph(split!.decoder, 'decoder', 1),
    ]);
    expect(encoder.inputNames).toEqual(whole.inputNames);
    expect(encoder.outputNames).toEqual(['latent']);
    expect(decoder.inputNames).toEqual(['latent']);
    const ids = [1, 7, 0, 12, 30, 2];
    const expected = floatOutput(await whole.run(vitsFeeds(whole.inputNames, ids, scales)), 'output');
    const latents = await encoder.run(vitsFeeds(encoder.inputNames, ids, scales));
    const audio = floatOutput(await decoder.run({ latent: latents['latent']! }), 'output');
    expect(audio).toEqual(expected);
    expect(audio.length).toBe(6 * 64);
  });

  it('takes only what each half needs', () => {
    const { encoder, decoder } = splitAtDecoder(tinyVits('piper'))!;
    const holds = (graph: Uint8Array, name: string): boolean => Buffer.from(graph).includes(name);
    expect([holds(encoder, 'conv_pre'), holds(decoder, 'conv_pre')]).toEqual([false, true]);
    expect([holds(encoder, 'volume'), holds(decoder, 'volume')]).toEqual([true, false]);
  });

  it('knows the name that Transformers gives the decoder', () => {
    expect(splitAtDecoder(tinyVits('piper', 'decoder'))?.latentName).toBe('latent');
  });

  it.each(['flow.flows.6.pre', 'flow.flows.3.conv_pre'])('cuts before the flow as well: %s', async (layer) => {
    const model = tinyVits('piper', 'dec', { layer });
    const split = splitAtDecoder(model)!;
    expect(split.flow).toMatchObject({ priorName: 'prior', maskName: 'mask' });
    const [whole, encoder, flow, decoder] = await Promise.all([
      openGraph(model, 'whole', 1),
      openGraph(split.encoder, 'encoder', 1),
      openGraph(split.flow!.graph, 'flow', 1),
      openGraph(split.decoder, 'decoder', 1),
    ]);
    expect([encoder.outputNames, flow.inputNames, flow.outputNames]).toEqual([
      ['prior'],
      ['prior', 'mask'],
      ['latent'],
    ]);
    const ids = [1, 7, 0, 12, 30, 2];
    const { prior } = await encoder.run(vitsFeeds(encoder.inputNames, ids, scales));
    const mask = new Tensor('float32', new Float32Array(ids.length).fill(1), [1, 1, ids.length]);
    const { latent } = await flow.run({ prior: prior!, mask });
    const audio = floatOutput(await decoder.run({ latent: latent! }), 'output');
    expect(audio).toEqual(floatOutput(await whole.run(vitsFeeds(whole.inputNames, ids, scales)), 'output'));
  });

  it('leaves a flow in the encoder that knows more of the text than its mask', async () => {
    const split = splitAtDecoder(tinyVits('piper', 'dec', { layer: 'flow.flows.6.pre', knowsSpeaker: true }))!;
    expect(split.flow).toBeUndefined();
    expect((await openGraph(split.encoder, 'encoder', 1)).outputNames).toEqual(['latent']);
  });

  it('leaves other graphs alone', () => {
    expect(splitAtDecoder(tinyVits('piper', 'vocoder'))).toBeUndefined();
    expect(splitAtDecoder(integer(1, 8))).toBeUndefined();
  });
});
