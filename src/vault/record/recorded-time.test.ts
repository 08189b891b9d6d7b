import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordedTime } from './recorded-time.ts'

const file = { name: 'a.jpg', size: 1, md5: '', sha256: '', grade: 'original' } as const
const dateTimeOriginal = '2019-08-04T18:28:12+00:00'

test("the file's own clock counts, with its offset", () => {
  const files = [
    { ...file, component: 'raw', captured: '2001-01-01T00:00:00' },
    { ...file, captured: '2019-08-04T11:28:13-04:00' },
  ]
  assert.deepEqual(recordedTime({ files, dateTimeOriginal }), { local: '2019-08-04T11:28:13', offset: '-04:00', from: 'exif' })
})

test("SmugMug's shifted time counts where the file has none", () => {
  assert.deepEqual(recordedTime({ files: [file], dateTimeOriginal }), { local: '2019-08-04T11:28:12', from: 'smugmug' })
  assert.equal(recordedTime({ files: [] }), undefined)
})
