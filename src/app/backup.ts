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
import type { Vault, VaultMode } from '../vault/vault.ts'
import { withAccount } from './account.ts'
import { copyBytes } from './copy-bytes.ts'
import { checkCopies } from './copy-place.ts'
import { withCopies } from './copy-vault.ts'
import { keepPublicTwin } from './public-twin.ts'
import { restoreCatalogue } from './rebuild.ts'
import { type Request, selectionOf } from './request.ts'
import { keepTwin } from './twin.ts'
import { atDestination, openVaultIn, rememberVault, stillThere, withDisk, withVault } from './vault.ts'

/** A backup, and the options of that name of the command line. */
export interface BackupRequest extends Request {
  readonly full?: boolean
  readonly acceptChanges?: boolean
}

/** Brings the vault up to date, and after it, unless `copies` is false, the further copies. */
export async function runBackup(request: BackupRequest & { readonly dryRun?: boolean; readonly copies?: boolean }): Promise<Report> {
  checkCopies(request, { looks: false })
  const mode = request.dryRun === true ? 'pretend' : 'write'
  const report = await backUp(request, { mode, operation: 'backup' }, async () => jobOf(request))
  return mode === 'write' && request.copies !== false ? await withCopies(report, request) : report
}

/** Brings a vault of `openForBackups` up to date, and leaves it open. */
export const runBackupInto = (vault: Vault, request: BackupRequest): Promise<Report> =>
  withDisk(vault, () => backUpInto(vault, request, jobOf(request)))

/** Opens the vault for any number of backups, and locks it until it is closed. Throws `DestinationError` or `VaultBusyError`. */
export const openForBackups = (request: Request): Promise<Vault> =>
  atDestination(request, async (place) => {
    await stillThere(place, request)
    await restoreCatalogue(place, request)
    return openVaultIn(place, { mode: 'write', operation: 'backup' })
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
  return withVaultForBackup(request, options, async (vault) => {
    const { signal } = request
    if (vault.isNew && options.mode === 'pretend') await rebuild({ ...vault, emit: () => undefined, signal, clock: systemClock })
    return backUpInto(vault, request, await more(vault))
  })
}

/** Opens the vault as a backup does: made if there is none, its lost catalogue made anew. Throws what a backup throws before it begins. */
export async function withVaultForBackup<T>(
  request: BackupRequest,
  options: { readonly mode: VaultMode; readonly operation: string },
  use: (vault: Vault) => Promise<T>,
): Promise<T> {
  toBackupSettings(request.settings)
  requireKeys(request.settings, ['apiKey', 'apiSecret', 'userToken', 'userSecret', 'destination'])
  return atDestination(request, async (place) => {
    if (request.acceptChanges !== true) await stillThere(place, request)
    if (options.mode === 'write') await restoreCatalogue(place, request)
    return withVault(place, options, use)
  })
}

async function backUpInto(vault: Vault, request: Request, more: Partial<BackupJob>): Promise<Report> {
  const report = await transferInto(vault, request, more)
  await keepTwin(vault, request, report.exitCode)
  await keepPublicTwin(vault, request, report.exitCode)
  return report
}

/** Backs up into an open vault, without the twins that may follow. */
export async function transferInto(vault: Vault, request: Request, more: Partial<BackupJob>): Promise<Report> {
  const { emit, signal } = request
  const settings = toBackupSettings(request.settings)
  const copies = copyBytes(request)
  const report = await withAccount(request, (account) =>
    backup({ account, vault, settings, copies, emit, signal, clock: systemClock, ...more }),
  ).finally(() => copies?.close())
  const marks = marksPath(request.env ?? {})
  if (marks !== undefined && vault.mode === 'write') await rememberVault(marks, vault, emit)
  return report
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
  keepVersions: settings.keepVersions,
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
  twin: settings.twin,
})
