/** One part of a form. */
export interface Part {
  readonly fileName?: string
  readonly bytes: Buffer
}

/** Takes a form apart (RFC 7578). */
export function partsOf(body: Buffer, contentType = ''): ReadonlyMap<string, Part> {
  const boundary = /boundary=(.+)$/.exec(contentType)?.[1] ?? ''
  const found = new Map<string, Part>()
  for (const text of body.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = text.slice(2).split('\r\n\r\n')
    const [, name = ''] = /; name="((?:[^"\\]|\\.|%22)*)"/.exec(head) ?? []
    const fileName = /; filename="((?:[^"\\]|\\.)*)"/.exec(head)?.[1]
    const bytes = Buffer.from(rest.join('\r\n\r\n').slice(0, -2), 'latin1')
    const decoded = fileName && Buffer.from(fileName, 'latin1').toString().replaceAll('%22', '"').replace(/\\(.)/g, '$1')
    found.set(name, { bytes, ...(decoded !== undefined && { fileName: decoded }) })
  }
  return found
}
