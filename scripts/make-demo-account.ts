/**
 * Makes the pictures and clips of the bundled demo account from `simulator/demo/account.json`. Run by hand, rarely:
 *
 *     node scripts/make-demo-account.ts
 *
 * Needs ffmpeg (with librsvg and libx264), ImageMagick's convert and exiftool. The results are committed.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, parse } from 'node:path'
import { type DemoCamera, type DemoItem, demoFolder, demoItems, readDemoAccount } from '../simulator/worlds/demo.ts'
import { Paper } from './demo-account/paper.ts'
import type { Scenes } from './demo-account/scene.ts'
import { familyScenes } from './demo-account/scenes-family.ts'
import { northScenes } from './demo-account/scenes-north.ts'
import { printScenes } from './demo-account/scenes-prints.ts'
import { southScenes } from './demo-account/scenes-south.ts'
import { studioScenes } from './demo-account/scenes-studio.ts'

type Size = readonly [width: number, height: number]

const scenes: Scenes = { ...northScenes, ...southScenes, ...familyScenes, ...studioScenes, ...printScenes }
const quality = 60
const framesPerSecond = 12
const gifFrames = 8

/** Draws a scene by its name into an SVG file. Scenes are made for 640 by 427, or upright. */
function draw(target: string, scene: { readonly name: string; readonly size: Size; readonly time?: number }): void {
  const render = scenes[scene.name]
  if (!render) throw new Error(`account.json names ${scene.name}, which no scene draws. Add it in scripts/demo-account/.`)
  const [width, height] = scene.size[0] < scene.size[1] ? [427, 640] : [640, 427]
  const paper = new Paper({ seed: scene.name, width, height, time: scene.time ?? 0 })
  writeFileSync(target, paper.svg(render(paper), scene.size))
}

function ffmpeg(...args: readonly string[]): void {
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...args])
}

/** Makes a still picture, as JPEG or PNG by the target's extension. */
function still(target: string, scene: { readonly name: string; readonly size: Size; readonly time?: number }, scratch: string): void {
  const [svg, png] = [join(scratch, 'still.svg'), join(scratch, 'still.png')]
  draw(svg, scene)
  ffmpeg('-i', svg, '-frames:v', '1', png)
  const encoding = target.endsWith('.png')
    ? ['-colors', '64', '-define', 'png:exclude-chunks=date,time,gAMA,cHRM']
    : ['-background', 'white', '-flatten', '-sampling-factor', '2x2', '-quality', String(quality)]
  execFileSync('convert', [png, '-strip', ...encoding, target])
}

function frames(scene: { readonly name: string; readonly size: Size; readonly count: number }, scratch: string): string {
  for (let index = 0; index < scene.count; index++) {
    draw(join(scratch, `${scene.name}-${String(index).padStart(2, '0')}.svg`), { ...scene, time: index / scene.count })
  }
  return join(scratch, `${scene.name}-%02d.svg`)
}

function clip(
  target: string,
  scene: { readonly name: string; readonly size: Size; readonly seconds: number; readonly taken: string },
  scratch: string,
): void {
  const pattern = frames({ ...scene, count: scene.seconds * framesPerSecond }, scratch)
  const encoding = '-c:v libx264 -preset veryslow -crf 30 -pix_fmt yuv420p -threads 1 -movflags +faststart'.split(' ')
  ffmpeg('-framerate', String(framesPerSecond), '-i', pattern, ...encoding, '-metadata', `creation_time=${scene.taken}Z`, target)
}

function animation(target: string, scene: { readonly name: string; readonly size: Size }, scratch: string): void {
  const pictures = join(scratch, `${scene.name}-%02d.png`)
  ffmpeg('-i', frames({ ...scene, count: gifFrames }, scratch), pictures)
  const made = readdirSync(scratch).filter((name) => name.startsWith(scene.name) && name.endsWith('.png'))
  execFileSync('convert', [
    '-delay',
    '12',
    '-loop',
    '0',
    ...made.sort().map((name) => join(scratch, name)),
    '+dither',
    '-colors',
    '24',
    '-layers',
    'optimize',
    target,
  ])
}

/** Writes the camera's own data into the file, and the owner's later words. */
function describe(target: string, item: DemoItem, camera: DemoCamera): void {
  const date = item.taken?.replace('T', ' ').replaceAll('-', ':')
  const tags: Record<string, string | number | undefined> = {
    Make: camera.make,
    Model: camera.model,
    LensModel: camera.lens,
    DateTimeOriginal: date,
    CreateDate: item.shot && date,
    OffsetTimeOriginal: item.offset,
    ExposureTime: item.shot?.exposure,
    FNumber: item.shot?.aperture,
    ISO: item.shot?.iso,
    FocalLength: item.shot?.mm,
    Artist: 'Ingrid Fjordlys',
    Copyright: 'CC0 1.0',
    ...(item.latitude === undefined || item.longitude === undefined ? {} : position(Number(item.latitude), Number(item.longitude))),
    ...(item.altitude === undefined ? {} : { GPSAltitude: item.altitude, 'GPSAltitudeRef#': 0 }),
    ...(item.embedded
      ? {
          'XMP-dc:Title': item.title,
          'XMP-dc:Description': item.caption,
          'IPTC:ObjectName': item.title,
          'IPTC:Caption-Abstract': item.caption,
        }
      : {}),
  }
  const values = Object.entries(tags).flatMap(([tag, value]) => (value === undefined || value === '' ? [] : [`-${tag}=${value}`]))
  const keywords = item.embedded
    ? (item.keywords ?? []).flatMap((keyword) => [`-IPTC:Keywords=${keyword}`, `-XMP-dc:Subject=${keyword}`])
    : []
  const charset = item.embedded ? ['-charset', 'iptc=UTF8', '-IPTC:CodedCharacterSet=UTF8'] : []
  execFileSync('exiftool', ['-q', '-overwrite_original', ...charset, ...values, ...keywords, target])
}

function position(latitude: number, longitude: number): Record<string, string | number> {
  return {
    GPSLatitude: Math.abs(latitude),
    GPSLatitudeRef: latitude < 0 ? 'S' : 'N',
    GPSLongitude: Math.abs(longitude),
    GPSLongitudeRef: longitude < 0 ? 'W' : 'E',
  }
}

function make(item: DemoItem & { readonly file: string }, cameras: Readonly<Record<string, DemoCamera>>, scratch: string): void {
  const target = join(scratch, item.file)
  const { name, ext } = parse(item.file)
  const size = item.size ?? [640, 427]
  switch (ext) {
    case '.mp4':
      clip(target, { name, size, seconds: item.seconds ?? 2, taken: item.taken ?? '' }, scratch)
      if (item.still) still(join(scratch, item.still), { name, size: [640, 360], time: 0.5 }, scratch)
      break
    case '.gif':
      animation(target, { name, size }, scratch)
      break
    default:
      still(target, { name, size }, scratch)
  }
  const camera = item.camera === undefined ? undefined : cameras[item.camera]
  if (camera) describe(target, item, camera)
}

const folder = demoFolder
const media = join(folder, 'media')
const account = readDemoAccount()
const scratch = mkdtempSync(join(tmpdir(), 'demo-account-'))
rmSync(media, { recursive: true, force: true })
mkdirSync(media, { recursive: true })
let total = 0
for (const item of demoItems(account.root)) {
  if (item.file === undefined) continue
  make({ ...item, file: item.file }, account.cameras, scratch)
  for (const name of [item.file, item.still]) {
    if (name === undefined) continue
    copyFileSync(join(scratch, name), join(media, name))
    const { size } = statSync(join(media, name))
    total += size
    process.stdout.write(`${name} ${size}\n`)
  }
}
rmSync(scratch, { recursive: true })
process.stdout.write(`${total} bytes in all\n`)
