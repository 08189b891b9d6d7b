import { requireKeys } from '../config/required.ts'
import type { Settings } from '../config/settings.ts'
import { systemClock } from '../flow/clock.ts'
import { backup } from '../operations/backup/backup.ts'
import type { BackupJob, BackupSettings } from '../operations/backup/job.ts'
import type { Outcome } from '../operations/outcome.ts'
import { rebuild } from '../operations/rebuild.ts'
import { AT_ONCE } from '../smugmug/wire/lane.ts'
import { marksPath } from '../vault/home/mark.ts'
import { parseTemplate } from '../vault/naming/template.ts'
import { hasCatalogue, type Vault, type VaultMode } from '../vault/vault.ts'
import { withAccount } from './account.ts'
import { runRebuild } from './rebuild.ts'
import { type Request, selectionOf } from './request.ts'
import { anyRecords, atDestination, rememberVault, stillThere, withVault } from './vault.ts'

/** The end of a backup. */
export interface BackupOutcome extends Outcome {
  /** The report's path in the vault; absent if none was written. */
  readonly path?: string
}

/** Brings the vault up to date. */
export const runBackup = (
  request: Request & { readonly dryRun?: boolean; readonly full?: boolean; readonly acceptChanges?: boolean },
): Promise<BackupOutcome> => {
  const { full, acceptChanges } = request
  const selection = selectionOf(request.settings)
  return backUp(request, { mode: request.dryRun === true ? 'pretend' : 'write', operation: 'backup' }, async () => ({
    full: full === true,
    acceptChanges: acceptChanges === true,
    ...(selection !== undefined && { selection }),
  }))
}

/** Runs a backup, or an adoption, which differs only in its source of bytes. `more` completes the job once the vault is open. */
export async function backUp(
  request: Request & { readonly acceptChanges?: boolean },
  options: { readonly mode: VaultMode; readonly operation: string },
  more: (vault: Vault) => Promise<Partial<BackupJob>>,
): Promise<BackupOutcome> {
  const settings = toBackupSettings(request.settings)
  requireKeys(request.settings, ['apiKey', 'apiSecret', 'userToken', 'userSecret', 'destination'])
  const { emit, signal } = request
  const marks = marksPath(request.env ?? {})
  return atDestination(request.settings, async (destination) => {
    if (request.acceptChanges !== true) await stillThere(destination, request)
    if (options.mode === 'write') await restoreCatalogue(destination, request)
    return withVault(destination, options, async (vault) => {
      if (vault.isNew && options.mode === 'pretend') await rebuild({ ...vault, emit: () => undefined, signal, clock: systemClock })
      const report = await withAccount(request, async (account) =>
        backup({ account, vault, settings, emit, signal, clock: systemClock, ...(await more(vault)) }),
      )
      if (marks !== undefined && options.mode === 'write') await rememberVault(marks, vault, emit)
      return report
    })
  })
}

/** Makes a lost catalogue anew from the records: an empty one would download everything again. */
async function restoreCatalogue(destination: string, request: Request): Promise<void> {
  if (hasCatalogue(destination) || !(await anyRecords(destination))) return
  request.emit({ event: 'warning', message: `The catalogue of the vault ${destination} is gone; it is made anew from the vault itself.` })
  await runRebuild(request)
}

/** Returns the settings that a backup uses; the secrets are not among them. Throws `ConfigurationError` for a bad template. */
export const toBackupSettings = (settings: Settings): BackupSettings => ({
  template: parseTemplate(settings.fileNames),
  useMetadataTimes: settings.useMetadataTimes,
  forceMetadataTimes: settings.forceMetadataTimes,
  writeCsv: settings.writeCsv,
  concurrentAlbums: settings.concurrentAlbums ?? AT_ONCE.calls.most,
  concurrentDownloads: settings.concurrentDownloads ?? AT_ONCE.files.most,
  onVanished: settings.onVanished,
  keepTrash: settings.keepTrash,
  keepReplaced: settings.keepReplaced,
  maxVanished: settings.maxVanished,
  collected: settings.collected,
  fullListingDays: settings.fullListingDays,
  maxRetries: settings.maxRetries,
  keepSecrets: settings.keepSecrets,
  sidecars: settings.sidecars,
  sidecarNames: settings.sidecarNames,
  comments: settings.comments,
  imageMetadata: settings.imageMetadata,
})
