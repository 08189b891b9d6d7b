import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Album } from '../../../model.ts'
import { type DueFacts, type ListingReason, listingReason } from './due.ts'
import { albumRow } from './run.ts'

const NOW = Date.UTC(2026, 10, 3, 3)
const album: Album = { key: 'K', name: 'K', urlPath: '/K', imageCount: 5, lastUpdated: 'a', imagesLastUpdated: 'b', raw: () => ({}) }
const row = albumRow(album, 'K', NOW - 3_600_000)
const facts: DueFacts = { all: false, byItem: false, needsListing: new Set(), recorded: new Set(['K']), now: NOW, fullListingDays: 7 }

describe('why an album is listed', () => {
  const cases: Readonly<Record<string, readonly [facts: Partial<DueFacts>, row: Partial<typeof row>, reason: ListingReason | undefined]>> =
    {
      'not at all: unchanged, recorded, listed an hour ago': [{}, {}, undefined],
      'all are asked for': [{ all: true }, {}, 'all are listed'],
      'single items are asked for': [{ byItem: true }, {}, 'all are listed'],
      'another count': [{}, { imageCount: 4 }, 'changed'],
      'an item of it failed': [{ needsListing: new Set(['K']) }, {}, 'needs a listing'],
      'an item of another album failed': [{ needsListing: new Set(['L']) }, {}, undefined],
      'its record is not there': [{ recorded: new Set() }, {}, 'no record'],
      'it was never listed': [{}, { listedAt: undefined }, 'due'],
      'it was listed a month ago': [{}, { listedAt: NOW - 30 * 86_400_000 }, 'due'],
    }
  for (const [what, [more, other, reason]] of Object.entries(cases)) {
    test(what, () => assert.equal(listingReason({ ...facts, ...more }, { ...row, ...other }, album), reason))
  }
})
