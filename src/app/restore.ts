import { existsSync } from 'node:fs'
import { requireKeys } from '../config/required.ts'
import type { Settings } from '../config/settings.ts'
import { ConfigurationError, SignInError } from '../errors.ts'
import { stopwatch, systemClock } from '../flow/clock.ts'
import { noted } from '../operations/noted.ts'
import type { Given } from '../operations/outcome.ts'
import { knownMoment } from '../operations/past/when.ts'
import { type RestoreBounds, restoreBounds } from '../operations/restore/job.ts'
import type { RestoreOutcome } from '../operations/restore/outcome.ts'
import { presentRecords, recordsAt } from '../operations/restore/records.ts'
import { writeRestoreReport } from '../operations/restore/report.ts'
import { restore } from '../operations/restore/restore.ts'
import { checkPatterns, makeSelection } from '../operations/selection.ts'
import type { Keys } from '../smugmug/api.ts'
import { openWriter } from '../smugmug/writing/writer.ts'
import { RestoreJournal } from '../vault/catalogue/restore-journal.ts'
import { inHome } from '../vault/home/home.ts'
import { StorageError } from '../vault/storage/storage.ts'
import type { Vault } from '../vault/vault.ts'
import { connection, openAccountOf } from './account.ts'
import { momentOf, withVersions } from './past.ts'
import type { Request } from './request.ts'
import { requireKey } from './require-key.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** A vault that is to go back to SmugMug. */
export interface RestoreRequest extends Request {
  /** Says what would be done, and sends nothing. */
  readonly dryRun?: boolean
  /** The folder of the account that everything goes into. */
  readonly into?: string
  /** A run's number, or a day such as `2026-11-26`: the account as it was then goes back. Absent: as it is. */
  readonly at?: string
  readonly keepPrivate?: boolean
  readonly acceptChanges?: boolean
  readonly bounds?: Partial<RestoreBounds>
}

/** Puts a vault back into the account of the write token. */
export async function runRestore(request: RestoreRequest): Promise<RestoreOutcome> {
  const keys = keysOf(request)
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    await requireKey(place)
    const { dryRun = false, emit } = request
    return withVault(place, { mode: dryRun ? 'read' : 'write', operation: 'restore' }, async (vault) => {
      emit({ event: 'run.started', operation: 'restore', destination: place.location, dryRun })
      if (dryRun) return await withRightHint(request, () => restoreWith(vault, request, keys))
      const startedAt = systemClock.now()
      const elapsed = stopwatch(systemClock)
      return await noted({ operation: 'restore', catalogue: vault.catalogue, clock: systemClock, given: givenBy(request) }, async () => {
        const ended = await withRightHint(request, () => restoreWith(vault, request, keys))
        const outcome = { ...ended, totals: { ...ended.totals, durationMs: elapsed() } }
        return { ...outcome, ...(await report(vault, { outcome, startedAt, request })) }
      })
    })
  })
}

/** Returns the keys to write with. A dry run only reads, so the token of backups will do where there is no other. */
function keysOf({ settings, dryRun }: RestoreRequest): Keys {
  const { writeToken, writeSecret, writeApiKey, writeApiSecret } = settings
  if (dryRun === true && writeToken === undefined) return requireKeys(settings, ['apiKey', 'apiSecret', 'userToken', 'userSecret'])
  if (writeToken === undefined || writeSecret === undefined) {
    throw new ConfigurationError(
      'Restoring needs write_token and write_secret (environment: SMGMG_BK_WRITE_TOKEN, SMGMG_BK_WRITE_SECRET).',
      {
        hint: 'Run `smugmug-backup login --write`: it asks SmugMug for them. With --dry-run nothing is written, and the sign-in of the backup will do.',
      },
    )
  }
  const tokens = { userToken: writeToken, userSecret: writeSecret }
  if (writeApiKey === undefined) return { ...requireKeys(settings, ['apiKey', 'apiSecret']), ...tokens }
  const { writeApiSecret: apiSecret } = requireKeys(settings, ['writeApiSecret'])
  return { apiKey: writeApiKey, apiSecret: apiSecret ?? writeApiSecret ?? '', ...tokens }
}

/** Names the tokens of restores where SmugMug refuses those: everything else signs in with the ones of backups. */
async function withRightHint<T>({ settings: { writeToken } }: RestoreRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isAboutToken = error instanceof SignInError && error.hint?.includes('user_token') === true
    if (!isAboutToken || writeToken === undefined) throw error
    throw new SignInError(error.message.replace(/\buser(?= token)/, 'write'), {
      hint: 'Run `smugmug-backup login --write` to get a new write_token and write_secret.',
      cause: error,
      ...(error.problem !== undefined && { problem: error.problem }),
    })
  }
}

async function restoreWith(vault: Vault, request: RestoreRequest, keys: Keys): Promise<RestoreOutcome> {
  const { settings, emit, signal, bounds, dryRun = false, keepPrivate = false, acceptChanges = false } = request
  const into = folderIn(request.into)
  const { uploadUrl } = settings
  const { apiKey, apiSecret, userToken, userSecret } = keys
  const writer = openWriter({
    ...connection(request),
    keys: { apiKey, apiSecret, userToken, userSecret },
    ...(uploadUrl !== undefined && { uploadUrl }),
  })
  const account = openAccountOf({ ...request, settings: { ...settings, apiKey, apiSecret, userToken, userSecret } })
  try {
    const moment = request.at === undefined ? undefined : momentOf(request.at)
    const records =
      moment === undefined ? presentRecords(vault) : await withVersions(async () => recordsAt(vault, await knownMoment(vault, moment)))
    const selection = albumsChosen(settings)
    if (selection !== undefined) await checkPatterns({ selection, albums: await withVersions(() => records.albums()), emit })
    const { nickName } = await account.owner(signal)
    const path = inHome(vault.home, 'restores')
    // A dry run makes no file.
    const journal = RestoreJournal.open(
      dryRun && !existsSync(path) ? ':memory:' : path,
      into === undefined ? nickName : `${nickName} ${into.toLowerCase()}`,
    )
    try {
      return await withVersions(() =>
        restore({
          ...{ vault, records, account, writer, journal, keepPrivate, acceptChanges, dryRun, emit, signal },
          given: givenBy(request),
          clock: systemClock,
          bounds: { ...restoreBounds, ...bounds },
          ...(into !== undefined && { into }),
          ...(selection !== undefined && { isChosen: (album) => selection.album(album) }),
        }),
      )
    } finally {
      journal.close()
    }
  } finally {
    await Promise.all([account.close(), writer.close()])
  }
}

/** Returns the path of a folder of the account in one way, however it was written; undefined for the top. */
function folderIn(path: string | undefined): string | undefined {
  const names = (path ?? '').split('/').filter((name) => name !== '')
  return names.length === 0 ? undefined : `/${names.join('/')}`
}

async function report(
  { storage }: Vault,
  { outcome, startedAt, request }: { readonly outcome: RestoreOutcome; readonly startedAt: number; readonly request: RestoreRequest },
): Promise<{ readonly path?: string }> {
  try {
    return { path: `${await writeRestoreReport(storage, { outcome, startedAt, given: givenBy(request) })}.json` }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    request.emit({ event: 'warning', message: `The report could not be written: ${error.message}.` })
    return {}
  }
}

/** Returns the albums that go back, each whole: the options of a backup that choose single items have no effect here, and are no part of the report. */
const albumsChosen = ({ album, exclude }: Settings) => makeSelection({ album, exclude, keyword: [] })

const givenBy = ({ settings, into }: { readonly settings: Settings; readonly into?: string | undefined }): Given => ({
  ...(albumsChosen(settings)?.given ?? {}),
  ...(into !== undefined && { into }),
})
