import type { Paper } from './paper.ts'

/** Draws one picture: the body of an SVG document of the paper's size. */
export type Scene = (paper: Paper) => string

/** Pictures by name: the name of the file, without its extension. */
export type Scenes = Readonly<Record<string, Scene>>
