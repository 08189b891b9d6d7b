import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../flow/clock.ts'
import type { AccountWriter } from '../../smugmug/account-writer.ts'
import { RestoreJournal } from '../../vault/catalogue/restore-journal.ts'
import { restoreBounds } from './job.ts'
import { nameOf } from './send.ts'
import { elsewhere } from './settle.ts'
import type { SourceItem } from './source.ts'

test('images that an album does not list are waited for once, also after the clock was set back', async (t) => {
  const journal = RestoreJournal.open(':memory:', 'ann')
  t.after(() => journal.close())
  const items = ['a', 'b', 'c', 'd'].map((imageKey) => ({ album: 'Kids', record: { imageKey } }) as unknown as SourceItem)
  for (const item of items.slice(0, 3))
    journal.settleItem(nameOf(item), { state: 'made', album: 'x', imageKey: `new-${item.record.imageKey}`, serial: 0, at: 1e12 })
  const waits: number[] = []
  // It shows the image of `b` only after a wait.
  const writer = {
    read: async ({ imageKey }: { readonly imageKey: string }) => (imageKey === 'new-b' && waits.length > 0 ? {} : undefined),
  } as unknown as AccountWriter
  const clock = { ...systemClock, now: () => 5e11, sleep: async (ms: number) => void waits.push(ms) }
  const found = await elsewhere({ job: { journal, writer, clock, bounds: restoreBounds, signal: t.signal } }, items)
  assert.deepEqual([[...found].map(({ record }) => record.imageKey), waits], [['b'], [60_000]])
  assert.deepEqual(
    items.map((item) => journal.item(nameOf(item))?.imageKey),
    [undefined, 'new-b', undefined, undefined],
  )
})
