/**
 * Stored screens: the program's terminal output as text files in `test/screens/`, compared line by line. To write them anew after a wanted
 * change: `npm run screens`, and read the difference before it is committed.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as realApp from '../../src/app/app.ts'
import { parseArguments } from '../../src/cli/arguments.ts'
import type { App } from '../../src/cli/command.ts'
import { main } from '../../src/cli/main.ts'
import { openStage, type Stage } from '../../src/cli/stage.ts'
import type { Settings } from '../../src/config/settings.ts'
import type { Emit, Event } from '../../src/events.ts'
import { type FakeIo, fakeIo } from './fake-io.ts'
import type { Lab } from './lab.ts'
import { VirtualScreen } from './virtual-screen.ts'

const FOLDER = join(import.meta.dirname, '..', 'screens')

/** The destination that every stored screen shows. */
export const SHOWN_VAULT = '/mnt/photos'

/** The name of a report, and the one that every stored screen shows. */
const REPORT = /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z/
const SHOWN_REPORT = '2026-11-26T02-30-00.000Z'

/** The duration that every stored end of a run shows. */
const SHOWN_DURATION_MS = 63_000

/** Fails if the lines differ from the stored screen of that name (`test/screens/NAME.txt`), or if there is none. Writes it under `UPDATE_SCREENS=1`. */
export function assertScreen(name: string, lines: readonly string[]): void {
  const path = join(FOLDER, `${name}.txt`)
  const text = `${lines.join('\n')}\n`
  if (process.env.UPDATE_SCREENS === '1') {
    writeFileSync(path, text)
    return
  }
  assert.ok(existsSync(path), `there is no ${path}: npm run screens makes it`)
  assert.equal(
    text,
    readFileSync(path, 'utf8').replaceAll('\r\n', '\n'),
    `the screen differs from ${path}; if that is wanted: npm run screens`,
  )
}

/** A terminal of that many columns which standard output and standard error both lead to. `isTerminal: false` makes it a pipe. */
export function screenIo(
  columns: number,
  env: FakeIo['env'] = {},
  isTerminal = true,
): { readonly io: FakeIo; readonly screen: VirtualScreen } {
  const io = fakeIo({ env })
  const screen = new VirtualScreen(columns)
  for (const output of [io.stdout, io.stderr]) {
    output.isTTY = isTerminal
    output.columns = columns
    output._write = (chunk: Buffer, _encoding, done) => {
      screen.write(chunk.toString())
      done()
    }
  }
  return { io, screen }
}

/** The stage of one command on such a terminal, for a test that feeds it with events and moves the clock. */
export interface Theatre {
  readonly io: FakeIo
  readonly stage: Stage
  readonly screen: VirtualScreen
  emit(...events: readonly Event[]): void
  /** Moves the clock on, in steps of a tenth of a second at most, and draws a frame at each. */
  pass(milliseconds: number): void
  /** Returns the lines on the screen after one more frame. */
  lines(): readonly string[]
}

/** Opens the stage of a command line, such as `['verify']`, on a terminal of that many columns. */
export function openTheatre(argv: readonly string[], columns: number, isTerminal = true): Theatre {
  const { io, screen } = screenIo(columns, {}, isTerminal)
  const invocation = parseArguments([...argv, '--no-color'], io.env)
  assert.equal(invocation.kind, 'run')
  const stage = openStage(io, invocation as Extract<typeof invocation, { kind: 'run' }>, () => {})
  return {
    io,
    stage,
    screen,
    emit: (...events) => events.forEach(stage.emit),
    pass: (milliseconds) => {
      for (let left = milliseconds; left > 0; left -= 100) io.tick(Math.min(100, left))
    },
    lines: () => {
      io.tick(0)
      return screen.lines
    },
  }
}

/**
 * Runs a command line in this process, against the lab's account and vault, on a terminal of that many columns. Returns the screen after
 * its end. The vault is shown as `/mnt/photos`, the hosts as SmugMug's and each duration as 63 s, before any line is cut or wrapped.
 */
export async function screenAfter(
  lab: Lab,
  argv: readonly string[],
  options: { readonly columns: number; readonly settings?: Partial<Settings>; readonly isTerminal?: boolean },
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const { io, screen } = screenIo(options.columns, environmentOf(lab), options.isTerminal)
  // One at a time: the order of lines must not depend on the machine.
  const work = lab.work({ settings: { concurrentAlbums: 1, concurrentDownloads: 1, ...options.settings } })
  const code = await main([...argv, '--no-color'], io, () => Promise.resolve(shownApp(lab, work)))
  return { code, lines: screen.lines }
}

/**
 * Runs a command line as `screenAfter` does, by the machine's clock, and returns every line that was ever on the screen, in the order of
 * their first appearance, besides the last screen. Frames come a few times as often as for people.
 */
export async function linesDuring(
  lab: Lab,
  argv: readonly string[],
  options: { readonly columns: number; readonly settings?: Partial<Settings>; readonly isTerminal?: boolean },
): Promise<{ readonly code: number; readonly seen: readonly string[]; readonly last: readonly string[] }> {
  const { io, screen } = screenIo(options.columns, environmentOf(lab), options.isTerminal)
  const seen = new Set<string>()
  for (const output of [io.stdout, io.stderr]) {
    const write = output._write
    output._write = (chunk, encoding, done) => {
      write(chunk, encoding, done)
      for (const line of screen.lines) seen.add(line)
    }
  }
  const live: FakeIo = {
    ...io,
    now: Date.now,
    every: (_milliseconds, call) => {
      const timer = setInterval(call, 25)
      return () => clearInterval(timer)
    },
  }
  const app = shownApp(lab, lab.work(options.settings === undefined ? {} : { settings: options.settings }))
  const code = await main([...argv, '--no-color'], live, () => Promise.resolve(app))
  return { code, seen: [...seen], last: screen.lines }
}

const environmentOf = ({ world }: Lab): Readonly<Record<string, string>> => ({
  SMGMG_BK_API_KEY: world.keys.apiKey,
  SMGMG_BK_API_SECRET: world.keys.apiSecret,
  SMGMG_BK_USER_TOKEN: world.keys.userToken,
  SMGMG_BK_USER_SECRET: world.keys.userSecret,
  SMGMG_BK_DESTINATION: SHOWN_VAULT,
})

/** Returns the operations over the lab's real vault; their events and outcomes show the names and times of every stored screen. */
function shownApp(lab: Lab, { settings, env }: ReturnType<Lab['work']>): App {
  const hosts = new Map([
    [lab.root, SHOWN_VAULT],
    [new URL(lab.sim.apiUrl).host, 'api.smugmug.com'],
    [new URL(lab.sim.cdnUrl).host, 'photos.smugmug.com'],
  ])
  const shown = (key: string, value: unknown): unknown => {
    if (key === 'durationMs') return SHOWN_DURATION_MS
    if (typeof value !== 'string') return value
    return [...hosts].reduce((text, [real, name]) => text.replaceAll(real, name), value).replace(REPORT, SHOWN_REPORT)
  }
  const rewritten = <T>(value: T): T => JSON.parse(JSON.stringify(value, shown)) as T
  const wrapped = (run: (request: never) => Promise<unknown>) => async (request: { readonly settings: Settings; readonly emit: Emit }) => {
    const own = { ...request.settings, destination: lab.root, baseUrl: settings.baseUrl, maxRetries: settings.maxRetries }
    const merged = { ...own, concurrentAlbums: settings.concurrentAlbums, concurrentDownloads: settings.concurrentDownloads }
    const emit: Emit = (event) => request.emit(rewritten(event))
    return rewritten(await run({ ...request, settings: merged, emit, env } as never))
  }
  const operations = Object.entries(realApp).map(([name, operation]) => [
    name,
    name.startsWith('run') ? wrapped(operation as never) : operation,
  ])
  return Object.fromEntries(operations) as App
}
