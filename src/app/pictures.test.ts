import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, describe, test } from 'node:test'
import sharp from 'sharp'
import { photoWithPreview } from '../../test/support/camera-file.ts'
import type { Made } from '../vault/thumbnails/maker.ts'
import { startPictures } from './pictures.ts'

const folder = mkdtempSync(join(tmpdir(), 'pictures-'))
after(() => rmSync(folder, { recursive: true }))

const written = (name: string, bytes: string | Uint8Array): string => {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

const small = await sharp({ create: { width: 160, height: 120, channels: 3, background: '#48a' } })
  .jpeg()
  .toBuffer()
const photo = written('photo.jpg', small)
const camera = written('camera.jpg', photoWithPreview(small, {}))

/** A process that ends, falls silent or works by the name of the file. */
const troubled = written(
  'troubled.mjs',
  `process.send({ hasSharp: true })
   process.on('message', (file) => {
     if (file.includes('hang')) return
     if (file.includes('crash') || file.includes('camera')) process.kill(process.pid, 'SIGKILL')
     process.send({ made: 'none' })
   })
   process.on('disconnect', () => process.exit())`,
)

/** Returns the most memory that each process begun by this one has had, in MB. Linux only. */
function peaksOfChildren(): readonly number[] {
  const pids = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ')
  return pids.map((pid) => {
    // One may end meanwhile.
    const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000
  })
}

const kindOf = (made: Made | undefined): string => (typeof made === 'object' ? made.kind : String(made))

describe('The process that makes pictures', () => {
  test('makes thumbnails, and takes the picture of the camera where it cannot', async (t) => {
    const maker = await startPictures()
    assert.ok(maker)
    t.after(() => maker.close())
    assert.equal(maker.way, 'sharp')
    const answers: string[] = []
    for (const file of [photo, camera, written('text.jpg', 'no photo'), join(folder, 'missing.jpg')])
      answers.push(kindOf(await maker.make(file)))
    assert.deepEqual(answers, ['thumbnail', 'preview', 'none', 'unread'])
    assert.equal(kindOf(await maker.make(small)), 'poster')
  })

  test('begins anew after a file that ends it, and that file has the picture of its camera at most', async (t) => {
    const maker = await startPictures({ child: troubled })
    assert.ok(maker)
    t.after(() => maker.close())
    const crash = written('crash.jpg', 'x')
    assert.equal(kindOf(await maker.make(crash)), 'none')
    assert.equal(kindOf(await maker.make(camera)), 'preview')
    assert.equal(kindOf(await maker.make(photo)), 'none')
  })

  test('is ended where a file takes too long', async (t) => {
    const maker = await startPictures({ child: troubled, longest: 60_000 })
    assert.ok(maker)
    t.after(() => maker.close())
    // The process itself takes as long as it takes to begin, before and after.
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const hanging = maker.make(written('hang.jpg', 'x'))
    t.mock.timers.tick(60_000)
    t.mock.timers.reset()
    assert.equal(kindOf(await hanging), 'none')
    assert.equal(kindOf(await maker.make(photo)), 'none')
  })

  test('is replaced after a picture that left it with much memory, and that is no failure', async (t) => {
    const swollen = written(
      'swollen.mjs',
      `process.send({ hasSharp: true })
       let pictures = 0
       process.on('message', () => process.send({ made: (pictures++) === 0 ? 'none' : 'unread', isSwollen: true }))
       process.on('disconnect', () => process.exit())`,
    )
    const maker = await startPictures({ child: swollen, failures: 2 })
    assert.ok(maker)
    t.after(() => maker.close())
    for (let time = 0; time < 4; time += 1) assert.equal(kindOf(await maker.make(photo)), 'none', 'each answer is the first of its process')
  })

  test('refuses a picture that takes too much memory, and goes on with the next one', async (t) => {
    const maker = await startPictures({ failures: 1 })
    assert.ok(maker)
    t.after(() => maker.close())
    const peaks: number[] = []
    const watch = setInterval(() => peaks.push(...(platform() === 'linux' ? peaksOfChildren() : [])), 5)
    t.after(() => clearInterval(watch))
    const large = sharp({ create: { width: 12_000, height: 8400, channels: 3, background: '#48a' } })
    const bombs = {
      'progressive.jpg': await large.clone().jpeg({ progressive: true }).toBuffer(),
      'interlaced.png': await large.clone().png({ progressive: true, compressionLevel: 1 }).toBuffer(),
    }
    for (const [name, bytes] of Object.entries(bombs)) {
      assert.equal(kindOf(await maker.make(written(name, bytes))), 'large', name)
      assert.equal(kindOf(await maker.make(photo)), 'thumbnail', `the photo after ${name}`)
    }
    const camera = written('large-camera.jpg', photoWithPreview(small, { photo: bombs['progressive.jpg'] }))
    assert.equal(kindOf(await maker.make(camera)), 'preview')
    assert.ok(Math.max(0, ...peaks) < 165, `${Math.max(...peaks)} MB`)
  })

  test('gives up after several files in a row', async (t) => {
    const maker = await startPictures({ child: troubled, failures: 2 })
    assert.ok(maker)
    t.after(() => maker.close())
    const crash = written('crash.jpg', 'x')
    assert.deepEqual([await maker.make(crash), await maker.make(crash), await maker.make(photo)], ['none', 'none', 'ended'])
  })

  test('is not needed without sharp', async () => {
    const maker = await startPictures({
      child: written('without.mjs', 'process.send({ hasSharp: false }); process.on("message", () => {})'),
    })
    assert.equal(maker?.way, 'exif')
    assert.equal(kindOf(await maker?.make(camera)), 'preview')
  })

  test('may not start at all', async () => {
    assert.equal(await startPictures({ child: written('broken.mjs', 'process.exit(1)') }), undefined)
    assert.equal(await startPictures({ child: written('silent.mjs', 'setInterval(() => {}, 1000)'), longest: 300 }), undefined)
  })
})
