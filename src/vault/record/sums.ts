/**
 * Returns one line of a checksum file as `md5sum -c` and `sha256sum -c` accept it: hash, two spaces, path. A path with a backslash or a
 * line break is escaped and the line marked, as coreutils do.
 */
export function sumLine(hash: string, path: string): string {
  if (!/[\\\n\r]/.test(path)) return `${hash}  ${path}\n`
  return `\\${hash}  ${path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}\n`
}
