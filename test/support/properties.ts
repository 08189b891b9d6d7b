// biome-ignore lint/style/noRestrictedImports: the one place that gives it a seed
import fc from 'fast-check'
import { SEED } from '../campaigns/chance.ts'

// A failure that only some runs see can be neither believed nor mended: chance is for the campaign `properties`.
fc.configureGlobal({ seed: SEED })

/** Property tests whose chance the seed decides: `npm test` always tries the same. */
export { fc }
