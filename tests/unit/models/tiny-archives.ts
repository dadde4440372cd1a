/** Tiny wheels and tarballs, made byte by byte, so that a test can also make them wrong. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly data: Buffer;
  readonly isStored?: boolean;
  /** Writes another CRC-32 than the data has. */
  readonly crc?: number;
  /** Writes the sizes into the 64-bit extra field, as for members of 4 GiB and more. */
  readonly isZip64?: boolean;
}

/** A zip with a comment behind it, so that its end record has to be searched for. */
export function makeZip(members: readonly ZipMember[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const name = Buffer.from(member.name);
    const packed = member.isStored === true ? member.data : deflateRawSync(member.data);
    const crc = member.crc ?? crc32(member.data);
    const method = member.isStored === true ? 0 : 8;
    const localExtra = Buffer.from([0x55, 0x54, 1, 0, 0]); // other extra fields than in the directory, as real zips have
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(crc, 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(member.data.length, 22);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(localExtra.length, 28);
    const extra = member.isZip64 === true ? zip64Extra(member.data.length, packed.length) : Buffer.alloc(0);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(member.isZip64 === true ? 0xffffffff : packed.length, 20);
    central.writeUInt32LE(member.isZip64 === true ? 0xffffffff : member.data.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt16LE(extra.length, 30);
    central.writeUInt32LE(offset, 42);
    centrals.push(central, name, extra);
    locals.push(local, name, localExtra, packed);
    offset += local.length + name.length + localExtra.length + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const comment = Buffer.from('PK is not the end');
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, directory, end, comment]);
}

function zip64Extra(bytes: number, packedBytes: number): Buffer {
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(BigInt(bytes), 4);
  extra.writeBigUInt64LE(BigInt(packedBytes), 12);
  return extra;
}

export interface TarMember {
  readonly name: string;
  readonly data: Buffer;
  /** Puts the name into a pax or GNU record in front, as tar does beyond 100 characters. */
  readonly longNameAs?: 'pax' | 'gnu';
}

export function makeTgz(members: readonly TarMember[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { name, data, longNameAs } of members) {
    if (longNameAs === 'pax') {
      const body = ` path=${name}\n`;
      const length = body.length + 2 + (body.length + 2 > 99 ? 1 : 0);
      blocks.push(...tarBlocks('PaxHeader', 'x', Buffer.from(`${length}${body}`)));
    }
    if (longNameAs === 'gnu') blocks.push(...tarBlocks('././@LongLink', 'L', Buffer.from(`${name}\0`)));
    blocks.push(...tarBlocks(longNameAs === undefined ? name : 'shortened', '0', data));
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function tarBlocks(name: string, type: string, data: Buffer): Buffer[] {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write(data.length.toString(8).padStart(11, '0'), 124, 11);
  header.write(type, 156, 1);
  header.write('ustar\0', 257, 6);
  return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
}

/** Bytes that look random and are the same each time. */
export function noise(bytes: number, seed = 1): Buffer {
  const data = Buffer.alloc(bytes);
  let state = seed;
  for (let i = 0; i < bytes; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = state >>> 24;
  }
  return data;
}
