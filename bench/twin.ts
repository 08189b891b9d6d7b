/** The twin: its writer, as the program does it, and its pages in a browser. */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Cost, MONITOR, PROGRAM, run, settleDisk } from './contestants.ts'
import type { Row } from './measure.ts'
import type { Bench, Scenario } from './scenario.ts'
import { measureClient } from './twin-client.ts'
import { changeTwinVault, makeTwinVault } from './twin-vault.ts'

/** Brings the twin of a vault up to date with the program, watched from within. */
async function twin(root: string): Promise<Cost> {
  const home = mkdtempSync(join(root, '..', 'home-'))
  const watched = join(home, 'cost.json')
  const env = { HOME: home, SMGMG_BK_DESTINATION: root, NODE_OPTIONS: `--import=${MONITOR}`, BENCH_MONITOR: watched }
  await settleDisk()
  const { seconds } = await run(process.execPath, [PROGRAM, 'twin'], { cwd: home, env })
  const cost = JSON.parse(readFileSync(watched, 'utf8')) as Omit<Cost, 'seconds'>
  rmSync(home, { recursive: true })
  return { seconds, ...cost }
}

/** Returns size and time of each file in a folder, but for thumbnails: no run here makes any. */
function filesIn(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const look = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (entry.name !== 'thumbs') look(path)
      } else found.set(path, `${lstatSync(path).size} ${lstatSync(path, { bigint: true }).mtimeNs}`)
    }
  }
  look(root)
  return found
}

/** Counts the files that are new, gone or other than before. */
const changedSince = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number =>
  [...after].filter(([path, facts]) => before.get(path) !== facts).length + [...before.keys()].filter((path) => !after.has(path)).length

async function measureTwin(bench: Bench, albums: number, bars: TwinBars): Promise<readonly Row[]> {
  const root = join(bench.folder(), 'vault')
  mkdirSync(root)
  const album = await makeTwinVault(root, { albums, images: 200, thumbnails: 20_000 })
  const first = await twin(root)
  const unchanged: Cost[] = []
  const changedFiles: number[] = []
  const changed: Cost[] = []
  for (let round = 0; round < 3; round += 1) {
    const before = filesIn(root)
    unchanged.push(await twin(root))
    changedFiles.push(changedSince(before, filesIn(root)))
    await changeTwinVault(root, album)
    changed.push(await twin(root))
  }
  const of = (costs: readonly Cost[], kind: 'seconds' | 'cpuSeconds' | 'rssMb' | 'delayMs' | 'writtenMb') =>
    costs.map((cost) => cost[kind] ?? Number.NaN)
  return [
    { what: 'first twin, pictures apart', unit: 's', ours: [first.seconds] },
    { what: 'its peak memory', unit: 'MB', ours: [first.rssMb ?? Number.NaN], bar: { most: 240 } },
    { what: 'its longest standstill', unit: 'ms', ours: [first.delayMs ?? Number.NaN] },
    { what: 'nothing changed: files that are other than before', unit: 'files', ours: changedFiles, bar: { most: 0 } },
    { what: 'nothing changed: time', unit: 's', ours: of(unchanged, 'seconds'), bar: { most: bars.unchanged } },
    { what: 'nothing changed: peak memory', unit: 'MB', ours: of(unchanged, 'rssMb'), bar: { most: 240 } },
    { what: 'an album of 200 photos changed: time', unit: 's', ours: of(changed, 'seconds'), bar: { most: 2 } },
    { what: 'the same: processor time', unit: 's', ours: of(changed, 'cpuSeconds') },
    { what: 'the same: bytes written, databases included', unit: 'MB', ours: of(changed, 'writtenMb'), bar: { most: 5 } },
    { what: 'the same: peak memory', unit: 'MB', ours: of(changed, 'rssMb'), bar: { most: 240 } },
    ...(await measureClient(root, album, bars)),
  ]
}

interface TwinBars {
  /** The time of a run without changes, in seconds. */
  readonly unchanged: number
  readonly timelineMs: number
  readonly searchMs: number
}

/** A twin of many photos. */
export const twins: readonly Scenario[] = [
  {
    number: 13,
    title: 'A twin of 100,000 items in albums of 200, half of them with words',
    measure: (bench) => measureTwin(bench, bench.size(500, 20), { unchanged: 1, timelineMs: 500, searchMs: 30 }),
  },
  {
    number: 14,
    title: 'A twin of 1,000,000 items in the same way',
    takesLong: true,
    measure: (bench) => measureTwin(bench, bench.size(5000, 40), { unchanged: 10, timelineMs: 1000, searchMs: 200 }),
  },
]
