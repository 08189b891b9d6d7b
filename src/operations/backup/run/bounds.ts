/** The bounds of a run: how much it holds at once, and when it gives up. They are parameters, so that a test can set each of them to 3. */
export interface Bounds {
  /** Listed items whose task is not finished. An album with more items is admitted when it is alone. */
  readonly room: number
  /** Tasks that wait for a loader. */
  readonly queue: number
  /** Strays of one size that are looked at in one page. */
  readonly strays: number
  /** Albums in a row without any answer, after which SmugMug counts as out of reach. */
  readonly silentAlbums: number
  /** Files in a row without any answer, after which SmugMug counts as out of reach; more where more are fetched at once. */
  readonly silentFiles: number
}

/** The bounds of every real run. */
export const defaultBounds: Bounds = {
  // Enough pages for 32 loaders: more would cost memory and gain nothing.
  room: 4000,
  // Keeps all loaders busy while the next album is listed.
  queue: 256,
  strays: 1000,
  silentAlbums: 10,
  silentFiles: 50,
}
