/**
 * `npm test [-- WORD… --option…]`: builds (some tests start the packaged program), then runs every test file but those that have a command of their own, or those
 * whose path contains one of the words (as `npm run test:browsers` and `npm run test:elsewhere` do); options go to `node --test`. Nothing of the machine's own settings reaches a test:
 * a developer's real account must be out of reach, and so must a proxy.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SERVERS_FOLDER, stopServers } from '../test/servers/daemons.ts'

const root = join(import.meta.dirname, '..')
const arguments_ = process.argv.slice(2)
const words = arguments_.filter((argument) => !argument.startsWith('-'))
const options = arguments_.filter((argument) => argument.startsWith('-'))

const run = (parameters: readonly string[], env: NodeJS.ProcessEnv): number =>
  spawnSync(process.execPath, parameters, { cwd: root, env, stdio: 'inherit' }).status ?? 1

const foreign = /^(?:SMGMG_BK_.*|AWS_.*|DEBUG|NO_COLOR|FORCE_COLOR|(?:https?|all|no)_proxy|NODE_OPTIONS|NODE_TEST_CONTEXT)$/i
const clean = Object.entries(process.env).filter(([name]) => !foreign.test(name))

interface Counts {
  readonly tests: number
  readonly passed: number
  readonly skipped: number
  readonly ms: number
}

/** Returns the last line: how many tests ran, and how many of those passed. */
function closingLine(path: string): string {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (text === '') return 'The tests did not come to their end.'
  const { tests, passed, skipped, ms } = JSON.parse(text) as Counts
  const ran = tests - skipped
  return `${ran} tests ran in ${Math.round(ms / 1000)} s: ${passed} passed, ${ran - passed} failed; ${skipped} were skipped.`
}

/**
 * Makes the folder for all that the tests write: in memory, where there is such a disk with room, on which programs may run. The tests flush
 * tens of thousands of times, and none of them is about that. The campaigns write on the real disk.
 */
function makePlace(): string {
  const memory = '/dev/shm'
  if (existsSync(memory)) {
    removeLeft(memory)
    const { bavail, bsize } = statfsSync(memory)
    // A short name: paths are shown on narrow screens.
    const place = mkdtempSync(join(memory, 't-'))
    const program = join(place, 'program')
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 })
    writeFileSync(join(place, OWNER), String(process.pid))
    if (bavail * bsize > 4e9 && spawnSync(program).status === 0) return place
    rmSync(place, { recursive: true })
  }
  return mkdtempSync(join(tmpdir(), 'smugmug-tests-'))
}

/** The file with the number of the process that a place belongs to. */
const OWNER = 'owner'

/** Removes places that tests left which were killed: the memory that they fill is lost until the machine starts anew. */
function removeLeft(memory: string): void {
  for (const owner of globSync(`${memory}/t-*/${OWNER}`)) {
    if (isRunning(Number(readFileSync(owner, 'utf8')))) continue
    stopServers(join(dirname(owner), 'servers'))
    rmSync(dirname(owner), { recursive: true, force: true })
  }
}

function isRunning(process_: number): boolean {
  try {
    return process.kill(process_, 0)
  } catch {
    return false
  }
}

/** The tests that drive a browser through whole pages, and those of vaults in buckets, sealed vaults, copies and fleets. */
const APART = ['test/browsers/', 'test/elsewhere/']

const files = globSync('{src,simulator,test}/**/*.test.ts', { cwd: root })
  .filter((file) => (words.length === 0 ? !APART.some((folder) => file.startsWith(folder)) : words.some((word) => file.includes(word))))
  .toSorted()
if (files.length === 0) {
  console.error(`No test file's path contains ${words.join(' or ')}.`)
  process.exit(1)
}

const built = run(['scripts/build.mjs'], process.env)
if (built !== 0) process.exit(built)

console.log(`${files.length} test files, Node ${process.version}`)
const place = makePlace()
// Ctrl-C ends the tests, and then this: memory that is left filled by them is lost until the machine starts anew.
process.on('SIGINT', () => undefined)
const home = join(place, 'home')
const servers = join(place, 'servers')
mkdirSync(home)
try {
  // A scenario mostly waits for the program it started, so one file more than there are cores pays.
  const concurrency = availableParallelism() + 1
  // The same modules are loaded by hundreds of test files: they are compiled once. Measured: a tenth less time.
  const compiled = join(root, 'node_modules', '.cache', 'smugmug-backup-tests')
  const env = {
    ...Object.fromEntries(clean),
    HOME: home,
    USERPROFILE: home,
    TMPDIR: place,
    NODE_COMPILE_CACHE: compiled,
    [SERVERS_FOLDER]: servers,
  }
  const counts = join(place, 'counts.json')
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./scripts/count-tests.mjs', `--test-reporter-destination=${counts}`],
  ]
  const limits = [`--test-concurrency=${concurrency}`, '--test-timeout=180000']
  process.exitCode = run(['--test', ...limits, ...reporters, ...options, ...files], env)
  console.log(closingLine(counts))
} finally {
  stopServers(servers)
  rmSync(place, { recursive: true, force: true })
}
