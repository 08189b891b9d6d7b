import { AppError, ConfigurationError } from '../errors.ts'
import { formatCount, type Problem } from '../events.ts'
import { noTotals } from '../model.ts'
import type { Outcome } from '../operations/outcome.ts'
import { checkKey } from '../vault/storage/sealed/key-check.ts'
import { placeOfCopy } from './copy-place.ts'
import { checkPlace, openBase, type Place } from './place.ts'
import type { Request } from './request.ts'
import { requireIdentity } from './sealing.ts'
import { someSealed } from './some-sealed.ts'
import { atDestination, stillThere } from './vault.ts'

/**
 * Proves that each private key in `identity_file` opens the vault, on files from all over it, and the same for each sealed copy. A copy that is away
 * is named. Exit code 3: some of the files are damaged; 2: a key does not open them. Changes nothing.
 */
export async function runKeyCheck(request: Request): Promise<Outcome> {
  return await atDestination(request, async (place) => {
    const copies = request.settings.copies.map((copy) => ({ name: copy.name, place: placeOfCopy(copy, request) }))
    const sealed = copies.filter((copy) => copy.place.keys !== undefined)
    if (place.keys === undefined && sealed.length === 0) {
      throw new ConfigurationError('There are no public keys in the settings, so no vault is sealed.', {
        hint: 'Make keys with `smugmug-backup key new`.',
      })
    }
    const outcomes: Outcome[] = []
    const away: AppError[] = []
    const unread: Problem[] = []
    const isOne = sealed.length + (place.keys === undefined ? 0 : 1) === 1
    const named = ({ location }: Place): string => (isOne ? 'the vault' : location)
    if (place.keys !== undefined) {
      await stillThere(place, request)
      outcomes.push(await checkedAt(place, named(place)))
    }
    for (const copy of sealed) {
      const outcome = await checkedCopy(copy.place, named(copy.place), request)
      if (!(outcome instanceof AppError)) outcomes.push(outcome)
      else {
        away.push(outcome)
        unread.push({ kind: 'notice', name: `copy ${copy.name}`, reason: `its keys could not be tried: ${outcome.message}` })
      }
    }
    // Nothing was proven.
    if (outcomes.length === 0 && away[0] !== undefined) throw away[0]
    return together(outcomes, unread)
  })
}

function together(outcomes: readonly Outcome[], unread: readonly Problem[]): Outcome {
  const [hint] = outcomes.flatMap((outcome) => outcome.hint ?? [])
  const names = unread.map(({ name }) => name).join(', ')
  return {
    exitCode: outcomes.some(({ exitCode }) => exitCode !== 0) ? 3 : 0,
    message: [...outcomes.map(({ message }) => message), ...(names === '' ? [] : [`Not tried, because it is not there: ${names}.`])].join(
      ' ',
    ),
    ...(hint !== undefined && { hint }),
    problems: [...outcomes.flatMap(({ problems }) => problems), ...unread],
    totals: noTotals,
  }
}

/** Tries the keys of a sealed copy. Returns the error of one that is away. */
async function checkedCopy(place: Place, what: string, request: Request): Promise<Outcome | AppError> {
  try {
    await checkPlace(place)
    await stillThere(place, request)
    return await checkedAt(place, what)
  } catch (error) {
    if (error instanceof ConfigurationError || !(error instanceof AppError)) throw error
    return error
  }
}

/** Tries the keys of one place; `what` are the words for it. */
async function checkedAt(place: Place, what: string): Promise<Outcome> {
  const identities = await requireIdentity(place)
  const storage = await openBase(place)
  try {
    const { files, of } = await someSealed(storage)
    const checks = []
    for (const identity of identities) checks.push(await checkKey(identity, files))
    return outcomeOf(checks, { what, tried: files.length, of })
  } finally {
    await storage.close()
  }
}

function outcomeOf(
  checks: readonly Awaited<ReturnType<typeof checkKey>>[],
  { what, tried, of }: { readonly what: string; readonly tried: number; readonly of: number },
): Outcome {
  if (tried === 0) return { exitCode: 3, message: 'There is no sealed file yet to try a key on.', problems: [], totals: noTotals }
  const others = checks.filter(({ refused }) => refused.some(({ why }) => why === 'other key'))
  const example = others[0]?.refused.find(({ why }) => why === 'other key')?.path
  if (example !== undefined) {
    throw new ConfigurationError(
      checks.length === 1
        ? `The private key does not open ${what}: ${example} is sealed for other keys.`
        : `${others.length} of the ${checks.length} private keys do not open ${what}: ${example} is sealed for other keys.`,
      { hint: 'Look for the key that belongs to one of the recipients: `age-keygen -y FILE` prints the public half.' },
    )
  }
  const damaged = checks[0]?.refused ?? []
  const key = checks.length === 1 ? 'The private key opens' : `Each of the ${checks.length} private keys opens`
  if (damaged.length === 0)
    return {
      exitCode: 0,
      message: `${key} ${what}: ${formatCount(tried, 'file')} of ${of} tried, to the end.`,
      problems: [],
      totals: noTotals,
    }
  return {
    exitCode: 3,
    message: `${key} ${what}, but ${formatCount(damaged.length, 'file')} of ${tried} tried cannot be opened.`,
    hint: 'Run `smugmug-backup verify`, then a backup.',
    problems: damaged.map(({ path }) => ({ kind: 'damaged', name: path, reason: 'its seal is broken' })),
    totals: noTotals,
  }
}
