import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openVaultAt } from '../../src/app/app.ts'
import { systemClock } from '../../src/flow/clock.ts'
import { copyVault } from '../../src/operations/copy/copy.ts'
import { inFolder, OURS } from '../../src/vault/layout.ts'
import { openMemory } from '../../src/vault/storage/memory.ts'
import { type Storage, StorageError } from '../../src/vault/storage/storage.ts'
import { openVault } from '../../src/vault/vault.ts'
import { edited, firstAccount } from '../campaigns/account.ts'
import { chanceOf, SEED } from '../campaigns/chance.ts'
import { bareStorage } from '../support/bare-storage.ts'
import { faultyStorage } from '../support/faulty-storage.ts'
import { openLab } from '../support/lab.ts'
import { QUICK } from '../support/quick.ts'

const md5sOf = async (storage: Storage, folder = ''): Promise<readonly string[]> => {
  const found: string[] = []
  for (const { name, kind } of await storage.list(folder)) {
    const path = inFolder(folder, name)
    if (path === OURS || /\.json$|\.txt$/.test(name)) continue
    if (kind === 'folder') found.push(...(await md5sOf(storage, path)))
    else {
      const hash = createHash('md5')
      for await (const chunk of storage.read(path)) hash.update(chunk)
      found.push(`${path} ${hash.digest('hex')}`)
    }
  }
  return found.toSorted()
}

test('a copy needs nothing but the core of a storage, has its state elsewhere, and goes on after calls that failed', async (t) => {
  const chance = chanceOf(SEED)
  const lab = await openLab(t, firstAccount)
  const home = mkdtempSync(join(QUICK, 'copy-home-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  mkdirSync(join(home, 'state'))
  const far = openMemory()
  const keeping = (storage: Storage): Storage => ({ ...storage, close: async () => undefined })
  const copying = async (storage: Storage) => {
    const holder = { pid: 1, host: 'h', since: 'now', operation: 'copy' }
    const from = await openVaultAt(lab.root, { mode: 'pretend', operation: 'copy' })
    const place = { home: join(home, 'state'), location: 'far://away', folders: [] }
    const to = await openVault({ ...place, mode: 'write', storage: keeping(storage), clock: systemClock, holder })
    try {
      const rules = {
        maxVanished: 0.1,
        keepReplaced: 'forever',
        keepVersions: 'forever',
        keepSecrets: false,
        writeCsv: true,
        verifyDays: 1,
      } as const
      const bounds = { batch: 3, readers: 2 }
      const { signal } = new AbortController()
      return await copyVault({
        name: 'far',
        from,
        to,
        rules,
        bounds,
        acceptChanges: false,
        emit: () => undefined,
        clock: systemClock,
        signal,
      })
    } finally {
      await to.close()
      await from.close()
    }
  }
  for (let night = 0; night < 10; night += 1) {
    lab.change((world) => {
      let now = world
      for (let n = chance.upTo(5); n > 0; n -= 1) now = edited(now, chance)
      return now
    })
    await lab.complete()
    const error = new StorageError('the bucket refused it', { code: 'EIO', path: 'x' })
    const method = chance.of(['put', 'copy', 'remove', 'list', 'stat'] as const)
    const faulty = faultyStorage(bareStorage(far), [{ method, call: 1 + chance.upTo(20), error }])
    await copying(faulty.storage).catch((thrown: unknown) => assert.equal(thrown, error))
    const last = await copying(bareStorage(far))
    assert.ok([0, 3].includes(last.exitCode), `night ${night}, ${method}: ${last.message} ${JSON.stringify(last.problems)}`)
    const sure = await copying(bareStorage(far))
    assert.equal(sure.exitCode, 0, `night ${night}, ${method}: ${sure.message} ${JSON.stringify(sure.problems)}`)
    const first = await openVaultAt(lab.root, { mode: 'read', operation: 'test' })
    const held = await md5sOf(first.storage)
    await first.close()
    assert.deepEqual(
      (await md5sOf(far)).filter((line) => !/metadata\.csv/.test(line)),
      held,
      `night ${night}, ${method}`,
    )
  }
})
