/**
 * Whatever an owner does on SmugMug, and in whatever order the calls of many tasks end: the vault is the account, nothing that was ever held is lost,
 * and a run that nothing disturbed ends with 0. `npm run campaign -- histories` tries others, and more of them.
 */
import { describe, test } from 'node:test'
import { byShare, SEED } from '../campaigns/chance.ts'
import { PLACES, shuffledHistory } from '../support/shuffled-history.ts'

/** Histories of each place. A bucket takes its time: the campaign alone has it. */
const HISTORIES = { folder: byShare(2, 12, 300), bare: byShare(1, 6, 150), bucket: byShare(0, 3, 40) }

for (const place of PLACES.filter((each) => HISTORIES[each] > 0)) {
  describe(`the calls of a run over a ${place} end in another order`, () => {
    for (let n = 0; n < HISTORIES[place]; n += 1) {
      const seed = SEED * 1000 + n
      test(`seed ${seed}`, async () => {
        await shuffledHistory(seed, place)
      })
    }
  })
}
