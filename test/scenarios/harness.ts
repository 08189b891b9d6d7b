/**
 * Runs the real program against a simulated account: `await openScene(t, { world })`, then `scene.backup()`. A command that is run to its end
 * runs in the test's own process, from the command line to the exit code; one that is started, and those of a scene that is `apart`, have
 * a process of their own, whose start alone takes half a second. Everything they touch lies under one temporary folder, which is removed when the test ends.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, createReadStream, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import description from '../../package.json' with { type: 'json' }
import { md5Of, mediaOf, sizeOf } from '../../simulator/bytes.ts'
import { albumsOf, placementsOf } from '../../simulator/edit.ts'
import { startSimulator } from '../../simulator/simulator.ts'
import type { Behaviour, Simulator, SimulatorOptions, World, WorldImage } from '../../simulator/world.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { processIo } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import { QUICK } from '../support/quick.ts'

/** Another program than this checkout's: an installed package, or an executable. */
const ELSEWHERE = process.env.SMUGMUG_BACKUP_PROGRAM

const PROGRAM = ELSEWHERE ?? join(import.meta.dirname, '..', '..', 'bin', 'smugmug-backup.cjs')

/** A cache of compiled sources, shared by the processes: without it each would spend most of its time compiling. */
const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'smugmug-backup-tests')

/** Root without a root's powers: permissions apply to it, and it can read this checkout anywhere. */
const WITHOUT_POWERS = ['setpriv', '--bounding-set=-all', '--inh-caps=-all']

/** The time after which a process is killed and its test fails: shorter than that of a whole test, whose end would not show what the process said. */
const PATIENCE_MS = 150_000

/** One line of `--json`. */
export interface Line {
  readonly event: string
  readonly at: string
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into events of every shape
  readonly [field: string]: any
}

/** The last line of `--json`, with the fields that the contract promises. */
export interface Summary extends Line {
  readonly exitCode: number
  readonly message: string
  readonly error?: string
  readonly hint?: string
  readonly albums: number
  readonly albumsSkipped: number
  readonly items: number
  readonly stored: number
  readonly adopted: number
  readonly copied: number
  readonly moved: number
  readonly kept: number
  readonly replaced: number
  readonly vanished: number
  readonly failed: number
  readonly impossible: number
  readonly pending: number
  readonly bytes: number
  readonly apiCalls: number
  readonly durationMs: number
}

/** A process that has ended. */
export interface Ended {
  /** `null` when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** One that ran with `--json`. */
export interface EndedJson extends Ended {
  readonly lines: readonly Line[]
  readonly summary: Summary
}

/** A process under way. */
export interface Running {
  readonly pid: number
  /** Resolves when the process has ended and its output has arrived; never rejects. */
  readonly ended: Promise<Ended>
  readonly stdin: NodeJS.WritableStream
  kill(signal: NodeJS.Signals): void
  /** Waits for `times` matches in standard output and error together, and returns the last; rejects when the process ends without. */
  says(pattern: RegExp, times?: number): Promise<RegExpMatchArray>
  /** Resolves when the condition is true; rejects when the process ends before. */
  until(isSo: () => boolean): Promise<void>
}

/** Options of one process. */
export interface RunOptions {
  /** Added to the scene's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The contents of standard input; if absent, it ends at once. `null` leaves it open, for the test to write to. */
  readonly stdin?: string | null
  readonly cwd?: string
  /** In octal, such as `'027'`. */
  readonly umask?: string
  /** True runs it as a user to whom permissions apply: root, as in most containers, may write everywhere. */
  readonly unprivileged?: boolean
  /** Milliseconds after which it is killed and its test fails. Default: shortly before the whole test fails. */
  readonly patienceMs?: number
  /** A script that runs the program in another way than users do. */
  readonly program?: string
}

/** A simulated account, an empty vault, and the program. */
export interface Scene {
  readonly simulator: Simulator
  /** The folder that holds everything below. */
  readonly folder: string
  /** The destination: exists, and is empty. */
  readonly vault: string
  readonly home: string
  /** An empty working folder. */
  readonly cwd: string
  /** The program's environment, keys and destination included. */
  readonly env: Readonly<Record<string, string>>
  /** Runs the program to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>
  /** Runs it with `--json` first. Checks the rules of every such run: only JSON on standard output, a summary last, its exit code that of the process. */
  json(args: readonly string[], options?: RunOptions): Promise<EndedJson>
  /** Runs `json(['backup', …args])`. */
  backup(args?: readonly string[], options?: RunOptions): Promise<EndedJson>
  start(args: readonly string[], options?: RunOptions): Running
}

/** The beginning of a scene. */
export interface SceneOptions {
  /** Default: `smallWorld()`. */
  readonly world?: World
  readonly behaviour?: Behaviour
  readonly simulator?: SimulatorOptions
  /** Added to the environment of every run. */
  readonly env?: Readonly<Record<string, string>>
  /** True gives every run a process of its own: for tests of that process, its streams, its end. */
  readonly apart?: boolean
}

/** Sets a scene up, and removes it when the test ends. Requests are retried once, unless `env` says otherwise. */
export async function openScene(t: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const world = options.world ?? smallWorld()
  const simulator = await startSimulator(world, options.behaviour ?? {}, options.simulator ?? {})
  const folder = mkdtempSync(join(QUICK, 'scene-'))
  chmodSync(folder, 0o755)
  const [vault, home, cwd] = [join(folder, 'vault'), join(folder, 'home'), join(folder, 'cwd')]
  for (const each of [vault, home, cwd]) mkdirSync(each)
  const running = new Set<Running>()
  t.after(async () => {
    for (const each of running) each.kill('SIGKILL')
    await Promise.allSettled([...running].map(({ ended }) => ended))
    await simulator.close()
    removeAll(folder)
  })
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    TMPDIR: QUICK,
    TZ: 'UTC',
    NODE_COMPILE_CACHE: CACHE,
    ...keysOf(world),
    SMGMG_BK_BASE_URL: simulator.apiUrl,
    SMGMG_BK_DESTINATION: vault,
    SMGMG_BK_MAX_RETRIES: '1',
    ...options.env,
  }
  const start: Scene['start'] = (args, more = {}) => {
    const process = startProgram(args, { ...more, cwd: more.cwd ?? cwd, env: { ...env, ...more.env } })
    running.add(process)
    void process.ended.then(
      () => running.delete(process),
      () => running.delete(process),
    )
    return process
  }
  const run: Scene['run'] = (args, more = {}) => {
    const all = { ...env, ...more.env }
    const { umask, unprivileged, program, stdin } = more
    const isHere = [umask, unprivileged, program].every((each) => each === undefined) && stdin !== null && all.TZ === 'UTC'
    if (options.apart === true || ELSEWHERE !== undefined || !isHere) return start(args, more).ended
    return runHere(args, { ...more, cwd: more.cwd ?? cwd, env: all })
  }
  const json: Scene['json'] = async (args, more) => jsonOf(await run(['--json', ...args], more))
  return { simulator, folder, vault, home, cwd, env, start, run, json, backup: (args = [], more) => json(['backup', ...args], more) }
}

/** Returns the four secrets of a world as environment variables. */
function keysOf({ keys }: World): Readonly<Record<string, string>> {
  return {
    SMGMG_BK_API_KEY: keys.apiKey,
    SMGMG_BK_API_SECRET: keys.apiSecret,
    SMGMG_BK_USER_TOKEN: keys.userToken,
    SMGMG_BK_USER_SECRET: keys.userSecret,
  }
}

/** Returns an environment without keys, destination and other settings, for tests of a configuration file. */
export const BARE: Readonly<Record<string, undefined>> = {
  SMGMG_BK_API_KEY: undefined,
  SMGMG_BK_API_SECRET: undefined,
  SMGMG_BK_USER_TOKEN: undefined,
  SMGMG_BK_USER_SECRET: undefined,
  SMGMG_BK_BASE_URL: undefined,
  SMGMG_BK_DESTINATION: undefined,
  SMGMG_BK_MAX_RETRIES: undefined,
}

/** A stream that remembers what was written. */
class Heard extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** Runs the program to its end in this process. */
async function runHere(args: readonly string[], options: RunOptions & { readonly cwd: string }): Promise<Ended> {
  const [stdin, stdout, stderr] = [new PassThrough(), new Heard(), new Heard()]
  stdin.end(options.stdin ?? '')
  const env = withoutAbsent(options.env)
  // As a program that is started has it.
  process.env.TZ = 'UTC'
  const io = { ...processIo(description.version), env, cwd: options.cwd, home: env.HOME, stdin, stdout, stderr }
  const code = await main(args, { ...io, exitNow: (now) => assert.fail(`the program left at once, with ${now}`) })
  return { code, signal: null, stdout: stdout.text, stderr: stderr.text }
}

/** Returns an environment without the variables that were taken away. */
const withoutAbsent = (env: RunOptions['env'] = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

/** Starts the program as a process of its own. */
export function startProgram(args: readonly string[], options: RunOptions & { readonly cwd: string }): Running {
  const env = withoutAbsent(options.env)
  const drop = options.unprivileged === true && process.getuid?.() === 0
  const program = options.program ?? PROGRAM
  const node = /\.[cm]?[jt]s$/.test(program) ? [process.execPath] : []
  const command = [...(drop ? WITHOUT_POWERS : []), ...node, program, ...args]
  const [file = '', ...rest] = options.umask === undefined ? command : ['sh', '-c', `umask ${options.umask}; exec "$@"`, 'sh', ...command]
  const child = spawn(file, rest, { cwd: options.cwd, env, stdio: 'pipe' })
  const text = { stdout: '', stderr: '', both: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece
      text.both += piece
      for (const listener of listeners) listener()
    })
  }
  // A program that never reads what it is sent closes the pipe under us.
  child.stdin.on('error', () => undefined)
  if (options.stdin !== null) child.stdin.end(options.stdin ?? '')
  const patience = options.patienceMs ?? PATIENCE_MS
  const impatience = setTimeout(() => {
    text.stderr += `\n[the test lost patience after ${patience} ms]\n`
    child.kill('SIGKILL')
  }, patience)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', (error) => {
      clearTimeout(impatience)
      reject(error)
    })
    child.once('close', (code, signal) => {
      clearTimeout(impatience)
      resolve({ code, signal, stdout: text.stdout, stderr: text.stderr })
    })
  })
  const says: Running['says'] = async (pattern, times = 1) => {
    const found = Promise.withResolvers<RegExpMatchArray>()
    const all = new RegExp(pattern, `${pattern.flags.replace('g', '')}g`)
    const look = (): void => {
      const match = [...text.both.matchAll(all)][times - 1]
      if (match !== undefined) found.resolve(match)
    }
    listeners.add(look)
    look()
    void ended.then(({ code }) => found.reject(new Error(`ended with ${code} and did not say ${pattern} ${times} times:\n${text.both}`)))
    return await found.promise.finally(() => listeners.delete(look))
  }
  const until: Running['until'] = async (isSo) => {
    let isOver = false
    void ended.then(() => {
      isOver = true
    })
    while (!isSo()) {
      if (isOver) throw new Error(`ended too early:\n${text.both}`)
      await wait(20)
    }
  }
  return { pid: child.pid ?? 0, ended, stdin: child.stdin, kill: (signal) => void child.kill(signal), says, until }
}

/** Returns the output of a `--json` run; fails if it breaks a rule of every such run. */
export function jsonOf(ended: Ended): EndedJson {
  const shown = `exit ${ended.code ?? ended.signal}\nstdout:\n${ended.stdout}\nstderr:\n${ended.stderr}`
  assert.ok(ended.stdout.endsWith('\n'), `standard output does not end with a line: ${shown}`)
  const lines = ended.stdout
    .slice(0, -1)
    .split('\n')
    .map((text): Line => {
      try {
        return JSON.parse(text)
      } catch {
        return assert.fail(`this line of standard output is no JSON: ${text}\n${shown}`)
      }
    })
  for (const line of lines) {
    assert.equal(typeof line.event, 'string', `a line without an event: ${JSON.stringify(line)}`)
    assert.match(line.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  }
  const summary = lines.at(-1) as Summary
  assert.equal(summary.event, 'summary', shown)
  assert.equal(lines.filter(({ event }) => event === 'summary').length, 1, 'one summary')
  assert.equal(summary.exitCode, ended.code, shown)
  for (const name of COUNTS) assert.equal(typeof summary[name], 'number', `${name} in ${JSON.stringify(summary)}`)
  return { ...ended, lines, summary }
}

const COUNTS = [
  ...['albums', 'albumsSkipped', 'items', 'stored', 'adopted', 'copied', 'moved', 'kept', 'replaced', 'vanished', 'failed'],
  ...['impossible', 'pending', 'bytes', 'apiCalls', 'durationMs'],
]

/** Fails unless the items of a summary are the sum of their outcomes. */
export function assertAddsUp(summary: Summary): void {
  const { stored, adopted, copied, moved, kept, replaced, failed, impossible, pending } = summary
  const sum = stored + adopted + copied + moved + kept + replaced + failed + impossible + pending
  assert.equal(summary.items, sum, JSON.stringify(summary))
}

/** Fails with the program's whole output, unless it ended with this code. */
export function assertCode(ended: Ended, code: number): void {
  assert.equal(ended.code, code, `${ended.stdout}\n${ended.stderr}`)
}

/** An entry on the disk. */
export interface Standing {
  readonly kind: 'file' | 'folder' | 'other'
  readonly size: number
  /** The MD5 of a file's bytes, else empty. */
  readonly md5: string
  readonly mtimeMs: number
  /** Permission bits. */
  readonly mode: number
}

/** Returns everything below a folder, by path relative to it; nothing if there is no such folder. */
export async function snapshot(folder: string): Promise<ReadonlyMap<string, Standing>> {
  const found = new Map<string, Standing>()
  if (!existsSync(folder)) return found
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true, encoding: 'utf8' })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const { size, mtimeMs, mode } = lstatSync(path)
    const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other'
    const md5 = kind === 'file' ? await md5OfFile(path) : ''
    found.set(path.slice(folder.length + 1), { kind, size: kind === 'file' ? size : 0, md5, mtimeMs, mode: mode & 0o7777 })
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function md5OfFile(path: string): Promise<string> {
  const sum = createHash('md5')
  await pipeline(createReadStream(path), sum)
  return sum.digest('hex')
}

/** Returns true for a hidden file with this extension: a photo may itself be called `photo.jpg.part`. */
const PARTIAL = /(?:^|\/)\.[^/]*\.part$/
const RECORDS = /(?:^|\/)album\.json$|^(?:tree\.json|metadata\.csv|README\.txt)$/

/** Returns the photos and videos of a vault, by path, without hidden partial files. */
export async function mediaIn(vault: string): Promise<ReadonlyMap<string, Standing>> {
  const all = [...(await snapshot(vault))]
  const isMedia = ([path, { kind }]: (typeof all)[number]): boolean =>
    kind === 'file' && !path.startsWith('.smugmug-backup/') && !RECORDS.test(path) && !PARTIAL.test(path)
  return new Map(all.filter(isMedia))
}

/** Returns the vault's partial files, by path. */
export async function partsIn(vault: string): Promise<readonly string[]> {
  return [...(await snapshot(vault)).keys()].filter((path) => PARTIAL.test(path))
}

/** Fails and names the paths that came, went or changed between two snapshots; those of `but` may. */
export function assertSame(after: ReadonlyMap<string, Standing>, before: ReadonlyMap<string, Standing>, but = /^$/): void {
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter((path) => !but.test(path))
  const changed = paths.filter((path) => !isDeepStrictEqual(before.get(path), after.get(path)))
  const shown = changed.map((path) => `${path}: ${JSON.stringify(before.get(path))} became ${JSON.stringify(after.get(path))}`)
  assert.deepEqual(shown, [], 'nothing may have changed')
}

/** The world's facts about one item's file. */
export interface Promised {
  readonly albumKey: string
  readonly albumName: string
  readonly image: WorldImage
  readonly collected: boolean
  readonly size: number
  readonly md5: string
}

/** Returns every item of a world with its expected file: the original, or a video's largest rendition. */
export function promisedBy(world: World): readonly Promised[] {
  return albumsOf(world).flatMap((album) =>
    placementsOf(album).map(({ image, collected = false }) => {
      const bytes = mediaOf(image)
      return { albumKey: album.key, albumName: album.name, image, collected, size: sizeOf(bytes), md5: md5Of(bytes) }
    }),
  )
}

/** Returns the MD5s of files, or of a world's items, sorted: two equal lists mean the same bytes, each as often. */
export function md5s(of: ReadonlyMap<string, Standing> | readonly Promised[]): readonly string[] {
  return [...of.values()].map(({ md5 }) => md5).sort()
}

/** Fails unless the vault holds every item of the world byte for byte, and nothing else under a real name. */
export async function assertHolds(vault: string, world: World): Promise<void> {
  assert.deepEqual(md5s(await mediaIn(vault)), md5s(promisedBy(world)))
}

/** Fails if a file of the vault has bytes that the world does not have: a half or wrong one under a real name. */
export async function assertNothingWrong(vault: string, world: World): Promise<void> {
  const right = new Set(promisedBy(world).map(({ md5 }) => md5))
  for (const [path, { md5, size }] of await mediaIn(vault)) assert.ok(right.has(md5), `${path} (${size} bytes) is no file of the account`)
}

/** Writes a text, and the folders around it; the mode is 0600 by default. */
export function write(path: string, text: string, mode = 0o600): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

/** Removes a folder, even if a test has taken away the right to write. */
function removeAll(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o700)
    }
    rmSync(folder, { recursive: true, force: true })
  }
}
