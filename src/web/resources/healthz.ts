import { formatCount } from '../../events.ts'
import { METRICS_TYPE, vaultMetricsText } from '../../progress/metrics.ts'
import type { Monitor } from '../../progress/vitals.ts'
import { send, sendJson } from '../answers.ts'
import type { Healthz, Standing } from '../contract.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'

/** Reports to a watchman whether all is well: status 200, or 503 with the reason. It has counts, times and reasons, and no names. */
export const healthzResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  isPublic: true,
  answer: async (exchange) => {
    const healthz = healthzOf(await office.standing())
    sendJson(exchange, healthz, healthz.status === 'ok' ? 200 : 503)
  },
})

/** The numbers of the vault and of this process for Prometheus. */
export const metricsResource = (office: Office, monitor: Monitor): Resource => ({
  methods: ['GET', 'HEAD'],
  isPublic: true,
  answer: async (exchange) => {
    const standing = await office.standing()
    const vault = standing.kind === 'known' && standing.health.status.exitCode !== 5 ? numbersOf(standing.health.status) : undefined
    send(exchange, { type: METRICS_TYPE, body: vaultMetricsText(vault, monitor.read()) })
  },
})

type Status = Extract<Standing, { kind: 'known' }>['health']['status']

const numbersOf = ({ expected, held, originals, missing, lastRun, lastFullyProven }: Status) => ({
  expected,
  held: held.items,
  originals,
  missing: { ...missing },
  bytes: held.bytes,
  lastRun: lastRun?.startedAt,
  lastExitCode: lastRun?.exitCode,
  lastFullyProven,
})

/** The words of an error that ended the look, by its exit code: its own message has paths. */
const TROUBLE: Readonly<Record<number, string>> = {
  2: 'The configuration is not complete.',
  5: 'The destination cannot be used.',
  6: 'Another run holds the vault.',
}

const REASONS: Readonly<Record<keyof Status['missing'], string>> = {
  failed: 'failed',
  pending: 'not finished by SmugMug',
  impossible: 'cannot be had from SmugMug',
  damaged: 'missing or damaged in the vault',
  unreadable: 'in a folder that cannot be read',
  notSelected: 'not selected',
  notFetched: 'not fetched yet',
}

/** Returns the health of a vault without a name, a path or a word that a person wrote. */
export function healthzOf(standing: Standing): Healthz {
  if (standing.kind === 'trouble') return { status: 'trouble', reason: TROUBLE[standing.exitCode] ?? 'The vault cannot be looked at.' }
  const { status } = standing.health
  if (status.exitCode === 5) return { status: 'trouble', reason: 'There is no vault yet.' }
  const { expected, held, missing, lastRun, lastFullyProven, nextRun, exitCode } = status
  return {
    status: exitCode === 0 ? 'ok' : 'trouble',
    ...(exitCode !== 0 && { reason: reasonOf(status) }),
    ...(expected !== undefined && { expected }),
    held: held.items,
    missing: { ...missing },
    ...(lastRun !== undefined && { lastRun: lastRun.startedAt }),
    ...(lastRun?.exitCode !== undefined && { lastExitCode: lastRun.exitCode }),
    ...(lastFullyProven !== undefined && { lastFullyProven }),
    ...(nextRun !== undefined && { nextRun }),
  }
}

function reasonOf({
  missing,
  smaller,
  requireOriginals,
  unlistedAlbums,
  expected,
  lastRun,
}: Status & { readonly requireOriginals?: boolean }): string {
  const reasons = (Object.keys(REASONS) as (keyof typeof REASONS)[]).flatMap((name) =>
    missing[name] === 0 ? [] : [`${formatCount(missing[name], 'item')} ${REASONS[name]}`],
  )
  const also = [
    smaller > 0 && requireOriginals !== false && `${formatCount(smaller, 'photo')} held only smaller than the original`,
    unlistedAlbums > 0 && `${formatCount(unlistedAlbums, 'album')} still to be looked through`,
    expected === undefined && 'no complete look at the account yet',
    lastRun?.exitCode !== undefined && lastRun.exitCode !== 0 && `the last run ended with exit code ${lastRun.exitCode}`,
  ].filter((text) => text !== false)
  return [...reasons, ...also].join(', ') || 'The vault is not whole.'
}
