import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readItemQuery } from './item-query.ts'

const album = { folder: 'Travel/Norway', urlPath: '/Travel/Norway' }
const item = { imageKey: 'Kx8sd9', name: 'IMG_1.JPG', fileName: 'IMG_1.JPG', files: [{ name: 'IMG_1.JPG' }, { name: 'IMG_1.CR3' }] }
const isMeant = (text: string): boolean => {
  const query = readItemQuery(text, '/vault')
  return query.isIn(album) && query.is(item)
}

describe('an item is named', () => {
  for (const text of [
    'Travel/Norway/IMG_1.JPG',
    '/Travel/Norway/IMG_1.JPG',
    './travel/norway/img_1.jpg',
    '/vault/Travel/Norway/IMG_1.JPG',
    'Travel/Norway/IMG_1.cr3',
    '/Travel/Norway/i-Kx8sd9',
    'i-Kx8sd9',
    'Kx8sd9',
    'https://ann.smugmug.com/Travel/Norway/i-Kx8sd9',
    'https://ann.smugmug.com/Travel/Norway/i-Kx8sd9/A',
    'http://photos.example.org/Travel/An-older-name/i-Kx8sd9/0/4f2c/X3/IMG_1-X3.jpg?x=1#top',
    ' https://ann.smugmug.com/i-Phone/i-Kx8sd9/ ',
    'https://ann.smugmug.com/Travel/Norway/IMG_1.JPG',
  ])
    test(text, () => assert.ok(isMeant(text)))
})

describe('another item is named', () => {
  for (const text of [
    '',
    '/',
    'Travel/Norway',
    'Travel/IMG_1.JPG',
    'Travel/Norway/IMG_2.JPG',
    'kx8sd9',
    'Travel/i-Kx8sd9/IMG_1.JPG',
    'https://ann.smugmug.com/Travel/Norway/i-Other1',
    'https://',
    'https://ann.smugmug.com/%E0%A4%A',
    'ftp://ann.smugmug.com/Travel/Norway/x',
  ])
    test(text, () => assert.ok(!isMeant(text)))
})
