import { Readable } from 'node:stream'
import type { JsonObject } from '../../model.ts'
import { isObject } from '../../model.ts'
import { headerText, type NewFile, type RefusalCause, type Uploaded, type Verdict } from '../account-writer.ts'
import { segmentOf } from '../wire/addresses.ts'
import type { Http } from '../wire/http.ts'
import { presentable } from '../wire/redact.ts'
import { refused } from './problems.ts'

/** SmugMug looks at a whole video before it answers. */
const LONGEST_SILENCE_MS = 5 * 60_000

/** Uploads one file to the uploader's address (fact sheet 9.1). Throws as `AccountWriter` says. */
export async function uploadFile(
  uploader: { readonly http: Http; readonly address: URL },
  file: NewFile,
  signal?: AbortSignal,
): Promise<Verdict<Uploaded>> {
  const { http, address } = uploader
  let broken: { readonly error: unknown } | undefined
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* file.bytes()
    } catch (error) {
      broken = { error }
      throw error
    }
  }
  const sent = await http
    .change({
      method: 'POST',
      url: address,
      headers: headersOf(file),
      body: () => Readable.from(watched(), { objectMode: false }),
      headersMs: LONGEST_SILENCE_MS,
      signal,
    })
    .then(
      (reply) => ({ reply }),
      (error: unknown) => ({ error }),
    )
  // The vault's trouble must not look like the network's: SmugMug did not receive the whole file.
  if (broken !== undefined) throw broken.error
  if ('error' in sent) throw sent.error
  const { reply } = sent
  if (reply.kind === 'unknown') return reply
  return reply.kind === 'refused' ? refused(reply) : verdictOf(reply.envelope)
}

function headersOf(file: NewFile): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    'content-type': 'application/octet-stream',
    'content-length': String(file.size),
    'content-md5': Buffer.from(file.md5, 'hex').toString('base64'),
    'x-smug-albumuri': `/api/v2/album/${segmentOf(file.albumKey)}`,
    'x-smug-responsetype': 'JSON',
    'x-smug-version': 'v2',
    'x-smug-filename': shortText(file.fileName),
    'x-smug-title': shortText(file.title),
    'x-smug-caption': shortText(file.caption),
    'x-smug-keywords': shortText(file.keywords),
    'x-smug-hidden': file.hidden === undefined ? undefined : String(file.hidden),
    'x-smug-uploadrequestid': file.requestId,
  }
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** A server reads a header of some kilobytes; longer texts come by PATCH. */
const LONGEST_HEADER = 2_000

/** Returns a text as a header; undefined when there is none, or when it is too long for a header. */
const shortText = (text: string | undefined): string | undefined => {
  if (text === undefined || text === '') return undefined
  const encoded = headerText(text)
  return encoded.length > LONGEST_HEADER ? undefined : encoded
}

const CAUSES: Readonly<Record<number, { readonly cause: RefusalCause; readonly reason: string }>> = {
  5: { cause: 'system error', reason: 'SmugMug had trouble with it' },
  6: { cause: 'unfit file', reason: 'SmugMug does not take this format (RAW files need SmugMug Source)' },
  63: { cause: 'album full', reason: 'the album is full' },
  64: { cause: 'unfit file', reason: 'SmugMug does not know this kind of file' },
  72: { cause: 'unfit file', reason: 'SmugMug says that the video is too small' },
}

/** Reads the uploader's answer: a failure comes with status 200, too. */
function verdictOf(envelope: JsonObject): Verdict<Uploaded> {
  const { stat, Image: image, code, message } = envelope
  if (stat === 'fail') {
    const number = typeof code === 'number' ? code : Number(code)
    const { cause, reason } = CAUSES[number] ?? { cause: 'other', reason: 'SmugMug refused the file' }
    const detail = presentable(`${typeof message === 'string' ? message : 'no reason'} (code ${Number.isNaN(number) ? '?' : number})`)
    return { kind: 'refused', reason, detail, status: 200, cause }
  }
  const uri = isObject(image) ? (image.ImageUri ?? image.AlbumImageUri) : undefined
  const [, imageKey, serial = '0'] = (typeof uri === 'string' && /\/image\/([^/!?-]+)(?:-(\d+))?/.exec(uri)) || []
  // An answer that names no image may follow an image that was made.
  if (stat !== 'ok' || imageKey === undefined) return { kind: 'unknown', reason: 'the uploader answered without an image' }
  return { kind: 'done', value: { imageKey: decodeURIComponent(imageKey), serial: Number(serial) } }
}
