/** As much of the protobuf wire format as taking an ONNX file apart and putting it together again needs. */

/** One field of a message; `bytes` is a view of the source for length-delimited fields. */
export interface Field {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wireType: number;
  /** The field as it stood, tag included: what `join` puts into another message unchanged. */
  readonly raw: Uint8Array;
  /** Content of a length-delimited field; empty for the others. */
  readonly bytes: Uint8Array;
}

/** The fields of one message, in order; throws RangeError when the bytes are not a message. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  for (let at = 0; at < message.length;) {
    const start = at;
    const [tag, afterTag] = varintAt(message, at);
    const wireType = tag & 7;
    let from = afterTag;
    at = afterTag;
    if (wireType === 0) at = varintAt(message, at)[1];
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const [length, afterLength] = varintAt(message, at);
      from = afterLength;
      at = afterLength + length;
    } else throw new RangeError(`wire type ${wireType} at byte ${start}`);
    if (at > message.length) throw new RangeError(`a field at byte ${start} is longer than its message`);
    yield {
      number: Math.floor(tag / 8),
      wireType,
      raw: message.subarray(start, at),
      bytes: wireType === 2 ? message.subarray(from, at) : message.subarray(0, 0),
    };
  }
}

/** A length-delimited field. */
export function delimited(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return join([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A varint field; `value` is a whole number from 0 to 2 ** 53 - 1. */
export function integer(number: number, value: number): Uint8Array {
  return join([varint(number * 8), varint(value)]);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function varintAt(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  // Ten bytes hold 64 bits; lengths and tags fit into the 53 that a number holds, other values are only skipped.
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, at + i + 1];
  }
  throw new RangeError(`a number at byte ${at} does not end`);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
