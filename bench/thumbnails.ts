import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import sharp from 'sharp'
import { startPictures } from '../src/app/pictures.ts'
import type { Scenario } from './scenario.ts'

/** The processor time and the memory of the process that makes pictures, as Linux counts them: it is the only child. */
function childOf(parent: number): { readonly cpuMs: number; readonly peakMb: number; readonly nowMb: number } {
  const pid = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').at(-1)
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1000
  // Fields 14 and 15 of the file: ticks of 10 ms, of which the first two stand before the split.
  return { cpuMs: (Number(stat[11]) + Number(stat[12])) * 10, peakMb: megabytes('VmHWM'), nowMb: megabytes('VmRSS') }
}

/** Makes a photo of 12 megapixels with coarse grain, about as large as a camera's. */
const cameraLike = (): Promise<Buffer> =>
  sharp({ create: { width: 1000, height: 750, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } } })
    .resize(4000, 3000)
    .jpeg({ quality: 92 })
    .toBuffer()

/** Thumbnails: the cost of each, and whether the memory of their process stays flat. */
export const thumbnails: Scenario = {
  number: 12,
  title: 'Thumbnails of photos of 12 megapixels, one at a time (Linux only)',
  async measure(bench) {
    const file = join(bench.folder(), 'photo.jpg')
    writeFileSync(file, await cameraLike())
    const maker = await startPictures()
    if (maker?.way !== 'sharp') return []
    try {
      const make = async (times: number): Promise<void> => {
        for (let done = 0; done < times; done += 1) await maker.make(file)
      }
      await make(20)
      const before = childOf(process.pid)
      const began = performance.now()
      const times = bench.size(1000, 50)
      await make(times)
      const after = childOf(process.pid)
      const hours = ((performance.now() - began) / times) * (100_000 / 3.6e6)
      return [
        { what: 'processor time a photo', unit: 'ms', ours: [(after.cpuMs - before.cpuMs) / times], bar: { most: 50 } },
        { what: 'time of 100,000 such photos, by that of these', unit: 'h', ours: [hours] },
        { what: 'peak memory of their process', unit: 'MB', ours: [after.peakMb], bar: { most: 150 } },
        { what: `growth of its memory over ${times} photos`, unit: 'MB', ours: [Math.max(0, after.nowMb - before.nowMb)] },
      ]
    } finally {
      await maker.close()
    }
  },
}
