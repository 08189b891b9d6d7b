import { systemClock } from '../flow/clock.ts'
import { noted } from '../operations/noted.ts'
import type { Given, VerifyOutcome } from '../operations/outcome.ts'
import { verify } from '../operations/verify/verify.ts'
import type { Account } from '../smugmug/account.ts'
import { mayWrite } from '../vault/vault.ts'
import { withAccount } from './account.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** Proves the files that are held. `sample` is a share from 0 to 1, `maxDuration` is in milliseconds. */
export async function runVerify(
  request: Request & { readonly sample?: number; readonly maxDuration?: number; readonly remote?: boolean },
): Promise<VerifyOutcome> {
  return atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    await requireCatalogue(destination)
    const { sample, maxDuration, emit, signal } = request
    const isWritable = mayWrite(destination)
    if (!isWritable) emit({ event: 'warning', message: `The vault ${destination} cannot be written to: nothing of this is noted in it.` })
    const proveAll = (account?: Account) =>
      withVault(destination, { mode: isWritable ? 'write' : 'pretend', operation: 'verify' }, (vault) =>
        noted({ operation: 'verify', catalogue: vault.catalogue, clock: systemClock, given: givenBy(request) }, () =>
          verify({ vault, sample, maxDuration, account, emit, signal, clock: systemClock, random: Math.random }),
        ),
      )
    return request.remote === true ? withAccount(request, proveAll) : proveAll()
  })
}

/** Returns the options that restrict the verification, as a command line has them. */
const givenBy = ({ sample, maxDuration }: { readonly sample?: number; readonly maxDuration?: number }): Given => ({
  ...(sample !== undefined && { sample: `${Number((sample * 100).toFixed(4))}%` }),
  ...(maxDuration !== undefined && { 'max-duration': `${Math.ceil(maxDuration / 1000)}s` }),
})
