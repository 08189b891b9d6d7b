/**
 * smugmug-backup as a library: every operation of the command line as one function, with everything reported as typed events.
 * The reference is docs/library.md, examples are in examples/.
 */
export type { CopyInput, SettingsInput } from './config/given.ts'
export {
  AppError,
  ConfigurationError,
  DestinationError,
  type ExitCode,
  IntegrityError,
  InterruptedError,
  RequestError,
  ServiceError,
  SignInError,
  VaultBusyError,
} from './errors.ts'
export type { Emit, Event, Problem } from './events.ts'
export { type Account, type AccountOptions, openAccount } from './library/account.ts'
export type { OperationOptions, StopSignal, Variables } from './library/common.ts'
export { type ExportOptions, type ExportTextOptions, exportMetadata, exportText, type TextSink } from './library/export.ts'
export {
  adopt,
  type BackupIntoOptions,
  type BackupOptions,
  backup,
  type CopyOptions,
  copy,
  type FolderOptions,
  type HandoverOptions,
  handover,
  leave,
  list,
  proof,
  type RestoreOptions,
  rebuild,
  restore,
  status,
  type TwinOptions,
  twin,
  type VerifyOptions,
  verify,
} from './library/operations.ts'
export {
  type CheckoutOptions,
  checkout,
  type DiffOptions,
  diff,
  type HistoryOptions,
  history,
  type PruneOptions,
  prune,
} from './library/past.ts'
export { openVault, type Vault, type VaultOptions } from './library/vault.ts'
export type { Album, Availability, Download, Grade, Item, Listing, OutcomeKind, Owner, Source, Totals } from './model.ts'
export type { Report } from './operations/backup/report/report.ts'
export type { CopyStanding, CopyTry } from './operations/copy/standing.ts'
export type { Change, FullRun, ItemFact, ItemLife, NamedItem, RunHistory } from './operations/history/past-run.ts'
export type { LeaveOutcome } from './operations/leave/outcome.ts'
export type { ToDo } from './operations/leave/to-do.ts'
export type {
  AccountList,
  AlbumLine,
  CopiesOutcome,
  CopyOutcome,
  Given,
  LastRun,
  Missing,
  Outcome,
  PastRun,
  RunDay,
  Standing,
  StatusReport,
  VerifyOutcome,
} from './operations/outcome.ts'
export type { Difference, DiffOutcome, JudgedVersion, OldFile, OldFiles, PruneOutcome } from './operations/past/outcome.ts'
export type { RestoredAlbum, RestoreOutcome } from './operations/restore/outcome.ts'
