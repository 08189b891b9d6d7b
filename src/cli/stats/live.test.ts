import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { eventsOf, lastOf } from '../../../test/support/event-stream.ts'
import { type FakeIo, fakeIo } from '../../../test/support/fake-io.ts'
import { ServiceError } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import { noTotals } from '../../model.ts'
import type { Words } from '../../progress/words.ts'
import type { App } from '../command.ts'
import { processIo } from '../io.ts'
import { main } from '../main.ts'

type Result = Awaited<ReturnType<App['runVerify']>>
type RunBackup = (request: Parameters<App['runBackup']>[0]) => Promise<Result>

const env = { SMGMG_BK_DESTINATION: '/vault' }
const complete: Result = { exitCode: 0, message: 'Complete.', totals: noTotals, problems: [] }
const app = (runBackup: RunBackup) => async () => ({ runBackup }) as unknown as App

/** Returns the address of the page, as printed. */
const urlIn = (output: { readonly text: string }): string =>
  /shown at (http:\/\/\S+)/.exec(output.text)?.[1] ?? assert.fail(`no address in: ${output.text}`)

const words = async (url: string): Promise<Words> => (await fetch(`${url}stats.json`)).json() as Promise<Words>
const lastWords = (url: string) => lastOf<Words>(`${url}stats.stream`)
const metrics = async (url: string): Promise<string> => (await fetch(`${url}metrics`)).text()
const isGone = async (url: string): Promise<boolean> =>
  await fetch(url).then(
    () => false,
    () => true,
  )

/** Reports a photo that was fetched. */
const fetched = (emit: Emit, size: number): void => {
  emit({ event: 'transfer.started', path: 'A/a.jpg', size })
  emit({ event: 'transfer.finished', path: 'A/a.jpg', received: size })
  emit({ event: 'item', outcome: 'stored', album: '/A', albumKey: 'a', imageKey: 'k', path: 'A/a.jpg', size })
}

describe('backup --stats', () => {
  test('serves the run while it goes on, and shows the end to every open page', async () => {
    const io = fakeIo({ env })
    let looking: Awaited<ReturnType<typeof lastWords>> | undefined
    const run: RunBackup = async ({ emit }) => {
      const url = urlIn(io.stdout)
      assert.match(url, /^http:\/\/(?:localhost|127\.0\.0\.1):\d+\/$/)
      emit({ event: 'account', nickName: 'jane', albums: 1, items: 2 })
      assert.equal((await words(url)).texts.items, '0')
      fetched(emit, 5000)
      emit({ event: 'request', host: 'h', what: 'w', endpoint: 'file', status: 200, durationMs: 3 })
      const { texts, done } = await words(url)
      assert.deepEqual([texts.items, texts['items-of'], texts.bytes, done], ['1', 'of 2 photos and videos', '5.0 kB', 0.5])
      assert.match(await metrics(url), /^smugmug_backup_received_bytes_total 5000$/m)
      assert.match(await metrics(url), /^smugmug_backup_requests_total\{endpoint="file",status="200"\} 1$/m)
      const stream = eventsOf<Words>(`${url}stats.stream`)
      assert.deepEqual((await stream.next()).value?.speeds, [])
      io.tick(5000)
      assert.deepEqual((await stream.next()).value?.speeds, [1000])
      await stream.return()
      looking = await lastWords(url)
      return { ...complete, exitCode: 3, message: 'One failed.' }
    }
    assert.equal(await main(['--stats'], io, app(run)), 3)
    const last = await looking?.last
    assert.deepEqual([last?.state, last?.texts.status, last?.texts.detail], ['warning', 'Ended', 'One failed.'])
    assert.ok(await isGone(urlIn(io.stdout)))
    assert.match(io.stdout.text, /API calls.*of memory at most/, 'the summary has its figures as well')
  })

  test('after an error or a bug the server is gone, too', async () => {
    for (const error of [new ServiceError('no answer'), new TypeError('a bug')]) {
      const io = fakeIo({ env })
      let looking: Awaited<ReturnType<typeof lastWords>> | undefined
      const run: RunBackup = async () => {
        looking = await lastWords(urlIn(io.stdout))
        throw error
      }
      assert.equal(await main(['--stats'], io, app(run)), error instanceof ServiceError ? 3 : 1)
      assert.ok(await isGone(urlIn(io.stdout)))
      const { state, texts } = (await looking?.last) ?? assert.fail('it did not run')
      assert.deepEqual([state, texts.detail], error instanceof ServiceError ? ['warning', 'no answer'] : ['running', texts.detail])
    }
  })

  test('Ctrl-C once shows that the run was stopped; twice waits for nobody', async () => {
    const io = fakeIo({ env })
    let looking: Awaited<ReturnType<typeof lastWords>> | undefined
    const run: RunBackup = async () => {
      looking = await lastWords(urlIn(io.stdout))
      io.interrupt()
      io.interrupt()
      return await new Promise<never>(() => {})
    }
    assert.equal(await main(['--stats'], io, app(run)), 130)
    assert.equal((await looking?.last)?.texts.status, 'Stopped')
    assert.ok(await isGone(urlIn(io.stdout)))
  })

  test('--account all is one run with one page', async (t) => {
    const home = mkdtempSync(join(tmpdir(), 'stats-'))
    t.after(() => rmSync(home, { recursive: true }))
    writeFileSync(join(home, 'config.toml'), '[account.a]\ndestination = "/a"\n[account.b]\ndestination = "/b"\n', { mode: 0o600 })
    const io = fakeIo({ home, cwd: home })
    const counted: string[] = []
    const run: RunBackup = async ({ emit, settings }) => {
      emit({ event: 'run.started', operation: 'backup', destination: settings.destination ?? '', dryRun: false })
      fetched(emit, 5)
      counted.push(/^smugmug_backup_received_bytes_total (\d+)$/m.exec(await metrics(urlIn(io.stdout)))?.[1] ?? '')
      return complete
    }
    assert.equal(await main(['--stats', '--account', 'all'], io, app(run)), 0)
    assert.deepEqual(counted, ['5', '10'])
    assert.equal(io.stdout.text.match(/shown at/g)?.length, 1)
  })

  test('says where it is on standard error under --json, and nothing under --quiet', async () => {
    const json = fakeIo({ env })
    assert.equal(
      await main(
        ['--stats', '--json'],
        json,
        app(async () => complete),
      ),
      0,
    )
    assert.doesNotMatch(json.stdout.text, /http/)
    urlIn(json.stderr)
    const quiet = fakeIo({ env })
    assert.equal(
      await main(
        ['--stats', '--quiet'],
        quiet,
        app(async () => complete),
      ),
      0,
    )
    assert.equal(quiet.stdout.text + quiet.stderr.text, '')
  })

  test('a port that is taken is a warning, and the run goes on as it would', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const { port: statsPort } = other.address() as AddressInfo
    const lines = (io: FakeIo) =>
      io.stdout.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly event: string; readonly message: string })
    for (const exitCode of [0, 3] as const) {
      const io = fakeIo({ env, statsPort })
      const run: RunBackup = async ({ emit }) => {
        emit({ event: 'account', nickName: 'jane', albums: 1 })
        return { ...complete, exitCode }
      }
      assert.equal(await main(['--stats', '--json'], io, app(run)), exitCode)
      const [warning, ...rest] = lines(io)
      assert.deepEqual(
        [warning?.event, warning?.message],
        [
          'warning',
          `The page of --stats cannot be shown: another program uses port ${statsPort}. The run goes on without it. To use another port: --stats=PORT.`,
        ],
      )
      assert.deepEqual(
        rest.map(({ event }) => event),
        ['account', 'summary'],
      )
    }
  })

  test('without --stats nothing listens', async () => {
    const io = fakeIo({ env })
    assert.equal(
      await main(
        [],
        io,
        app(async () => complete),
      ),
      0,
    )
    assert.doesNotMatch(io.stdout.text, /http:/)
  })
})

test("the port is the Go program's", () => assert.equal(processIo('1').statsPort, 6060))
