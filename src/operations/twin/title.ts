import type { RecordedTree } from '../../vault/reading/tree.ts'
import type { Vault } from '../../vault/vault.ts'

/** The title of pages about an account without a name. */
export const NO_TITLE = 'Photos'

/** Returns the title of the pages of a vault: the name of the account. An empty name counts as none. */
export const titleOf = (tree: RecordedTree | undefined, { catalogue }: Pick<Vault, 'catalogue'>): string =>
  tree?.account.name || tree?.account.nickName || catalogue.meta('account') || NO_TITLE
