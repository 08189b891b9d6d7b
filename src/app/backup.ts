import { requireKeys } from '../config/required.ts'
import type { Settings } from '../config/settings.ts'
import { systemClock } from '../flow/clock.ts'
import { backup } from '../operations/backup/backup.ts'
import type { BackupJob, BackupSettings } from '../operations/backup/job.ts'
import type { Report } from '../operations/backup/report/report.ts'
import { rebuild } from '../operations/rebuild.ts'
import { AT_ONCE } from '../smugmug/wire/lane.ts'
import { marksPath } from '../vault/home/mark.ts'
import { parseTemplate } from '../vault/naming/template.ts'
import { hasCatalogue, type Vault, type VaultMode } from '../vault/vault.ts'
import { withAccount } from './account.ts'
import { keepPublicTwin } from './public-twin.ts'
import { runRebuild } from './rebuild.ts'
import { type Request, selectionOf } from './request.ts'
import { keepTwin } from './twin.ts'
import { anyRecords, atDestination, openVaultAt, rememberVault, stillThere, withDisk, withVault } from './vault.ts'

/** A backup, and the options of that name of the command line. */
export interface BackupRequest extends Request {
  readonly full?: boolean
  readonly acceptChanges?: boolean
}

/** Brings the vault up to date. */
export const runBackup = (request: BackupRequest & { readonly dryRun?: boolean }): Promise<Report> =>
  backUp(request, { mode: request.dryRun === true ? 'pretend' : 'write', operation: 'backup' }, async () => jobOf(request))

/** Brings a vault of `openForBackups` up to date, and leaves it open. */
export const runBackupInto = (vault: Vault, request: BackupRequest): Promise<Report> =>
  withDisk(vault.root, () => backUpInto(vault, request, jobOf(request)))

/** Opens the vault for any number of backups, and locks it until it is closed. Throws `DestinationError` or `VaultBusyError`. */
export const openForBackups = (request: Request): Promise<Vault> =>
  atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    await restoreCatalogue(destination, request)
    return openVaultAt(destination, { mode: 'write', operation: 'backup' })
  })

function jobOf({ full, acceptChanges, settings }: BackupRequest): Partial<BackupJob> {
  const selection = selectionOf(settings)
  return { full: full === true, acceptChanges: acceptChanges === true, ...(selection !== undefined && { selection }) }
}

/** Runs a backup, or an adoption, which differs only in its source of bytes. `more` completes the job once the vault is open. */
export async function backUp(
  request: BackupRequest,
  options: { readonly mode: VaultMode; readonly operation: string },
  more: (vault: Vault) => Promise<Partial<BackupJob>>,
): Promise<Report> {
  toBackupSettings(request.settings)
  requireKeys(request.settings, ['apiKey', 'apiSecret', 'userToken', 'userSecret', 'destination'])
  return atDestination(request.settings, async (destination) => {
    if (request.acceptChanges !== true) await stillThere(destination, request)
    if (options.mode === 'write') await restoreCatalogue(destination, request)
    return withVault(destination, options, async (vault) => {
      const { signal } = request
      if (vault.isNew && options.mode === 'pretend') await rebuild({ ...vault, emit: () => undefined, signal, clock: systemClock })
      return backUpInto(vault, request, await more(vault))
    })
  })
}

async function backUpInto(vault: Vault, request: Request, more: Partial<BackupJob>): Promise<Report> {
  const { emit, signal } = request
  const settings = toBackupSettings(request.settings)
  const report = await withAccount(request, (account) => backup({ account, vault, settings, emit, signal, clock: systemClock, ...more }))
  const marks = marksPath(request.env ?? {})
  if (marks !== undefined && vault.mode === 'write') await rememberVault(marks, vault, emit)
  await keepTwin(vault, request, report.exitCode)
  await keepPublicTwin(vault, request, report.exitCode)
  return report
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
  keepReports: settings.keepReports,
  keepReplaced: settings.keepReplaced,
  maxVanished: settings.maxVanished,
  collected: settings.collected,
  fullListingDays: settings.fullListingDays,
  requireOriginals: settings.requireOriginals,
  maxRetries: settings.maxRetries,
  keepSecrets: settings.keepSecrets,
  sidecars: settings.sidecars,
  sidecarNames: settings.sidecarNames,
  comments: settings.comments,
  imageMetadata: settings.imageMetadata,
})
