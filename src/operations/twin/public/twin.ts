import { formatCount } from '../../../events.ts'
import { stopwatch } from '../../../flow/clock.ts'
import { noTotals } from '../../../model.ts'
import { pruneFolders, sweep } from '../../../vault/storage/abilities.ts'
import type { Storage } from '../../../vault/storage/storage.ts'
import type { PictureMaker } from '../../../vault/thumbnails/maker.ts'
import type { Outcome } from '../../outcome.ts'
import type { TwinJob, TwinRun } from '../run.ts'
import { NO_TITLE } from '../title.ts'
import { treeOf, underWay, writeSite } from '../twin.ts'
import { gatherPublic } from './gather.ts'
import { hasThumbnail, type Published, publish, type Size, standing, thumbnailOf } from './published.ts'
import { type PublicView, publicView } from './view.ts'

/** A public twin to bring up to date. `files` and `target` are those of its own folder. */
export interface PublicJob extends TwinJob {
  readonly target: Storage
}

/**
 * Brings a public twin up to date. First everything leaves that is not public any more, whole: each page and each data file that would be
 * another one now, and each picture with other bounds. Only then is anything written. So the folder shows at every instant a part of what
 * was public, or a part of what is public now, and never some of both.
 */
export async function makePublicTwin(job: PublicJob): Promise<Outcome> {
  const elapsed = stopwatch(job.clock)
  const problems: Outcome['problems'][number][] = []
  const tree = await treeOf(job, problems)
  const made = underWay(job, tree, problems)
  const view = await publicView(made, tree)
  const run: TwinRun = { ...made, site: { title: view.tree?.root.name || NO_TITLE, isLive: false } }

  const withdrawn = await withdraw(run, view)
  await tidy(job.target)
  const written = withdrawn.isStuck || withdrawn.isComplete ? 0 : await writeAnew(run, view, withdrawn.items)
  await tidy(job.target)
  const place = job.target.location
  return {
    exitCode: problems.length > 0 ? 3 : 0,
    message: withdrawn.isStuck
      ? `Nothing new was written into the public twin in ${place}: something that is not public any more could not be removed.`
      : withdrawn.removed + written === 0
        ? `The public twin is up to date: ${formatCount(view.albums.size, 'album')}.`
        : `The public twin is ready: ${formatCount(view.albums.size, 'album')}. Publish the folder ${place}.`,
    totals: { ...noTotals, durationMs: elapsed() },
    problems,
  }
}

/** The end of a withdrawal. */
interface Withdrawn {
  readonly removed: number
  /** Does something stay that is not public any more? */
  readonly isStuck: boolean
  /** Does everything stand that is public? Then nothing is to be written. */
  readonly isComplete: boolean
  /** The number of photos and videos that are public. */
  readonly items: number
}

/** Removes every file that is not, byte for byte, a part of what is public now. */
async function withdraw(run: TwinRun, view: PublicView): Promise<Withdrawn> {
  const wanted = new Map<string, string | undefined>()
  let items = 0
  let hasPictures = true
  run.emit({ event: 'phase', name: 'looking at what is public' })
  const look = async (item: Published): Promise<Size | undefined> => {
    items += 1
    if (items % REPORT_EVERY === 0) run.emit({ event: 'progress', done: items, unit: 'items', more: true })
    const size = await standing(run, item)
    if (size !== undefined) wanted.set(item.path, undefined).set(thumbnailOf(item), undefined)
    if (size === undefined || !(await hasThumbnail(run, item))) hasPictures = false
    return size
  }
  await gatherPublic(run, view, { stand: look })
  await writeAll(listing(run, wanted), view)
  const others = await removeOthers(run, wanted)
  return { ...others, isComplete: hasPictures && (await stand(run, wanted)), items }
}

/** Does each of these files stand with its hash? Pictures have none here. */
async function stand({ files }: TwinRun, wanted: ReadonlyMap<string, string | undefined>): Promise<boolean> {
  for (const [path, sha256] of wanted)
    if (sha256 !== undefined && !(files.isCurrent(path, sha256) && (await files.stands(path)))) return false
  return true
}

/** Items that are looked at between two reports of the progress. */
const REPORT_EVERY = 100

/** Returns a run that notes what it would write. */
const listing = (run: TwinRun, wanted: Map<string, string | undefined>): TwinRun => ({
  ...run,
  emit: () => undefined,
  write: async (files) => {
    for (const { path, sha256 } of files) wanted.set(path, sha256)
    return 0
  },
})

async function removeOthers(
  { files, report }: TwinRun,
  wanted: ReadonlyMap<string, string | undefined>,
): Promise<{ readonly removed: number; readonly isStuck: boolean }> {
  let removed = 0
  let isStuck = false
  for (const path of files.paths()) {
    const sha256 = wanted.get(path)
    if (wanted.has(path) && (sha256 === undefined || files.isCurrent(path, sha256))) continue
    if (await files.remove(path)) removed += 1
    else if (await files.isAsWritten(path)) {
      isStuck = true
      report({
        kind: 'failed',
        name: path,
        reason: 'it is not public any more, and the disk does not let it be removed: remove it yourself',
        needsYou: true,
      })
    } else report({ kind: 'failed', name: path, reason: CHANGED, needsYou: true })
  }
  return { removed, isStuck }
}

const CHANGED =
  'it was changed since the twin wrote it, and stays, although the twin would show something else now: remove it yourself if it shows too much'

/** Writes everything that is public and does not stand yet. `items` is the number of photos and videos that are public. */
async function writeAnew(run: TwinRun, view: PublicView, items: number): Promise<number> {
  let maker: Promise<PictureMaker | undefined> | undefined
  const makerOnce = (): Promise<PictureMaker | undefined> => {
    maker ??= startMaker(run)
    return maker
  }
  const wanted = new Map<string, string | undefined>()
  let [done, isNoted] = [0, true]
  const show = async (item: Published): Promise<Size | undefined> => {
    run.emit({ event: 'progress', done, total: Math.max(done, items), unit: 'items' })
    done += 1
    const before = run.shown.page(item.path)
    const size = await publish(run, item, makerOnce)
    if (run.shown.page(item.path) !== before) isNoted = false
    if (size !== undefined) wanted.set(item.path, undefined).set(thumbnailOf(item), undefined)
    return size
  }
  // Pictures of a large account take hours: a run that is stopped must not begin anew.
  const ended = (): void => {
    if (!isNoted) run.shown.flush()
    isNoted = true
  }
  run.emit({ event: 'phase', name: 'publishing photos and videos' })
  try {
    await gatherPublic(run, view, { stand: show, ended })
  } finally {
    await (await maker)?.close()
  }
  const noting: TwinRun = {
    ...run,
    write: async (files) => {
      const all = [...files]
      for (const { path } of all) wanted.set(path, undefined)
      return await run.write(all)
    },
  }
  const written = await writeAll(noting, view)
  await removeOthers(run, wanted)
  return written
}

async function startMaker(run: TwinRun): Promise<PictureMaker | undefined> {
  const maker = await run.startPictures?.()
  if (maker?.encode !== undefined) return maker
  const message =
    'The library sharp is not installed: the public twin shows no pictures but the originals that may be copied. Install the program with its optional parts; a single executable needs the folder node_modules of its archive beside it.'
  run.emit({ event: 'warning', message })
  return maker
}

/** Writes all pages and data files, whether they changed or not, the index last. Returns the number written. */
async function writeAll(run: TwinRun, { tree }: PublicView): Promise<number> {
  run.shown.forgetMade()
  return (await writeSite(run, tree)).written
}

/** Removes empty folders, whose names may be private, and what a killed run left of a file. */
async function tidy(target: Storage, folder = ''): Promise<void> {
  await sweep(target, folder)
  const entries = await target.list(folder)
  for (const { name, kind } of entries) {
    if (kind === 'folder' && !name.startsWith('.')) await tidy(target, folder === '' ? name : `${folder}/${name}`)
  }
  if (folder !== '') await pruneFolders(target, folder)
}

/** Removes everything that a public twin wrote and that is still as it was written. */
export async function removePublicTwin({ files, target, emit, clock, signal }: PublicJob): Promise<Outcome> {
  const elapsed = stopwatch(clock)
  const problems: Outcome['problems'][number][] = []
  for (const path of files.paths()) {
    signal.throwIfAborted()
    if (await files.remove(path)) continue
    const problem = {
      kind: 'failed',
      name: path,
      reason: 'it was changed since the twin wrote it, or the disk keeps it: it stays',
    } as const
    problems.push(problem)
    emit({ event: 'problem', problem })
  }
  await tidy(target)
  return {
    exitCode: problems.length > 0 ? 3 : 0,
    message: `The public twin in ${target.location} is removed${problems.length > 0 ? ' in part' : ''}.`,
    totals: { ...noTotals, durationMs: elapsed() },
    problems,
  }
}
