/**
 * docs/troubleshooting.md explains every message of the program, and no other. A message is each text in the sources of three
 * words or more that is not exempted below, so that a new one cannot be forgotten. The page has it as a code span in a table, from its
 * beginning, as far as it likes, with `…` for what differs.
 */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { sep } from 'node:path'
import { describe, test } from 'node:test'
import { parsePage, read, root } from './manual.ts'
import { blank, literalsOf } from './source-text.ts'

const PAGE = 'docs/troubleshooting.md'

/** Files whose texts are no messages, each with what they are. */
const elsewhere: Readonly<Record<string, string>> = {
  'src/cli/command-table.ts': 'the help',
  'src/cli/exit-codes.ts': 'the help',
  'src/cli/operands.ts': 'the help',
  'src/cli/options.ts': 'the help',
  'src/cli/help.ts': 'the help',
  'src/cli/completion/': 'scripts for shells',
  'src/cli/prompts.ts': 'questions',
  'src/cli/plain-questions.ts': 'questions',
  'src/cli/setup/': 'the questions of the set-up, and its answers to them',
  'src/cli/commands/demo.ts': 'the words of the demo about itself',
  'src/cli/reporters/': 'headings and progress',
  'src/cli/stats/page.ts': 'the page of --stats',
  'src/progress/measure.ts': 'progress',
  'src/progress/phase.ts': 'progress',
  'src/progress/words.ts': 'the words on that page',
  'src/progress/metrics.ts': 'the description of each number for Prometheus',
  'src/cli/stats/server.ts': 'answers to wrong addresses',
  'src/web/': 'the local page, and its answers to wrong addresses',
  'src/service/': 'the local page: tasks and their exceptions',
  'src/config/settings.ts': 'docs/settings.md',
  'src/config/web-settings.ts': 'docs/settings.md',
  'src/config/notify-settings.ts': 'docs/settings.md',
  'src/config/key-settings.ts': 'docs/settings.md',
  'src/config/encryption-settings.ts': 'docs/settings.md',
  'src/config/copy-settings.ts': 'docs/settings.md',
  'src/config/fleet-settings.ts': 'docs/settings.md',
  'src/config/place-settings.ts': 'docs/settings.md',
  'src/config/s3-settings.ts': 'docs/settings.md',
  'src/config/service-settings.ts': 'docs/settings.md',
  'src/operations/backup/report/report.ts': 'the page of a report',
  'src/operations/handover/texts/': 'the files of a handover',
  'src/operations/restore/report.ts': 'the page of a report',
  'src/operations/leave/page.ts': 'the page of a certificate',
  'src/operations/leave/to-do.ts': 'the list to tick off, which explains itself',
  'src/operations/history/item-changes.ts': 'the life of a photo in `history`',
  'src/operations/health.ts': 'the page about the health of a vault',
  'src/config/docs-table.ts': 'docs/settings.md',
  'src/config/kinds.ts': 'docs/settings.md: what a key takes',
  'src/config/retention.ts': 'docs/settings.md: what a key takes',
  'src/smugmug/sign-in/page.ts': 'the page in the browser after the sign-in',
  'src/library/kinds.ts': 'docs/library.md: what an option takes',
  'src/twin/pages/': 'the pages of the twin',
  'src/twin/public.ts': "SmugMug's own words",
  'src/twin/client/': 'the views of the twin',
  'src/twin/formats.ts': 'the views of the twin',
  'src/vault/shown.ts': 'SQL',
  'src/vault/shown-rows.ts': 'SQL',
  'src/vault/catalogue/migrations.ts': 'SQL',
  'src/vault/record/readme.ts': 'README.txt of a vault',
  'src/vault/record/xmp.ts': 'XMP',
  'src/vault/shown-pictures.ts': 'SQL',
  'src/vault/storage/sealed/seal-index.ts': 'SQL',
  'src/vault/storage/memory.ts': 'only tests use it',
  'src/vault/system-error.ts': "the system's own words",
}

/** Texts that are no messages wherever they stand. */
const noMessages: readonly (readonly [what: RegExp, why: string])[] = [
  [/^(?:[a-z]\.[a-z_0-9]+, [a-z]\.|image_key, )[a-z_0-9]+,/, 'columns of SQL'],
  [/^(?:SELECT|FROM [a-z_]+ WHERE|INSERT|UPDATE|DELETE|WITH|PRAGMA|BEGIN|REPLACE|CREATE|…; PRAGMA)\b/, 'SQL'],
  [/^<!doctype|^default-src /, 'HTML'],
  [/^\{\s*"format"/, 'JSON'],
  [/^(?:jpg\/jpeg|mp4 mov)/, 'lists of extensions'],
  [/^System Volume Information$/, 'a folder of Windows'],
  [/^# created: /, 'the file of a key, in the words of age-keygen'],
  [/^no identity matched$/, "the library's words, which are looked for"],
  [/^Invalid TOML document: $/, "the parser's words, which are taken off"],
  [
    /^(?:at the top|the command line|at least … bytes|an empty segment|the one item|a pipe, a socket or a device)$/,
    'a part of a message that differs',
  ],
  [
    /^(?:there were too many|too many of them failed|none of them was answered|more brought no more|fewer brought less|answers have become slow|more may bring more|to begin with)$/,
    'reasons for a limit on requests: only with --verbose',
  ],
  [/^(?:all are listed|after all listings|after the brake)$/, 'reasons and routes inside the program'],
  [/^(?:new …, adopted …|failed …, impossible …|held by grade)/, 'counts'],
  [/^(?:Six-digit code:|Open(?:ing)? this address in (?:a|the) browser|Waiting for you in the browser)/, 'questions'],
  [
    /^… written\.$|^Help was printed\.$|^The completion script for … was printed\.$|^smugmug-backup report, …$|^Albums \(held and proven|^Removed for good$/,
    'reports success, or a heading',
  ],
  // The next step, given to an error in another way than `hint:`.
  [
    /^(?:In the settings of|Correct|Give|Run|Compare|Add|Write|Check|Docker makes|Make it there|Make room there|Set the clock|Let NODE_EXTRA_CA_CERTS|Texts stand|Only keys can|In "…" a backslash|A file name cannot)\b/,
    'a hint',
  ],
  [/^In SmugMug, under Account Settings/, 'a hint'],
  [/^(?:Did you mean|The keys are|The accounts are)\b/, 'a hint'],
]

const words = (text: string): number => text.split(/\s+/).filter((word) => /[A-Za-z]{2}/.test(word)).length

/** Removes the parts that differ at both ends, to compare beginnings. */
const bare = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/…(?: ?…)+/g, '…')
    .replace(/^[\s….,:;]+|[\s….,:;]+$/g, '')

interface Text {
  readonly text: string
  readonly place: string
  /** Must be on the page. */
  readonly isMessage: boolean
}

/** Thrown for bugs alone, whose texts nobody explains, and what to do next, which explains itself. */
const unexplained = /\bnew (?:Error|TypeError|RangeError)\(\s*$|\bhint\s*[:=][^;{,]*$/

function textsOf(path: string, source: string): readonly Text[] {
  const code = blank(source)
  const exempt = Object.keys(elsewhere).some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))
  return literalsOf(source, code).map(({ text, at }) => ({
    text,
    place: `${path}:${source.slice(0, at).split('\n').length}`,
    isMessage:
      !exempt &&
      words(text) >= 3 &&
      !unexplained.test(code.slice(Math.max(0, at - 400), at)) &&
      !noMessages.some(([what]) => what.test(text.trimStart())),
  }))
}

const sources = globSync('src/**/*.ts', { cwd: root })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => !path.endsWith('.test.ts'))
const texts = sources.flatMap((path) => textsOf(path, read(path)))

const lines = read(PAGE).split('\n')
const columnsOf = (line: string): readonly string[] => (line.startsWith('| ') ? line.split(/(?<!\\)\|/).slice(1, -1) : [])
const spansOf = (text: readonly string[]): readonly string[] => parsePage(PAGE, text.join('\n').replaceAll('\\|', '|')).spans.map(bare)

/** Does this entry of the page explain this message? It must have its beginning, or (for a part of a message) end with it. */
const explains = (entry: string, message: string): boolean => message.startsWith(entry) || entry.endsWith(message)

describe('docs/troubleshooting.md', () => {
  /** The first column has the messages, what is said of them (not what to do) may have their parts. */
  const titles = spansOf(lines.flatMap((line) => columnsOf(line).slice(0, 1)))
  const entries = spansOf(lines.flatMap((line) => (line.startsWith('|') ? columnsOf(line).slice(0, 2) : [line]))).filter(
    (entry) => words(entry) >= 3,
  )

  test('explains every message of the program', () => {
    const messages = texts.filter(({ isMessage }) => isMessage)
    assert.ok(messages.length > 150, 'hardly any message was found: the search is broken')
    const missing = messages.filter(({ text }) => !entries.some((entry) => explains(entry, bare(text))))
    assert.deepEqual(
      missing.map(({ place, text }) => `${place}: ${bare(text)}`),
      [],
      `${PAGE} has no row whose first column begins with these (with … for what differs)`,
    )
  })

  test('explains no message that the program no longer has', () => {
    const known = texts.map(({ text }) => bare(text)).filter((text) => words(text) >= 2 || /^\(.+\)$/.test(text))
    assert.ok(titles.length > 100, 'the page has hardly any message: the search is broken')
    assert.deepEqual(
      titles.filter((entry) => !known.some((text) => explains(entry, text))),
      [],
    )
  })
})

describe('the reading of messages', () => {
  const messages = (source: string): readonly string[] =>
    textsOf('src/a.ts', source).flatMap(({ text, isMessage }) => (isMessage ? [bare(text)] : []))

  test('takes texts out of templates, also those within', () =>
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text to be read
    assert.deepEqual(messages("f(`The disk ${a ? `of ${b} is quite full` : 'x'} is gone: ${c}.`)"), [
      'of … is quite full',
      'The disk … is gone',
    ]))
  test('leaves hints and bugs alone', () =>
    assert.deepEqual(
      messages("new E('This went very wrong.', { hint: a ? 'Do it again.' : 'Do it not again.' })\nnew TypeError('never is this seen')"),
      ['This went very wrong'],
    ))
  test('asks for the beginning of a message, or for the end that a part of one is', () => {
    assert.ok(explains(bare('The disk … is gone'), bare('The disk … is gone: ….')))
    assert.ok(explains(bare('answered 429 (too many requests)'), bare(' (too many requests)')))
    assert.ok(!explains(bare('is gone for good'), bare('The disk … is gone for good.')))
  })
})
