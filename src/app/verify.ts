import { formatCount, formatNumber } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { countOffers, type Offers } from '../operations/copy/bytes.ts'
import { noted } from '../operations/noted.ts'
import type { Given, VerifyOutcome } from '../operations/outcome.ts'
import { rememberRuns } from '../operations/state.ts'
import type { VerifyJob } from '../operations/verify/job.ts'
import { verify } from '../operations/verify/verify.ts'
import type { Account } from '../smugmug/account.ts'
import { mayWrite, type Vault } from '../vault/vault.ts'
import { withAccount } from './account.ts'
import { copyBytes } from './copy-bytes.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** A part of the files to read: a share from 0 to 1, as many as milliseconds allow, the share of a day, those after the end of a pass that was broken off. */
type Part = Pick<VerifyJob, 'sample' | 'maxDuration' | 'days' | 'goesOn' | 'content'>

/** Proves the files that are held. `content` reads those in a bucket, too, `sample` is a share from 0 to 1, `maxDuration` is in milliseconds, `days` the time in which every file must be read. */
export async function runVerify(request: Request & Omit<Part, 'goesOn'> & { readonly remote?: boolean }): Promise<VerifyOutcome> {
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    const { emit } = request
    const isWritable = mayWrite(place.home)
    if (!isWritable)
      emit({ event: 'warning', message: `The vault ${place.location} cannot be written to: nothing of this is noted in it.` })
    const proveAll = (account?: Account) =>
      withVault(place, { mode: isWritable ? 'write' : 'pretend', operation: 'verify' }, async (vault) => {
        const outcome = await verifyInto(vault, request, account)
        if (isWritable) await rememberRuns(vault)
        return await withOffer(outcome, vault, request)
      })
    return request.remote === true ? withAccount(request, proveAll) : proveAll()
  })
}

/** Adds what the copies offer for files that are missing or damaged. */
async function withOffer(outcome: VerifyOutcome, vault: Vault, request: Request): Promise<VerifyOutcome> {
  const copies = outcome.exitCode === 3 ? copyBytes(request) : undefined
  if (copies === undefined) return outcome
  try {
    const forPerson = outcome.problems.flatMap(({ name, needsYou }) => (needsYou === true && name !== undefined ? [name] : []))
    const hint = offerWords(await countOffers(vault, copies, new Set(forPerson)), outcome.hint)
    return { ...outcome, ...(hint !== undefined && { hint }) }
  } finally {
    await copies.close()
  }
}

/** Says what a backup takes from copies; `otherwise` holds where they give nothing. */
function offerWords({ of, held, locked, lockedIn }: Offers, otherwise: string | undefined): string | undefined {
  const part = of === 1 ? 'the file' : `${held === of ? 'all' : formatNumber(held)} of the ${formatCount(of, 'file')}`
  const rest = held === of ? '' : ' and the others from SmugMug'
  const first =
    held === 0 ? otherwise : `Run a backup: it takes ${part} from a copy${rest}; damaged bytes are kept in .smugmug-backup/history.`
  if (locked === 0) return first
  const [name] = lockedIn
  const key = `The sealed copy ${lockedIn.join(', ')} has ${formatNumber(locked)}${held === 0 ? ` of the ${formatCount(of, 'file')}` : ' more'}: name its private key as identity_file in [copy.${name}.encryption] before the backup.`
  return [first, key].filter((text) => text !== undefined).join(' ')
}

/** Proves the files of an open vault, and notes it as a run. */
export const verifyInto = (vault: Vault, request: Request & Part, account?: Account): Promise<VerifyOutcome> => {
  const { sample, maxDuration, days, goesOn, content, emit, signal } = request
  return noted({ operation: 'verify', catalogue: vault.catalogue, clock: systemClock, given: givenBy(request) }, () =>
    verify({ vault, sample, maxDuration, days, goesOn, content, account, emit, signal, clock: systemClock, random: Math.random }),
  )
}

/** Returns the options that restrict the verification, as a command line has them. */
const givenBy = ({ sample, maxDuration, days }: Part): Given => ({
  ...(sample !== undefined && { sample: `${Number((sample * 100).toFixed(4))}%` }),
  ...(maxDuration !== undefined && { 'max-duration': `${Math.ceil(maxDuration / 1000)}s` }),
  ...(days !== undefined && { days: String(days) }),
})
