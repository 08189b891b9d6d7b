import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type FakeIo, fakeIo } from '../../test/support/fake-io.ts'
import { VirtualScreen } from '../../test/support/virtual-screen.ts'
import { type AppError, ConfigurationError, DestinationError, ServiceError, SignInError, VaultBusyError } from '../errors.ts'
import type { App } from './command.ts'
import { main } from './main.ts'

type Outcome = Awaited<ReturnType<App['runVerify']>> & { readonly path?: string }
type RunBackup = (request: Parameters<App['runBackup']>[0]) => Promise<Outcome>

const COUNTS = [
  'albums',
  'albumsSkipped',
  'items',
  'stored',
  'adopted',
  'copied',
  'moved',
  'kept',
  'replaced',
  'vanished',
  'failed',
  'impossible',
  'pending',
  'bytes',
  'apiCalls',
  'durationMs',
] as const

const outcome: Outcome = {
  exitCode: 0,
  message: 'Complete.',
  totals: {
    albums: 1,
    albumsSkipped: 0,
    items: 2,
    stored: 2,
    adopted: 0,
    copied: 0,
    moved: 0,
    kept: 0,
    replaced: 0,
    vanished: 0,
    failed: 0,
    impossible: 0,
    pending: 0,
    bytes: 9,
    apiCalls: 3,
    durationMs: 4,
  },
  problems: [],
}

/** Operations that a test gives: the command line must cope with all of them. */
const app = (parts: Partial<App>) => () => Promise.resolve(parts as App)
const backingUp = (runBackup: RunBackup) => app({ runBackup: runBackup as App['runBackup'] })

const ENV = { SMGMG_BK_DESTINATION: '/vault' }

const jsonOf = (io: FakeIo): Record<string, unknown>[] =>
  io.stdout.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const homeFor = (context: { after(call: () => void): void }): string => {
  const home = mkdtempSync(join(tmpdir(), 'cli-'))
  context.after(() => rmSync(home, { recursive: true }))
  return home
}

/** Resolves when the signal is aborted, as an operation does that finishes what is in flight. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })

describe('exit codes', () => {
  const errors: readonly AppError[] = [
    new ConfigurationError('wrong', { hint: 'put it right' }),
    new ServiceError('wrong', { hint: 'put it right' }),
    new SignInError('wrong', { hint: 'put it right' }),
    new DestinationError('wrong', { hint: 'put it right' }),
    new VaultBusyError('wrong', { hint: 'put it right' }),
  ]
  const failing = (error: unknown) => backingUp(() => Promise.reject(error))

  for (const error of errors) {
    test(`${error.name}: ${error.exitCode}, with what happened and what to do`, async () => {
      const io = fakeIo({ env: ENV })
      assert.equal(await main([], io, failing(error)), error.exitCode)
      assert.equal(io.stderr.text, 'smugmug-backup: wrong\nput it right\n')
    })

    test(`${error.name} under --json: the summary is the last line`, async () => {
      const io = fakeIo({ env: ENV })
      assert.equal(await main(['--json'], io, failing(error)), error.exitCode)
      const last = jsonOf(io).at(-1)
      const { event, exitCode, message, hint } = last ?? {}
      assert.deepEqual(
        { event, exitCode, message, hint, error: last?.error },
        { event: 'summary', exitCode: error.exitCode, message: 'wrong', hint: 'put it right', error: error.name },
      )
      for (const count of COUNTS) assert.equal(typeof last?.[count], 'number', count)
    })
  }

  for (const exitCode of [0, 3, 4, 5, 7, 130] as const)
    test(`an outcome's ${exitCode} is the exit code`, async () => {
      const io = fakeIo({ env: ENV })
      assert.equal(
        await main(
          ['--json'],
          io,
          backingUp(async () => ({ ...outcome, exitCode })),
        ),
        exitCode,
      )
      assert.equal(jsonOf(io).at(-1)?.exitCode, exitCode)
    })

  test('anything else thrown is a bug: shown whole, 1, and no summary', async () => {
    const io = fakeIo({ env: ENV })
    const cause = new RangeError('deep down')
    assert.equal(await main(['--json'], io, failing(new TypeError('oops', { cause }))), 1)
    assert.equal(io.stdout.text, '')
    for (const part of ['report', 'https://github.com/', '9.8.7', 'TypeError: oops', 'main.test.ts', 'deep down'])
      assert.ok(io.stderr.text.includes(part), part)
  })

  test('verbose shows the causes of an error', async () => {
    const io = fakeIo({ env: ENV })
    await main(['--verbose'], io, failing(new ServiceError('no answer', { cause: new Error('ECONNREFUSED') })))
    assert.ok(io.stderr.text.includes('because: ECONNREFUSED'), io.stderr.text)
  })

  test('a wrong command line is 2, under --json with a summary', async () => {
    const io = fakeIo()
    assert.equal(await main(['--bogus'], io), 2)
    assert.match(io.stderr.text, /--bogus.*\n.*--help/)
    const json = fakeIo()
    assert.equal(await main(['--json', 'bogus'], json), 2)
    assert.equal(jsonOf(json).at(-1)?.exitCode, 2)
    for (const count of COUNTS) assert.equal(jsonOf(json).at(-1)?.[count], 0, count)
  })

  test('a value that a setting cannot have is 2', async () => {
    const io = fakeIo({ env: ENV })
    assert.equal(
      await main(
        ['--limit-rate', 'fast'],
        io,
        backingUp(async () => outcome),
      ),
      2,
    )
    assert.match(io.stderr.text, /--limit-rate/)
  })

  test('a configuration that is named and not there is 2', async (context) => {
    const home = homeFor(context)
    assert.equal(await main(['-cfg', join(home, 'nothing')], fakeIo({ home, cwd: home })), 2)
  })
})

describe('help and version', () => {
  test('go to standard output, with 0', async () => {
    const version = fakeIo()
    assert.equal(await main(['-version'], version), 0)
    assert.equal(version.stdout.text, 'smugmug-backup 9.8.7\n')
    const help = fakeIo()
    assert.equal(await main(['help', 'verify'], help), 0)
    assert.match(help.stdout.text, /^Usage: smugmug-backup verify/)
  })

  test('help fits a terminal of 20 columns', async () => {
    for (const argv of [['--help'], ['restore', '--help'], ['handover', '--help']]) {
      const io = fakeIo()
      Object.assign(io.stdout, { isTTY: true, columns: 20 })
      assert.equal(await main(argv, io), 0)
      assert.deepEqual(
        io.stdout.text.split('\n').filter((line) => line.length > 20 && !line.includes('://')),
        [],
      )
    }
  })

  test('under --json standard output is JSON all the same', async () => {
    const io = fakeIo()
    assert.equal(await main(['--json', '--version'], io), 0)
    assert.equal(jsonOf(io).at(-1)?.message, 'smugmug-backup 9.8.7')
    assert.equal(io.stderr.text, 'smugmug-backup 9.8.7\n')
  })
})

describe('--json', () => {
  test('events are lines with what and when; text for people goes to standard error; an operation has no say in the last line', async () => {
    const io = fakeIo({ env: ENV })
    const run: RunBackup = async ({ emit }) => {
      emit({ event: 'run.started', operation: 'backup', destination: '/vault', dryRun: false })
      emit({ event: 'debug', message: 'secret life' })
      emit({ event: 'summary', exitCode: 0, message: 'not mine', ...outcome.totals })
      emit({ event: 'account', nickName: 'jane', albums: 1, items: 3 })
      emit({ event: 'warning', message: 'careful' })
      return outcome
    }
    assert.equal(await main(['--json'], io, backingUp(run)), 0)
    const lines = jsonOf(io)
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['run.started', 'account', 'warning', 'summary'],
    )
    for (const { at } of lines) assert.equal(at, '2026-01-02T03:04:05.000Z')
    const { event: _event, at: _at, ...rest } = lines.at(-1) ?? {}
    assert.deepEqual(rest, { exitCode: 0, message: 'Complete.', ...outcome.totals })
    assert.match(io.stderr.text, /Backing up jane → \/vault\n3 items in 1 album\nWarning: careful\nComplete\./)
  })

  test('an error in the middle leaves the counts up to then', async () => {
    const io = fakeIo({ env: ENV })
    const run: RunBackup = async ({ emit }) => {
      emit({ event: 'transfer.started', path: 'A/a.jpg', size: 5 })
      emit({ event: 'transfer.finished', path: 'A/a.jpg', received: 5 })
      emit({ event: 'item', outcome: 'stored', album: '/A', albumKey: 'a', imageKey: 'k', path: 'A/a.jpg', size: 5 })
      throw new DestinationError('the disk is full')
    }
    assert.equal(await main(['--json'], io, backingUp(run)), 5)
    const { stored, items, bytes } = jsonOf(io).at(-1) ?? {}
    assert.deepEqual([stored, items, bytes], [1, 1, 5])
  })
})

describe('Ctrl-C', () => {
  test('once: transfers in flight are finished and reported', async () => {
    const io = fakeIo({ env: ENV })
    const run: RunBackup = async ({ signal }) => {
      io.interrupt()
      await aborted(signal)
      return { ...outcome, exitCode: 130, message: 'Interrupted: one item held.' }
    }
    assert.equal(await main([], io, backingUp(run)), 130)
    assert.match(io.stdout.text, /Finishing what is in flight; press Ctrl-C again/)
    assert.match(io.stdout.text, /Interrupted: one item held\./)
    assert.deepEqual(io.exits, [])
  })

  test('once: an operation may also end by throwing', async () => {
    const io = fakeIo({ env: ENV })
    const run: RunBackup = async ({ signal }) => {
      io.interrupt()
      await aborted(signal)
      throw signal.reason
    }
    assert.equal(await main(['--json'], io, backingUp(run)), 130)
    assert.equal(jsonOf(io).at(-1)?.exitCode, 130)
  })

  test('twice: the process ends now, with its summary', async () => {
    const io = fakeIo({ env: ENV })
    const run: RunBackup = async ({ signal }) => {
      io.interrupt()
      await aborted(signal)
      io.interrupt()
      return await new Promise<never>(() => {})
    }
    assert.equal(await main(['--json'], io, backingUp(run)), 130)
    assert.equal(jsonOf(io).at(-1)?.exitCode, 130)
    assert.deepEqual(io.exits, [130])
  })
})

describe('the output', () => {
  const telling: RunBackup = async ({ emit }) => {
    emit({ event: 'run.started', operation: 'backup', destination: '/vault', dryRun: false })
    emit({ event: 'problem', problem: { kind: 'failed', album: '/A', name: 'a.jpg', reason: 'no answer' } })
    return {
      ...outcome,
      exitCode: 3,
      message: 'Not complete.',
      problems: [{ kind: 'failed', album: '/A', name: 'a.jpg', reason: 'no answer' }],
    }
  }

  test('without a terminal there are no control codes', async () => {
    const io = fakeIo({ env: ENV })
    await main([], io, backingUp(telling))
    assert.ok(!io.stdout.text.includes('\x1b'))
    assert.match(io.stdout.text, /Failed: \/A\/a\.jpg: no answer/)
    assert.equal(io.stderr.text, '')
  })

  test('a terminal that is dumb gets none either', async () => {
    const io = fakeIo({ env: { ...ENV, TERM: 'dumb' } })
    io.stdout.isTTY = true
    await main([], io, backingUp(telling))
    assert.ok(!io.stdout.text.includes('\x1b'))
  })

  test('there is a line before the operation is loaded, but not of a quiet run', async () => {
    for (const [argv, isTTY, first] of [
      [[], false, /^Asking SmugMug for your albums\n$/],
      [[], true, /Backing up/],
      [['--quiet'], false, /^$/],
    ] as const) {
      const io = fakeIo({ env: { ...ENV, SMGMG_BK_USER_TOKEN: 'token' } })
      io.stdout.isTTY = isTTY
      const run: RunBackup = async () => {
        assert.match(io.stdout.text + io.stderr.text, first)
        return outcome
      }
      assert.equal(await main(argv, io, backingUp(run)), 0)
    }
  })

  test('on a terminal the display is gone in the end, and the cursor is back', async () => {
    const io = fakeIo({ env: { ...ENV, NO_COLOR: '1' } })
    io.stdout.isTTY = true
    await main(
      [],
      io,
      backingUp(async (work) => {
        const end = await telling(work)
        io.tick()
        io.tick()
        return end
      }),
    )
    assert.match(io.stdout.text, /Backing up/)
    const screen = new VirtualScreen()
    screen.write(io.stdout.text)
    assert.equal(screen.cursorVisible, true)
    assert.deepEqual(screen.lines.slice(0, 2), ['Failed: /A/a.jpg: no answer', 'Not complete.'])
    assert.ok(!screen.lines.some((line) => line.startsWith('Backing up')))
  })

  test('the display is gone before a bug is shown', async () => {
    const io = fakeIo({ env: ENV })
    io.stdout.isTTY = true
    await main(
      [],
      io,
      backingUp(async () => {
        io.tick()
        throw new Error('bug')
      }),
    )
    assert.ok(io.stdout.text.endsWith('\x1b[?25h'))
  })

  test('quiet is silent when all is well, and else speaks on standard error', async () => {
    const good = fakeIo({ env: ENV })
    assert.equal(
      await main(
        ['--quiet'],
        good,
        backingUp(async () => outcome),
      ),
      0,
    )
    assert.equal(good.stdout.text + good.stderr.text, '')
    const bad = fakeIo({ env: ENV })
    assert.equal(await main(['--quiet'], bad, backingUp(telling)), 3)
    assert.equal(bad.stdout.text, '')
    assert.match(bad.stderr.text, /Not complete\.\n[\s\S]*\/A\/a\.jpg: no answer/)
  })

  test('a reader that goes away ends the run without a word', async () => {
    const io = fakeIo({ env: ENV })
    io.stdout.broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    const run: RunBackup = async ({ emit, signal }) => {
      emit({ event: 'warning', message: 'x' })
      await aborted(signal)
      return { ...outcome, exitCode: 130 }
    }
    assert.equal(await main([], io, backingUp(run)), 130)
    assert.equal(io.stderr.text, '')
  })

  test('help into a pipe that nobody reads is no error, and onto a full disk is one', async () => {
    for (const [code, exitCode] of [
      ['EPIPE', 0],
      ['ENOSPC', 5],
    ] as const)
      for (const argv of [['--help'], ['help', 'list'], ['--version'], ['--json', '--version']]) {
        const io = fakeIo()
        io.stdout.broken = Object.assign(new Error(code), { code })
        assert.equal(await main(argv, io), exitCode, `${code} ${argv}`)
        if (code === 'EPIPE') assert.doesNotMatch(io.stderr.text, /bug|EPIPE/)
      }
    const io = fakeIo()
    io.stderr.broken = Object.assign(new Error('EPIPE'), { code: 'EPIPE' })
    assert.equal(await main(['--bogus'], io), 2)
  })

  test('output that cannot be written is an error, also when only its end is lost', async () => {
    for (const early of [true, false]) {
      const io = fakeIo({ env: ENV })
      const broken = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      const run: RunBackup = async ({ emit }) => {
        io.stdout.broken = broken
        if (early) {
          emit({ event: 'warning', message: 'x' })
          await new Promise(setImmediate)
        }
        return outcome
      }
      assert.equal(await main([], io, backingUp(run)), 5)
      assert.match(io.stderr.text, /Standard output could not be written: no space left/)
    }
  })

  test('warnings of the configuration come once', async (context) => {
    const home = homeFor(context)
    const io = fakeIo({ home, cwd: home, env: { ...ENV, SMGMG_BK_USERNAME: 'jane' } })
    await main(
      [],
      io,
      backingUp(async () => outcome),
    )
    assert.equal(io.stdout.text.match(/Warning: .*username/g)?.length, 1)
  })
})

describe('commands', () => {
  test('backup gets its options', async () => {
    const io = fakeIo({ env: ENV, cwd: '/somewhere' })
    let seen: Parameters<RunBackup>[0] | undefined
    await main(
      ['--dry-run', '--full', '--destination', 'photos', '--album', 'Travel/**'],
      io,
      backingUp(async (work) => {
        seen = work
        return outcome
      }),
    )
    const { dryRun, full, settings } = seen ?? assert.fail('not run')
    assert.deepEqual([dryRun, full, settings.destination, settings.album], [true, true, '/somewhere/photos', ['Travel/**']])
    assert.ok(seen !== undefined && !('acceptChanges' in seen))
  })

  test('list answers with the tree on standard output, and with lines under --json', async () => {
    const albums = [{ path: '/A', key: 'a', items: 2, held: 1, missing: 1, pending: 0, impossible: 0 }]
    const listing = app({ runList: async () => ({ ...outcome, albums, folderNames: {}, byGrade: {} }) })
    const io = fakeIo({ env: ENV })
    assert.equal(await main(['list'], io, listing), 0)
    assert.match(io.stdout.text, /2 items in 1 album/)
    const json = fakeIo({ env: ENV })
    await main(['list', '--json'], json, listing)
    assert.deepEqual(
      jsonOf(json).map(({ event, path }) => [event, path]),
      [
        ['album', '/A'],
        ['list', undefined],
        ['summary', undefined],
      ],
    )
  })

  test('export gives standard output to the export alone', async () => {
    const io = fakeIo({ env: ENV })
    const exporting = app({
      runExport: async ({ write, emit, format }) => {
        emit({ event: 'run.started', operation: 'export', destination: '/vault', dryRun: false })
        await write(`${format}\n`)
        return outcome
      },
    })
    assert.equal(await main(['export', '--format', 'jsonl'], io, exporting), 0)
    assert.equal(io.stdout.text, 'jsonl\n')
  })

  test('export to a terminal shows control characters, and lets none act', async () => {
    const nasty = 'a\x1b]0;x\x07\t\x9b2J\u202e,b'
    for (const [format, shown] of [
      ['csv', 'a\\x1b]0;x\\x07\\x09\\x9b2J\\u202e,b\n'],
      ['jsonl', '"a\\u001b]0;x\\u0007\\t\\u009b2J\\u202e,b"\n'],
    ] as const) {
      const text = `${format === 'csv' ? nasty : JSON.stringify(nasty)}\n`
      const exporting = app({
        runExport: async ({ write }) => {
          await write(text)
          return outcome
        },
      })
      for (const [isTTY, written] of [
        [true, shown],
        [false, text],
      ] as const) {
        const io = fakeIo({ env: ENV })
        io.stdout.isTTY = isTTY
        assert.equal(await main(['export', '--format', format], io, exporting), 0)
        assert.equal(io.stdout.text, written)
      }
    }
  })

  test('export to a file leaves standard output for the summary', async (context) => {
    const home = homeFor(context)
    const io = fakeIo({ env: ENV, home, cwd: home })
    const exporting = app({
      runExport: async ({ write }) => {
        await write('a,b\n')
        return outcome
      },
    })
    assert.equal(await main(['export', '--json', '--output', 'x.csv'], io, exporting), 0)
    assert.equal(readFileSync(join(home, 'x.csv'), 'utf8'), 'a,b\n')
    assert.equal(jsonOf(io).at(-1)?.event, 'summary')
  })

  test('adopt and proof get their folder as an absolute path', async () => {
    const folders: string[] = []
    const take = async ({ folder }: { readonly folder: string }) => {
      folders.push(folder)
      return outcome
    }
    for (const command of ['adopt', 'proof'])
      await main([command, 'old'], fakeIo({ env: ENV, cwd: '/at' }), app({ runAdopt: take, runProof: take }))
    assert.deepEqual(folders, ['/at/old', '/at/old'])
  })

  test('--account all backs up one account after the other; after a failure the others still run', async (context) => {
    const home = homeFor(context)
    const config = join(home, 'config.toml')
    writeFileSync(config, '[account.a]\ndestination = "/a"\n[account.b]\ndestination = "/b"\n', { mode: 0o600 })
    const io = fakeIo({ home, cwd: home })
    const run: RunBackup = async ({ settings }) => {
      if (settings.destination === '/a') throw new SignInError('refused')
      return outcome
    }
    assert.equal(await main(['--account', 'all', '--json'], io, backingUp(run)), 4)
    const { message, items } = jsonOf(io).at(-1) ?? {}
    assert.deepEqual([message, items], ['a: refused b: Complete.', 2])
  })
})

describe('login', () => {
  const KEYS = { SMGMG_BK_API_KEY: 'key', SMGMG_BK_API_SECRET: 'secret' }
  const address = 'https://api.smugmug.com/services/oauth/1.0a/authorize?oauth_token=t'
  const signingIn = app({
    signIn: async ({ ask, say, console: byConsole }) => {
      assert.equal(byConsole, true)
      say('Open this address:')
      say(address)
      assert.equal(await ask('Six-digit code:'), '123456')
      return { userToken: 'token', userSecret: "it's", nickName: 'jane' }
    },
  })

  test('prints the address on a line of its own, reads the code from a pipe, and keeps the tokens', async (context) => {
    const home = homeFor(context)
    const io = fakeIo({ env: KEYS, home, cwd: home })
    io.stdin.end('123456\n')
    assert.equal(await main(['login'], io, signingIn), 0)
    assert.ok(io.stdout.text.split('\n').includes(address))
    const path = join(home, '.smgmg', 'config.toml')
    assert.match(readFileSync(path, 'utf8'), /user_token = "token"/)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.ok(io.stdout.text.includes(path))
  })

  test('--print gives standard output to the variables alone, and changes no file', async (context) => {
    const home = homeFor(context)
    mkdirSync(join(home, '.smgmg'))
    const path = join(home, '.smgmg', 'config.toml')
    writeFileSync(path, '# mine\n', { mode: 0o600 })
    const io = fakeIo({ env: KEYS, home, cwd: home })
    io.stdin.end('123456\n')
    assert.equal(await main(['login', '--print', '--console'], io, signingIn), 0)
    assert.equal(io.stdout.text, "SMGMG_BK_USER_TOKEN=token\nSMGMG_BK_USER_SECRET='it'\\''s'\n")
    assert.equal(readFileSync(path, 'utf8'), '# mine\n')
  })

  test('no secret is in the JSON', async (context) => {
    const home = homeFor(context)
    const io = fakeIo({ env: KEYS, home, cwd: home })
    io.stdin.end('123456\n')
    assert.equal(await main(['login', '--json'], io, signingIn), 0)
    assert.doesNotMatch(io.stdout.text + io.stderr.text, /it's|"token"/)
    assert.ok(io.stderr.text.split('\n').includes(address))
  })

  test('without an answer, and without keys that nobody can be asked for, it is 2', async (context) => {
    const home = homeFor(context)
    const silent = fakeIo({ env: KEYS, home, cwd: home })
    silent.stdin.end()
    assert.equal(await main(['login'], silent, signingIn), 2)
    const keyless = fakeIo({ home, cwd: home })
    assert.equal(await main(['login'], keyless, signingIn), 2)
    assert.match(keyless.stderr.text, /api_key and api_secret/)
  })

  test('says that the environment hides the stored tokens', async (context) => {
    const home = homeFor(context)
    const io = fakeIo({ env: { ...KEYS, SMGMG_BK_USER_TOKEN: 'old' }, home, cwd: home })
    io.stdin.end('123456\n')
    assert.equal(await main(['login'], io, signingIn), 0)
    assert.match(io.stdout.text, /Unset SMGMG_BK_USER_TOKEN/)
  })
})
