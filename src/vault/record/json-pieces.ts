/** The entries of an object that are made one after the other, when they are written. */
export type Entries = () => Iterable<readonly [name: string, value: unknown]>

/**
 * Yields an object of plain data, with at least one field, as `JSON.stringify(value, undefined, 1)` renders it, without its end (`\n}`), piece by
 * piece: of lists and objects in it, each entry is a piece.
 */
export function* jsonPieces(value: object): Generator<string> {
  let before = '{'
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    yield `${before}\n ${JSON.stringify(name)}: `
    yield* rendered(field)
    before = ','
  }
}

function* rendered(field: unknown): Generator<string> {
  if (Array.isArray(field)) yield* listed(['[', ']'], field.values().map(whole))
  else if (typeof field === 'function') yield* listed(['{', '}'], named((field as Entries)()))
  else if (typeof field === 'object' && field !== null) yield* listed(['{', '}'], named(Object.entries(field)))
  else yield whole(field)
}

function* named(entries: ReturnType<Entries>): Generator<string> {
  for (const [name, value] of entries) if (value !== undefined) yield `${JSON.stringify(name)}: ${whole(value)}`
}

function* listed([begin, end]: readonly [string, string], entries: Iterable<string>): Generator<string> {
  let before = begin
  for (const entry of entries) {
    yield `${before}\n  ${entry}`
    before = ','
  }
  yield before === begin ? `${begin}${end}` : `\n ${end}`
}

/** Renders an entry whole; undefined is null, as in a list. */
const whole = (value: unknown): string => (JSON.stringify(value, undefined, 1) ?? 'null').replaceAll('\n', '\n  ')
