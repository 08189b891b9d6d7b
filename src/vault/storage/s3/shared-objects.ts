import type { Listed } from './listing.ts'

/** An object that is one generation of a shared file. See: [Note: generations] */
export interface SharedObject extends Listed {
  readonly key: string
  readonly generation: string
}

/** The objects of shared files, by path. There are a few for each run that changed something. */
export class SharedObjects {
  readonly #byPath = new Map<string, readonly SharedObject[]>()

  /** Adds an object, in any order. */
  add(object: SharedObject): void {
    const all = [...this.of(object.path), object]
    this.#byPath.set(
      object.path,
      all.toSorted((a, b) => (a.generation < b.generation ? -1 : 1)),
    )
  }

  /** Returns the objects of a file, the one that counts last. */
  of(path: string): readonly SharedObject[] {
    return this.#byPath.get(path) ?? []
  }

  /** Notes the only object of a file; none if it was removed. */
  set(path: string, object: SharedObject | undefined): void {
    if (object === undefined) this.#byPath.delete(path)
    else this.#byPath.set(path, [object])
  }

  /** Returns the object of each file that counts. */
  newest(): readonly SharedObject[] {
    return [...this.#byPath.values()].flatMap((all) => all.slice(-1))
  }

  /** Returns the objects that do not count: remains of runs that were stopped. */
  older(): readonly SharedObject[] {
    return [...this.#byPath.values()].flatMap((all) => all.slice(0, -1))
  }
}
