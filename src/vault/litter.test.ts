import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOfTheSystem } from './litter.ts'

for (const name of ['.DS_Store', 'Thumbs.db', 'THUMBS.DB', '._IMG_1.jpg', 'lost+found', '$Recycle.Bin', '.Trash-0', '.Trash-1000'])
  test(`a system leaves ${name}`, () => assert.ok(isOfTheSystem(name)))

for (const name of ['DS_Store', 'Thumbs.db.jpg', '.hidden', '_._x', '.Trash-bag', 'lost+found.jpg'])
  test(`no system leaves ${name}`, () => assert.ok(!isOfTheSystem(name)))
