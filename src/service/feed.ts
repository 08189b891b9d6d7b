/** Numbered news, of which the last ones are kept: a listener that was away asks for those since its last number. */

/** One piece of news. */
export interface News<T> {
  /** Counts from 1. */
  readonly id: number
  readonly value: T
}

/** The news of one service. */
export class Feed<T> {
  readonly #most: number
  readonly #kept: News<T>[] = []
  readonly #listeners = new Set<(news: News<T>) => void>()
  #last = 0

  /** Keeps the last `most` pieces. */
  constructor(most: number) {
    this.#most = most
  }

  /** The number of the last piece; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** Adds a piece. */
  add(value: T): void {
    this.#last += 1
    const news = { id: this.#last, value }
    this.#kept.push(news)
    if (this.#kept.length > this.#most) this.#kept.shift()
    for (const listener of this.#listeners) listener(news)
  }

  /** Returns the pieces after this number, as far as they are kept. */
  since(id: number): readonly News<T>[] {
    return this.#kept.filter((news) => news.id > id)
  }

  /** Calls the listener with each further piece, until the returned function is called. */
  listen(listener: (news: News<T>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
