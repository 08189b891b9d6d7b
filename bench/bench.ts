/**
 * `npm run bench [-- --only 1,2] [-- --quick] [-- --rounds N] [-- --cpus 0.25]`: measures, prints a table, and keeps the results in
 * bench/results.json and docs/performance.md. See bench/README.md.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { judge } from './measure.ts'
import { Bench } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'
import { SLOW_MACHINE } from './small-machines.ts'
import { type Machine, type Measured, machineText, tableOf } from './table.ts'

const root = join(import.meta.dirname, '..')
const RESULTS = join(root, 'bench', 'results.json')
const PAGE = join(root, 'docs', 'performance.md')
const BEGIN = '<!-- measured: begin (npm run bench) -->'
const END = '<!-- measured: end -->'

interface Results {
  readonly scenarios: readonly Measured[]
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    cpus: { type: 'string' },
  },
})

const firstLine = (command: string, ...words: readonly string[]): string => {
  const { error, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' })
  return error === undefined ? (`${stdout}${stderr}`.split('\n')[0] ?? '').trim() : `no ${command}`
}

/** The numbers by which `statfs` distinguishes file systems. */
const DISKS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
}

function thisMachine(): Machine {
  return {
    processor: (cpus()[0]?.model ?? 'unknown').trim(),
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${type()} ${release().split('-')[0]}`,
    disk: DISKS[statfsSync(tmpdir()).type] ?? 'an unknown file system',
    node: process.version,
    nginx: firstLine('nginx', '-v').replace('nginx version: ', ''),
  }
}

/** Keeps the new results, and older ones until they are measured anew. */
function keep(fresh: readonly Measured[]): void {
  const known = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Results) : undefined
  const others = (known?.scenarios ?? []).filter(({ number }) => fresh.every((each) => each.number !== number))
  const scenarios = [...others, ...fresh].toSorted((a, b) => a.number - b.number)
  writeFileSync(RESULTS, `${JSON.stringify({ scenarios } satisfies Results, undefined, 1)}\n`)
  const [before = '', rest = ''] = readFileSync(PAGE, 'utf8').split(BEGIN)
  const after = rest.split(END)[1] ?? ''
  writeFileSync(PAGE, [before, BEGIN, '\n\n', scenarios.map(tableOf).join('\n'), '\n', END, after].join(''))
}

/** Returns version and commit, for results that are kept from run to run. */
function thisProgram(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
  const git = (...words: readonly string[]): string => spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? ''
  const commit = git('rev-parse', '--short', 'HEAD')
  const changed = git('status', '--porcelain', 'src') === '' ? '' : ', changed since'
  return `version ${version}${commit === '' ? '' : ` (${commit}${changed})`}`
}

// A slow machine is a scenario of its own.
const numbers = (values.only ?? (values.cpus === undefined ? undefined : String(SLOW_MACHINE)))?.split(',').map(Number)
const chosen = SCENARIOS.filter(({ number, takesLong }) => numbers?.includes(number) ?? takesLong !== true)
if (chosen.length === 0) throw new Error(`There is no scenario ${values.only}`)
if (process.env.BENCH_AS_BUILT === undefined) {
  const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' })
  if (built.status !== 0) process.exit(1)
}

const machine = thisMachine()
console.log(`${machineText(machine)}\n`)
const fresh: Measured[] = []
const home = mkdtempSync(join(tmpdir(), 'smugmug-backup-bench-'))
process.on('exit', () => rmSync(home, { recursive: true, force: true }))
process.on('SIGINT', () => process.exit(130))
for (const { number, title, measure } of chosen) {
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
  const bench = new Bench({
    home,
    rounds,
    quick: values.quick,
    cpus: Number(values.cpus ?? 0.25),
  })
  const busy = `${machineText(machine)} Load ${loadavg()[0]?.toFixed(1)}.`
  const rows = await measure(bench)
  const measured = { number, title, at: new Date().toISOString(), program: thisProgram(), machine: busy, rows: rows.map(judge) }
  console.log(tableOf(measured))
  fresh.push(measured)
}
if (!values.quick) keep(fresh)
