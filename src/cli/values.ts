/** Returns the fraction of `5%` or `0.5%`, over 0 and at most 1; undefined for anything else: a bare number could mean either. */
export const parseShare = (text: string): number | undefined => {
  const match = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text.trim())
  const share = Number(match?.[1]) / 100
  return share > 0 && share <= 1 ? share : undefined
}

/** Returns the port of a text, from 2 to 65535: as the value of a switch, 0 and 1 mean no and yes. Undefined for anything else. */
export const parsePort = (text: string): number | undefined => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 2 && port <= 65_535 ? port : undefined
}

/** Returns the whole number of a text, from 1 on; undefined for anything else. */
export const parseCount = (text: string): number | undefined => (/^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text.trim()) : undefined)
