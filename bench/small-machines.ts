/** Machines that are smaller than the one that measures: a NAS has a quarter of such a core, and half a gigabyte of memory. Needs control groups, and root. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { addressList, type Cost, plain, program, run } from './contestants.ts'
import { Limited } from './limits.ts'
import { each, inTurns, type Row } from './measure.ts'
import type { Scenario } from './scenario.ts'
import { Service } from './service.ts'
import { StaticServer } from './static-server.ts'

/** The number of the scenario that `--cpus` is about. */
export const SLOW_MACHINE = 17

const NOT_HERE = 'This needs control groups that this user may make (Linux, root): it is left out.'

/** Lets wget fetch a list of addresses over one connection that it keeps. It hashes and flushes nothing. */
async function wget(list: readonly string[], folder: string, limited: Limited): Promise<Cost> {
  const addresses = join(dirname(folder), 'addresses')
  writeFileSync(addresses, list.join('\n'))
  return await run('wget', ['--quiet', '--force-directories', '--directory-prefix', folder, '--input-file', addresses], { limited })
}

/** Lets rsync copy the files from folder to folder, without any network. It flushes nothing. */
async function rsync(from: string, folder: string, limited: Limited): Promise<Cost> {
  mkdirSync(folder, { recursive: true })
  return await run('rsync', ['--archive', `${from}/`, folder], { limited })
}

export const slowMachine: Scenario = {
  number: SLOW_MACHINE,
  title: 'A slow machine: 2,000 × 200 kB with a quarter of one core (or what `--cpus` says), files from nginx',
  async measure(bench) {
    await using server = await StaticServer.start(bench.folder())
    if (server === undefined) return leftOut('This needs nginx: it is left out.')
    await using limited = Limited.make({ cpus: bench.cpus })
    if (limited === undefined) return leftOut(NOT_HERE)
    const size = { albums: 20, images: bench.size(100, 5), bytes: 200_000 }
    await using service = await Service.start(size, {}, server)
    const list = await addressList(service)
    const costs = await inTurns(bench.rounds, {
      ours: () => program(service, bench.folder(), { limited }),
      plain: () => plain(list, bench.folder(), limited),
      wget: () => wget(list, bench.folder(), limited),
      rsync: () => rsync(server.folder, bench.folder(), limited),
    })
    const megabytes = (size.albums * size.images * size.bytes) / 1e6
    const speed = (of: readonly Cost[]): readonly number[] => each(of, 'seconds').map((seconds) => megabytes / seconds)
    const against = (what: string, name: string, theirs: readonly Cost[]): Row => ({
      ...{ what, unit: 'MB/s', ours: speed(costs.ours) },
      against: { name, values: speed(theirs) },
    })
    return [
      against(`throughput with ${bench.cpus} of a core`, 'a plain program that hashes and flushes, too', costs.plain),
      against('the same', '`wget` (no hashes, no flushes)', costs.wget),
      against('the same', '`rsync -a` from folder to folder (no hashes, no flushes, no network)', costs.rsync),
      { what: 'processor time', unit: 's', ours: each(costs.ours, 'cpuSeconds') },
    ]
  },
}

const ROOM_MB = 512

export const tightMachine: Scenario = {
  number: 18,
  title: `A small machine: 100,000 photos of 600 bytes in albums of 1,000, within ${ROOM_MB} MB, caches of files included`,
  async measure(bench) {
    await using limited = Limited.make({ memory: ROOM_MB * 2 ** 20 })
    if (limited === undefined) return leftOut(NOT_HERE)
    await using service = await Service.start({ albums: bench.size(100, 5), images: 1000, bytes: 600 })
    const vault = bench.folder()
    // A process that needs more is killed by the system, and the scenario fails.
    const first = await program(service, vault, { limited })
    const second = await program(service, vault, { limited })
    return [
      { what: 'peak memory of the process, first run', unit: 'MB', ours: each([first], 'rssMb'), bar: { most: ROOM_MB } },
      { what: 'time, first run', unit: 's', ours: each([first], 'seconds') },
      { what: 'peak memory of the process, second run', unit: 'MB', ours: each([second], 'rssMb'), bar: { most: ROOM_MB } },
      { what: 'time, second run', unit: 's', ours: each([second], 'seconds') },
    ]
  },
}

/** Says why a scenario has no rows. */
function leftOut(why: string): readonly Row[] {
  console.log(why)
  return []
}
