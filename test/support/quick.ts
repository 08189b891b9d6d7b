import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/**
 * The folder for vaults: the one that `npm test` made, else on a disk in memory, if there is one. Nothing here tests durability, and there the
 * tests are several times as fast.
 */
export const QUICK = process.env.TMPDIR === undefined && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
