import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Picture, PictureMaker } from '../vault/thumbnails/maker.ts'
import type { Made, Ready } from './pictures-child.ts'

const CHILD = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './pictures-child.ts' : './pictures-child.js', import.meta.url))

/** The longest time for one picture, in milliseconds: an image that takes longer has none. */
const LONGEST = 60_000

/** Starts the process that makes pictures. One picture at a time. A file that ends the process has no picture, and a new process begins. */
export async function startPictures(): Promise<PictureMaker> {
  let child = await start()
  return {
    way: child.way,
    async make(file) {
      const picture = await ask(child.process, file)
      if (picture !== 'broken') return picture
      child.process.kill('SIGKILL')
      child = await start()
      return undefined
    },
    async close() {
      child.process.disconnect()
      if (child.process.exitCode === null) await once(child.process, 'exit')
    },
  }
}

async function start(): Promise<{ readonly process: ChildProcess; readonly way: Ready['way'] }> {
  const child = fork(CHILD, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--max-old-space-size=128'],
  })
  const first: readonly unknown[] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  const { way } = first[0] as Ready
  if (way === undefined) throw new Error('The process that makes thumbnails did not start')
  return { process: child, way }
}

function ask(child: ChildProcess, file: string): Promise<Picture | undefined | 'broken'> {
  const { promise, resolve } = Promise.withResolvers<Picture | undefined | 'broken'>()
  const broken = (): void => resolve('broken')
  const made = ({ picture }: Made): void => resolve(picture)
  const timer = setTimeout(broken, LONGEST)
  child.once('message', made)
  child.once('exit', broken)
  child.send(file, (error) => {
    if (error !== null) broken()
  })
  return promise.finally(() => {
    clearTimeout(timer)
    child.off('message', made)
    child.off('exit', broken)
  })
}
