/** The words of a set-up about the folder for the photos. */
import type { Disk } from '../../config/new-folder.ts'
import { formatBytes } from '../../progress/format.ts'

/** Completes "FOLDER …" for one that holds something already. */
export const KEEPS_WHAT_IS_THERE = 'is not empty: everything in it stays, and photos that are right are not downloaded again.'

/** Warns of a folder where disks are mounted, and none is. */
export const NOT_MOUNTED = 'No disk is mounted there: if you mean an external one, mount it first, or its photos would land elsewhere.'

/** Says that a folder is not there, and on which disk it would lie. */
export const absentWords = (path: string, disk: Disk): string => `The folder ${path} does not exist. It would lie on ${diskWords(disk)}.`

/** Names a disk, with its free bytes. */
export const diskWords = ({ mount, freeBytes }: Disk): string =>
  `the disk mounted at ${mount}${freeBytes === undefined ? '' : ` (${formatBytes(freeBytes)} free)`}`
