import { formatCount, type Problem } from '../../events.ts'
import { stopwatch } from '../../flow/clock.ts'
import { noTotals } from '../../model.ts'
import type { Outcome } from '../outcome.ts'
import { prepareDigikam } from './digikam/digikam.ts'
import { prepareImmich } from './immich/immich.ts'
import type { HandoverJob, HandoverRun } from './job.ts'
import { prepareLightroom } from './lightroom/lightroom.ts'
import { preparePhotoPrism } from './photoprism/photoprism.ts'
import { preparePiwigo } from './piwigo/piwigo.ts'
import { prepareRedirects } from './redirects/redirects.ts'
import type { HandoverTarget } from './targets.ts'

/** Prepares each target. */
const PREPARE: Readonly<Record<HandoverTarget, (run: HandoverRun) => Promise<void>>> = {
  immich: prepareImmich,
  photoprism: preparePhotoPrism,
  digikam: prepareDigikam,
  lightroom: prepareLightroom,
  piwigo: preparePiwigo,
  redirects: prepareRedirects,
}

/** The names of the targets, for people. */
const NAMES: Readonly<Record<HandoverTarget, string>> = {
  immich: 'Immich',
  photoprism: 'PhotoPrism',
  digikam: 'digiKam',
  lightroom: 'Lightroom Classic',
  piwigo: 'Piwigo',
  redirects: 'nginx, Caddy and Cloudflare',
}

/**
 * Prepares a vault for another program: writes what that program needs into a folder elsewhere, with a README.txt that says what to do. The
 * vault is only read. Items whose bytes are not held are named. `problems` are those that opening the folder has found.
 */
export async function handover(job: HandoverJob, problems: Problem[]): Promise<Outcome> {
  const elapsed = stopwatch(job.clock)
  const counts = { albums: 0, items: 0 }
  const known = new Set<string>()
  const report = (problem: Problem): void => {
    const { kind, album, name, imageKey } = problem
    // Records are read more than once.
    const text = JSON.stringify([kind, album, name, imageKey])
    if (known.has(text)) return
    known.add(text)
    problems.push(problem)
    job.emit({ event: 'problem', problem })
  }
  await PREPARE[job.target]({ ...job, report, counts })
  await job.files.finish()
  const { albums, items } = counts
  const what = `${formatCount(albums, 'album')} and ${formatCount(items, 'item')} for ${NAMES[job.target]}`
  const exitCode = problems.every(({ kind }) => NO_FAULT.has(kind)) ? 0 : 3
  const count = (kind: Problem['kind']): number =>
    problems.filter((problem) => problem.kind === kind && problem.imageKey !== undefined).length
  const [failed, impossible, pending] = [count('missing'), count('impossible'), count('pending')]
  return {
    exitCode,
    message: job.dryRun ? `Would prepare ${what}; nothing was written.` : `Prepared ${what}: README.txt there says what to do.`,
    ...(exitCode === 3 && { hint: 'Each exception is named above. Run a backup, then the handover again.' }),
    totals: {
      ...noTotals,
      ...{ albums, items: items + failed + impossible + pending, kept: items, failed, impossible, pending },
      durationMs: elapsed(),
    },
    problems,
  }
}

/** Exceptions that leave nothing to do here: SmugMug itself does not have the item, or has not finished it. */
const NO_FAULT: ReadonlySet<Problem['kind']> = new Set(['notice', 'impossible', 'pending'])
