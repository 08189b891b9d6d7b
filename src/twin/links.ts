/**
 * Relative links between pages and files of a twin. Every path is relative to the vault's top folder, with `/` between segments.
 */

/** Encodes each segment of a path for a link. */
export const encodePath = (path: string): string =>
  path
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()).replaceAll("'", '%27'))
    .join('/')

/** Returns the way up from a page in `folder` to the top: `../../`, empty for the top itself. */
export const wayUp = (folder: string): string => (folder === '' ? '' : '../'.repeat(folder.split('/').length))

/** Returns the link from a page in `folder` to a file. */
export const linkTo = (folder: string, path: string): string => wayUp(folder) + encodePath(path)

/** Returns the link from a page in `folder` to the page of another folder. It names the file, because a disk has no default page. */
export const pageLink = (folder: string, to: string): string => linkTo(folder, to === '' ? 'index.html' : `${to}/index.html`)
