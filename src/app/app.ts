/**
 * From settings to a run: the only file that names concrete classes. Each function takes settings, events and a signal, and gives a result;
 * the command line and the library are two faces of them.
 */
import { existsSync, readFileSync } from 'node:fs'
import { realpath, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, sep } from 'node:path'
import { rateAt } from '../config/rate.ts'
import { checkDestination, requireKeys } from '../config/required.ts'
import type { Settings } from '../config/settings.ts'
import { ConfigurationError, DestinationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { Pace } from '../flow/pace.ts'
import { noTotals } from '../model.ts'
import { folderLoader } from '../operations/adopt.ts'
import { backup } from '../operations/backup/backup.ts'
import type { BackupJob, BackupSettings } from '../operations/backup/job.ts'
import { csvOf, jsonLinesOf, recordedItems } from '../operations/export/export.ts'
import { xmpOf } from '../operations/export/xmp.ts'
import { type AccountList, listAccount } from '../operations/list.ts'
import { counted, type Outcome } from '../operations/outcome.ts'
import { prove } from '../operations/proof.ts'
import { hasRecords, rebuild } from '../operations/rebuild.ts'
import { makeSelection } from '../operations/selection.ts'
import { type StatusReport, vaultStatus } from '../operations/status.ts'
import { verify } from '../operations/verify/verify.ts'
import type { Account } from '../smugmug/account.ts'
import { openSmugMug } from '../smugmug/api.ts'
import { pacedAccount } from '../smugmug/paced-account.ts'
import { accessToken, authorizeUrl, catchCallback, type LoginOptions, requestToken, SHOW_A_CODE } from '../smugmug/sign-in/sign-in.ts'
import { AT_ONCE } from '../smugmug/wire/http.ts'
import type { AtOnce } from '../smugmug/wire/lane.ts'
import { Catalogue } from '../vault/catalogue/catalogue.ts'
import { checkStillThere, marksPath, remember } from '../vault/home/mark.ts'
import { layout } from '../vault/layout.ts'
import { parseTemplate } from '../vault/naming/template.ts'
import { openFolder } from '../vault/storage/folder.ts'
import { pretend } from '../vault/storage/pretend.ts'
import { hasCatalogue, holdVault, openVault, usedBy, type Vault, type VaultMode } from '../vault/vault.ts'

/** What every operation takes. */
export interface Work {
  readonly settings: Settings
  readonly emit: Emit
  /** Aborted: finish what is in flight, start nothing new. */
  readonly signal: AbortSignal
  /** The environment, for proxies and the state folder. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** Brings the vault up to date. */
export const runBackup = (
  work: Work & { readonly dryRun?: boolean; readonly full?: boolean; readonly acceptChanges?: boolean },
): Promise<Outcome> => {
  const { full, acceptChanges } = work
  const selection = selectionOf(work.settings)
  return backUp(work, { mode: work.dryRun === true ? 'pretend' : 'write', operation: 'backup' }, async () => ({
    full: full === true,
    acceptChanges: acceptChanges === true,
    ...(selection !== undefined && { selection }),
  }))
}

/** Takes what is right, by hash, from a folder elsewhere; downloads nothing. */
export const runAdopt = (work: Work & { readonly folder: string }): Promise<Outcome> =>
  backUp(work, { mode: 'write', operation: 'adopt' }, async (vault) => {
    const folder = outside(work.folder)
    const told = (done: number, unit: 'files' | 'bytes'): void => work.emit({ event: 'progress', done, unit })
    // Some items will not be found: a run over a part, which takes nothing else for vanished.
    const selection = selectionOf(work.settings) ?? { album: () => true, item: () => true, byItem: true }
    return { full: true, from: await folderLoader(folder, vault.storage, told), selection: { ...selection, byItem: true } }
  })

/** The album tree with counts and bytes, and how much of it is held. */
export const runList = (work: Work): Promise<AccountList> =>
  withAccount(work, (account) => {
    const { emit, signal, settings } = work
    const job = { account, emit, signal, clock: systemClock, selection: selectionOf(settings) }
    const { destination } = settings
    if (destination === undefined || !hasCatalogue(destination)) return listAccount(job)
    return withVault(destination, { mode: 'read', operation: 'list' }, ({ catalogue }) => listAccount({ ...job, catalogue }))
  })

/** How the vault stands, without asking SmugMug. */
export async function runStatus(work: Work): Promise<Outcome & StatusReport> {
  const destination = await destinationOf(work.settings)
  return withVault(destination, { mode: 'read', operation: 'status' }, async (vault) =>
    vaultStatus(vault, { now: systemClock.now(), days: work.settings.fullListingDays, usedBy: usedBy(destination)?.operation }),
  )
}

/** Proves what is held. `sample` is a share from 0 to 1, `maxDuration` milliseconds. */
export async function runVerify(
  work: Work & { readonly sample?: number; readonly maxDuration?: number; readonly remote?: boolean },
): Promise<Outcome> {
  const destination = await destinationOf(work.settings)
  await stillThere(destination, work)
  if (!hasCatalogue(destination)) {
    const hint = (await anyRecords(destination))
      ? 'Run `smugmug-backup rebuild`: it makes the catalogue anew from the vault itself.'
      : 'Run a backup first.'
    throw new DestinationError(`There is no catalogue of a vault in ${destination}.`, { hint })
  }
  const { sample, maxDuration, emit, signal } = work
  const proveAll = (account?: Account) =>
    withVault(destination, { mode: 'write', operation: 'verify' }, (vault) =>
      verify({ vault, sample, maxDuration, account, emit, signal, clock: systemClock, random: Math.random }),
    )
  return work.remote === true ? withAccount(work, proveAll) : proveAll()
}

/** Writes the metadata of what is held, to a file or piece by piece. */
export async function runExport(
  work: Work & { readonly format: 'csv' | 'jsonl' | 'xmp'; write(text: string): Promise<void> },
): Promise<Outcome> {
  const destination = await destinationOf(work.settings)
  return withVault(destination, { mode: 'read', operation: 'export' }, async (vault) => {
    let items = 0
    const selection = selectionOf(work.settings)
    async function* counting() {
      for await (const item of recordedItems(vault, (album) => selection?.album(album) ?? true)) {
        if (selection?.item(item.item) === false) continue
        items += 1
        yield item
      }
    }
    const writers = {
      csv: () => csvOf(counting(), { root: destination, defuse: true }),
      jsonl: () => jsonLinesOf(counting()),
      xmp: () => xmpOf(counting()),
    }
    const bytes = writers[work.format]()
    const decoder = new TextDecoder()
    for await (const chunk of bytes) await work.write(decoder.decode(chunk, { stream: true }))
    return { exitCode: 0, message: `${counted(items, 'item')} written.`, totals: { ...noTotals, items, kept: items }, problems: [] }
  })
}

/** Which files of a local folder are held byte for byte. */
export async function runProof(work: Work & { readonly folder: string }): Promise<Outcome> {
  const destination = await destinationOf(work.settings)
  const folder = outside(work.folder)
  await refuseVault(work.folder, destination)
  const { emit, signal } = work
  return withVault(destination, { mode: 'read', operation: 'proof' }, (vault) => prove({ vault, folder, emit, signal, clock: systemClock }))
}

/** A new catalogue from the vault itself; the old one is kept beside it. */
export async function runRebuild(work: Work): Promise<Outcome> {
  const destination = await destinationOf(work.settings)
  await stillThere(destination, work)
  const lock = await holdVault(destination, holder('rebuild'))
  try {
    return await rebuildAt(destination, work)
  } finally {
    await lock.release()
  }
}

async function rebuildAt(destination: string, { emit, signal }: Work): Promise<Outcome> {
  const path = join(destination, layout.catalogue)
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  const catalogue = Catalogue.open({ path: fresh, mode: 'write' })
  const storage = openFolder(destination)
  try {
    const outcome = await rebuild({ storage, catalogue, emit, signal, clock: systemClock })
    catalogue.close()
    if (existsSync(path)) await rename(path, `${path}.before-rebuild`)
    await rename(fresh, path)
    return outcome
  } catch (error) {
    catalogue.close()
    await rm(fresh, { force: true })
    throw error
  } finally {
    await storage.close()
  }
}

/** How a sign-in speaks to the person at the keyboard. */
export interface SignInWork extends Work {
  ask(question: string): Promise<string>
  /** Opens a browser; false when there is none. */
  open(url: string): Promise<boolean>
  tell(text: string): void
  /** Asks for the six-digit code instead of waiting for the browser. */
  readonly console: boolean
}

/** Signs in at SmugMug with `Access=Full&Permissions=Read`: in the browser, or with a six-digit code. */
export async function signIn(
  work: SignInWork,
): Promise<{ readonly userToken: string; readonly userSecret: string; readonly nickName: string }> {
  const { baseUrl, apiKey, apiSecret } = requireKeys(work.settings, ['apiKey', 'apiSecret'])
  const options: LoginOptions = { ...connection(work), apiKey, apiSecret }
  const callback = work.console ? undefined : await catchCallback()
  try {
    const request = await requestToken(options, callback?.url ?? SHOW_A_CODE, work.signal)
    const url = authorizeUrl(baseUrl, request.token)
    const coming = callback?.verifier(request.token, work.signal)
    coming?.catch(() => undefined)
    work.tell(callback === undefined ? 'Open this address in a browser, and allow access:' : 'Opening this address in the browser:')
    work.tell(url)
    if (callback !== undefined && !(await work.open(url)))
      work.tell('No browser could be opened: open the address on this machine yourself.')
    const verifier = coming === undefined ? await work.ask('Six-digit code:') : await coming
    const { token, secret } = await accessToken(options, { request, verifier }, work.signal)
    const settings = { ...work.settings, userToken: token, userSecret: secret }
    const nickName = await withAccount({ ...work, settings }, async (account) => (await account.owner(work.signal)).nickName)
    return { userToken: token, userSecret: secret, nickName }
  } finally {
    await callback?.close()
  }
}

async function backUp(
  work: Work & { readonly acceptChanges?: boolean },
  options: { readonly mode: VaultMode; readonly operation: string },
  more: (vault: Vault) => Promise<Partial<BackupJob>>,
): Promise<Outcome> {
  const settings = toBackupSettings(work.settings)
  requireKeys(work.settings, ['apiKey', 'apiSecret', 'userToken', 'userSecret', 'destination'])
  const destination = await destinationOf(work.settings)
  const { emit, signal } = work
  const marks = marksPath(work.env ?? {})
  if (work.acceptChanges !== true) await stillThere(destination, work)
  if (options.mode === 'write') await restoreCatalogue(destination, work)
  return withVault(destination, options, async (vault) => {
    if (vault.isNew && options.mode === 'pretend') await rebuild({ ...vault, emit: () => undefined, signal, clock: systemClock })
    const report = await withAccount(work, async (account) =>
      backup({ account, vault, settings, emit, signal, clock: systemClock, ...(await more(vault)) }),
    )
    if (marks !== undefined && options.mode === 'write') await rememberVault(marks, vault, emit)
    return report
  })
}

/** A disk that is not mounted must not be mistaken for an empty one, by nobody who writes there. */
async function stillThere(destination: string, work: Work): Promise<void> {
  const marks = marksPath(work.env ?? {})
  if (marks !== undefined) await checkStillThere(marks, destination)
}

/** A catalogue that is gone is made anew from the records, before the first stone is laid on top of nothing. */
async function restoreCatalogue(destination: string, work: Work): Promise<void> {
  if (hasCatalogue(destination) || !(await anyRecords(destination))) return
  work.emit({ event: 'warning', message: `The catalogue of the vault ${destination} is gone; it is made anew from the vault itself.` })
  await runRebuild(work)
}

async function anyRecords(destination: string): Promise<boolean> {
  const storage = openFolder(destination)
  try {
    return await hasRecords(storage)
  } finally {
    await storage.close()
  }
}

async function rememberVault(marks: string, vault: Vault, emit: Emit): Promise<void> {
  const { albums, items } = await vault.catalogue.holdings()
  const account = vault.catalogue.meta('account')
  const mark = { id: vault.id, albums, items, at: systemClock.now(), ...(account !== undefined && { account }) }
  const error = await remember(marks, vault.root, mark)
  if (error !== undefined) emit({ event: 'debug', message: `The vault could not be noted in ${marks}: ${error.message}` })
}

/** The destination, known to be there. */
async function destinationOf(settings: Settings): Promise<string> {
  const { destination } = requireKeys(settings, ['destination'])
  await checkDestination(destination)
  return destination
}

/**
 * The vault in a folder that exists. `write` holds it until it is closed. Throws `DestinationError` when it cannot be used,
 * `VaultBusyError` when another run holds it.
 */
export async function openVaultAt(root: string, options: { readonly mode: VaultMode; readonly operation: string }): Promise<Vault> {
  await checkDestination(root)
  const folder = openFolder(root)
  const storage = options.mode === 'pretend' ? pretend(folder) : folder
  return openVault({ root, mode: options.mode, storage, clock: systemClock, holder: holder(options.operation) })
}

/** The account that the settings open. Nothing is asked yet. Throws `ConfigurationError` naming every key that is missing. */
export function openAccountOf(work: Omit<Work, 'signal'>): Account {
  const { apiKey, apiSecret, userToken, userSecret, forceVideoDownload } = requireKeys(work.settings, [
    'apiKey',
    'apiSecret',
    'userToken',
    'userSecret',
  ])
  const account = openSmugMug({
    ...connection(work),
    keys: { apiKey, apiSecret, userToken, userSecret },
    atOnce: {
      calls: AT_ONCE.calls,
      files: bounded(AT_ONCE.files, work.settings.concurrentDownloads),
    },
    forceVideo: forceVideoDownload,
    wants: { comments: work.settings.comments, imageMetadata: work.settings.imageMetadata },
  })
  const { limitRate } = work.settings
  return limitRate === undefined ? account : pacedAccount(account, new Pace(systemClock, () => rateAt(limitRate, minuteOfDay())))
}

/** Minutes since midnight on the local clock. */
function minuteOfDay(): number {
  const now = new Date(systemClock.now())
  return now.getHours() * 60 + now.getMinutes()
}

async function withVault<T>(
  root: string,
  options: { readonly mode: VaultMode; readonly operation: string },
  use: (vault: Vault) => Promise<T>,
): Promise<T> {
  const vault = await openVaultAt(root, options)
  try {
    return await use(vault)
  } finally {
    await vault.close()
  }
}

async function withAccount<T>(work: Work, use: (account: Account) => Promise<T>): Promise<T> {
  const account = openAccountOf(work)
  try {
    return await use(account)
  } finally {
    await account.close()
  }
}

const connection = (work: Omit<Work, 'signal'>) => ({
  baseUrl: work.settings.baseUrl,
  userAgent: `smugmug-backup/${manifest().version} (+${manifest().homepage})`,
  maxRetries: work.settings.maxRetries,
  clock: systemClock,
  emit: work.emit,
  ...proxyOf(work.env ?? {}),
})

function proxyOf(env: Readonly<Record<string, string | undefined>>) {
  const [https, http, no] = ['https_proxy', 'http_proxy', 'no_proxy'].map((name) => env[name] ?? env[name.toUpperCase()])
  if (!https && !http) return {}
  return { proxy: { ...(https && { https }), ...(http && { http }), ...(no && { no }) } }
}

const holder = (operation: string) => ({ pid: process.pid, host: hostname(), since: new Date(systemClock.now()).toISOString(), operation })

/** A folder that is not the vault, to read from. */
function outside(path: string) {
  if (!existsSync(path)) throw new ConfigurationError(`The folder ${path} does not exist.`, { hint: 'Check the path.' })
  return openFolder(path)
}

/** A vault cannot vouch for itself: it would find the very files it was asked about. */
async function refuseVault(path: string, destination: string): Promise<void> {
  const [folder, vault] = await Promise.all([realpath(path), realpath(destination)])
  const within = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}${sep}`)
  if (!within(folder, vault) && !within(vault, folder)) return
  throw new ConfigurationError(`The folder ${path} is part of the vault, or holds it.`, {
    hint: 'Name a folder elsewhere, such as the one on your computer.',
  })
}

/** The settings of a backup. Throws `ConfigurationError` for a template that cannot be. */
export const toBackupSettings = (settings: Settings): BackupSettings => ({
  ...settings,
  template: parseTemplate(settings.fileNames),
  concurrentAlbums: settings.concurrentAlbums ?? AT_ONCE.calls.most,
  concurrentDownloads: settings.concurrentDownloads ?? AT_ONCE.files.most,
})

/** A setting is an upper bound: what the autopilot may do below it is its own business. */
const bounded = ({ start, most }: AtOnce, setting: number | undefined): AtOnce =>
  setting === undefined ? { start, most } : { start: Math.min(start, setting), most: setting }

const selectionOf = ({ album, exclude, type, since, until, keyword }: Settings) =>
  makeSelection({ album, exclude, type, since: since?.start, until: until?.end, keyword })

interface Manifest {
  readonly version: string
  readonly homepage: string
}

let known: Manifest | undefined

/** package.json: beside src/ in a checkout, beside dist/ in the package. */
function manifest(): Manifest {
  const url = ['../../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url)).find((each) => existsSync(each))
  if (url === undefined) throw new Error('package.json is missing from the installation')
  known ??= JSON.parse(readFileSync(url, 'utf8')) as Manifest
  return known
}
