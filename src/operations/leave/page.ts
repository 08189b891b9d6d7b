import { formatBytes, formatCount, formatNumber, type Problem } from '../../events.ts'
import type { Certificate, CertifiedAlbum } from './certificate.ts'
import type { ToDo } from './to-do.ts'

/** The columns of the page: it fits on paper. */
const WIDE = 78

/** Renders the certificate as a page of plain text, to read and to print. */
export function* certificatePage(certificate: Certificate): Generator<string> {
  const { isEverythingHeld, open, albums, toDo } = certificate
  yield lines(
    'Certificate of a last look before a SmugMug account is closed',
    '=============================================================',
    '',
    ...wrap(isEverythingHeld ? wholeWords(certificate) : openWords(certificate)),
    '',
    ...facts(certificate),
    '',
  )
  if (open.length > 0) {
    yield heading(`Open: do not close the account yet (${formatNumber(open.length)})`)
    for (const problem of open) yield lines(problemLine(problem))
    yield '\n'
  }
  yield heading('Albums')
  yield lines(
    ...wrap(
      'Counted by SmugMug, held, and of these: originals, best copies (what SmugMug has of videos and HEIC photos), smaller than the original; and kept though gone from the account. A photo held in another album is counted there.',
    ),
    '',
    `${rowOf(['counted', 'held', 'originals', 'best', 'smaller', 'kept'])}  album`,
  )
  for (const album of albums) yield lines(albumLine(album))
  yield '\n'
  yield* checking(certificate)
  yield heading('To tick off: only you can do this')
  for (const each of toDo) yield lines(...toDoLines(each))
}

const wholeWords = ({ held, counted = held, reread }: Certificate): string =>
  `Nothing is open. SmugMug counted ${formatCount(counted, 'item')}; all of them are held, as well as SmugMug offers them, and all ${formatCount(reread.files, 'file')} in their places were read again to the last byte and are as they were proven when they came.`

const openWords = ({ held, counted, open }: Certificate): string =>
  `This is no proof that everything is held: ${formatCount(open.length, 'thing')} ${open.length === 1 ? 'is' : 'are'} open. Held: ${formatNumber(held)}${counted === undefined ? '' : ` of ${formatNumber(counted)}`} items.`

function facts(certificate: Certificate): readonly string[] {
  const { account, listed, reread, notRead, originals, renditions, smaller, keptThoughGone } = certificate
  const rows: readonly (readonly [string, string])[] = [
    ['Account', account ?? 'not known'],
    ['Listed', `${listed.from} to ${listed.to}`],
    ['Read again', `${reread.from} to ${reread.to}`],
    ['', `${formatCount(reread.files, 'file')}, ${formatBytes(reread.bytes)} (${formatNumber(reread.bytes)} bytes)`],
    ...notReadRows(notRead),
    ['Originals', formatNumber(originals)],
    ['Renditions', `${formatNumber(renditions)} (the best that SmugMug keeps: videos, HEIC)`],
    ['Smaller', `${formatNumber(smaller)} (less than the original)`],
    ['Kept', `${formatNumber(keptThoughGone)} (though gone from the account)`],
    ['Program', certificate.program],
    ['Vault', certificate.vault],
    ['Written', certificate.writtenAt],
  ]
  return rows.map(([name, value]) => `${name.padEnd(11)} ${oneLine(value)}`)
}

/** Says of which files the certificate proves nothing. */
function notReadRows(notRead: Certificate['notRead']): readonly (readonly [string, string])[] {
  if (notRead?.files === 0) return []
  const count =
    notRead === undefined ? 'an unknown number of files' : `${formatCount(notRead.files, 'file')}, ${formatBytes(notRead.bytes)}`
  return [
    ['Not read', `${count} of the past, in history/ and trash/:`],
    ['', 'they have no checksums, and this page proves nothing about them'],
  ]
}

function* checking({ checksums }: Certificate): Generator<string> {
  yield heading('How a stranger checks it')
  if (checksums === undefined) {
    yield lines('The vault has no file of checksums.', '')
    return
  }
  const { file, sha256 } = checksums
  yield lines(
    ...wrap(`The SHA-256 of every file of the vault is in ${file}. The SHA-256 of that list itself, when this page was written:`),
    '',
    `  ${sha256}`,
    '',
    'In the folder of the vault, without this program:',
    '',
    `  sha256sum ${file}        (must print the line above)`,
    `  sha256sum -c --quiet ${file}`,
    '',
    ...wrap('The second command reads everything, and prints only what is wrong. On a Mac it is `shasum -a 256`.'),
    ...wrap('This page is not signed: it shows that nothing has changed since, not who wrote it. A later backup makes a new list.'),
    '',
  )
}

function albumLine({ path, counted, held, originals, renditions, smaller, keptThoughGone, isGone }: CertifiedAlbum): string {
  const count = isGone === true ? 'gone' : counted === undefined ? '?' : formatNumber(counted)
  return `${rowOf([count, ...[held, originals, renditions, smaller, keptThoughGone].map(formatNumber)])}  ${oneLine(path)}`
}

const rowOf = (cells: readonly string[]): string => cells.map((text) => text.padStart(10)).join('')

function problemLine({ kind, album, name, reason, detail }: Problem): string {
  const what = [album, name].filter((part) => part !== undefined && part !== '').join('/')
  return oneLine(
    `[ ] ${kind === 'notice' ? '' : `${kind}: `}${what === '' ? '' : `${what}: `}${reason}${detail === undefined ? '' : ` (${detail})`}`,
  )
}

const toDoLines = ({ what, how, names = [] }: ToDo): readonly string[] => [
  `[ ] ${what}`,
  ...wrap(how, '    '),
  ...names.map((name) => `      - ${oneLine(name)}`),
  '',
]

const heading = (text: string): string => lines(text, '-'.repeat(text.length), '')

const lines = (...all: readonly string[]): string => all.map((line) => `${line.trimEnd()}\n`).join('')

/** Breaks a sentence between words. */
function wrap(text: string, indent = ''): readonly string[] {
  const found: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    const isFirst = line.length === indent.length
    if (!isFirst && line.length + 1 + word.length > WIDE) {
      found.push(line)
      line = `${indent}${word}`
    } else line += isFirst ? word : ` ${word}`
  }
  return [...found, line]
}

/** Controls, line ends and marks that turn the direction: a name with such could pretend to be a line of this page. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu

const oneLine = (text: string): string => text.replaceAll(UNPRINTABLE, '\u{fffd}')
