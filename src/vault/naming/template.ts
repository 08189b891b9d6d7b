/**
 * The `file_names` setting: the syntax of Go's templates, with keys only. Configurations for the Go program hold such templates.
 */

import { ConfigurationError } from '../../errors.ts'
import { didYouMean } from '../../flow/nearest.ts'
import type { Item } from '../../model.ts'
import { type CaptureTime, captureTime } from './capture-time.ts'
import { safeName } from './safe-path.ts'

const templateKeys = [
  'FileName',
  'FileNameNoExt',
  'Extension',
  'ImageKey',
  'ArchivedMD5',
  'UploadKey',
  'Date',
  'Time',
  'Title',
  'Serial',
  'Position',
  'CaptureDate',
  'CaptureTime',
] as const

/** A key that may stand in `{{.…}}`. */
export type TemplateKey = (typeof templateKeys)[number]

/** A template that has been checked. */
export interface Template {
  readonly parts: readonly ({ readonly text: string } | { readonly key: TemplateKey })[]
}

/** The facts for a name that the item itself does not hold. */
export interface NameExtras {
  /**
   * The camera's time, if it is known better than from the item. A name must not change from run to run: give it always or never,
   * not only once the file has come. Absent: SmugMug's `DateTimeOriginal` shifted back (fact sheet 6.2).
   */
  readonly capture?: CaptureTime | undefined
  /** `Source.extension`: the type of the bytes, if it differs from the file name's. */
  readonly extension?: string | undefined
}

const defaultTemplate = '{{.FileName}}'

/**
 * Reads a `file_names` setting. An empty one is `{{.FileName}}`. It understands keys (`{{.FileName}}`, `{{ .FileName }}`) and Go's trim marks
 * (`{{- ` removes the white space before it, ` -}}` the white space after it).
 * Throws `ConfigurationError` naming the part that is wrong: an unknown key, another action, an action that is not closed or
 * not opened, a `/` or `\`.
 */
export const parseTemplate = (text: string): Template => {
  const setting = text === '' ? defaultTemplate : text
  const parts: ({ text: string } | { key: TemplateKey })[] = []
  let at = 0
  let trimNext = false
  while (at < setting.length) {
    const open = setting.indexOf('{{', at)
    const literal = readLiteral(setting.slice(at, open === -1 ? setting.length : open))
    const started = trimNext ? literal.replace(/^[ \t\r\n]+/, '') : literal
    if (open === -1) {
      parts.push({ text: started })
      break
    }
    const close = setting.indexOf('}}', open)
    if (close === -1) throw broken(setting.slice(open), 'is not closed', 'Write }} behind the key.')
    const action = readAction(setting.slice(open, close + 2))
    parts.push({ text: action.trimBefore ? started.replace(/[ \t\r\n]+$/, '') : started }, { key: action.key })
    trimNext = action.trimAfter
    at = close + 2
  }
  return { parts: parts.filter((part) => !('text' in part && part.text === '')) }
}

/**
 * Fills in the template for one item. Returns the image key when the result is only white space and dots. Not a legal name yet: see `wantedName`.
 * `Date` and `Time` are the Go program's: DateTimeOriginal's own digits as SmugMug sends them; `CaptureDate` and `CaptureTime` are the camera's.
 * `Position` counts from 1 and has at least four digits, so that names sort in album order. An unknown value is empty.
 */
export const renderName = (template: Template, item: Item, extras: NameExtras = {}): string => {
  const name = template.parts.map((part) => ('text' in part ? part.text : keyValue(part.key, item, extras))).join('')
  return /^[\s.]*$/.test(name) ? item.imageKey : name
}

/**
 * Returns the name an item should have in the vault: rendered, with the right extension, legal everywhere. An item without a file name has
 * its image key and the extension of its format. Not unique: see `assignNames`.
 */
export const wantedName = (template: Template, item: Item, extras: NameExtras = {}): string => {
  const { imageKey, fileName, format } = item
  const name = renderName(template, item, extras)
  const isNameless = [name, fileName].every((each) => safeName(each, imageKey) === imageKey)
  if (!isNameless) return safeName(withExtension(name, extras.extension), imageKey)
  return safeName(withExtension(imageKey, extras.extension ?? formatExtension(format)), imageKey)
}

/** Returns the extension of a format such as `JPG`; undefined when that is no type of pictures or videos. */
const formatExtension = (format = ''): string | undefined => (mediaType(format) === undefined ? undefined : format.toLowerCase())

/**
 * Gives a name the extension of its bytes: `clip.MOV` holding MP4 becomes `clip.mp4`, `IMG_1.HEIC` stored as JPEG `IMG_1.jpg`. Another spelling of the
 * same type stays (`CLIP.MP4`, `a.jpeg`). A name without an extension of a picture or video has it added. Idempotent.
 */
export const withExtension = (name: string, extension: string | undefined): string => {
  if (extension === undefined || extension === '') return name
  const [, stem, found = ''] = /^(.*)\.([^.]+)$/su.exec(name) ?? []
  if (found.toLowerCase() === extension) return name
  const type = mediaType(found)
  if (stem === undefined || type === undefined) return `${withoutDots(name)}.${extension}`
  return type === mediaType(extension) ? name : `${stem}.${extension}`
}

/** Removes the dots at the end of a name. By hand: a pattern bound to the end takes quadratic time. */
const withoutDots = (name: string): string => {
  let end = name.length
  while (name.endsWith('.', end)) end--
  return name.slice(0, end)
}

/** Extensions of pictures and videos, in groups: each group is one type. */
const mediaExtensions = (
  'jpg/jpeg/jpe/jfif png gif webp avif bmp tif/tiff heic/heif/hif psd dng cr2 cr3 crw nef nrw arw srf sr2 raf orf rw2 pef srw x3f 3fr iiq gpr ' +
  'mp4 mov/qt m4v avi mpg/mpeg/mpe mpv wmv asf mkv webm flv 3gp/3gpp 3g2 mts/m2ts ts vob dv ogv mod tod mxf insv lrv 360'
).split(' ')

const mediaTypes: ReadonlyMap<string, string> = new Map(
  mediaExtensions.flatMap((group) => group.split('/').map((extension) => [extension, group] as const)),
)

const mediaType = (extension: string): string | undefined => mediaTypes.get(extension.toLowerCase())

const readLiteral = (literal: string): string => {
  const separator = /[/\\]/.exec(literal)?.[0]
  if (separator !== undefined) {
    throw broken(literal, `has a ${separator}`, 'A file name cannot reach into other folders; write - or _ instead.')
  }
  if (literal.includes('}}')) throw broken(literal, 'closes what was not opened', 'Write {{ before the key.')
  return literal
}

interface Action {
  readonly key: TemplateKey
  readonly trimBefore: boolean
  readonly trimAfter: boolean
}

/** Go's rule for the trim marks: a `-` counts only with white space between it and the key. */
const actionPattern = /^\{\{(-[ \t\r\n])?[ \t\r\n]*\.([\p{L}_][\p{L}\p{Nd}_]*)[ \t\r\n]*([ \t\r\n]-)?\}\}$/u

const readAction = (action: string): Action => {
  const [found, before, name = '', after] = actionPattern.exec(action) ?? []
  if (found === undefined) throw broken(action, 'is not a key', `Only keys can be used, such as {{.FileName}}. ${allKeys}`)
  const key = templateKeys.find((known) => known === name)
  if (key === undefined)
    throw broken(action, 'is not a known key', `${didYouMean(name, templateKeys, (known) => `{{.${known}}}`)} ${allKeys}`.trim())
  return { key, trimBefore: before !== undefined, trimAfter: after !== undefined }
}

const allKeys = `The keys are ${templateKeys.join(', ')}.`

const broken = (part: string, what: string, hint: string): ConfigurationError =>
  new ConfigurationError(`In file_names, "${part}" ${what}.`, { hint })

const keyValue = (key: TemplateKey, item: Item, extras: NameExtras): string => {
  switch (key) {
    case 'FileName':
      return item.fileName
    case 'FileNameNoExt':
      return stemOf(item.fileName)
    case 'Extension':
      return extensionOf(item.fileName)
    case 'ImageKey':
      return item.imageKey
    case 'ArchivedMD5':
      return item.archivedMd5 ?? ''
    case 'UploadKey':
      return item.uploadKey ?? ''
    case 'Date':
      return sentTime(item.dateTimeOriginal)?.date ?? ''
    case 'Time':
      return sentTime(item.dateTimeOriginal)?.time ?? ''
    case 'Title':
      return item.title
    case 'Serial':
      return item.serial?.toString() ?? ''
    case 'Position':
      return (item.position + 1).toString().padStart(4, '0')
    case 'CaptureDate':
      return captureOf(item, extras)?.local.slice(0, 10) ?? ''
    case 'CaptureTime':
      return captureOf(item, extras)?.local.slice(11).replaceAll(':', '_') ?? ''
  }
}

const captureOf = (item: Item, extras: NameExtras): CaptureTime | undefined =>
  extras.capture ?? captureTime({ dateTimeOriginal: item.dateTimeOriginal })

/** Returns Go's `filepath.Ext` on Unix: everything from the last dot of the last path element, the dot included. */
const extensionOf = (fileName: string): string => /\.[^./]*$/u.exec(fileName)?.[0] ?? ''

/** Returns Go's `TrimSuffix(filepath.Base(name), filepath.Ext(name))`, except for its `.` for an empty name. */
const stemOf = (fileName: string): string => {
  const base = fileName.split('/').findLast((element) => element !== '') ?? fileName.slice(0, 1)
  const extension = extensionOf(fileName)
  return base.endsWith(extension) ? base.slice(0, base.length - extension.length) : base
}

/** RFC 3339 as Go's `time.Parse` takes it; the digits stay as written, in the offset they were written with. */
const sentPattern = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:[.,]\d+)?(?:Z|[+-](?:[01]\d|2[0-4]):(?:[0-5]\d|60))$/

const sentTime = (text: string | undefined): { readonly date: string; readonly time: string } | undefined => {
  const [found, date = '', time = ''] = sentPattern.exec(text ?? '') ?? []
  if (found === undefined) return undefined
  const instant = Date.parse(`${date}T${time}Z`)
  // JavaScript rolls 31 February over into March and takes 24:00:00; Go refuses both.
  if (Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 19) !== `${date}T${time}`) return undefined
  return { date, time: time.replaceAll(':', '_') }
}
