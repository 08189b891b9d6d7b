/** The mechanical part of the rule that nobody should have to read a sentence of ours twice. CONTRIBUTING.md has the whole rule. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePage, read, repositoryFiles } from './manual.ts'
import { commentsOf } from './source-text.ts'

/** History stays as it was written, and the fact sheet quotes another service. */
const LEFT_ALONE: readonly string[] = ['CHANGELOG.md', 'docs/smugmug-api.md', 'test/samples/PROVENANCE.md']

interface Rule {
  readonly fault: string
  /** Finds the fault in one sentence. */
  readonly bad: RegExp
  /** Only in the first sentence of a comment that documents a declaration. */
  readonly opening?: true
}

const RULES: readonly Rule[] = [
  { fault: 'a free relative clause is the subject: name the thing', bad: /^(?:What|Who|Whom|Whose|Where)\b(?!.*\?$)/ },
  { fault: 'begin with a verb or a noun', bad: /^(?:How|Why|Whether|Of|To be)\b(?!.*\?$)/, opening: true },
  { fault: '"so" is no amount: write the number, or "as many as"', bad: /\bso (?:few|many|much|long|often|large|small)\b/i },
  { fault: 'name the person or the part: the caller, the owner, another task', bad: /\bwho(?:m|so)?ever\b/i },
  { fault: 'say "reports" or "says"', bad: /\b(?:told|tells)\b(?! (?:\w+ )?apart)/i },
]

const faultsOf = (text: string, isDoc: boolean): readonly string[] =>
  text
    .split(/(?<=[.!?])\s+/)
    .flatMap((sentence, at) =>
      RULES.filter(({ bad, opening }) => bad.test(sentence) && (opening === undefined || (isDoc && at === 0))).map(
        ({ fault }) => `${fault}: ${sentence}`,
      ),
    )

const isIn = (folders: readonly string[]) => (path: string) => folders.some((folder) => path.startsWith(folder))
const files = repositoryFiles().filter((path) => !isIn(LEFT_ALONE)(path))
const sources = files.filter((path) => /^(?:src|simulator|bench|scripts|test)\/.*\.(?:ts|mjs|cjs)$/.test(path))
const pages = files.filter((path) => path.endsWith('.md'))

/** A number before a noun in the plural, unless `formatCount` made it. */
const HAND_MADE = /\$\{(?!formatCount)[^{}]*\} (?:items|albums|photos|videos|files|folders|runs|versions|days|seconds)\b/g

/** The sources that write such nouns themselves: parts of a whole (`1/3 albums`), kinds of files, and durations from two days on. */
const COUNTS_ITSELF: ReadonlySet<string> = new Set([
  'src/cli/reporters/progress.ts',
  'src/cli/reporters/text.ts',
  'src/progress/format.ts',
  'src/twin/formats.ts',
  'src/web/pages/calendar.ts',
])

const faultsIn = (path: string): readonly string[] => {
  const text = read(path)
  if (path.endsWith('.md')) return paragraphsOf(path, text).flatMap((each) => faultsOf(each, false))
  return commentsOf(text).flatMap(({ text: comment, isDoc }) => faultsOf(withoutCode(comment), isDoc))
}

/** Removes code spans, which have their own language. */
const withoutCode = (text: string): string => text.replace(/`[^`]*`/g, '`…`')

/** Returns the paragraphs, items and cells of a page, without code, headings and the headers of tables. */
const paragraphsOf = (path: string, text: string): readonly string[] =>
  parsePage(path, text)
    .prose.replace(/^\|.*\|[ \t]*\n(?=\|[ :-]+\|)/gm, '')
    .split(/\n\s*\n|\n(?=\s*(?:[-|#]|\d+\. ))|\|/)
    .map((each) =>
      each
        .replace(/\s+/g, ' ')
        .replace(/^ ?(?:[-*]|\d+\.) /, '')
        .trim(),
    )
    .filter((each) => each !== '' && !each.startsWith('#'))

describe('plain English', () => {
  test('in the comments of the sources and in the manual', () => {
    const found = [...sources, ...pages].flatMap((path) => faultsIn(path).map((fault) => `${path}: ${fault}`))
    assert.deepEqual(found, [])
  })

  test('a number and its noun agree: `1 item`', () => {
    const found = sources
      .filter((path) => path.startsWith('src/') && !path.endsWith('.test.ts') && !COUNTS_ITSELF.has(path))
      .flatMap((path) => [...read(path).matchAll(HAND_MADE)].map(([text]) => `${path}: ${text}: formatCount knows the singular`))
    assert.deepEqual(found, [])
    assert.deepEqual(
      ['n} items', 'formatNumber(n)} days', 'formatCount(n)} albums', 'n} itemsets'].filter((text) => `$\u007b${text}`.match(HAND_MADE)),
      ['n} items', 'formatNumber(n)} days'],
    )
  })

  test('the rule finds what it is for', () => {
    for (const bad of [
      'What it costs.',
      'Ends. Who waits goes first.',
      'At most so many at once.',
      'Whoever asks, waits.',
      'It tells the size.',
    ])
      assert.equal(faultsOf(bad, true).length > 0, true, bad)
    for (const good of ['What is it called?', 'Returns the cost.', 'Waits as long as needed.', 'It tells twins apart.'])
      assert.deepEqual(faultsOf(good, true), [])
  })
})
