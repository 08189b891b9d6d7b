import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'

/** Does a name begin with a dot, or hold a character that no name of ours has? Nothing of that kind is ever shown. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
export const isHidden = (segment: string): boolean => segment.startsWith('.') || /[\u0000-\u001f\u007f/\\]/.test(segment)

/** The error codes of a path that leads nowhere, or where this user may not go. */
const NOWHERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EPERM', 'EINVAL', 'ENXIO'])

/** Is this the system's word that a path leads nowhere, or where this user may not go? */
export const leadsNowhere = (error: unknown): boolean => NOWHERE.has((error as NodeJS.ErrnoException).code ?? '')

/**
 * Returns the real path of something below a folder, all links resolved. Undefined if there is nothing, and if a link leads out of the
 * folder or to a name that begins with a dot.
 */
export async function pathInside(root: string, segments: readonly string[]): Promise<string | undefined> {
  if (segments.some((segment) => segment === '' || isHidden(segment))) return undefined
  try {
    const top = await realpath(root)
    const real = await realpath(join(top, ...segments))
    const inside = relative(top, real)
    return isAbsolute(inside) || inside.split(sep).some((segment) => segment === '' || isHidden(segment)) ? undefined : real
  } catch (error) {
    if (leadsNowhere(error)) return undefined
    throw error
  }
}
