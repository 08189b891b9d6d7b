import { IntegrityError } from '../../errors.ts'

/** Bytes to look at: enough for the first bytes of every kind, and to tell text and data apart. */
const HEAD = 512

/**
 * Passes the bytes of a file without MD5 on, if they begin as such a file does. Otherwise a log-in page with status 200 and the type of a
 * photo would be kept as the photo for ever. Throws `IntegrityError` before any byte has passed. `extension` is that of the file's name,
 * without the dot.
 */
export async function* believable(bytes: AsyncIterable<Uint8Array>, extension: string | undefined): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0)
  for await (const chunk of bytes) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < HEAD) continue
    refuseOthers(head, extension)
    yield head
    head = undefined
  }
  if (head === undefined) return
  refuseOthers(head, extension)
  yield head
}

const refuseOthers = (head: Uint8Array, extension = ''): void => {
  const found = kindOf(Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD)))
  const name = extension.toLowerCase()
  const expected = PHOTOS.has(name) ? 'a photo' : VIDEOS.has(name) ? 'a video' : undefined
  if (found === expected || found === 'a camera file') return
  // An unknown extension may hold anything but text.
  if (expected === undefined && (found === 'a photo' || found === 'a video' || found === 'unknown data')) return
  throw new IntegrityError(`${found} arrived instead of ${expected ?? 'the file'}`, {
    expected: expected ?? 'no text',
    found,
  })
}

type Kind = 'a photo' | 'a video' | 'a camera file' | 'text' | 'nothing' | 'unknown data'

/** Extensions of photos. Any kind of photo passes for each, because SmugMug sometimes keeps a PNG as JPEG. */
const PHOTOS: ReadonlySet<string> = new Set(['jpg', 'jpeg', 'jpe', 'png', 'gif', 'heic', 'heif', 'tif', 'tiff', 'webp', 'avif'])
const VIDEOS: ReadonlySet<string> = new Set(['mp4', 'm4v', 'mov', 'avi', 'mpg', 'mpeg', 'mkv', 'webm', 'wmv', '3gp', '3g2', 'mts', 'm2ts'])

const STARTS: readonly (readonly [kind: Kind, hex: RegExp])[] = [
  ['a photo', /^(ffd8ff|89504e47|474946383[79]61|49492a00|4d4d002a|49492b00|4d4d002b|52494646.{8}57454250)/],
  // Boxes of ISO media: the brand says the kind.
  ['a camera file', /^.{8}66747970637278/],
  ['a photo', /^.{8}66747970(6865|6d696631|6d736631|61766966|61766973)/],
  ['a video', /^.{8}(66747970|6d6f6f76|6d646174|77696465|66726565|736b6970|706e6f74)/],
  ['a video', /^(52494646.{8}41564920|000001b[0-9a-f]|1a45dfa3|3026b275|464c5601|47.{374}47|.{8}47.{382}47)/],
]

const kindOf = (head: Buffer): Kind => {
  if (head.length === 0) return 'nothing'
  const hex = head.toString('hex')
  const known = STARTS.find(([, start]) => start.test(hex))?.[0]
  if (known !== undefined) return known
  return isText(head) || head.every((byte) => byte === 0) ? 'text' : 'unknown data'
}

/** Returns true for UTF-16 with its mark, and for UTF-8 without control characters; the cut may have split the last character. */
const isText = (head: Buffer): boolean => {
  if (/^(fffe|feff)/.test(head.toString('hex', 0, 2))) return true
  // biome-ignore lint/suspicious/noControlCharactersInRegex: text has none of these
  return !/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/.test(head.toString('utf8').replace(/\ufffd{1,3}$/, ''))
}
