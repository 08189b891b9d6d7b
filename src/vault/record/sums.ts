/**
 * Returns one line of a checksum file as `md5sum -c` and `sha256sum -c` accept it: hash, two spaces, path. A path with a backslash or a
 * line break is escaped and the line marked, as coreutils do.
 */
export function sumLine(hash: string, path: string): string {
  if (!/[\\\n\r]/.test(path)) return `${hash}  ${path}\n`
  return `\\${hash}  ${path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}\n`
}

/** Reads one line of such a file. Returns undefined for any other text. */
export function readSumLine(line: string): { readonly hash: string; readonly path: string } | undefined {
  const [, mark, hash, path] = /^(\\?)([0-9a-f]{32}|[0-9a-f]{64}) {2}(.+)$/s.exec(line) ?? []
  if (hash === undefined || path === undefined) return undefined
  return { hash, path: mark === '' ? path : path.replace(/\\(.)/g, (_, letter: string) => ESCAPED[letter] ?? letter) }
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r' }
