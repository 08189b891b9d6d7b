import { rateAt } from '../config/rate.ts'
import { requireKeys } from '../config/required.ts'
import { systemClock } from '../flow/clock.ts'
import { Pace } from '../flow/pace.ts'
import type { Account } from '../smugmug/account.ts'
import { openSmugMug } from '../smugmug/api.ts'
import { pacedAccount } from '../smugmug/paced-account.ts'
import type { AtOnce } from '../smugmug/wire/lane.ts'
import { AT_ONCE } from '../smugmug/wire/lane.ts'
import type { Timeouts } from '../smugmug/wire/transport.ts'
import { manifest } from './installation.ts'
import { proxyOf } from './proxy.ts'
import type { Request } from './request.ts'

/** Opens the account of the settings, and sends no request yet. Throws `ConfigurationError` naming every key that is missing. */
export function openAccountOf(request: Omit<Request, 'signal'>, timeouts: Partial<Timeouts> = {}): Account {
  const { apiKey, apiSecret, userToken, userSecret, forceVideoDownload } = requireKeys(request.settings, [
    'apiKey',
    'apiSecret',
    'userToken',
    'userSecret',
  ])
  const account = openSmugMug({
    ...connection(request),
    timeouts,
    allowance: request.allowance,
    keys: { apiKey, apiSecret, userToken, userSecret },
    atOnce: {
      calls: AT_ONCE.calls,
      files: bounded(AT_ONCE.files, request.settings.concurrentDownloads),
    },
    forceVideo: forceVideoDownload,
    wants: { comments: request.settings.comments, imageMetadata: request.settings.imageMetadata },
  })
  const { limitRate } = request.settings
  return limitRate === undefined ? account : pacedAccount(account, new Pace(systemClock, () => rateAt(limitRate, minuteOfDay())))
}

/** Returns minutes since midnight on the local clock. */
function minuteOfDay(): number {
  const now = new Date(systemClock.now())
  return now.getHours() * 60 + now.getMinutes()
}

/** Opens the account, hands it to `use`, and closes it when `use` ends or fails. */
export async function withAccount<T>(
  request: Request,
  use: (account: Account) => Promise<T>,
  timeouts: Partial<Timeouts> = {},
): Promise<T> {
  const account = openAccountOf(request, timeouts)
  try {
    return await use(account)
  } finally {
    await account.close()
  }
}

/** Returns the way to SmugMug: its address, the proxies, our name. */
export const connection = (request: Omit<Request, 'signal'>) => ({
  baseUrl: request.settings.baseUrl,
  userAgent: `smugmug-backup/${manifest().version} (+${manifest().homepage})`,
  maxRetries: request.settings.maxRetries,
  clock: systemClock,
  emit: request.emit,
  ...proxyOf(request.env ?? {}),
})

/** Returns the limits with the setting as their upper bound; below it the autopilot is free. */
const bounded = ({ start, most }: AtOnce, setting: number | undefined): AtOnce =>
  setting === undefined ? { start, most } : { start: Math.min(start, setting), most: setting }
