import {
  runAdopt,
  runBackup,
  runBackupInto,
  runCopy,
  runHandover,
  runLeave,
  runList,
  runProof,
  runRebuild,
  runRestore,
  runStatus,
  runTwin,
  runVerify,
} from '../app/app.ts'
import { readGivenSettings } from '../config/given.ts'
import { choice, text, yesNo } from '../config/kinds.ts'
import { ConfigurationError } from '../errors.ts'
import type { Report } from '../operations/backup/report/report.ts'
import { HANDOVER_TARGETS, type HandoverTarget } from '../operations/handover/targets.ts'
import type { LeaveOutcome } from '../operations/leave/outcome.ts'
import type { AccountList, CopiesOutcome, Outcome, StatusReport, VerifyOutcome } from '../operations/outcome.ts'
import type { RestoreOutcome } from '../operations/restore/outcome.ts'
import type { Account } from './account.ts'
import type { OperationOptions } from './common.ts'
import { accounts, alone, insideOf, vaults } from './inside.ts'
import { duration, folderPath, share } from './kinds.ts'
import { type GivenOptions, objectOf, optionsOf, readOptions } from './options.ts'
import { COMMON, interrupted, running, settingsIn } from './running.ts'
import type { Vault } from './vault.ts'

/** Options of a backup into an open vault. Settings here count before those that the account was opened with. */
export interface BackupIntoOptions extends OperationOptions {
  /** Must every album be listed, changed or not? */
  readonly full?: boolean | undefined
  /** May a sudden mass change pass the safety brake? */
  readonly acceptChanges?: boolean | undefined
}

/** Options of a backup. */
export interface BackupOptions extends BackupIntoOptions {
  /** Shows what would be done, and writes nothing anywhere. */
  readonly dryRun?: boolean | undefined
}

const HOW = { full: yesNo, acceptChanges: yesNo } as const
const HOW_PLAIN = { ...HOW, dryRun: yesNo } as const

/** Brings the vault of the settings up to date with the account of the settings. */
export function backup(options: BackupOptions): Promise<Report>
/** Brings an open vault up to date with an account. Only one backup at a time may use a vault. */
export function backup(account: Account, vault: Vault, options?: BackupIntoOptions): Promise<Report>
export async function backup(first: BackupOptions | Account, vault?: Vault, options: BackupIntoOptions = {}): Promise<Report> {
  if (vault !== undefined || accounts.has(first)) return await backupInto(first, vault, options)
  const given = optionsOf(first, 'backup', [...COMMON, ...Object.keys(HOW_PLAIN)])
  const how = readOptions(given, HOW_PLAIN)
  return await running({ settings: settingsIn(given), given }, (request) => runBackup({ ...request, ...how }))
}

async function backupInto(account: unknown, vault: unknown, options: unknown): Promise<Report> {
  const from = insideOf(accounts, account, 'openAccount')
  const into = insideOf(vaults, vault, 'openVault')
  const given = optionsOf(options, 'backup', [...COMMON, ...Object.keys(HOW_PLAIN)])
  const { dryRun, ...how } = readOptions(given, HOW_PLAIN)
  if (dryRun === true) {
    throw new ConfigurationError('An open vault is held for writing, and dryRun writes nothing.', {
      hint: 'Call backup({ settings, dryRun: true }), with destination and keys in settings.',
    })
  }
  const { location } = into.vault
  const settings = readGivenSettings({ ...from.settings, destination: location, ...objectOf(given.settings ?? {}, 'settings') })
  if (settings.destination !== location) {
    throw new ConfigurationError(`destination (settings.destination) is not the folder of the open vault, ${location}.`, {
      hint: 'Leave it out.',
    })
  }
  const surroundings = { ...withoutAbsent(from.surroundings), ...withoutAbsent(into.surroundings), ...withoutAbsent(given) }
  return await alone(into, () => running({ settings, given: surroundings }, (request) => runBackupInto(into.vault, { ...request, ...how })))
}

const withoutAbsent = (given: GivenOptions): GivenOptions =>
  Object.fromEntries(Object.entries(given).filter(([, raw]) => raw !== undefined))

/** Returns the album tree of the account with counts and bytes, and the part of it that is held. Throws `InterruptedError` when stopped. */
export async function list(options: OperationOptions): Promise<AccountList> {
  const given = optionsOf(options, 'list', COMMON)
  return await running({ settings: settingsIn(given), given }, runList)
}

/** Reports the state of the vault, without asking SmugMug. Throws `InterruptedError` when stopped before it began. */
export async function status(options: OperationOptions): Promise<StatusReport> {
  const given = optionsOf(options, 'status', COMMON)
  return await running({ settings: settingsIn(given), given }, (request) => {
    request.signal.throwIfAborted()
    return runStatus(request)
  })
}

/** Options of a verification. */
export interface VerifyOptions extends OperationOptions {
  /** The share of the files to read again: `'5%'`, or 0.05. */
  readonly sample?: string | number | undefined
  /** The time after which it stops, for the next one to go on: `'30m'`, or milliseconds. */
  readonly maxDuration?: string | number | undefined
  /** Compares with the account as well. */
  readonly remote?: boolean | undefined
  /** Reads the files of a bucket, too, instead of comparing what its server states. */
  readonly content?: boolean | undefined
}

const VERIFY = { sample: share, maxDuration: duration, remote: yesNo, content: yesNo } as const

/** Reads the files of the vault again, and reports missing, damaged and foreign ones. */
export async function verify(options: VerifyOptions): Promise<VerifyOutcome> {
  const given = optionsOf(options, 'verify', [...COMMON, ...Object.keys(VERIFY)])
  const how = readOptions(given, VERIFY)
  return await running({ settings: settingsIn(given), given }, (request) => runVerify({ ...request, ...how }), interrupted)
}

/** Options of an operation that looks at a folder elsewhere. */
export interface FolderOptions extends OperationOptions {
  /** The folder; a relative path begins at the working folder. */
  readonly folder: string
}

/** Reads the options of an operation on a folder elsewhere, which must be given. */
function withFolder(options: unknown, of: string): { readonly given: GivenOptions; readonly folder: string } {
  const given = optionsOf(options, of, [...COMMON, 'folder'])
  const { folder } = readOptions({ ...given, folder: given.folder ?? null }, { folder: folderPath })
  return { given, folder: folder ?? '' }
}

/** Copies files from a folder elsewhere whose hashes the account has; downloads nothing. */
export async function adopt(options: FolderOptions): Promise<Outcome> {
  const { given, folder } = withFolder(options, 'adopt')
  return await running({ settings: settingsIn(given), given }, (request) => runAdopt({ ...request, folder }), interrupted)
}

/** Finds which files of a folder elsewhere are held byte for byte. */
export async function proof(options: FolderOptions): Promise<Outcome> {
  const { given, folder } = withFolder(options, 'proof')
  return await running({ settings: settingsIn(given), given }, (request) => runProof({ ...request, folder }), interrupted)
}

/** Options of a copying. */
export interface CopyOptions extends OperationOptions {
  /** The copy, as `copies` of the settings calls it; absent: every one. */
  readonly name?: string | undefined
  /** May the brake of the copy be passed once, or a vault of the same account that lies in its place become the copy? */
  readonly acceptChanges?: boolean | undefined
}

const COPY = { name: text, acceptChanges: yesNo } as const

/** Brings further copies of the vault up to date, without asking SmugMug. */
export async function copy(options: CopyOptions): Promise<CopiesOutcome> {
  const given = optionsOf(options, 'copy', [...COMMON, ...Object.keys(COPY)])
  const how = readOptions(given, COPY)
  const stopped = (): CopiesOutcome => ({ ...interrupted(), copies: [] })
  return await running({ settings: settingsIn(given), given }, (request) => runCopy({ ...request, ...how }), stopped)
}

/** Makes a new catalogue from the vault itself, and keeps the old one beside it. */
export async function rebuild(options: OperationOptions): Promise<Outcome> {
  const given = optionsOf(options, 'rebuild', COMMON)
  return await running({ settings: settingsIn(given), given }, runRebuild, interrupted)
}

/** Options of a handover. */
export interface HandoverOptions extends OperationOptions {
  readonly target: HandoverTarget
  /** The folder that everything is written into; a relative path begins at the working folder. */
  readonly output: string
  /** The address of the twin that old addresses lead to, if it is on another server. */
  readonly to?: string | undefined
  /** Redirects also for what strangers did not see. */
  readonly all?: boolean | undefined
  /** Writes sidecars into the vault as well, as the target reads them. */
  readonly sidecars?: boolean | undefined
  /** Says what would be prepared, and writes nothing. */
  readonly dryRun?: boolean | undefined
}

const HANDOVER = { target: choice(...HANDOVER_TARGETS), output: folderPath, to: text, all: yesNo, sidecars: yesNo, dryRun: yesNo } as const

/** Prepares the vault for another program, or the redirects to its twin, in a folder elsewhere. */
export async function handover(options: HandoverOptions): Promise<Outcome> {
  const given = optionsOf(options, 'handover', [...COMMON, ...Object.keys(HANDOVER)])
  const {
    target = 'redirects',
    output = '',
    ...how
  } = readOptions({ ...given, target: given.target ?? null, output: given.output ?? null }, HANDOVER)
  return await running(
    { settings: settingsIn(given), given },
    (request) => runHandover({ ...request, ...how, target, folder: output }),
    interrupted,
  )
}

/** Takes the last look before the account is closed: lists everything, reads everything again, and writes a certificate. */
export async function leave(options: OperationOptions): Promise<LeaveOutcome> {
  const given = optionsOf(options, 'leave', COMMON)
  const stopped = (): LeaveOutcome => ({ ...interrupted(), open: [], toDo: [] })
  return await running({ settings: settingsIn(given), given }, runLeave, stopped)
}

/** Options of a restore. */
export interface RestoreOptions extends OperationOptions {
  /** The path of the folder of the account that everything goes into. */
  readonly into?: string | undefined
  /** The run, or the day such as `2026-11-26`, as of which the account goes back. */
  readonly at?: string | undefined
  /** Leaves everything private. */
  readonly keepPrivate?: boolean | undefined
  /** Goes on although the account holds much that the vault does not know. */
  readonly acceptChanges?: boolean | undefined
  /** Says what would be sent, and sends nothing. */
  readonly dryRun?: boolean | undefined
}

const RESTORE = { into: text, at: text, keepPrivate: yesNo, acceptChanges: yesNo, dryRun: yesNo } as const

/** Puts the vault back into the account of `writeToken` and `writeSecret`. It only adds: nothing there is changed or deleted. */
export async function restore(options: RestoreOptions): Promise<RestoreOutcome> {
  const given = optionsOf(options, 'restore', [...COMMON, ...Object.keys(RESTORE)])
  const how = readOptions(given, RESTORE)
  const stopped = (): RestoreOutcome => ({ ...interrupted(), albums: [] })
  return await running({ settings: settingsIn(given), given }, (request) => runRestore({ ...request, ...how }), stopped)
}

/** Options of a twin. */
export interface TwinOptions extends OperationOptions {
  /** Takes away what the twin wrote, instead. */
  readonly remove?: boolean | undefined
}

const TWIN = { remove: yesNo } as const

/** Brings the web site in the vault up to date, or takes it away. */
export async function twin(options: TwinOptions): Promise<Outcome> {
  const given = optionsOf(options, 'twin', [...COMMON, ...Object.keys(TWIN)])
  const how = readOptions(given, TWIN)
  return await running({ settings: settingsIn(given), given }, (request) => runTwin({ ...request, ...how }), interrupted)
}
