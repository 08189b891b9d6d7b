/** A full disk under the folder that an operation writes into beside the vault. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { smallWorld } from '../simulator/worlds/small.ts'
import { runCheckout, runHandover, runPublicTwin, runTwin } from '../src/app/app.ts'
import { DestinationError } from '../src/errors.ts'
import { type Lab, openLab } from './support/lab.ts'
import { realDisk } from './support/real-disk.ts'

/** Fills a disk to its last byte. */
function fillUp(filler: string): void {
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' })
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  }
}

const OPERATIONS = {
  checkout: (lab: Lab, folder: string) => runCheckout({ ...lab.work(), when: '1', folder }),
  handover: (lab: Lab, folder: string) => runHandover({ ...lab.work(), target: 'immich', folder }),
  'twin --output': (lab: Lab, folder: string) => runTwin({ ...lab.work(), folder }),
  'twin --public': (lab: Lab, folder: string) => runPublicTwin({ ...lab.work(), folder }),
} as const

describe('a folder on a full disk', () => {
  for (const [name, run] of Object.entries(OPERATIONS)) {
    test(`ends a ${name} with exit code 5, and it can be given again once there is room`, async (t) => {
      const disk = realDisk(t, 'tmpfs')
      if (disk === undefined) return
      const lab = await openLab(t, smallWorld())
      await lab.complete()
      const [there, filler] = [join(disk, 'there'), join(disk, 'filler')]
      mkdirSync(there)
      fillUp(filler)
      for (const folder of [there, join(disk, 'new')]) {
        await assert.rejects(
          run(lab, folder),
          (error) => error instanceof DestinationError && /^There is no room left in /.test(error.message),
        )
      }
      rmSync(filler)
      for (const folder of [there, join(disk, 'new')]) assert.equal((await run(lab, folder)).exitCode, 0)
    })
  }
})
