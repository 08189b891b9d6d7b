import { type Pace, paced } from '../flow/pace.ts'
import type { Account } from './account.ts'

/**
 * Bytes that the network brings before anybody reads them. They are paid for before the file is asked for, or many small files would be a
 * burst.
 */
const UNREAD = 256 * 1024

/** Wraps an account: all its files together come no faster than the pace allows. A file waits for its turn before it is asked for. */
export const pacedAccount = (account: Account, pace: Pace): Account => ({
  owner: (...given) => account.owner(...given),
  albums: (...given) => account.albums(...given),
  items: (...given) => account.items(...given),
  resolve: (...given) => account.resolve(...given),
  refresh: (...given) => account.refresh(...given),
  async open(source, options = {}) {
    const expected = source.size === undefined ? UNREAD : Math.max(0, source.size - (options.start ?? 0))
    const paid = Math.min(expected, UNREAD)
    const { signal, turn } = options
    const wait = signal === undefined || turn === undefined ? (turn ?? signal) : AbortSignal.any([signal, turn])
    await pace.take(paid, { begun: false, signal: wait })
    try {
      const download = await account.open(source, options)
      return { ...download, body: paced(download.body, pace, { paid, signal }) }
    } catch (error) {
      pace.giveBack(paid)
      throw error
    }
  },
  mayHaveComponents: (...given) => account.mayHaveComponents(...given),
  components: (...given) => account.components(...given),
  tree: (...given) => account.tree(...given),
  metadata: (...given) => account.metadata(...given),
  get apiCalls() {
    return account.apiCalls
  },
  close: () => account.close(),
})
