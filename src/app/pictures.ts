import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { exifMaker } from '../vault/thumbnails/exif.ts'
import type { Encoded, Made, Picture, PictureMaker } from '../vault/thumbnails/maker.ts'
import { forkOwn, moduleToFork } from './own-files.ts'
import type { Answer, Ready, ToEncode } from './pictures-child.ts'

/** The bounds of the process that makes pictures. */
export interface PictureBounds {
  /** The program of the process. */
  readonly child: string
  /** The longest time for one picture, and for the process to begin, in milliseconds. */
  readonly longest: number
  /** Files in a row that may end the process before the maker gives up. */
  readonly failures: number
}

const BOUNDS: PictureBounds = {
  child: moduleToFork('pictures-child'),
  longest: 60_000,
  failures: 10,
}

/**
 * Starts the process that makes pictures. A file that ends the process, or takes too long, has only the picture that its camera made, and a
 * new process begins. Without sharp no process stays, and all pictures are those of cameras. Undefined if the process cannot start.
 */
export async function startPictures(given: Partial<PictureBounds> = {}): Promise<PictureMaker | undefined> {
  const bounds = { ...BOUNDS, ...given }
  const first = await start(bounds)
  if (first === 'without sharp') return exifMaker
  if (first === undefined) return undefined
  let child: ChildProcess | undefined = first
  let failures = 0
  const again = async (old: ChildProcess): Promise<void> => {
    await stop(old)
    const next = failures < bounds.failures ? await start(bounds) : undefined
    child = next === 'without sharp' ? undefined : next
  }
  /** Asks the process, and puts another one in its place if it ended, or keeps too much memory. */
  const askOne = async (asked: ChildProcess, photo: string | Uint8Array | ToEncode): Promise<Answer['made'] | 'broken'> => {
    const answered = await ask(asked, photo, bounds.longest)
    failures = answered === undefined ? failures + 1 : 0
    if (answered === undefined || answered.isSwollen) await again(asked)
    return answered?.made ?? 'broken'
  }
  return {
    way: 'sharp',
    async make(photo) {
      if (child === undefined) return 'ended'
      const made = (await askOne(child, photo)) as Made | 'broken'
      if (made !== 'none' && made !== 'large' && made !== 'broken') return made
      const small = await exifMaker.make(photo)
      return small === 'none' && made === 'large' ? 'large' : small
    },
    async encode(path, box) {
      if (child === undefined) return 'ended'
      const made = (await askOne(child, { path, box })) as Encoded | Exclude<Made, Picture> | 'broken'
      return made === 'broken' ? 'none' : made
    },
    async close() {
      if (child !== undefined) await stop(child)
      child = undefined
    },
  }
}

async function start({ child: program, longest }: PictureBounds): Promise<ChildProcess | 'without sharp' | undefined> {
  const child = forkOwn(program, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--max-old-space-size=128'],
    // glibc otherwise keeps a heap a thread. The second bound is that of the library for JPEG, in kilobytes: a progressive photo is unpacked
    // whole, in three bytes a pixel or more, and one beyond the bound is refused before it takes them.
    env: { ...process.env, MALLOC_ARENA_MAX: '2', JPEGMEM: '64000' },
  })
  const ready = await answer<Ready>(child, longest)
  if (ready?.hasSharp === true) return child
  await stop(child)
  return ready === undefined ? undefined : 'without sharp'
}

/** Returns the process's answer about a photo; undefined if it ends before, or says nothing for too long. */
async function ask(child: ChildProcess, photo: string | Uint8Array | ToEncode, longest: number): Promise<Answer | undefined> {
  const made = answer<Answer>(child, longest)
  // A failure to send is seen by the end of the process.
  if (child.connected) child.send(photo, () => undefined)
  return await made
}

/** Returns the next message of the process; undefined if it ends before, or says nothing for too long. */
async function answer<T>(child: ChildProcess, longest: number): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<T | undefined>()
  const message = (value: unknown): void => resolve(value as T)
  const ended = (): void => resolve(undefined)
  const timer = setTimeout(ended, longest)
  child.once('message', message).once('exit', ended).once('error', ended)
  if (child.exitCode !== null || child.signalCode !== null) ended()
  return await promise.finally(() => {
    clearTimeout(timer)
    child.off('message', message).off('exit', ended).off('error', ended)
  })
}

/** Ends the process at once, and waits until it is gone. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
