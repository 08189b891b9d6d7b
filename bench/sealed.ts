import { makeKey } from '../src/app/app.ts'
import { type Cost, program } from './contestants.ts'
import { each, inTurns, type Row } from './measure.ts'
import type { Bench, Scenario } from './scenario.ts'
import { Service, type Size } from './service.ts'

/** Measures a first run into a vault that is sealed for two keys, against one into a vault that is not. */
async function sealing(bench: Bench, what: string, size: Size): Promise<readonly Row[]> {
  const [key, paper] = [await makeKey(), await makeKey()]
  const env = { SMGMG_BK_ENCRYPTION_RECIPIENTS: `${key.recipient},${paper.recipient}` }
  await using service = await Service.start(size)
  const costs = await inTurns(bench.rounds, {
    ours: () => program(service, bench.folder(), { env }),
    theirs: () => program(service, bench.folder()),
  })
  const row = (kind: keyof Cost & ('seconds' | 'cpuSeconds' | 'rssMb'), name: string, unit: Row['unit']): Row => ({
    ...{ what: `${name}, ${what}`, unit, ours: each(costs.ours, kind) },
    against: { name: 'the same, not sealed', values: each(costs.theirs, kind) },
  })
  return [row('cpuSeconds', 'processor time', 's'), row('seconds', 'time', 's'), row('rssMb', 'peak memory', 'MB')]
}

export const sealedVaults: Scenario = {
  number: 16,
  title: 'A vault that is sealed for two keys, no latency',
  measure: async (bench) => [
    ...(await sealing(bench, '2,000 × 200 kB', { albums: 20, images: bench.size(100, 10), bytes: 200_000 })),
    ...(await sealing(bench, '1 × 2 GB', { albums: 1, images: 1, bytes: bench.size(2_000_000_000, 50_000_000) })),
    ...(await sealing(bench, '100,000 × 600 bytes', { albums: bench.size(100, 5), images: 1000, bytes: 600 })),
  ],
}
