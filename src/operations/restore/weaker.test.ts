import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weakerGuards } from './weaker.ts'

test('an album at SmugMug guards less where the vault has the stricter value, and nowhere else', () => {
  for (const [record, present, expected] of [
    [{ EXIF: false, Watermark: true }, { EXIF: true, Watermark: false }, ['Watermark', 'EXIF']],
    [{ EXIF: true, Watermark: false }, { EXIF: false, Watermark: true }, []],
    [{ Protected: true, Share: false }, {}, ['Protected', 'Share']],
    [{ SmugSearchable: 'No' }, { SmugSearchable: 'Inherit from User' }, ['SmugSearchable']],
    [{ SmugSearchable: 'Inherit from User' }, { SmugSearchable: 'No' }, []],
    [{ LargestSize: 'X2Large' }, { LargestSize: '4K' }, ['LargestSize']],
    [{ LargestSize: '4K' }, { LargestSize: 'X2Large' }, []],
    [{ MaxPhotoDownloadSize: 'Large' }, { AllowDownloads: true, MaxPhotoDownloadSize: null }, ['MaxPhotoDownloadSize']],
    [{ MaxPhotoDownloadSize: 'Large', DownloadPassword: 'guests' }, { AllowDownloads: false, MaxPhotoDownloadSize: null }, []],
    [{ DownloadPassword: 'guests' }, { AllowDownloads: true, HasDownloadPassword: false }, ['DownloadPassword']],
    // The password was withheld, and nobody has set one.
    [{ HasDownloadPassword: true }, { AllowDownloads: true, HasDownloadPassword: false }, ['AllowDownloads']],
    [{ HasDownloadPassword: true, AllowDownloads: true }, { AllowDownloads: true, HasDownloadPassword: true }, []],
    [{ Description: 'a', Comments: false }, { Description: 'b', Comments: true }, []],
  ] as const)
    assert.deepEqual(weakerGuards(record, present), expected, JSON.stringify([record, present]))
})
