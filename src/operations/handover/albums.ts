import { createHash } from 'node:crypto'
import { foldName } from '../../vault/naming/safe-path.ts'
import { captionText } from '../../vault/record/caption-text.ts'
import { coverKey, textOf } from '../twin/gather.ts'
import type { HandoverRun, WholeAlbum } from './job.ts'

/** The facts of an album that another program takes. */
export interface AlbumFacts {
  /** A name for files about it: letters and digits, whatever SmugMug calls it. */
  readonly id: string
  /** Its title; with its path, where several albums have one title. */
  readonly name: string
  readonly description: string
  /** The image key of its cover; empty if SmugMug names none. */
  readonly cover: string
}

/** Returns a function that makes the facts of an album. */
export function albumFacts({ vault }: HandoverRun): (album: WholeAlbum) => AlbumFacts {
  const alike = new Map<string, number>()
  for (const { name, vanishedAt } of vault.catalogue.albums()) {
    if (vanishedAt === undefined) alike.set(foldName(name), (alike.get(foldName(name)) ?? 0) + 1)
  }
  return ({ head }) => {
    const title = oneLine(head.name) || head.urlPath
    return {
      id: createHash('sha256').update(head.key).digest('hex').slice(0, 16),
      name: (alike.get(foldName(head.name)) ?? 0) > 1 ? `${title} (${head.urlPath})` : title,
      description: captionText(textOf(head.smugmug.Description)),
      cover: coverKey(head.smugmug),
    }
  }
}

/** Returns a text in one line, without controls. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
