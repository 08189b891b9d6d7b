import { type Cost, program } from './contestants.ts'
import { graph } from './graph.ts'
import { each, type Row } from './measure.ts'
import type { Bench, Scenario } from './scenario.ts'
import { Service, type Size } from './service.ts'

/** Measures a first and a second run over tiny photos. The bars are for memory, in MB. */
async function manyItems(bench: Bench, size: Omit<Size, 'bytes'>, bars: { readonly first: number; readonly second: number }) {
  await using service = await Service.start({ ...size, bytes: 600 })
  const vault = bench.folder()
  const first = await program(service, vault)
  const second = await program(service, vault)
  const rowsOf = (cost: Cost, which: keyof typeof bars): readonly Row[] => [
    { what: `peak memory, ${which} run`, unit: 'MB', ours: each([cost], 'rssMb'), bar: { most: bars[which] } },
    { what: `longest standstill, ${which} run`, unit: 'ms', ours: each([cost], 'delayMs'), bar: { most: 100 } },
  ]
  const timeOf = (cost: Cost, which: keyof typeof bars): Row => ({ what: `time, ${which} run`, unit: 's', ours: each([cost], 'seconds') })
  return {
    first: { cost: first, rows: [...rowsOf(first, 'first'), timeOf(first, 'first')] },
    second: { cost: second, rows: rowsOf(second, 'second'), time: timeOf(second, 'second') },
  }
}

const allRows = ({ first, second }: Awaited<ReturnType<typeof manyItems>>): readonly Row[] => [...first.rows, ...second.rows, second.time]

export const large: Scenario = {
  number: 5,
  title: 'Many items: 100,000 photos of 600 bytes in albums of 1,000, no latency',
  measure: async (bench) => allRows(await manyItems(bench, { albums: bench.size(100, 5), images: 1000 }, { first: 200, second: 200 })),
}

export const manyAlbums: Scenario = {
  number: 10,
  title: 'Many albums: 20,000 of one photo of 600 bytes, no latency',
  measure: async (bench) => allRows(await manyItems(bench, { albums: bench.size(20_000, 50), images: 1 }, { first: 240, second: 240 })),
}

export const soak: Scenario = {
  number: 9,
  title: 'A soak: 1,000,000 items in the same way',
  takesLong: true,
  async measure(bench) {
    const bars = { first: 200, second: 200 }
    const tenth = await manyItems(bench, { albums: bench.size(100, 2), images: 1000 }, bars)
    const whole = await manyItems(bench, { albums: bench.size(1000, 5), images: 1000 }, bars)
    const lines = Object.entries({ 'first run': whole.first, 'second run': whole.second }).map(([name, { cost }]) => ({
      name,
      points: cost.memory ?? [],
    }))
    bench.keepPicture('soak.svg', graph('Resident memory with 1,000,000 items', 'MB', lines, bars.first))
    const growth: Row = {
      what: 'the same',
      unit: 'MB',
      ours: each([whole.first.cost], 'rssMb'),
      against: { name: 'with 100,000 items', values: each([tenth.first.cost], 'rssMb') },
      bar: { most: 1.05 },
    }
    const [memory, ...others] = whole.first.rows
    return [...(memory === undefined ? [] : [memory]), growth, ...others, ...whole.second.rows, { ...whole.second.time, bar: { most: 6 } }]
  },
}
