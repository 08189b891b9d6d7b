/** The examples of the manual for other people's tools are taken out of it, and run. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { editImage } from '../simulator/edit.ts'
import { albumNode, KEYS, photo } from '../simulator/worlds/make.ts'
import { isInstalled } from './support/handover.ts'
import { openLab } from './support/lab.ts'

const manual = (page: string): string => readFileSync(join(import.meta.dirname, '..', 'docs', page), 'utf8')

/** Returns the one line of a page that begins so. */
function example(page: string, start: string): string {
  const found = manual(page)
    .split('\n')
    .filter((line) => line.startsWith(start))
  assert.equal(found.length, 1, `${page} has one line that begins with ${start}`)
  return found[0] ?? ''
}

/** Runs a line of the manual as a person would. */
function run(line: string, cwd: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, encoding: 'utf8' })
  assert.equal(status, 0, `${line}\n${stderr}`)
  return stdout
}

const data = await sharp({ create: { width: 32, height: 24, channels: 3, background: '#123' } })
  .jpeg()
  .toBuffer()
const harbour = photo('harbour', { bytes: { kind: 'inline', data }, title: 'Harbour', caption: 'first', keywords: ['fjord', 'boat'] })
const world = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('Norway', [harbour])] }

test('zcat and jq read the past of a caption', { skip: !isInstalled('jq', '--version') && 'jq is not installed' }, async (t) => {
  const lab = await openLab(t, world)
  await lab.complete()
  lab.change((each) => editImage(each, harbour.key, { caption: 'second' }))
  await lab.complete({ full: true })
  assert.equal(run(example('past.md', 'zcat ').replace('sw6XxhC', harbour.key), lab.root), '"first"\n')
})

test('ExifTool makes copies with the words of sidecars', {
  skip: !isInstalled('exiftool', '-ver') && 'ExifTool is not installed',
}, async (t) => {
  const lab = await openLab(t, world, { settings: { sidecars: ['xmp'] } })
  await lab.complete()
  const before = readFileSync(lab.at('Norway/harbour.jpg'))
  const copies = lab.at('../copies')
  mkdirSync(copies)
  run(example('sidecars.md', 'exiftool -tagsFromFile').replace('/path/for/lightroom', copies), lab.at('Norway'))
  const [told] = JSON.parse(run('exiftool -j -XMP:Title -XMP:Description -XMP:Subject harbour.jpg', copies))
  assert.deepEqual([told.Title, told.Description, told.Subject], ['Harbour', 'first', ['fjord', 'boat']])
  assert.deepEqual(readFileSync(lab.at('Norway/harbour.jpg')), before, 'the vault has the original')
})

test('sha256sum checks what a certificate says', {
  skip: !isInstalled('sha256sum', '--version') && 'sha256sum is not installed',
}, async (t) => {
  const lab = await openLab(t, world)
  const { certificate = '' } = await lab.leave()
  const [sum = ''] = run(example('leaving.md', 'sha256sum .smug'), lab.root).split(' ')
  assert.ok(readFileSync(lab.at(certificate), 'utf8').includes(`\n  ${sum}\n`))
  assert.equal(run(example('leaving.md', 'sha256sum -c'), lab.root), '')
})
