/** A history whose calls of storage, disk and account end in an order that a seed decides. */
import { copyFileSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../../src/config/settings.ts'
import type { Storage } from '../../src/vault/storage/storage.ts'
import { type Chance, chanceOf } from '../campaigns/chance.ts'
import { beginAnew, EDITS, wideStart } from './account-edits.ts'
import { bareStorage } from './bare-storage.ts'
import { syncInto } from './bucket-lab.ts'
import { History, type Manner, type RunSettings, type Step } from './history.ts'
import { delaysOf, jitteryAccount, jitteryDisk, jitteryStorage } from './jittery-storage.ts'
import { openFreeLab } from './lab.ts'
import { QUICK } from './quick.ts'
import { startS3Double } from './s3-double.ts'

/** The places of the vault: a folder, a folder of which only the core is used, as of a storage that cannot rename, and a bucket. */
export const PLACES = ['folder', 'bare', 'bucket'] as const
export type Place = (typeof PLACES)[number]

/** Does the history of a seed over a vault in such a place, one at a time in a process. Throws an `AssertionError` if the vault is not what it must be. */
export async function shuffledHistory(seed: number, place: Place): Promise<void> {
  const chance = chanceOf(seed)
  const settings = settingsOf(chance)
  const steps = stepsOf(chance)
  beginAnew()
  const vault = place === 'bucket' ? await bucketVault() : folderVault()
  const lab = await openFreeLab(wideStart, { settings: vault.settings })
  let run = 0
  const around: Manner['around'] = () => {
    run += 1
    const delay = delaysOf(seed * 100 + run)
    return {
      storage: (base: Storage) => jitteryStorage(place === 'bare' ? bareStorage(base) : base, delay),
      account: (base) => jitteryAccount(base, delay),
    }
  }
  const calm = jitteryDisk(delaysOf(seed))
  try {
    const history = new History(lab, { ...settings, ...vault.settings }, { start: wideStart, around, ...vault.manner })
    await history.take({ do: 'backup', how: 'accept' })
    for (const step of steps) await history.take(step)
    await history.end()
  } finally {
    calm()
    await lab.close()
    vault.close()
  }
}

const settingsOf = (chance: Chance): RunSettings => {
  const useMetadataTimes = chance.upTo(3) === 0
  return {
    collected: chance.of(['link', 'copy', 'skip'] as const),
    onVanished: chance.of(['keep', 'trash'] as const),
    keepReplaced: chance.of(['forever', 'forever', 0] as const),
    sidecars: chance.of([['xmp'], ['xmp'], []] as const),
    sidecarNames: chance.of(['append', 'append', 'replace'] as const),
    concurrentAlbums: 4 + chance.upTo(4),
    concurrentDownloads: 8 + chance.upTo(9),
    ...(useMetadataTimes && { useMetadataTimes, forceMetadataTimes: chance.upTo(2) === 0 }),
  }
}

/** Many edits, then a run or what else happens at night, a few times. */
function stepsOf(chance: Chance): readonly Step[] {
  const steps: Step[] = []
  for (let night = 2 + chance.upTo(3); night > 0; night -= 1) {
    for (let edit = 1 + chance.upTo(20); edit > 0; edit -= 1)
      steps.push({ do: chance.of(EDITS), a: chance.upTo(31), b: chance.upTo(31), c: chance.upTo(31) })
    const kind = chance.upTo(10)
    if (kind < 2) steps.push({ do: 'lose the catalogue' })
    if (kind === 2) steps.push({ do: 'rebuild' })
    if (kind > 6) steps.push({ do: 'crash', at: 1 + chance.upTo(500), after: chance.upTo(2) === 0, accept: chance.upTo(4) > 0 })
    else if (kind === 6) steps.push({ do: 'interrupt', after: chance.upTo(30) })
    else steps.push({ do: 'backup', how: chance.of(['accept', 'full accept', 'accept', 'plain', 'part'] as const) })
  }
  return steps
}

interface Vault {
  readonly settings: Partial<Settings>
  readonly manner: Manner
  readonly close: () => void
}

const folderVault = (): Vault => ({ settings: {}, manner: {}, close: () => undefined })

async function bucketVault(): Promise<Vault> {
  const double = await startS3Double()
  const folder = mkdtempSync(join(QUICK, 'smugmug-shuffled-'))
  const stateFolder = join(folder, 'state')
  const plain = join(folder, 'plain')
  const catalogue = (): string | undefined =>
    globSync('**/catalogue.sqlite', { cwd: stateFolder }).map((path) => join(stateFolder, path))[0]
  return {
    settings: {
      ...{ destination: 's3://photos/vault', s3Endpoint: double.endpoint, s3Region: 'us-east-1', s3AccessKeyId: 'DOUBLE' },
      ...{ s3SecretAccessKey: 'a secret', stateFolder },
    },
    manner: {
      catalogue: () => catalogue() ?? join(folder, 'none'),
      plain: () => {
        rmSync(plain, { recursive: true, force: true })
        syncInto(double, plain)
        const path = catalogue()
        if (path !== undefined && existsSync(path)) copyFileSync(path, join(plain, '.smugmug-backup/catalogue.sqlite'))
        return plain
      },
    },
    close: () => {
      double.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
