import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Problem } from '../../events.ts'
import { type SummaryInput, summaryLines } from './summary.ts'
import { displayWidth } from './width.ts'

const totals: SummaryInput['totals'] = {
  albums: 56,
  albumsSkipped: 50,
  items: 1234,
  stored: 12,
  adopted: 0,
  copied: 0,
  moved: 0,
  kept: 1222,
  replaced: 0,
  vanished: 0,
  failed: 0,
  impossible: 0,
  pending: 0,
  bytes: 12_300_000_000,
  apiCalls: 321,
  durationMs: 180_000,
}

const good: SummaryInput = {
  command: 'backup',
  dryRun: false,
  exitCode: 0,
  message: 'Complete: all 1,234 items in 56 albums are held and proven.',
  totals,
  problems: [],
  quiet: false,
}

const text = (over: Partial<SummaryInput>): string =>
  summaryLines({ ...good, ...over })
    .map((line) => line.text)
    .join('\n')

const problem = (kind: Problem['kind'], name: string, reason = 'why'): Problem => ({ kind, album: '/Travel', name, reason })

describe('the summary', () => {
  test('of a good run is two lines', () => {
    assert.equal(text({}), 'Complete: all 1,234 items in 56 albums are held and proven.\n12 new, 1,222 unchanged. 12.3 GB received. 3 min.')
    assert.equal(summaryLines(good)[0]?.tone, 'good')
  })

  test('sends to a person what no run can mend', () => {
    const mine = { ...problem('failed', 'index.html', 'move it away'), needsYou: true } as const
    for (const kind of ['album', 'missing', 'damaged'] as const)
      assert.match(text({ exitCode: 3, problems: [{ ...mine, kind }] }), /For you to do \(1\): no run can mend these/)
    const lines = text({ command: 'twin', exitCode: 3, problems: [mine, problem('failed', 'f.jpg')] }).split('\n')
    const at = lines.indexOf('For you to do (1): no run can mend these')
    assert.equal(lines[at + 1], '  /Travel/index.html: move it away')
    assert.ok(lines.indexOf('Failed (1): the next run tries again') > at)
  })

  test('names every exception under its kind and advice', () => {
    const lines = text({
      exitCode: 3,
      problems: [
        problem('pending', 'p.mp4', 'being processed'),
        problem('failed', 'f.jpg', 'SmugMug answered 404'),
        problem('vanished', 'v.jpg'),
      ],
      hint: 'Run it again.',
    }).split('\n')
    const at = (start: string): number => lines.findIndex((line) => line.startsWith(start))
    assert.ok(at('Failed (1): the next run tries again') > 0, lines.join('\n'))
    assert.equal(lines[at('Failed (1)') + 1], '  /Travel/f.jpg: SmugMug answered 404')
    assert.equal(lines[at('Pending (1)') + 1], '  /Travel/p.mp4: being processed')
    assert.ok(at('Failed') < at('Pending') && at('Pending') < at('Vanished'))
    assert.equal(lines.at(-1), 'Run it again.')
  })

  test('every kind of problem has its place', () => {
    const kinds = ['failed', 'impossible', 'pending', 'vanished', 'replaced', 'missing', 'damaged', 'foreign', 'album', 'notice'] as const
    for (const kind of kinds) assert.ok(text({ problems: [problem(kind, 'x.jpg', 'the reason')] }).includes('the reason'), kind)
  })

  test('takes fifty lines for the exceptions at most, and says where the rest is', () => {
    const problems = Array.from({ length: 1200 }, (_, n) => problem(n < 30 ? 'failed' : 'impossible', `${n}.jpg`, `reason ${n}`))
    const told = text({ exitCode: 3, problems, reports: '/v/.smugmug-backup/reports' })
    assert.equal(told.split('\n').filter((line) => line.startsWith('  ')).length, 50)
    assert.ok(told.includes('Impossible (1,170)'))
    assert.ok(told.includes('And 1,150 more: see the report in /v/.smugmug-backup/reports'))
  })

  test('with --verbose has a line for each, with its detail', () => {
    const problems = Array.from({ length: 60 }, (_, n) => ({ ...problem('failed', `${n}.jpg`), detail: `detail ${n}` }))
    const told = text({ exitCode: 3, problems, verbose: true })
    for (let n = 0; n < 60; n += 1) assert.ok(told.includes(`  /Travel/${n}.jpg: why (detail ${n})`), told)
  })

  test('sums up what the last run had as well, but not what failed', () => {
    const old = (kind: Problem['kind'], name: string): Problem => ({ ...problem(kind, name, `${kind} again`), asBefore: true })
    const problems = [old('pending', 'a.mp4'), old('pending', 'b.mp4'), old('failed', 'c.jpg'), problem('pending', 'new.mp4')]
    const told = text({ exitCode: 3, problems, reports: '/v/r' })
    assert.ok(told.includes('As before: 2 videos pending again in 1 album (see the report).'), told)
    assert.ok(told.includes('/Travel/c.jpg: failed again') && told.includes('/Travel/new.mp4') && !told.includes('a.mp4'), told)
    assert.doesNotMatch(text({ exitCode: 3, problems, quiet: true }), /As before/)
    assert.match(text({ exitCode: 3, problems, verbose: true }), /a\.mp4/)
  })

  test('is wrapped at words on a terminal of any width', () => {
    const problems = Array.from({ length: 9 }, (_, n) => ({ ...problem('failed', `写真 ${n}.jpg`), album: '/旅行/北海道 2026/夏休み' }))
    for (let columns = 20; columns <= 300; columns += 7) {
      for (const line of text({ exitCode: 3, problems, columns, hint: 'Run the backup again: what failed is tried again.' }).split('\n'))
        assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`)
    }
  })

  test('quiet: nothing when all is well, else only failures', () => {
    const problems = [problem('impossible', 'i.jpg'), problem('failed', 'f.jpg')]
    assert.equal(text({ quiet: true, problems }), '')
    const told = text({ quiet: true, exitCode: 3, message: 'Not complete: 1 item failed.', problems })
    assert.ok(told.includes('Not complete') && told.includes('f.jpg') && !told.includes('i.jpg'), told)
  })

  test('a dry run says what would be done', () => {
    const told = text({ dryRun: true, message: 'Would bring in 12 items.', totals: { ...totals, replaced: 1 } })
    assert.ok(told.includes('12 to fetch, 1 to replace, 1,222 unchanged'), told)
    assert.ok(told.includes('12.3 GB to receive'), told)
  })

  test('a proof advises against deleting, where a verification would promise a download', () => {
    const problems = [problem('missing', 'm.jpg')]
    assert.match(text({ command: 'verify', exitCode: 3, problems }), /Missing \(1\): the next backup brings back what it can/)
    assert.match(text({ command: 'proof', exitCode: 3, problems }), /Not held \(1\): do not delete/)
  })

  test('--stats adds calls, speed and memory', () => {
    assert.match(text({ peakMemory: 87_000_000 }), /321 API calls, 68\.3 MB\/s on average, 87\.0 MB of memory/)
  })

  test('--stats shows no speed of a dry run, which receives nothing', () => {
    assert.match(text({ dryRun: true, peakMemory: 87_000_000 }), /321 API calls, 87\.0 MB of memory/)
  })

  test('an error is bad, an interruption a warning', () => {
    assert.equal(summaryLines({ ...good, exitCode: 4 })[0]?.tone, 'bad')
    assert.equal(summaryLines({ ...good, exitCode: 130 })[0]?.tone, 'warning')
  })

  test('hostile names stay text', () => {
    const told = text({ message: 'a\x1b[2Jb', problems: [problem('failed', '\x07\r\n.jpg', '\u202ereason')] })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    assert.doesNotMatch(told.replaceAll('\n', ''), /[\u0000-\u001f\u202e]/)
    assert.ok(told.includes('\\x0d\\x0a.jpg'))
  })
})
