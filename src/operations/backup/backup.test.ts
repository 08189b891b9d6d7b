import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { largeWorld } from '../../../simulator/worlds/large.ts'
import { faultyStorage } from '../../../test/support/faulty-storage.ts'
import { openLab } from '../../../test/support/lab.ts'
import { DestinationError, RequestError, ServiceError, SignInError } from '../../errors.ts'
import type { Account } from '../../smugmug/account.ts'
import type { Bounds } from './run/bounds.ts'

/** One album fills the room and leaves loaders without a task; the rest of the account waits outside while one file ends the run. */
const world = largeWorld({ albums: 6, imagesPerAlbum: 12, bytesPerImage: 200 })
const bounds = { room: 3, queue: 3 }

const fatal: Readonly<Record<string, { readonly error: Error; readonly exitCode: number | 'bug' }>> = {
  'a full disk': { error: new DestinationError('The disk is full.'), exitCode: 5 },
  'a refused sign-in': { error: new SignInError('SmugMug refused the sign-in.'), exitCode: 4 },
  'a SmugMug out of reach': { error: new ServiceError('SmugMug cannot be reached.'), exitCode: 3 },
  'a bug': { error: new TypeError('x is not a function'), exitCode: 'bug' },
}

describe('an error that concerns the whole run ends all of it, however many albums wait for room', () => {
  for (const [what, { error, exitCode }] of Object.entries(fatal)) {
    for (const workers of [1, 20]) {
      const settings = { concurrentAlbums: workers, concurrentDownloads: workers }

      test(`${what}, met while a file is stored, with ${workers} at once`, async (t) => {
        const lab = await openLab(t, world, { settings })
        const faults = [{ method: 'put', call: 3, path: (path: string) => path.endsWith('.jpg'), error }] as const
        const faulty: { current?: ReturnType<typeof faultyStorage> } = {}
        const run = lab.backupWith({
          bounds,
          storage: (base) => {
            faulty.current = faultyStorage(base, faults)
            return faulty.current.storage
          },
        })
        if (exitCode === 'bug') await assert.rejects(run, error)
        else assert.equal((await run).exitCode, exitCode)
        assert.deepEqual(faulty.current?.unstruck(), [])
        const fetched = faulty.current?.paths('put').filter((path) => path.endsWith('.jpg')).length ?? 0
        assert.ok(fetched <= 3 + workers, `${fetched} files were fetched: the error must reach every worker at once`)
        await lab.complete()
      })

      test(`${what}, met while an album is listed, with ${workers} at once`, async (t) => {
        const lab = await openLab(t, world, { settings })
        let lists = 0
        const account = (base: Account): Account => ({
          ...delegate(base),
          items: (...given) => {
            lists += 1
            return lists === 3 ? Promise.reject(error) : base.items(...given)
          },
        })
        const run = lab.backupWith({ bounds, account })
        // An album that cannot be listed is its own trouble.
        const isOwn = error instanceof ServiceError
        if (exitCode === 'bug') await assert.rejects(run, error)
        else assert.equal((await run).exitCode, exitCode)
        assert.ok(lists >= 3)
        if (isOwn) assert.equal(lists, 6, 'the other albums are listed all the same')
        await lab.complete()
      })
    }
  }

  test('an album with more items than there is room is worked on when it is alone', async (t) => {
    const lab = await openLab(t, world)
    assert.equal((await lab.backupWith({ bounds: { ...bounds, room: 1, queue: 1 } })).exitCode, 0)
  })
})

/** Everything of an account, so that one method can be another. */
const delegate = (base: Account): Account => ({
  owner: (...given) => base.owner(...given),
  albums: (...given) => base.albums(...given),
  items: (...given) => base.items(...given),
  resolve: (...given) => base.resolve(...given),
  refresh: (...given) => base.refresh(...given),
  open: (...given) => base.open(...given),
  mayHaveComponents: (...given) => base.mayHaveComponents(...given),
  components: (...given) => base.components(...given),
  tree: (...given) => base.tree(...given),
  metadata: (...given) => base.metadata(...given),
  close: () => base.close(),
  get apiCalls() {
    return base.apiCalls
  },
})

describe('a SmugMug that does not answer any more', () => {
  const silence = new RequestError('api.smugmug.com did not answer in time', { transient: true })
  const ends = async (t: TestContext, bounds: Partial<Bounds>, account: (base: Account) => Account): Promise<number> => {
    const lab = await openLab(t, world, { settings: { concurrentAlbums: 1, concurrentDownloads: 1 } })
    const ended = await lab.backupWith({ bounds, account })
    assert.equal(ended.exitCode, 3)
    assert.match(ended.message, /SmugMug cannot be reached: .*\(3 (albums|files) in a row\)/)
    await lab.complete()
    return ended.problems.length
  }

  test('ends the run after three silent lists in a row', async (t) => {
    const problems = await ends(t, { silentAlbums: 3 }, (base) => ({ ...delegate(base), items: () => Promise.reject(silence) }))
    assert.equal(problems, 3)
  })

  test('ends the run after three silent files in a row', async (t) => {
    const problems = await ends(t, { silentFiles: 3 }, (base) => ({ ...delegate(base), open: () => Promise.reject(silence) }))
    assert.ok(problems >= 3)
  })
})
