/** The work of this machine alone: reading a vault, adopting files, starting. */
import { execFile } from 'node:child_process'
import { globSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { firstOutput, PROGRAM, program, run } from './contestants.ts'
import { each, inTurns, type Row } from './measure.ts'
import type { Scenario } from './scenario.ts'
import { Service } from './service.ts'

/** Hashes files one after the other with MD5, the slower of our two hashes, as fast as Node can. */
const MD5_ALONE = `
  const { openSync, readSync, closeSync } = require('node:fs')
  const buffer = Buffer.allocUnsafe(1 << 20)
  for (const path of process.argv.slice(1)) {
    const hash = require('node:crypto').createHash('md5')
    const file = openSync(path)
    for (let read = 1; read > 0; hash.update(buffer.subarray(0, read))) read = readSync(file, buffer)
    hash.digest()
    closeSync(file)
  }`

export const verify: Scenario = {
  number: 6,
  title: 'Verify: 100 files of 50 MB (read from memory, if there is enough of it)',
  async measure(bench) {
    const size = { albums: 10, images: bench.size(10, 2), bytes: 50_000_000 }
    await using service = await Service.start(size)
    const vault = bench.folder()
    await program(service, vault)
    const files = globSync('**/*.jpg', { cwd: vault }).map((file) => join(vault, file))
    const hash = async (tool: string): Promise<number> => (await run(tool, files)).seconds
    const costs = await inTurns(bench.rounds, {
      ours: () => program(service, vault, { command: ['verify'] }),
      tools: async () => ({ seconds: (await hash('md5sum')) + (await hash('sha256sum')) }),
      md5: () => run(process.execPath, ['-e', MD5_ALONE, ...files]),
    })
    const megabytes = (size.albums * size.images * size.bytes) / 1e6
    const cores = Math.min(2, availableParallelism())
    const speed = (seconds: number): number => megabytes / seconds
    return [
      {
        what: 'time',
        unit: 's',
        ours: each(costs.ours, 'seconds'),
        against: { name: '`md5sum`, then `sha256sum`', values: each(costs.tools, 'seconds') },
      },
      { what: 'throughput', unit: 'MB/s', ours: each(costs.ours, 'seconds').map(speed) },
      {
        what: `the same for each of ${cores} cores`,
        unit: 'MB/s',
        ours: each(costs.ours, 'seconds').map((seconds) => speed(seconds) / cores),
        against: { name: 'MD5 alone in Node, on one core', values: each(costs.md5, 'seconds').map(speed) },
        bar: { least: 0.9 },
      },
    ]
  },
}

/** Makes the system forget the contents of files. Returns false where that is not permitted. */
function dropCaches(): boolean {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}

export const adoption: Scenario = {
  number: 19,
  title: 'Adopting a folder of 100,000 files of 20 kB',
  takesLong: true,
  async measure(bench) {
    await using service = await Service.start({ albums: bench.size(100, 2), images: 1000, bytes: 20_000 })
    const folder = bench.folder()
    await program(service, folder)
    const isCold = dropCaches()
    const costs = await inTurns(
      1,
      {
        ours: () => program(service, bench.folder(), { command: ['adopt', folder] }),
        md5sum: () => run('sh', ['-c', `find "$0" -name '*.jpg' -print0 | xargs -0 md5sum`, folder]),
        copy: () => run('cp', ['-r', folder, join(bench.folder(), 'copy')]),
      },
      { between: async () => void dropCaches() },
    )
    const caches = isCold ? 'caches dropped' : 'from memory'
    const against = (what: string, name: string, values: readonly number[], most?: number): Row => ({
      ...{ what: `${what} (${caches})`, unit: 's', ours: each(costs.ours, 'seconds') },
      against: { name, values },
      ...(most !== undefined && { bar: { most } }),
    })
    const both = each(costs.md5sum, 'seconds').map((seconds, round) => seconds + (each(costs.copy, 'seconds')[round] ?? 0))
    return [
      against('time, copies included', '`md5sum` (reads only)', each(costs.md5sum, 'seconds')),
      against('the same', '`md5sum`, then `cp -r`', both, 1),
      { what: 'peak memory', unit: 'MB', ours: each(costs.ours, 'rssMb') },
    ]
  },
}

export const start: Scenario = {
  number: 7,
  title: 'Start-up: `--help`, and the first line of a backup',
  async measure(bench) {
    await using service = await Service.start({ albums: 2, images: 1, bytes: 600 })
    const milliseconds = async (words: readonly string[]): Promise<number> => {
      const began = performance.now()
      await promisify(execFile)(process.execPath, words)
      return performance.now() - began
    }
    const [help, bare, first]: [number[], number[], number[]] = [[], [], []]
    for (let time = 0; time < bench.size(20, 5); time += 1) {
      help.push(await milliseconds([PROGRAM, '--help']))
      bare.push(await milliseconds(['-e', '0']))
      first.push(await firstOutput(service, bench.folder()))
    }
    return [
      { what: '`--help`', unit: 'ms', ours: help, bar: { most: 150 } },
      { what: '`--help` against bare Node', unit: 'ms', ours: help, against: { name: '`node -e 0`', values: bare }, bar: { most: 3 } },
      { what: 'first line of a backup', unit: 'ms', ours: first, bar: { most: 300 } },
    ]
  },
}
