import { addressList, plain, program } from './contestants.ts'
import { each, inTurns, type Row } from './measure.ts'
import type { Bench, Scenario } from './scenario.ts'
import { Service, type Size } from './service.ts'
import { StaticServer } from './static-server.ts'

/** The bars for the ratio to a plain program, in time and, for small files, in processor time. */
interface PlainBars {
  readonly seconds: number
  readonly cpuSeconds?: number
}

async function againstPlain(bench: Bench, { what, size, bars }: { readonly what: string; readonly size: Size; readonly bars: PlainBars }) {
  await using server = await StaticServer.start(bench.folder())
  await using service = await Service.start(size, {}, server)
  const list = await addressList(service)
  const costs = await inTurns(bench.rounds, {
    ours: () => program(service, bench.folder()),
    plain: () => plain(list, bench.folder()),
  })
  const from = server === undefined ? ' (from the simulator)' : ''
  const megabytes = (size.albums * size.images * size.bytes) / 1e6
  const row = (name: string, kind: 'seconds' | 'cpuSeconds'): Row => ({
    what: `${name}, ${what}${from}`,
    unit: 's',
    ours: each(costs.ours, kind),
    against: { name: 'a plain program that hashes and flushes, too', values: each(costs.plain, kind) },
    ...(bars[kind] !== undefined && { bar: { most: bars[kind] } }),
  })
  const throughput: Row = {
    what: `throughput, ${what}`,
    unit: 'MB/s',
    ours: each(costs.ours, 'seconds').map((seconds) => megabytes / seconds),
  }
  return [row('time', 'seconds'), row('processor time', 'cpuSeconds'), throughput]
}

export const loopback: Scenario = {
  number: 4,
  title: 'No latency at all: loopback, files from nginx where it is installed',
  async measure(bench) {
    const small = { albums: 20, images: bench.size(100, 10), bytes: 200_000 }
    const more = { ...small, albums: bench.size(40, 2) }
    const large = { albums: 2, images: bench.size(10, 2), bytes: 50_000_000 }
    return [
      ...(await againstPlain(bench, { what: '2,000 × 200 kB', size: small, bars: { seconds: 1.2, cpuSeconds: 1.3 } })),
      ...(await againstPlain(bench, { what: '4,000 × 200 kB', size: more, bars: { seconds: 1.2, cpuSeconds: 1.3 } })),
      ...(await againstPlain(bench, { what: '20 × 50 MB', size: large, bars: { seconds: 1.1 } })),
    ]
  },
}
