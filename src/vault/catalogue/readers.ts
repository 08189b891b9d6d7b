import type { SQLOutputValue } from 'node:sqlite'
import type { AlbumRow, FileRow, ItemRow, RunRow, SeenFile, StrayRow } from './rows.ts'

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>

/** A row as SQLite gives it without the names of its columns, which is most of the cost of many rows. */
export type Cells = readonly SQLOutputValue[]

const text = (value: SQLOutputValue | undefined): string | undefined => (value === null || value === undefined ? undefined : String(value))
const number = (value: SQLOutputValue | undefined): number | undefined =>
  value === null || value === undefined ? undefined : Number(value)

export const albumRow = (r: Row): AlbumRow => ({
  key: String(r.key),
  nodeId: text(r.node_id),
  name: String(r.name),
  urlPath: String(r.url_path),
  folder: String(r.folder),
  imageCount: number(r.image_count),
  lastUpdated: text(r.last_updated),
  imagesLastUpdated: text(r.images_last_updated),
  listedAt: number(r.listed_at),
  vanishedAt: number(r.vanished_at),
})

export const itemRow = (r: Row): ItemRow => ({
  albumKey: String(r.album_key),
  imageKey: String(r.image_key),
  serial: number(r.serial),
  position: Number(r.position),
  fileName: String(r.file_name),
  collected: r.collected === 1,
  state: String(r.state) as ItemRow['state'],
  reason: text(r.reason),
  wanted: String(r.wanted),
  name: String(r.name),
  vanishedAt: number(r.vanished_at),
})

export const fileRow = (r: Row): FileRow => ({
  albumKey: String(r.album_key),
  imageKey: String(r.image_key),
  component: String(r.component),
  name: String(r.name),
  size: Number(r.size),
  md5: String(r.md5),
  sha256: String(r.sha256),
  grade: String(r.grade) as FileRow['grade'],
  serial: number(r.serial),
  toldSize: number(r.told_size),
  toldMd5: text(r.told_md5),
  state: String(r.state) as FileRow['state'],
  captured: text(r.captured),
})

/** The columns of `seenFile`, in its order. */
export const SEEN = 'image_key, component, name, size, state, mark'

export const seenFile = (albumKey: string, [imageKey, component, name, size, state, mark]: Cells): SeenFile => ({
  albumKey,
  imageKey: String(imageKey),
  component: String(component),
  name: String(name),
  size: Number(size),
  state: String(state) as SeenFile['state'],
  mark: text(mark),
})

export const strayRow = (r: Row): StrayRow => ({
  path: String(r.path),
  size: Number(r.size),
  mark: String(r.mark),
  md5: text(r.md5),
  sha256: text(r.sha256),
})

export const runRow = (r: Row): RunRow => ({
  id: Number(r.id),
  operation: String(r.operation),
  startedAt: Number(r.started_at),
  finishedAt: number(r.finished_at),
  exitCode: number(r.exit_code),
  summary: text(r.summary),
})
