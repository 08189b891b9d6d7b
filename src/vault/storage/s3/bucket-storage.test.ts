import { describe, type TestContext } from 'node:test'
import { storageContract } from '../../../../test/contracts/storage.contract.ts'
import { bucketServers } from '../../../../test/support/buckets.ts'
import { openBucketStorage } from './bucket-storage.ts'

for (const server of bucketServers) {
  // A real server takes its time; nobody but the double is asked for each file anew.
  for (const knows of server === bucketServers[0] ? ['a listing', 'nothing'] : ['a listing']) {
    describe(`a bucket at ${server.name}, of which ${knows} is known`, { skip: server.skip }, () => {
      const create = async (t: TestContext) => {
        const bucket = await server.open(t)
        const storage = openBucketStorage({ bucket, prefix: 'vault/', location: 's3://photos/vault', mayChange: () => undefined })
        if (knows === 'a listing') await storage.listAll?.()
        return { storage }
      }
      storageContract(`bucket at ${server.name} (${knows} known)`, create, { resumes: false })
    })
  }
}
