/**
 * smugmug-backup as a library: backs up an account into a vault, and reports everything as typed events.
 * The reference is docs/library.md, an example is examples/backup.ts.
 */
import { openAccountOf, openVaultAt, toBackupSettings } from './app/app.ts'
import { defaultSettings, type Settings } from './config/settings.ts'
import type { Emit } from './events.ts'
import { systemClock } from './flow/clock.ts'
import { backup as runBackup } from './operations/backup/backup.ts'
import type { Report } from './operations/backup/report/report.ts'
import type { Account } from './smugmug/account.ts'
import type { Vault } from './vault/vault.ts'

export {
  AppError,
  ConfigurationError,
  DestinationError,
  type ExitCode,
  IntegrityError,
  RequestError,
  ServiceError,
  SignInError,
  VaultBusyError,
} from './errors.ts'
export type { Emit, Event, Problem } from './events.ts'
export type { Album, Grade, Item, OutcomeKind, Owner, Totals } from './model.ts'
export type { Report } from './operations/backup/report/report.ts'
export type { Account } from './smugmug/account.ts'
export type { Vault } from './vault/vault.ts'

/** The four secrets, and the settings for the service. */
export type AccountOptions = {
  readonly apiKey: string
  readonly apiSecret: string
  readonly userToken: string
  readonly userSecret: string
} & Partial<Pick<Settings, 'baseUrl' | 'maxRetries' | 'concurrentDownloads' | 'forceVideoDownload' | 'limitRate'>> & {
    readonly emit?: Emit
  }

const silent: Emit = () => undefined

/** Opens an account at SmugMug. It sends no request yet. Close it when done. */
export function openAccount(options: AccountOptions): Account {
  const { emit = silent, ...settings } = options
  return openAccountOf({ settings: { ...defaultSettings, ...settings }, emit })
}

/** Opens the vault in an existing folder, and locks it until it is closed. Throws `DestinationError` or `VaultBusyError`. */
export const openVault = (folder: string): Promise<Vault> => openVaultAt(folder, { mode: 'write', operation: 'backup' })

/** Options of a backup. */
export interface BackupOptions {
  /** Any of the settings in docs/settings.md, in camelCase. */
  readonly settings?: Partial<Settings>
  /** Receives every event at once; must be quick and must not throw. */
  readonly emit?: Emit
  /** Once aborted, the backup finishes the files in flight and starts nothing new. */
  readonly signal?: AbortSignal
  readonly full?: boolean
  readonly acceptChanges?: boolean
}

/** Brings the vault up to date with the account. The report's `exitCode` is the one that the command would end with. Only a bug throws. */
export function backup(account: Account, vault: Vault, options: BackupOptions = {}): Promise<Report> {
  const { settings, emit = silent, signal = new AbortController().signal, ...how } = options
  return runBackup({
    account,
    vault,
    settings: toBackupSettings({ ...defaultSettings, ...settings }),
    emit,
    signal,
    clock: systemClock,
    ...how,
  })
}
