import type { ItemRecord } from '../../vault/record/album-record.ts'
import { keywordsOf } from '../../vault/record/keywords.ts'

/** Returns the keywords of an item for a program that knows no levels: each level of a keyword becomes a word, and each word stands once. */
export const flatKeywords = (item: ItemRecord): readonly string[] => {
  const words = keywordsOf(item)
    .flatMap((word) => word.split('|'))
    .map((word) => word.trim())
  return [...new Set(words)].filter((word) => word !== '')
}
