/** Texts for the search, without the differences that people do not type. */

/** Returns a text without marks, capitals and runs of blanks; line breaks and tabs become blanks. */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s\p{Z}]+/gu, ' ')
    .trim()
