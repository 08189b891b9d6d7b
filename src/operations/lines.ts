import type { Storage } from '../vault/storage/storage.ts'

/** The longest line that is read: a real one is a few hundred bytes. */
const LONGEST_LINE = 1024 * 1024

/** Yields the lines of a file of the vault, one at a time, however long it is; a line beyond a megabyte loses its beginning. */
export async function* linesOf(storage: Storage, path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of storage.read(path)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_LINE) rest = ''
    yield* lines
  }
  if (rest !== '') yield rest
}
