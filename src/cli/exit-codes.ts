/** The meaning of each exit code: the contract of the command line. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'every item is held and proven, or named as impossible or pending at SmugMug'],
  [1, 'unexpected error (a bug)'],
  [2, 'usage or configuration'],
  [3, 'finished, but something failed or could not be trusted; the next run tries again'],
  [4, 'sign-in refused: keys, tokens, permissions or clock'],
  [5, 'the destination cannot be used: missing, full, read-only, damaged catalogue'],
  [6, 'another run holds the vault'],
  [7, 'safety brake: far more vanished or was replaced than is plausible'],
  [130, 'interrupted; everything finished so far is kept'],
]
