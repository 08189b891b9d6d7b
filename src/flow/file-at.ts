import { isAbsolute, join } from 'node:path'

/** Returns the path of a file for people: absolute where the vault lies in a folder, else below its address. */
export const fileAt = (location: string, path: string): string => (isAbsolute(location) ? join(location, path) : `${location}/${path}`)
