/** Longer texts of a server are cut: they go into one line of a message. */
const LONGEST = 200

/**
 * Makes a server's text fit for a message: percent-decoded, without control characters, signatures, tokens and keys, on one line.
 * SmugMug percent-encodes the messages of its 401 answers and may add `debug_sbs`, which repeats what was signed (fact sheet 8).
 */
export const presentable = (text: string, secrets: readonly string[] = []): string => {
  let clean = decoded(text).replace(/[&\s]*debug_sbs[\s\S]*$/i, '')
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '…')
  return (
    clean
      .replace(/\b(oauth_(?!problem\b)\w+|APIKey)(=|%3D)("[^"]*"|[^\s&,"]*)/gi, '$1=…')
      .replace(/\bOAuth\s+oauth_.*$/gis, 'OAuth …')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal
      .replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
      .trim()
      .slice(0, LONGEST)
  )
}

/** The value of `oauth_problem` in a 401's message, such as `nonce_used`. */
export const oauthProblem = (message: string): string | undefined => /\boauth_problem=(\w+)/i.exec(decoded(message))?.[1]?.toLowerCase()

/** Decoded as often as it was encoded, within reason. */
const decoded = (text: string): string => {
  let current = text
  for (let times = 0; times < 3; times += 1) {
    const next = current.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
      try {
        return decodeURIComponent(run)
      } catch {
        return run
      }
    })
    if (next === current) break
    current = next
  }
  return current
}
