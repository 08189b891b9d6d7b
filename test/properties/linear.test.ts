/**
 * No text of a server, however nasty, takes more than its own length to work through: one that takes the square of it holds up the whole
 * program, without a time-out and without Ctrl-C. Each function gets each text; linear work takes milliseconds, quadratic work many seconds.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isExcepted } from '../../src/flow/proxy.ts'
import { believable } from '../../src/operations/backup/believable.ts'
import { printable, printableJson, printableLines } from '../../src/progress/printable.ts'
import { decodeAlbum, decodeItem, decodeNode, decodeUser } from '../../src/smugmug/reading/decode.ts'
import { displayName, endpointOf } from '../../src/smugmug/wire/addresses.ts'
import { parseObject } from '../../src/smugmug/wire/answer.ts'
import { oauthProblem, presentable, withoutTokens } from '../../src/smugmug/wire/redact.ts'
import { captureTime } from '../../src/vault/naming/capture-time.ts'
import { foldName, safeFolder, safeName, suffixFolder, suffixName } from '../../src/vault/naming/safe-path.ts'
import { parseTemplate, wantedName, withExtension } from '../../src/vault/naming/template.ts'
import { captionText } from '../../src/vault/record/caption-text.ts'
import { csvRow, csvStream } from '../../src/vault/record/csv.ts'
import { sidecarName } from '../../src/vault/record/sidecar-names.ts'
import { readLedger, renderXmp, xmpFacts } from '../../src/vault/record/xmp.ts'
import { mergeXmp } from '../../src/vault/record/xmp-merge.ts'
import { readXmp } from '../../src/vault/record/xmp-read.ts'
import { workOf } from '../support/work.ts'

const LENGTH = 100_000
/** Twenty times and more what linear work takes here, and less than half of what quadratic work does. */
const MOST_MS = 2_000

const pieces: Readonly<Record<string, string>> = {
  spaces: ' ',
  tabs: '\t',
  'line ends': '\n',
  'Windows line ends': '\r\n',
  digits: '7',
  dots: '.',
  commas: ',',
  letters: 'a',
  'double quotes': '"',
  'single quotes': "'",
  'opening angles': '<',
  'closing angles': '>',
  'opening tags': '<p ',
  'line breaks of HTML': '<br> ',
  comments: '<!-- ',
  scripts: '<script>',
  'ends of scripts': '</script ',
  ampersands: '&',
  references: '&#x',
  semicolons: ';',
  keywords: '"a;',
  'opening brackets': '[',
  'opening braces': '{{',
  actions: '{{.',
  slashes: '/',
  backslashes: '\\',
  escapes: '\\u00',
  'exclamation marks': '!',
  percents: '%',
  'percent-encoded': '%2525',
  minus: '-',
  equals: '=',
  'base64, almost': 'abcdefghijklmnopqrstuvw ',
  'signed requests': 'oauth_token="',
  'what was signed': '& debug_sb',
  paths: '/api/v2/album/',
  extensions: '.jpg',
  'a tower of accents': '\u0301',
  'accents out of order': '\u0301\u0316',
  'halves of pairs': '\ud800',
  joiners: '\u200d',
  'directions of reading': '\u202e',
  escape: '\u001b[',
  emoji: '👨‍👩‍👧',
}

const template = parseTemplate('{{.Title}} {{.FileNameNoExt}}{{.Extension}}')

const itemOf = (text: string) => {
  const raw = {
    ImageKey: 'k',
    FileName: text,
    Title: text,
    Caption: text,
    Keywords: text,
    KeywordArray: [text],
    Latitude: text,
    Longitude: text,
    Altitude: text,
    DateTimeOriginal: text,
    Date: text,
    ArchivedMD5: text,
    ArchivedSize: text,
    ArchivedUri: `https://photos.smugmug.com/${text}`,
    Uri: `/api/v2/album/x/image/${text}`,
    Uris: { LargestVideo: text },
  }
  return decodeItem(raw, { albumKey: 'a', position: 0, forceVideo: false }) ?? assert.fail()
}

const drain = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const _ of bytes);
}

async function* inOnePiece(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const functions: Readonly<Record<string, (text: string) => unknown>> = {
  presentable: (text) => [presentable(text), presentable(text, ['the-secret', 'aaaa']), oauthProblem(text), withoutTokens(text)],
  addresses: (text) => [endpointOf(text), endpointOf(`/api/v2/${text}`), displayName(new URL(`https://h/${text.slice(0, 50_000)}`), true)],
  NO_PROXY: (text) => isExcepted(new URL('https://api.smugmug.com'), text),
  parseObject: (text) => parseObject(Buffer.from(text)),
  decoding: (text) => [
    itemOf(text),
    decodeAlbum({ Uri: text, UrlPath: text, ImageCount: text, Name: text }),
    decodeNode({ Uri: text, Name: text, Uris: { Album: text } }),
    decodeUser({ NickName: text, ImageCount: text, Uris: { Node: text } }),
  ],
  printable: (text) => [printable(text), printableLines(text), printableJson(JSON.stringify(text))],
  safeName: (text) => [safeName(text), safeName('', text), suffixName(text, '-k'), suffixFolder(text, '-k')],
  safeFolder: (text) => safeFolder(text, 'fallback'),
  foldName,
  wantedName: (text) => wantedName(template, itemOf(text), { extension: 'mp4' }),
  withExtension: (text) => [withExtension(text, 'jpg'), sidecarName(text, 'append'), sidecarName(text, 'replace')],
  captureTime: (text) =>
    captureTime({
      dateTimeOriginal: text,
      metadata: { DateTimeCreated: text, MicroDateTimeCreated: text },
      exif: { dateTimeOriginal: '2019:08:04 11:28:12', offset: text },
    }),
  captionText,
  csv: (text) => drain(csvStream([csvRow(itemOf(text), { path: text, albumPath: text })], { defuse: true })),
  sidecar: (text) => {
    // Each of its texts is bounded by the others' size: a part of the length is enough to tell.
    const item = { ...itemOf(text.slice(0, LENGTH / 4)), keywordArray: [], files: [] }
    return renderXmp(xmpFacts({ key: 'a', urlPath: '' }, item as never, undefined))
  },
  'coordinates of a sidecar': (text) =>
    renderXmp({ imageKey: 'k', albumKey: 'a', albumPath: '', latitude: text, longitude: text, altitude: text }),
  'merging sidecars': (text) => {
    const facts = { imageKey: 'k', albumKey: 'a', albumPath: '', title: text.slice(-LENGTH / 4) }
    return mergeXmp(renderXmp(facts), renderXmp({ ...facts, caption: 'other' }))
  },
  'a sidecar of others': (text) => [
    readXmp(text),
    readXmp(`<?xml ${text}`),
    readLedger(text),
    readXmp(`<a>${text}</a>`),
    readXmp(`<a b="${text}"/>`),
  ],
  believable: (text) => drain(believable(inOnePiece(text), 'jpg')).catch(() => undefined),
}

describe('no text takes more than its own length', () => {
  for (const [name, run] of Object.entries(functions)) {
    test(name, async () => {
      const slow: string[] = []
      for (const [what, piece] of Object.entries(pieces)) {
        const many = piece.repeat(Math.ceil(LENGTH / piece.length))
        for (const text of [many, `x${many}x`]) {
          const ms = await workOf(() => run(text))
          if (ms > MOST_MS) slow.push(`${what}: ${Math.round(ms)} ms`)
        }
      }
      assert.deepEqual(slow, [])
    })
  }
})
