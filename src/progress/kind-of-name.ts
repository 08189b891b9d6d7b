const PHOTOS = /\.(jpe?g|jpe|png|gif|hei[cf]|tiff?|webp|avif|dng|nef|cr[23]|arw|raf|orf|rw2)$/i
const VIDEOS = /\.(mp4|m4v|mov|avi|mpe?g|mkv|webm|wmv|3g[p2]|m?ts|m2ts)$/i

/** Returns what a file is for people, by its name; `item` without one. */
export const kindOfName = (name: string | undefined): 'photo' | 'video' | 'file' | 'item' => {
  if (name === undefined) return 'item'
  if (PHOTOS.test(name)) return 'photo'
  return VIDEOS.test(name) ? 'video' : 'file'
}
