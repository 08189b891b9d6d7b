/** A laboratory whose vault lies in a bucket of the double. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { World } from '../../simulator/world.ts'
import type { Settings } from '../../src/config/settings.ts'
import { openLab } from './lab.ts'
import { QUICK } from './quick.ts'
import { type S3Double, type S3Habits, startS3Double } from './s3-double.ts'

/** Opens a laboratory with a bucket; `place` is a folder for whatever the test needs besides. */
export async function openLabOfBucket(t: TestContext, world: World, habits: Partial<S3Habits> = {}) {
  const double = await startS3Double(habits)
  t.after(() => double.stop())
  const place = mkdtempSync(join(QUICK, 'smugmug-bucket-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const settings: Partial<Settings> = {
    ...{ destination: 's3://photos/vault', s3Endpoint: double.endpoint, s3Region: 'us-east-1', s3AccessKeyId: 'DOUBLE' },
    ...{ s3SecretAccessKey: 'a secret', stateFolder: join(place, 'state') },
  }
  const lab = await openLab(t, world, { settings })
  return { lab, double, place, settings }
}

/** Copies everything below `vault/` into a folder, as `aws s3 sync` and `rclone copy` do. */
export function syncInto(double: S3Double, folder: string): void {
  for (const [key, { bytes }] of double.objects) {
    const path = join(folder, key.replace(/^vault\//, ''))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
  }
}
