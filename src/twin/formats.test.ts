import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endingOf, hiddenReason, isShowable, tileWords } from './formats.ts'

test('Browsers show the usual photos and try every film that one of them may play', () => {
  for (const name of ['a.jpg', 'B.JPEG', 'c.png', 'd.webp', 'e.gif']) assert.ok(isShowable(name, false), name)
  for (const name of ['a.heic', 'b.TIF', 'c.nef', 'd.CR3', 'e.psd', 'f']) assert.ok(!isShowable(name, false), name)
  for (const name of ['a.mp4', 'b.MOV', 'c.webm']) assert.ok(isShowable(name, true), name)
  for (const name of ['a.avi', 'b.WMV', 'c.mts', 'd.mpg']) assert.ok(!isShowable(name, true), name)
})

test('The reason names the format as people know it, and says where the original is', () => {
  assert.match(hiddenReason('IMG_1.HEIC', false), /^Browsers cannot show HEIC photos, the format of iPhones\. The original is here/)
  assert.match(hiddenReason('scan.tiff', false), /TIFF pictures/)
  assert.match(hiddenReason('DSC_1.NEF', false), /raw files of cameras/)
  assert.match(hiddenReason('a.xyz', false), /show XYZ files/)
  assert.match(hiddenReason('nothing', false), /show this file/)
  assert.match(hiddenReason('old.avi', true), /play AVI videos.*another program plays it/)
  assert.equal(endingOf('odd.name.Mp4'), 'MP4')
  assert.equal(endingOf('no-ending'), '')
})

test('A tile says that an item is missing only where a reason is given: a public twin speaks of no backup', () => {
  const item = { name: 'IMG_1.HEIC', isVideo: false }
  assert.equal(tileWords({ ...item, isHeld: true }), 'HEIC photo')
  assert.equal(tileWords({ ...item, isHeld: false, note: 'not offered' }), 'not in this backup')
  assert.equal(tileWords({ ...item, isHeld: false }), 'HEIC photo, not shown here')
})
