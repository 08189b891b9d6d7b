import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { JsonObject } from '../../model.ts'

/**
 * Small windows are set up quickly. Small chunks, because each call keeps a chunk until the whole heap is collected: with
 * chunks of the usual 16 kB that is 40 MB at a time.
 */
const SMALL = { windowBits: 14, memLevel: 5, level: 1, chunkSize: 1024 }

/** Packs answers for later. Returns a function for each of them, which unpacks it. */
export type Packer = (values: readonly unknown[]) => readonly (() => JsonObject)[]

/**
 * Makes a packer for answers of one kind, by the parts that they have in common with the first one: thousands of albums differ little.
 * Twenty thousand albums take 4 MB instead of 260. `together` of them are packed, and unpacked, at once: one for answers that are read in
 * any order, many for answers that are read one after the other.
 */
export const packer = (together: number): Packer => {
  let dictionary: Buffer | undefined
  let last: { readonly kept: string; readonly texts: readonly string[] } | undefined
  const unpacked = (kept: string): readonly string[] => {
    if (last?.kept === kept) return last.texts
    const texts = inflateRawSync(Buffer.from(kept, 'latin1'), { ...SMALL, dictionary })
      .toString()
      .split('\n')
    last = { kept, texts }
    return texts
  }
  return (values) => {
    const found: (() => JsonObject)[] = []
    for (let at = 0; at < values.length; at += together) {
      const texts = values.slice(at, at + together).map((value) => JSON.stringify(value))
      dictionary ??= Buffer.from(texts[0] ?? '')
      // Kept as a string, because a small buffer would hold on to a large one.
      const kept = deflateRawSync(texts.join('\n'), { ...SMALL, dictionary }).toString('latin1')
      for (const index of texts.keys()) found.push(() => JSON.parse(unpacked(kept)[index] ?? '') as JsonObject)
    }
    return found
  }
}
