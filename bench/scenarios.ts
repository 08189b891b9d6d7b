/** The measurements. The bars are those of docs/performance.md; they are printed, never asserted: machines differ, and share. */
import { adoption, start, verify } from './at-home.ts'
import { buckets } from './bucket.ts'
import { type Cost, program, reference } from './contestants.ts'
import { loopback } from './loopback.ts'
import { large, manyAlbums, soak } from './many.ts'
import { each, inTurns, type Row } from './measure.ts'
import type { Bench, Scenario } from './scenario.ts'
import { sealedVaults } from './sealed.ts'
import { LIKE_SMUGMUG, Service, type Size } from './service.ts'
import { slowMachine, tightMachine } from './small-machines.ts'
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
      ours: () => program(service, bench.folder()),
      theirs: () => reference(service, bench.folder()),
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
      { before: () => service.send({ do: 'grow', photos: (size.albums * size.images) / 100, bytes: size.bytes }) },
    )
    return [timeRow('time', costs), callsRow(costs)]
  },
}

const largeAlbums: Scenario = {
  number: 11,
  title: 'Large albums: 4 of 2,500 photos of 2 kB, latency as in 1',
  async measure(bench) {
    await using service = await Service.start({ albums: 4, images: bench.size(2500, 20), bytes: 2000 }, LIKE_SMUGMUG)
    const costs = await inTurns(1, {
      ours: () => program(service, bench.folder()),
      theirs: () => reference(service, bench.folder()),
    })
    return [timeRow('time', costs, 0.5)]
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
      ours: () => program(service, bench.folder()),
      theirs: () => reference(service, bench.folder()),
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
  slowMachine,
  tightMachine,
  adoption,
]
