/** The measurements. The bars are those of docs/performance.md; they are printed, never asserted: machines differ, and share. */
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buckets } from './bucket.ts'
import { type Cost, curl, curlList, PROGRAM, plain, program, reference, run } from './contestants.ts'
import { graph } from './graph.ts'
import { each, inTurns, type Row } from './measure.ts'
import type { Bench, Scenario } from './scenario.ts'
import { sealedVaults } from './sealed.ts'
import { LIKE_SMUGMUG, Service, type Size } from './service.ts'
import { StaticServer } from './static-server.ts'
import { thumbnails } from './thumbnails.ts'
import { twins } from './twin.ts'

/** The costs of our program and of the reference, round by round. */
interface Costs {
  readonly ours: readonly Cost[]
  readonly theirs: readonly Cost[]
}

const againstReference = ({ ours, theirs }: Costs, kind: 'seconds' | 'calls') => ({
  ours: each(ours, kind),
  against: { name: 'the reference', values: each(theirs, kind) },
})

/** `most` is the bar for the ratio. */
const timeRow = (what: string, costs: Costs, most?: number): Row => ({
  what,
  unit: 's',
  ...againstReference(costs, 'seconds'),
  ...(most !== undefined && { bar: { most } }),
})

const callsRow = (costs: Costs): Row => ({ what: 'API calls', unit: 'calls', ...againstReference(costs, 'calls') })

const SMALL_PHOTOS: Size = { albums: 100, images: 20, bytes: 20_000 }

const firstBackup: Scenario = {
  number: 1,
  title: 'First backup: 100 albums of 20 photos of 20 kB; 150 ms a call, 20 ms a listed item, 60 ms to the first byte of a file',
  async measure(bench) {
    await using service = await Service.start({ ...SMALL_PHOTOS, albums: bench.size(100, 20) }, LIKE_SMUGMUG)
    const costs = await inTurns(bench.rounds, {
      ours: () => program(service, bench.freshFolder()),
      theirs: () => reference(service, bench.freshFolder()),
    })
    return [timeRow('time', costs, 0.5), callsRow(costs)]
  },
}

/** Makes a vault and a folder of the reference, both up to date, without latency; from then on the service is as slow as the real one. */
async function upToDate(bench: Bench, service: Service) {
  const folders = { ours: bench.folder(), theirs: bench.folder() }
  await program(service, folders.ours)
  await reference(service, folders.theirs)
  await service.send({ do: 'behave', behaviour: LIKE_SMUGMUG })
  return folders
}

async function nothingChanged(bench: Bench, albums: number): Promise<readonly Row[]> {
  await using service = await Service.start({ ...SMALL_PHOTOS, albums })
  const folders = await upToDate(bench, service)
  const costs = await inTurns(bench.rounds, {
    ours: () => program(service, folders.ours),
    theirs: () => reference(service, folders.theirs),
  })
  return [
    timeRow(`time, ${albums} albums`, costs, 0.2),
    { what: `API calls, ${albums} albums`, unit: 'calls', ours: each(costs.ours, 'calls'), bar: { most: albums / 100 + 5 } },
  ]
}

const unchanged: Scenario = {
  number: 2,
  title: 'The same, nothing changed',
  measure: async (bench) => [
    ...(await nothingChanged(bench, bench.size(100, 20))),
    ...(await nothingChanged(bench, bench.size(1000, 120))),
  ],
}

const onePercent: Scenario = {
  number: 3,
  title: 'The same, one photo in a hundred is new, each in another album',
  async measure(bench) {
    const size = { ...SMALL_PHOTOS, albums: bench.size(100, 20) }
    await using service = await Service.start(size)
    const folders = await upToDate(bench, service)
    const costs = await inTurns(
      bench.rounds,
      { ours: () => program(service, folders.ours), theirs: () => reference(service, folders.theirs) },
      () => service.send({ do: 'grow', photos: (size.albums * size.images) / 100, bytes: size.bytes }),
    )
    return [timeRow('time', costs), callsRow(costs)]
  },
}

async function againstCurl(bench: Bench, what: string, size: Size): Promise<readonly Row[]> {
  await using server = await StaticServer.start(bench.folder())
  await using service = await Service.start(size, {}, server)
  const list = await curlList(service)
  const costs = await inTurns(bench.rounds, {
    ours: () => program(service, bench.freshFolder()),
    theirs: () => curl(list, bench.freshFolder()),
    plain: () => plain(list, bench.freshFolder()),
  })
  const from = server === undefined ? ' (from the simulator)' : ''
  const megabytes = (size.albums * size.images * size.bytes) / 1e6
  return [
    {
      what: `time, ${what}${from}`,
      unit: 's',
      ours: each(costs.ours, 'seconds'),
      against: { name: '`curl -Z`', values: each(costs.theirs, 'seconds') },
      bar: { most: 2.2 },
    },
    {
      what: `the same, ${what}`,
      unit: 's',
      ours: each(costs.ours, 'seconds'),
      against: { name: 'a plain program that hashes and flushes, too', values: each(costs.plain, 'seconds') },
    },
    { what: `throughput, ${what}`, unit: 'MB/s', ours: each(costs.ours, 'seconds').map((seconds) => megabytes / seconds) },
    { what: `processor time, ${what}`, unit: 's', ours: each(costs.ours, 'cpuSeconds') },
  ]
}

const loopback: Scenario = {
  number: 4,
  title: 'No latency at all: loopback, files from nginx where it is installed',
  measure: async (bench) => [
    ...(await againstCurl(bench, '2,000 × 200 kB', { albums: 20, images: bench.size(100, 10), bytes: 200_000 })),
    ...(await againstCurl(bench, '20 × 50 MB', { albums: 2, images: bench.size(10, 2), bytes: 50_000_000 })),
  ],
}

/** Measures a first and a second run over tiny photos. `most` is the bar for memory, in MB. */
async function manyItems(bench: Bench, size: Omit<Size, 'bytes'>, most?: number) {
  await using service = await Service.start({ ...size, bytes: 600 })
  const vault = bench.freshFolder()
  const first = await program(service, vault)
  const second = await program(service, vault)
  const rows = Object.entries({ 'first run': first, 'second run': second }).flatMap(([which, cost]): readonly Row[] => [
    { what: `peak memory, ${which}`, unit: 'MB', ours: each([cost], 'rssMb'), ...(most !== undefined && { bar: { most } }) },
    { what: `longest standstill, ${which}`, unit: 'ms', ours: each([cost], 'delayMs'), bar: { most: 100 } },
    { what: `time, ${which}`, unit: 's', ours: each([cost], 'seconds') },
  ])
  return { rows, first, second }
}

const large: Scenario = {
  number: 5,
  title: 'Many items: 100,000 photos of 600 bytes in albums of 1,000, no latency',
  measure: async (bench) => (await manyItems(bench, { albums: bench.size(100, 5), images: 1000 }, 220)).rows,
}

const manyAlbums: Scenario = {
  number: 10,
  title: 'Many albums: 20,000 of one photo of 600 bytes, no latency',
  measure: async (bench) => (await manyItems(bench, { albums: bench.size(20_000, 50), images: 1 })).rows,
}

const largeAlbums: Scenario = {
  number: 11,
  title: 'Large albums: 4 of 2,500 photos of 2 kB, latency as in 1',
  async measure(bench) {
    await using service = await Service.start({ albums: 4, images: bench.size(2500, 20), bytes: 2000 }, LIKE_SMUGMUG)
    const costs = await inTurns(1, {
      ours: () => program(service, bench.freshFolder()),
      theirs: () => reference(service, bench.freshFolder()),
    })
    return [timeRow('time', costs, 0.5)]
  },
}

const soak: Scenario = {
  number: 9,
  title: 'A soak: 1,000,000 items in the same way',
  takesLong: true,
  async measure(bench) {
    const { rows, first, second } = await manyItems(bench, { albums: bench.size(1000, 5), images: 1000 }, 240)
    const lines = [
      { name: 'first run', points: first.memory ?? [] },
      { name: 'second run', points: second.memory ?? [] },
    ]
    bench.keepPicture('soak.svg', graph('Resident memory with 1,000,000 items', 'MB', lines, 240))
    return rows
  },
}

const verify: Scenario = {
  number: 6,
  title: 'Verify: 100 files of 50 MB (read from memory, if there is enough of it)',
  async measure(bench) {
    const size = { albums: 10, images: bench.size(10, 2), bytes: 50_000_000 }
    await using service = await Service.start(size)
    const vault = bench.folder()
    await program(service, vault)
    const files = globSync('**/*.jpg', { cwd: vault }).map((file) => join(vault, file))
    const hash = async (tool: string): Promise<number> => (await run(tool, files)).seconds
    const costs = await inTurns(bench.rounds, {
      ours: () => program(service, vault, { command: ['verify'] }),
      theirs: async () => ({ seconds: (await hash('md5sum')) + (await hash('sha256sum')) }),
    })
    const megabytes = (size.albums * size.images * size.bytes) / 1e6
    return [
      {
        what: 'time',
        unit: 's',
        ours: each(costs.ours, 'seconds'),
        against: { name: '`md5sum`, then `sha256sum`', values: each(costs.theirs, 'seconds') },
      },
      { what: 'throughput', unit: 'MB/s', ours: each(costs.ours, 'seconds').map((seconds) => megabytes / seconds) },
    ]
  },
}

const start: Scenario = {
  number: 7,
  title: 'Start-up: `--help`',
  async measure(bench) {
    const milliseconds = async (words: readonly string[]): Promise<number> => {
      const began = performance.now()
      await promisify(execFile)(process.execPath, words)
      return performance.now() - began
    }
    const ours: number[] = []
    const bare: number[] = []
    for (let time = 0; time < bench.size(20, 5); time += 1) {
      ours.push(await milliseconds([PROGRAM, '--help']))
      bare.push(await milliseconds(['-e', '0']))
    }
    return [
      { what: '`--help`', unit: 'ms', ours, bar: { most: 150 } },
      { what: '`--help` against bare Node', unit: 'ms', ours, against: { name: '`node -e 0`', values: bare } },
    ]
  },
}

const slowLine: Scenario = {
  number: 8,
  title: 'A slow line: 10 MB/s in all, 1,000 photos of 200 kB in 40 albums, latency as in 1',
  async measure(bench) {
    const size = { albums: bench.size(40, 10), images: 25, bytes: 200_000 }
    const bandwidth = 10_000_000
    await using service = await Service.start(size, { ...LIKE_SMUGMUG, bandwidth })
    const costs = await inTurns(bench.rounds, {
      ours: () => program(service, bench.freshFolder()),
      theirs: () => reference(service, bench.freshFolder()),
    })
    const ideal = (size.albums * size.images * size.bytes) / bandwidth
    const share = (seconds: readonly number[]): readonly number[] => seconds.map((taken) => (ideal / taken) * 100)
    return [{ what: 'share of the line', unit: '%', ours: share(each(costs.ours, 'seconds')) }, timeRow('time', costs)]
  },
}

export const SCENARIOS: readonly Scenario[] = [
  firstBackup,
  unchanged,
  onePercent,
  loopback,
  large,
  verify,
  start,
  slowLine,
  soak,
  manyAlbums,
  largeAlbums,
  thumbnails,
  ...twins,
  buckets,
  sealedVaults,
]
