import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { exifMaker } from '../vault/thumbnails/exif.ts'
import type { Encoded, Made, Picture, PictureMaker } from '../vault/thumbnails/maker.ts'
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
  child: fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './pictures-child.ts' : './pictures-child.js', import.meta.url)),
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
  const again = async (): Promise<void> => {
    failures += 1
    const next = failures < bounds.failures ? await start(bounds) : undefined
    child = next === 'without sharp' ? undefined : next
  }
  return {
    way: 'sharp',
    async make(photo) {
      if (child === undefined) return 'ended'
      const made = await ask(child, photo, bounds.longest)
      if (made === 'broken') {
        await stop(child)
        await again()
        return exifMaker.make(photo)
      }
      failures = 0
      return made === 'none' ? exifMaker.make(photo) : made
    },
    async encode(path, box) {
      if (child === undefined) return 'ended'
      const made = await ask<Encoded | Exclude<Made, Picture>>(child, { path, box }, bounds.longest)
      if (made !== 'broken') {
        failures = 0
        return made
      }
      await stop(child)
      await again()
      return 'none'
    },
    async close() {
      if (child !== undefined) await stop(child)
      child = undefined
    },
  }
}

async function start({ child: program, longest }: PictureBounds): Promise<ChildProcess | 'without sharp' | undefined> {
  const child = fork(program, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--max-old-space-size=128'],
    // glibc otherwise keeps a heap a thread.
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  })
  const ready = await answer<Ready>(child, longest)
  if (ready?.hasSharp === true) return child
  await stop(child)
  return ready === undefined ? undefined : 'without sharp'
}

async function ask<T = Made>(child: ChildProcess, photo: string | Uint8Array | ToEncode, longest: number): Promise<T | 'broken'> {
  const made = answer<Answer>(child, longest)
  // A failure to send is seen by the end of the process.
  if (child.connected) child.send(photo, () => undefined)
  return ((await made)?.made as T | undefined) ?? 'broken'
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
