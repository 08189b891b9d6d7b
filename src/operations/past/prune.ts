import type { Retention } from '../../model.ts'
import type { AsidePlace } from '../../vault/aside.ts'
import { findDue, removeDue } from '../../vault/prune-aside.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { forgetVersions } from '../../vault/versions/forget.ts'
import { readVersions } from '../../vault/versions/version-file.ts'
import { VersionError } from '../../vault/versions/version-text.ts'
import type { OldFiles, Pruned } from './outcome.ts'
import { judge } from './policy.ts'

/** The settings that say how long the past is kept. */
export interface KeepSettings {
  /** Days. */
  readonly keepTrash: number | 'forever'
  /** Days; 0 keeps nothing. */
  readonly keepReplaced: number | 'forever'
  readonly keepVersions: Retention
  readonly keepSecrets: boolean
}

/** The past of a vault that is to be shortened. */
export interface PruneJob {
  readonly vault: Vault
  readonly settings: KeepSettings
  readonly now: number
  /** False only looks, and changes nothing. */
  readonly isReal: boolean
  /** True if the caller shows all versions, also where nothing can be forgotten. */
  readonly shows: boolean
  readonly signal: AbortSignal
  warn(message: string): void
}

const PLACES = [
  { place: 'trash', setting: 'keepTrash' },
  { place: 'history', setting: 'keepReplaced' },
] as const satisfies readonly { place: AsidePlace; setting: keyof KeepSettings }[]

/**
 * Forgets versions, and removes files of the trash and the history, as the settings say: the one function of backups, `prune` and the service.
 * Call it with `isReal` only after a run that ended well, and with a clock that is believed.
 */
export async function prune(job: PruneJob): Promise<Pruned> {
  const places = await pruneAside(job)
  return { places, ...(await pruneVersions(job)) }
}

async function pruneAside({ vault, settings, now, isReal, warn }: PruneJob): Promise<readonly OldFiles[]> {
  const places: OldFiles[] = []
  // A run that was stopped while it replaced or renamed a photo may have left its only bytes here.
  const lost = new Set(vault.catalogue.unsoundFiles().map(({ size }) => size))
  for (const { place, setting } of PLACES) {
    const days = settings[setting]
    if (days === 'forever') continue
    const due = (await findDue(vault.storage, { place, days, now, warn })).filter(({ size }) => !lost.has(size))
    const removed = isReal && due.length > 0 ? await removeDue(vault.storage, due, warn) : []
    places.push({ place, days, due, removed })
  }
  return places
}

/** Forgets versions as the settings say. Names those that cannot be read, or that the disk refuses, to `warn`. */
export async function pruneVersions({
  vault,
  settings,
  isReal,
  shows,
  signal,
  warn,
}: Omit<PruneJob, 'settings' | 'now'> & { readonly settings: Pick<KeepSettings, 'keepVersions' | 'keepSecrets'> }): Promise<
  Omit<Pruned, 'places'>
> {
  if (settings.keepVersions === 'forever' && !shows) return { versions: [], forgotten: [] }
  try {
    const { versions } = await readVersions(vault.storage)
    const judged = judge(versions, settings.keepVersions)
    if (!isReal || settings.keepVersions === 'forever') return { versions: judged, forgotten: [] }
    const kept = new Set(judged.filter(({ reasons }) => reasons.length > 0).map(({ run }) => run))
    const isPrivate = settings.keepSecrets
    const forgotten = await forgetVersions({ vault, isKept: (run) => kept.has(run), isPrivate, signal, warn })
    return { versions: judged, forgotten }
  } catch (error) {
    if (!(error instanceof VersionError || error instanceof StorageError)) throw error
    warn(`No version was forgotten: ${error.message}.`)
    return { versions: [], forgotten: [] }
  }
}
