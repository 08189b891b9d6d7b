import type { Item } from '../../model.ts'

/** Returns the keywords of an item, one by one. Older answers of SmugMug have them only as a text such as `a; b; "c; d"` (fact sheet 4.2). */
export const keywordsOf = ({ keywordArray, keywords }: Pick<Item, 'keywordArray' | 'keywords'>): readonly string[] =>
  keywordArray.length > 0
    ? keywordArray
    : (keywords.match(/(?:"[^"]*"|[^;"]|")+/g) ?? [])
        .map((keyword) => keyword.trim().replace(/^"(.*)"$/s, '$1'))
        .filter((keyword) => keyword !== '')
