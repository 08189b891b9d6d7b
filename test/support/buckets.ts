/** Buckets for tests: of the double always, of real servers where this machine has them. */
import type { TestContext } from 'node:test'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { Bucket, BucketOptions } from '../../src/vault/storage/s3/bucket.ts'
import { openBucket } from '../../src/vault/storage/s3/open-bucket.ts'
import { lacks, serverNames, startServer } from '../servers/servers.ts'
import { type S3Habits, startS3Double } from './s3-double.ts'

/** A server to test with: `skip` says why it cannot be had here. */
export interface BucketServer {
  readonly name: string
  readonly skip: string | false
  /** Makes a bucket of its own and opens it. */
  open(t: TestContext, options?: Partial<BucketOptions>): Promise<Bucket>
}

let made = 0

const real = (name: (typeof serverNames)[number]): BucketServer => ({
  name,
  skip: lacks(name),
  async open(t, options) {
    const { endpoint, region, ...keys } = await startServer(name)
    const bucket = `test-${process.pid}-${++made}`
    const { accessKeyId, secretAccessKey } = keys
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    client.destroy()
    const opened = await openBucket({ bucket, endpoint, region, keys: { accessKeyId, secretAccessKey }, ...options })
    t.after(() => opened.close())
    return opened
  },
})

const double: BucketServer = {
  name: 'the double',
  skip: false,
  open: async (t, options) => (await openDouble(t, {}, options)).bucket,
}

/** Starts a double with a bucket. */
export async function openDouble(t: TestContext, habits: Partial<S3Habits> = {}, options: Partial<BucketOptions> = {}) {
  const server = await startS3Double(habits)
  const bucket = await openBucket({
    ...{ bucket: 'photos', endpoint: server.endpoint, region: 'us-east-1' },
    keys: { accessKeyId: 'DOUBLE', secretAccessKey: 'a secret' },
    ...options,
  })
  t.after(() => {
    bucket.close()
    server.stop()
  })
  return { double: server, bucket }
}

/** All servers that tests know. */
export const bucketServers: readonly BucketServer[] = [double, ...serverNames.map(real)]
