import { printOfVault } from '../../app/server-note.ts'
import { formatCount } from '../../events.ts'
import { METRICS_TYPE, vaultMetricsText } from '../../progress/metrics.ts'
import type { Monitor } from '../../progress/vitals.ts'
import type { ServiceView } from '../../service/service.ts'
import type { Standing } from '../../service/standing.ts'
import { send, sendJson } from '../answers.ts'
import type { Healthz } from '../contract.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'

/**
 * Reports to a watchman whether all is well: status 200, or 503 with the reason. It has counts, times and reasons, and no names. `?of=PRINT` asks for
 * the service of one vault: another one, and a page without a service, refuse to speak for it.
 */
export const healthzResource = (office: Office): Resource => ({
  methods: ['GET', 'HEAD'],
  isPublic: true,
  answer: async (exchange) => {
    const print = exchange.asked.query.get('of')
    const isOther = print !== null && (office.service() === undefined || print !== printOfVault(office.settings().destination ?? ''))
    const healthz = isOther ? OTHER : healthzOf(await office.standing(), office.service())
    sendJson(exchange, healthz, healthz.status === 'ok' ? 200 : 503)
  },
})

const OTHER: Healthz = { status: 'trouble', reason: 'no service of this vault answers' }

/** The numbers of the vault and of this process for Prometheus. */
export const metricsResource = (office: Office, monitor: Monitor): Resource => ({
  methods: ['GET', 'HEAD'],
  isPublic: true,
  answer: async (exchange) => {
    const standing = await office.standing()
    const vault =
      standing.kind === 'known' && standing.health.status.exitCode !== 5 ? numbersOf(standing.health.status, office.service()) : undefined
    send(exchange, { type: METRICS_TYPE, body: vaultMetricsText(vault, monitor.read()) })
  },
})

type Status = Extract<Standing, { kind: 'known' }>['health']['status']

const numbersOf = ({ expected, held, originals, missing, lastRun, lastFullyProven, copies }: Status, { refused }: ServiceView = {}) => ({
  expected,
  held: held.items,
  originals,
  missing: { ...missing },
  bytes: held.bytes,
  lastRun: (refused ?? lastRun)?.startedAt,
  lastExitCode: (refused ?? lastRun)?.exitCode,
  lastFullyProven,
  ...(copies !== undefined && {
    copies: {
      count: copies.length,
      troubled: copies.filter(({ isLate, isTroubled }) => isLate || isTroubled).length,
      oldest: copies.every(({ current }) => current !== undefined) ? Math.min(...copies.map(({ current = 0 }) => current)) : undefined,
    },
  }),
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
export function healthzOf(standing: Standing, service?: ServiceView): Healthz {
  const overdue = service === undefined ? {} : { overdue: service.overdueSince !== undefined }
  if (standing.kind === 'trouble')
    return { status: 'trouble', reason: TROUBLE[standing.exitCode] ?? 'The vault cannot be looked at.', ...overdue }
  const { status } = standing.health
  if (status.exitCode === 5) return { status: 'trouble', reason: 'There is no vault yet.', ...overdue }
  const { expected, held, missing, lastFullyProven, nextRun, exitCode } = status
  const lastRun = service?.refused ?? status.lastRun
  const reasons = [...(exitCode === 0 ? [] : [reasonOf(status)]), ...serviceReasons(service)]
  return {
    status: reasons.length === 0 ? 'ok' : 'trouble',
    ...(reasons.length > 0 && { reason: reasons.join(', ') }),
    ...overdue,
    ...(expected !== undefined && { expected }),
    held: held.items,
    missing: { ...missing },
    ...(lastRun !== undefined && { lastRun: lastRun.startedAt }),
    ...(lastRun?.exitCode !== undefined && { lastExitCode: lastRun.exitCode }),
    ...(lastFullyProven !== undefined && { lastFullyProven }),
    ...(nextRun !== undefined && { nextRun }),
  }
}

/** Says without a name why a service does not keep the vault current. */
const serviceReasons = ({ waiting, overdueSince, refused }: ServiceView = {}): readonly string[] => [
  ...(waiting === undefined ? [] : [`the service waits for a person (exit code ${waiting.exitCode})`]),
  ...(waiting !== undefined || refused === undefined ? [] : [refusedWords(refused)]),
  ...(overdueSince === undefined ? [] : [`a backup that ends well is overdue since ${new Date(overdueSince).toISOString()}`]),
]

/** The reasons of a backup that the vault could note nothing of, by its exit code: its own message has paths. */
const REFUSED: Readonly<Record<number, string>> = {
  1: 'of an unexpected error',
  3: 'SmugMug could not be reached or trusted',
  5: 'the destination cannot be used',
}

function refusedWords({ exitCode }: NonNullable<ServiceView['refused']>): string {
  if (exitCode === undefined) return 'a signal ended the last backup'
  const why = REFUSED[exitCode]
  return `the last backup ended with exit code ${exitCode}${why === undefined ? '' : `, because ${why}`}`
}

function reasonOf({ missing, smaller, unlistedAlbums, expected, lastRun, copies = [] }: Status): string {
  const behind = copies.filter(({ isLate, isTroubled }) => isLate || isTroubled).length
  const reasons = (Object.keys(REASONS) as (keyof typeof REASONS)[]).flatMap((name) =>
    missing[name] === 0 ? [] : [`${formatCount(missing[name], 'item')} ${REASONS[name]}`],
  )
  const also = [
    smaller > 0 && `${formatCount(smaller, 'photo')} held only smaller than the original`,
    unlistedAlbums > 0 && `${formatCount(unlistedAlbums, 'album')} still to be compared with SmugMug`,
    behind === 1 && 'a further copy is not up to date',
    behind > 1 && `${behind} further copies are not up to date`,
    expected === undefined && 'no complete look at the account yet',
    lastRun?.exitCode !== undefined && lastRun.exitCode !== 0 && `the last run ended with exit code ${lastRun.exitCode}`,
  ].filter((text) => text !== false)
  return [...reasons, ...also].join(', ') || 'The vault is not whole.'
}
