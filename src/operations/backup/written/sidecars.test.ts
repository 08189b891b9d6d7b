import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { delaysOf, jitteryStorage } from '../../../../test/support/jittery-storage.ts'
import { FakeClock } from '../../../flow/clock.ts'
import { openMemory } from '../../../vault/storage/memory.ts'
import type { Storage } from '../../../vault/storage/storage.ts'
import { Holdings } from '../run/holdings.ts'
import type { Run } from '../run/run.ts'
import { copySidecars, removeSidecar, sidecarsFollow } from './sidecars.ts'

const SEEDS = 40

/** The parts of a run that these functions use, over a storage whose calls end in an order that the seed decides. */
async function runOver(seed: number): Promise<{ readonly run: Run; readonly storage: Storage }> {
  const base = openMemory()
  async function* words(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('words of a person')
  }
  await base.put('A/x.xmp', words())
  const storage = jitteryStorage(base, delaysOf(seed))
  const facts: Pick<Run, 'holdings' | 'clock' | 'loneSidecars'> & {
    vault: Pick<Run['vault'], 'storage'>
    settings: Partial<Run['settings']>
  } = {
    ...{ holdings: new Holdings(), vault: { storage }, settings: { sidecars: ['xmp'], sidecarNames: 'replace' } },
    ...{ clock: new FakeClock({ now: 0 }), loneSidecars: new Map() },
  }
  return { run: facts as Run, storage: base }
}

test('a sidecar whose new name differs from another one in capitals alone stays, and nothing is refused', async () => {
  const { run, storage } = await runOver(1)
  await storage.copy('A/x.xmp', 'A/X.xmp')
  const troubles: Error[] = []
  await sidecarsFollow(run, [{ from: 'A/x.jpg', to: 'A/X.jpg' }], (error) => void troubles.push(error))
  assert.deepEqual(troubles, [])
  const names = (await storage.list('A')).map(({ name }) => name)
  assert.deepEqual(names.toSorted(), ['X.xmp', 'x.xmp'])
})

/** Two files that share one sidecar, and leave at once. */
const [photo, raw] = [
  { from: 'A/x.jpg', to: 'B/x.jpg' },
  { from: 'A/x.nef', to: 'C/x.nef' },
]

describe('one sidecar of two files that are moved at once', { concurrency: 8 }, () => {
  for (const [what, second] of Object.entries({
    'both moved': (run: Run, note: (error: Error) => void) => sidecarsFollow(run, [raw], note),
    'one copied': (run: Run) => copySidecars(run, raw),
    'one put aside': (run: Run) => removeSidecar(run, raw),
  })) {
    test(`${what}: it goes with one of them, and nothing is refused`, async () => {
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const { run, storage } = await runOver(seed)
        const troubles: Error[] = []
        const note = (error: Error): void => void troubles.push(error)
        await Promise.all([sidecarsFollow(run, [photo], note), second(run, note)])
        assert.deepEqual(troubles, [], `seed ${seed}`)
        assert.equal(await storage.stat('A/x.xmp'), undefined)
      }
    })
  }
})
