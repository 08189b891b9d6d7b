import type { Output } from './io.ts'
import { wrapped } from './reporters/width.ts'

/** Returns the width to which text for people is wrapped; undefined for a file or a pipe, which have none. */
export const columnsOf = (stream: Output): number | undefined => (stream.isTTY === true ? stream.columns || 80 : undefined)

/** Wraps each line of a text to the width of the terminal that it is written to. */
export const fitted = (stream: Output, text: string): string =>
  text
    .split('\n')
    .flatMap((line) => wrapped(line, columnsOf(stream)))
    .join('\n')
