import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultSettings } from '../config/settings.ts'
import { ConfigurationError } from '../errors.ts'
import { type Around, checkPlace, placeOf } from './place.ts'

test('a destination of a kind that is not known is refused', async () => {
  for (const destination of ['photos', '']) await assert.rejects(checkPlace(placeOf(destination)), ConfigurationError, destination)
  for (const destination of ['s3:photos', 's3://Photos', 's3://bucket//x'])
    assert.throws(() => placeOf(destination), ConfigurationError, destination)
})

test('a vault in a bucket has its state in the state folder: of the settings, else of the user; without any it is refused', () => {
  const homeOf = (around: Around): string => placeOf('s3://bucket/photos', around).home
  assert.match(homeOf({ settings: { ...defaultSettings, stateFolder: '/state' } }), /^\/state\/elsewhere\/s3-bucket-photos-[0-9a-f]{12}$/)
  assert.match(homeOf({ env: { HOME: '/home/ann' } }), /^\/home\/ann\/.local\/state\/smugmug-backup\/elsewhere\//)
  assert.throws(() => homeOf({}), ConfigurationError)
  const other = placeOf('s3://bucket/photos2', { env: { HOME: '/home/ann' } }).home
  assert.notEqual(other, homeOf({ env: { HOME: '/home/ann' } }))
})
